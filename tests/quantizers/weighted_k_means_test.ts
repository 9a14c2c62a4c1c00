import { assertEquals, assertLess } from "@std/assert";
import { encode } from "../../lib/codebooks/encode.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { blockwiseSum } from "../../lib/numerics/blockwise_sum.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import type { Sample } from "../../lib/numerics/sample.ts";
import { kMeans, type KMeansOptions } from "../../lib/quantizers/k_means.ts";
import { cellMean, sortedSums } from "../../lib/quantizers/sorted_sums.ts";
import { sortWeighted } from "../../lib/quantizers/weighted_sample.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

/** The sum of weight times squared error. */
function weightedError(
  values: Sample,
  weights: Sample,
  levels: number,
  method: KMeansOptions["method"],
): number {
  const codebook = kMeans(values, { levels, weights, method });
  const codes = encode(values, codebook);
  return blockwiseSum(
    values.length,
    (i) => weights[i]! * (values[i]! - codebook.levels[codes[i]!]!) ** 2,
  );
}

const { cases } = readFixture<{
  cases: {
    name: string;
    values: number[];
    weights: number[];
    levels: number;
    weightedError: number;
    sklearnLevels?: number[];
  }[];
}>("weighted_k_means/squeezellm.json");

Deno.test("kMeans() with weights is the optimum of dynamic programming in fractions, whatever the weights", () => {
  for (const { name, values, weights, levels, weightedError: least } of cases) {
    const what = `${name}, ${values.length} values, ${levels} levels`;
    // Of the second moment about the median, to which errors of cells are accurate.
    const median = values.toSorted((a, b) => a - b)[values.length >> 1]!;
    const moment = values.reduce((sum, x, i) => sum + weights[i]! * (x - median) ** 2, 0);
    const error = weightedError(values, weights, levels, "exact");
    assertRelative(error, least, 1e-9, what, Math.max(least, 1e-6 * moment));
  }
});

Deno.test("kMeans() with weights has the levels of scikit-learn's KMeans with sample_weight", () => {
  const compared = cases.filter(({ sklearnLevels }) => sklearnLevels !== undefined);
  assertLess(20, compared.length);
  for (const { name, values, weights, levels, sklearnLevels } of compared) {
    const codebook = kMeans(Object.freeze(values), { levels, weights: Object.freeze(weights) });
    codebook.levels.forEach((x, i) => assertRelative(x, sklearnLevels![i]!, 1e-9, name, 1));
  }
});

Deno.test("kMeans() with weights ignores values of weight 0, wherever they lie", () => {
  const values = [-1e100, 0, 1, 5, 6, 1e100];
  const { levels } = kMeans(values, { levels: 2, weights: [0, 1, 1, 1, 1, 0] });
  assertEquals([...levels], [0.5, 5.5]);
  const only = kMeans(values, { levels: 2, weights: [0, 0, 0, 3e-300, 0, 0] });
  assertEquals([...only.levels], [5]);
});

Deno.test("kMeans() with weights depends on their ratios alone, at every scale", () => {
  const prng = createPrng(4);
  const values = gaussian({ mean: 0, standardDeviation: 0.03 }).sample(500, { prng });
  const squaredGradients = values.map(() => prng() ** 12);
  const { levels } = kMeans(values, { bits: 3, weights: squaredGradients });
  for (const factor of [2 ** -400, 2 ** 400]) {
    const weights = squaredGradients.map((weight) => factor * weight);
    assertEquals(kMeans(values, { bits: 3, weights }).levels, levels);
  }
});

Deno.test("sortWeighted() sorts large samples as small ones: both signs, zeros, ties and the sum of their weights", () => {
  const prng = createPrng(5);
  const values = Float32Array.from({ length: 5000 }, () => Math.round(400 * (prng() - 0.5)) / 64);
  const weights = values.map(() => Math.floor(6 * prng()));
  const { sorted, masses } = sortWeighted(values, weights);
  const expected = new Map<number, number>();
  values.forEach((value, i) => {
    if (weights[i]! > 0) expected.set(value + 0, (expected.get(value + 0) ?? 0) + weights[i]!);
  });
  const rows = [...expected].sort(([a], [b]) => a - b);
  assertEquals([...sorted].map((x) => x + 0), rows.map(([value]) => value));
  assertEquals([...masses], rows.map(([, mass]) => mass));
  const [few, fewWeights] = [values.subarray(0, 800), weights.subarray(0, 800)];
  const mirrored = sortWeighted(few.map((x) => -x), fewWeights);
  const { sorted: ascending, masses: ascendingMasses } = sortWeighted(few, fewWeights);
  assertEquals([...mirrored.sorted].map((x) => 0 - x).reverse(), [...ascending].map((x) => x + 0));
  assertEquals([...mirrored.masses].reverse(), [...ascendingMasses]);
});

Deno.test("cellMean() of masses that vanish beside others is a value of the cell", () => {
  const sorted = Float64Array.of(0, 1, 2, 3, 4, 5);
  const data = sortedSums(sorted, Float64Array.of(1, 1, 1, 1e30, 1, 1));
  assertEquals(data.masses[6]! - data.masses[4]!, 0);
  assertEquals(data.centre + cellMean(data, 4, 6) / data.scale, 4);
});

Deno.test("kMeans() with weights that vanish beside others ends with ascending levels, by either method", () => {
  const prng = createPrng(7);
  const values = gaussian({ mean: 0, standardDeviation: 1 }).sample(3000, { prng });
  const weights = values.map(() => 10 ** Math.floor(100 * prng() - 50));
  for (const method of ["exact", "local"] as const) {
    const { levels } = kMeans(values, { levels: 40, weights, method });
    assertEquals(levels.length, 40);
    assertEquals(levels.every((level) => Math.abs(level) < 5), true);
  }
});

slowTest("kMeans() with weights of 100,000 values: the local method is near the exact one", () => {
  const prng = createPrng(6);
  const values = gaussian({ mean: 0, standardDeviation: 1 }).sample(100_000, { prng });
  const weights = values.map(() => prng() < 0.3 ? 0 : prng() ** 6);
  const exact = weightedError(values, weights, 8, "exact");
  assertLess(exact * (1 - 1e-12), weightedError(values, weights, 8, "local"));
  assertLess(weightedError(values, weights, 8, "local"), exact * 1.001);
});
