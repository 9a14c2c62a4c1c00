import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { fitGaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { fittedNullLaw } from "../../lib/goodness/fitted_null.ts";
import { ksOfSubsamples } from "../../lib/goodness/ks_of_subsamples.ts";
import { ksStatistic } from "../../lib/goodness/ks_statistic.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { slowTest } from "../needs_data.ts";

const weights = laplace({ location: 0.3, scale: 2 }).sample(20_000, { prng: createPrng(5) });

Deno.test("ksOfSubsamples() of the whole sample is the test of the whole sample", () => {
  const sample = weights.subarray(0, 500);
  const { statistic } = ksStatistic(sample, fitGaussian(sample));
  assertEquals(ksOfSubsamples(sample, "gaussian", { size: 500, draws: 4 }), {
    family: "gaussian",
    size: 500,
    draws: 4,
    statistic,
    pValue: fittedNullLaw("gaussian", 500).sf(statistic),
    rejected: 1,
  });
});

slowTest("ksOfSubsamples() rejects the right family as often as the level says", () => {
  const draws = 1000;
  const { rejected, pValue } = ksOfSubsamples(weights, "laplace", { size: 100, draws, level: 0.1 });
  // Five standard deviations of the share, and of the median of uniform p-values.
  assertAlmostEquals(rejected, 0.1, 5 * Math.sqrt(0.09 / draws));
  assertAlmostEquals(pValue, 0.5, 5 * Math.sqrt(0.25 / draws));
});

slowTest(
  "ksOfSubsamples() of the wrong family: D settles at the families' distance and p falls",
  () => {
    const distance = ksStatistic(weights, fitGaussian(weights)).statistic;
    const rows = [50, 200, 1000, 5000].map((size) => ksOfSubsamples(weights, "gaussian", { size }));
    for (const [i, { statistic, pValue }] of rows.slice(1).entries()) {
      assertLess(statistic, rows[i]!.statistic);
      assertLess(pValue, rows[i]!.pValue / 2);
    }
    assertAlmostEquals(rows.at(-1)!.statistic, distance, 0.005);
  },
);

Deno.test("ksOfSubsamples() depends on the seed alone", () => {
  const test = (seed: number) => ksOfSubsamples(weights, "laplace", { size: 50, draws: 9, seed });
  assertEquals(test(2), test(2));
  assertEquals(test(2).statistic === test(3).statistic, false);
});

Deno.test("ksOfSubsamples() refuses draws, sizes and families that it can't test", () => {
  assertThrows(
    () => ksOfSubsamples(weights, "laplace", { size: 50, draws: 0 }),
    RangeError,
    "Cannot test subsamples as draws must be a positive integer: current value is 0",
  );
  for (const level of [NaN, -0.1, 2]) {
    assertThrows(
      () => ksOfSubsamples(weights, "laplace", { size: 50, level }),
      RangeError,
      `level must be in [0, 1]: current value is ${level}`,
    );
  }
  assertThrows(() => ksOfSubsamples(weights, "laplace", { size: 19 }), RangeError, "at least 20");
  assertThrows(() => ksOfSubsamples(weights, "logistic", { size: 50 }), RangeError, "logistic");
  assertThrows(
    () => ksOfSubsamples([1, 2, 3], "laplace", { size: 50 }),
    RangeError,
    "its size must be an integer in [1, 3]: current value is 50",
  );
  const constant = new Float64Array(30).fill(7);
  assertThrows(
    () => ksOfSubsamples(constant, "gaussian", { size: 20 }),
    RangeError,
    "the values must differ: all 20 are 7",
  );
  assertThrows(
    () => ksOfSubsamples(constant.with(0, NaN), "gaussian", { size: 30 }),
    RangeError,
    "every value must be finite",
  );
});
