import digamma from "@stdlib/math-base-special-digamma";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { fitStudentT, fitStudentTByMoments, studentT } from "../../lib/distributions/student_t.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";
import { assertObservedErrors, assertStandardErrors, testFits } from "./shaped_fits.ts";
import { testLaw } from "./shaped_laws.ts";

testLaw("studentT", "student_t", studentT);

const scores = (parameters: Readonly<Record<string, number>>, sample: Float64Array) => {
  const { location, scale, degreesOfFreedom } = parameters;
  const v = degreesOfFreedom!;
  let pull = 0, share = 0, log = 0;
  for (const x of sample) {
    const z = (x - location!) / scale!;
    pull += ((v + 1) * z) / (v + z * z) / sample.length;
    share += (z * z) / (v + z * z) / sample.length;
    log += Math.log1p(z * z / v) / sample.length;
  }
  const byDegrees = digamma((v + 1) / 2) - digamma(v / 2) - 1 / v - log + ((v + 1) / v) * share;
  return [pull, (v + 1) * share - 1, byDegrees / 2];
};
testFits("student-t", "fitStudentT()", fitStudentT, scores);

Deno.test("fitStudentT() fit.standardErrors come from the observed information", () => {
  assertObservedErrors(fitStudentT, scores);
  const nearlyGaussian = studentT({ location: 3, scale: 2, degreesOfFreedom: 25 });
  const quantiles = Float64Array.from(
    { length: 3000 },
    (_, i) => nearlyGaussian.quantile((i + 0.5) / 3000),
  );
  assertObservedErrors(fitStudentT, scores, quantiles);
});

Deno.test("studentT() moments of infinite order are Infinity or NaN", () => {
  const law = (degreesOfFreedom: number) => studentT({ location: 3, scale: 2, degreesOfFreedom });
  assertEquals([law(1).mean, law(1).variance], [NaN, Infinity]);
  assertEquals([law(2).mean, law(2).variance], [3, Infinity]);
  assertEquals([law(4).mean, law(4).variance], [3, 8]);
  assertEquals(law(1).partialMoments(-Infinity, 0).slice(1), [-Infinity, Infinity]);
  assertEquals(law(1).partialMoments(0, Infinity, 1).slice(1), [Infinity, Infinity]);
  assertEquals(law(1).partialMoments(-Infinity, Infinity).slice(1), [NaN, Infinity]);
  assertEquals(law(2).partialMoments(0, Infinity)[2], Infinity);
});

Deno.test("studentT() becomes the Gaussian as its degrees of freedom grow", () => {
  const normal = gaussian({ mean: 3, standardDeviation: 0.02 });
  for (const degreesOfFreedom of [1e20, 1e150]) {
    const law = studentT({ location: 3, scale: 0.02, degreesOfFreedom });
    for (const z of [-30, -3, -0.1, 0, 1e-9, 2, 20]) {
      const x = 3 + 0.02 * z;
      assertRelative(law.sf(x), normal.sf(x), 1e-12, `sf at ${z}`);
      assertRelative(law.pdf(x), normal.pdf(x), 1e-12, `pdf at ${z}`);
    }
    for (const p of [1e-200, 0.3, 0.9]) {
      assertRelative(law.quantile(p), normal.quantile(p), 1e-13, `quantile(${p})`);
    }
    const actual = law.partialMoments(3.01, Infinity, 3.02);
    normal.partialMoments(3.01, Infinity, 3.02).forEach((moment, k) =>
      assertRelative(actual[k]!, moment, 1e-12, `moment ${k}`, k === 1 ? 0.01 : undefined)
    );
  }
});

Deno.test("studentT() sample() follows the law, repeats for the same seed, and stays finite", () => {
  for (const degreesOfFreedom of [0.5, 3, 1e9]) {
    const law = studentT({ location: 3, scale: 2, degreesOfFreedom });
    const draws = law.sample(100_000, { prng: createPrng(3) });
    assertEquals(draws, law.sample(100_000, { prng: createPrng(3) }));
    for (const p of [0.01, 0.3, 0.9]) {
      const quantile = law.quantile(p);
      const below = draws.filter((x) => x < quantile).length;
      assert(Math.abs(below - 1e5 * p) < 4 * Math.sqrt(1e5 * p * (1 - p)), `${below} below ${p}`);
    }
  }
  for (const degreesOfFreedom of [0.1, 1e100]) {
    for (const extreme of [0, 1 - 2 ** -53]) {
      const law = studentT({ location: 0, scale: 1, degreesOfFreedom });
      assertEquals(law.sample(2, { prng: () => extreme }).every(Number.isFinite), true);
    }
  }
});

Deno.test("studentT() quantile() gives the ends at 0 and 1, NaN outside, and Infinity past the doubles", () => {
  const law = studentT({ location: 0, scale: 1, degreesOfFreedom: 0.1 });
  assertEquals([law.quantile(0), law.quantile(1)], [-Infinity, Infinity]);
  assertEquals([law.quantile(-0.1), law.quantile(NaN)], [NaN, NaN]);
  assertEquals(law.quantile(1e-300), -Infinity);
});

Deno.test("studentT() refuses too few degrees of freedom", () => {
  assertThrows(
    () => studentT({ location: 0, scale: 1, degreesOfFreedom: 0.01 }),
    RangeError,
    "degreesOfFreedom must be at least 0.1: current value is 0.01",
  );
});

Deno.test("fitStudentT() of tails lighter than a Gaussian's is the Gaussian, and has converged", () => {
  const sample = Float64Array.from({ length: 100 }, (_, i) => i);
  const { parameters, fit, logPdf } = fitStudentT(sample);
  assertEquals(parameters["degreesOfFreedom"], 1e15);
  assertRelative(parameters["scale"]!, Math.sqrt(9999 / 12), 1e-9, "scale");
  assertEquals(fit.standardErrors["degreesOfFreedom"], Infinity);
  assertEquals(fit.iteration!.converged, true);
  assertRelative(fit.logLikelihood, sample.reduce((sum, x) => sum + logPdf(x), 0), 1e-13, "sum");
});

slowTest("fitStudentT() fit.standardErrors are the spread of the estimates", () => {
  const law = studentT({ location: 3, scale: 0.02, degreesOfFreedom: 2.5 });
  assertStandardErrors((seed) => fitStudentT(law.sample(1000, { prng: createPrng(seed) })));
});

slowTest(
  "fitStudentT() finds the law whose quantiles it is given, from the heaviest tails to light ones",
  () => {
    for (const degreesOfFreedom of [0.2, 0.7, 3, 30]) {
      const law = studentT({ location: 3, scale: 2, degreesOfFreedom });
      const sample = Float64Array.from(
        { length: 20_000 },
        (_, i) => law.quantile((i + 0.5) / 20_000),
      );
      const { parameters, fit } = fitStudentT(sample);
      assertEquals(fit.iteration!.converged, true);
      assertRelative(parameters["degreesOfFreedom"]!, degreesOfFreedom, 0.05, "degrees of freedom");
      assertRelative(parameters["scale"]!, 2, 0.002, "scale");
    }
  },
);

Deno.test("fitStudentTByMoments() has the sample's mean, variance and kurtosis", () => {
  const far = Math.sqrt(5);
  const { parameters, fit, variance } = fitStudentTByMoments([-far, 0, 0, 0, 0, 0, 0, 0, 0, far]);
  assertRelative(parameters["degreesOfFreedom"]!, 7, 1e-13, "degrees of freedom");
  assertRelative(variance, 1, 1e-13, "variance");
  assertEquals([fit.estimator, fit.standardErrors], ["moments", {}]);
  assertEquals(fitStudentTByMoments([1, 2, 3]).parameters["degreesOfFreedom"], 1e15);
  assertThrows(
    () => fitStudentTByMoments([1, 1, 1]),
    RangeError,
    "by moments as the values must differ",
  );
});

Deno.test("studentT() partialMoments() of a bounded cell ends, however wide it is", () => {
  for (const degreesOfFreedom of [3, 30, 1e15]) {
    const law = studentT({ location: 0, scale: 1, degreesOfFreedom });
    const [mass, first, second] = law.partialMoments(-1e100, 1e100);
    assertRelative(mass, 1, 1e-14, "mass");
    assertEquals(first, 0);
    assertRelative(second, law.variance, 1e-14, "variance");
    assertEquals(law.partialMoments(1e200, Infinity), [0, 0, 0]);
    assertEquals(law.partialMoments(1e300, 1.7e308), [0, 0, 0]);
  }
});
