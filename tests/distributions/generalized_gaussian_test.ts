import digamma from "@stdlib/math-base-special-digamma";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import {
  fitGeneralizedGaussian,
  fitGeneralizedGaussianByMoments,
  generalizedGaussian,
} from "../../lib/distributions/generalized_gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertRelative } from "../tolerance.ts";
import { assertStandardErrors, testFits } from "./shaped_fits.ts";
import { testLaw } from "./shaped_laws.ts";

testLaw("generalizedGaussian", "generalized_gaussian", generalizedGaussian);
testFits(
  "generalized-gaussian",
  "fitGeneralizedGaussian()",
  fitGeneralizedGaussian,
  (parameters, sample) => {
    const { location, scale, shape } = parameters as Record<string, number>;
    const p = shape!;
    let pull = 0, power = 0, powerLog = 0;
    for (const x of sample) {
      const z = (x - location!) / scale!;
      if (z === 0) continue;
      const t = Math.abs(z) ** p;
      pull += (p * t / z) / sample.length;
      power += t / sample.length;
      powerLog += (t * Math.log(t)) / sample.length;
    }
    // Up to shape 1 the likelihood is peaked at the location.
    return [p > 1 ? pull : 0, p * power - 1, 1 + digamma(1 / p) / p - powerLog];
  },
);

Deno.test("generalizedGaussian() is Laplace at shape 1 and Gaussian at 2, and continuous through both", () => {
  const twins = [
    [1, laplace({ location: 3, scale: 0.02 })],
    [2, gaussian({ mean: 3, standardDeviation: 0.02 * Math.SQRT1_2 })],
  ] as const;
  for (const [shape, twin] of twins) {
    for (const [near, accuracy] of [[0, 1e-12], [1e-9, 1e-6], [-1e-9, 1e-6]] as const) {
      const law = generalizedGaussian({ location: 3, scale: 0.02, shape: shape + near });
      for (const x of [2.9, 2.99, 3, 3.0001, 3.04, 3.1]) {
        assertRelative(law.pdf(x), twin.pdf(x), accuracy, `pdf(${x})`);
        assertRelative(law.sf(x), twin.sf(x), accuracy, `sf(${x})`);
      }
      assertRelative(law.quantile(0.01), twin.quantile(0.01), accuracy, "quantile");
      assertRelative(law.variance, twin.variance, accuracy, "variance");
    }
  }
  const flags = [0.7, 1, 1.5, 2, 3, 4].map((shape) => {
    const { logConcave, breakpoints } = generalizedGaussian({ location: 5, scale: 1, shape });
    return [logConcave, breakpoints];
  });
  assertEquals(flags, [[false, [5]], [true, [5]], [true, [5]], [true, []], [true, [5]], [
    true,
    [],
  ]]);
});

Deno.test("generalizedGaussian() cells add up to the whole, at every shape of its range", () => {
  for (const shape of [0.05, 0.1, 0.3, 1.1, 10, 300, 1000]) {
    const law = generalizedGaussian({ location: 0, scale: 1, shape });
    const ends = [-Infinity, -3, -1, -0.4, -1e-4, 0.2, 0.9, 0.99, 1.001, 1.1, 4, 1e3, Infinity];
    const total = [0, 0, 0];
    for (let i = 1; i < ends.length; i++) {
      law.partialMoments(ends[i - 1]!, ends[i]!).forEach((moment, k) => total[k]! += moment);
    }
    assertRelative(total[0]!, 1, 1e-13, `mass at shape ${shape}`);
    assertRelative(total[2]!, law.variance, 1e-12, `variance at shape ${shape}`);
    for (const p of [1e-100, 0.01, 0.4]) {
      assertRelative(law.cdf(law.quantile(p)), p, 1e-10, `quantile(${p}) at shape ${shape}`);
    }
  }
});

Deno.test("generalizedGaussian() sample() follows the law, repeats for the same seed, and stays finite", () => {
  for (const shape of [0.3, 1.5, 20]) {
    const law = generalizedGaussian({ location: 3, scale: 2, shape });
    const draws = law.sample(50_000, { prng: createPrng(3) });
    assertEquals(draws, law.sample(50_000, { prng: createPrng(3) }));
    for (const p of [0.01, 0.3, 0.9]) {
      const quantile = law.quantile(p);
      const below = draws.filter((x) => x < quantile).length;
      assert(Math.abs(below - 5e4 * p) < 4 * Math.sqrt(5e4 * p * (1 - p)), `${below} below ${p}`);
    }
    for (const extreme of [0, 1 - 2 ** -53]) {
      assertEquals(law.sample(2, { prng: () => extreme }).every(Number.isFinite), true);
    }
  }
});

Deno.test("generalizedGaussian() quantile() gives the ends at 0 and 1, and NaN outside", () => {
  const law = generalizedGaussian({ location: 1, scale: 1, shape: 3 });
  assertEquals([law.quantile(0), law.quantile(0.5), law.quantile(1)], [-Infinity, 1, Infinity]);
  assertEquals([law.quantile(-0.1), law.quantile(NaN)], [NaN, NaN]);
});

Deno.test("generalizedGaussian() refuses a shape outside its range", () => {
  for (const shape of [0.01, 2000]) {
    assertThrows(
      () => generalizedGaussian({ location: 0, scale: 1, shape }),
      RangeError,
      `shape must be in [0.05, 1000]: current value is ${shape}`,
    );
  }
});

Deno.test("fitGeneralizedGaussian() finds the law whose quantiles it is given, peaked or flat", () => {
  for (const shape of [0.4, 0.9, 1, 1.05, 1.3, 2, 5, 20]) {
    const law = generalizedGaussian({ location: 3, scale: 0.02, shape });
    const sample = Float64Array.from({ length: 5000 }, (_, i) => law.quantile((i + 0.5) / 5000));
    const { parameters, fit } = fitGeneralizedGaussian(sample);
    assertEquals(fit.iteration!.converged, true, `shape ${shape}`);
    assertRelative(parameters["shape"]!, shape, 0.02, "shape");
    assertRelative(parameters["scale"]!, 0.02, 0.03, "scale");
    assertRelative(parameters["location"]!, 3, 1e-3, "location", 0.02);
  }
});

Deno.test("fitGeneralizedGaussian() of a peaked sample takes the best of its values for the location", () => {
  const law = generalizedGaussian({ location: 3, scale: 0.02, shape: 0.5 });
  for (const size of [300, 2000]) {
    const sample = law.sample(size, { prng: createPrng(size) });
    const { parameters } = fitGeneralizedGaussian(sample);
    const lossAt = (centre: number) =>
      sample.reduce((sum, x) => sum + Math.abs(x - centre) ** parameters["shape"]!, 0);
    const least = lossAt(parameters["location"]!);
    for (const value of sample) assert(lossAt(value) >= least * (1 - 1e-12), `better at ${value}`);
  }
});

Deno.test("fitGeneralizedGaussian() stops at the flattest shape of its range, and says so", () => {
  const { parameters, fit } = fitGeneralizedGaussian(
    Float64Array.from({ length: 500 }, (_, i) => i),
  );
  assertEquals([parameters["shape"], fit.iteration!.converged], [100, false]);
});

Deno.test("fitGeneralizedGaussian() fit.standardErrors are the spread of the estimates", () => {
  const law = generalizedGaussian({ location: 3, scale: 0.02, shape: 1.5 });
  assertStandardErrors((seed) =>
    fitGeneralizedGaussian(law.sample(1000, { prng: createPrng(seed) }))
  );
});

Deno.test("fitGeneralizedGaussianByMoments() has the sample's mean absolute deviation and variance", () => {
  // (E|x|)^2 / E x^2 = 9/20 at shape 0.82696915083685 (mpmath 1.3, findroot).
  const fitted = fitGeneralizedGaussianByMoments([-4, -2, 0, 0, 0, 0, 2, 4].map((x) => 7 + x));
  const { parameters, fit, variance } = fitted;
  assertRelative(parameters["shape"]!, 0.82696915083685, 1e-13, "shape");
  assertRelative(variance, 5, 1e-13, "variance");
  assertEquals([parameters["location"], fit.estimator, fit.standardErrors], [7, "moments", {}]);
  assertThrows(
    () => fitGeneralizedGaussianByMoments([1, 1, 1]),
    RangeError,
    "by moments as the values must differ",
  );
});

Deno.test("generalizedGaussian() keeps its digits where exp(-|z|^shape) underflows before the tail does", () => {
  const law = generalizedGaussian({ location: 0, scale: 1, shape: 0.05 });
  // mpmath 1.3, 60 digits: incomplete gamma functions of 20, 40 and 60.
  assertRelative(law.cdf(-6e57), 1.7417704249369251767e-299, 1e-12, "cdf(-6e57)");
  assertRelative(law.quantile(1.7417704249369251767e-299), -6e57, 1e-12, "quantile()");
  const expected = [
    2.5709070315614916592e-288,
    7.9299805796074047496e-231,
    2.4479445247430958306e-173,
  ];
  law.partialMoments(3e57, Infinity).forEach((moment, order) =>
    assertRelative(moment, expected[order]!, 1e-12, `moment ${order}`)
  );
});
