import { assertEquals, assertThrows } from "@std/assert";
import { fitLogistic, logistic } from "../../lib/distributions/logistic.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertRelative } from "../tolerance.ts";
import { testLaw } from "./shaped_laws.ts";
import { assertObservedErrors, assertStandardErrors, testFits } from "./shaped_fits.ts";

testLaw("logistic", "logistic", logistic);
const scores = (parameters: Readonly<Record<string, number>>, sample: Float64Array) => {
  const { location, scale } = parameters;
  let pull = 0, pullZ = 0;
  for (const x of sample) {
    const z = (x - location!) / scale!;
    pull += Math.tanh(z / 2) / sample.length;
    pullZ += (z * Math.tanh(z / 2)) / sample.length;
  }
  return [pull, pullZ - 1];
};
testFits("logistic", "fitLogistic()", fitLogistic, scores);

Deno.test("fitLogistic() fit.standardErrors come from the observed information", () => {
  assertObservedErrors(fitLogistic, scores);
});

Deno.test("fitLogistic() converges with an outlier that a thinned sample leaves out", () => {
  const sample = Float64Array.from({ length: 50_000 }, (_, i) => Math.sin(i));
  sample[sample.length - 1] = 1e30;
  const { parameters, fit } = fitLogistic(sample);
  assertEquals(fit.iteration!.converged, true);
  for (const score of scores(parameters, sample)) assertEquals(Math.abs(score) < 1e-9, true);
});

Deno.test("fitLogistic() fit.standardErrors are the spread of the estimates", () => {
  const law = logistic({ location: 3, scale: 0.02 });
  assertStandardErrors((seed) => fitLogistic(law.sample(400, { prng: createPrng(seed) })));
});

Deno.test("fitLogistic() fits two values", () => {
  const { parameters, fit } = fitLogistic([1, 3]);
  assertEquals(parameters["location"], 2);
  // z tanh(z / 2) = 1 at z = 1.5434046384182085 (mpmath 1.3, findroot).
  assertEquals(Math.abs(parameters["scale"]! - 1 / 1.5434046384182085) < 1e-14, true);
  assertEquals(fit.iteration!.converged, true);
});

Deno.test("logistic() sample() follows the law, repeats for the same seed, and stays finite", () => {
  const law = logistic({ location: 3, scale: 2 });
  const draws = law.sample(100_000, { prng: createPrng(3) });
  assertEquals(draws, law.sample(100_000, { prng: createPrng(3) }));
  const below = draws.filter((x) => x < law.quantile(0.2)).length;
  assertEquals(Math.abs(below - 20_000) < 4 * Math.sqrt(16_000), true);
  for (const extreme of [0, 1 - 2 ** -53]) {
    assertEquals(law.sample(2, { prng: () => extreme }).every(Number.isFinite), true);
  }
});

Deno.test("logistic() refuses a scale that is not positive", () => {
  assertThrows(
    () => logistic({ location: 0, scale: -1 }),
    RangeError,
    "Cannot create a logistic law as scale must be positive: current value is -1",
  );
});

Deno.test("logistic() partialMoments() holds a location that is huge beside the scale", () => {
  const law = logistic({ location: 1e12, scale: 0.1 });
  const [mass, first, second] = law.partialMoments(-Infinity, Infinity, 1e12);
  assertRelative(mass, 1, 1e-15, "mass");
  assertEquals(first, 0);
  assertRelative(second, law.variance, 1e-14, "variance");
});
