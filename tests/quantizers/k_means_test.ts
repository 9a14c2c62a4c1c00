import {
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { type Codebook, createCodebook } from "../../lib/codebooks/codebook.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { kMeans } from "../../lib/quantizers/k_means.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";
import { designCodebook } from "../../lib/quantizers/methods.ts";
import { methodsAt } from "./methods_at.ts";

/** The exact optimum of one-dimensional k-means by dynamic programming over all partitions: O(levels n^2). */
function exactMse(sample: readonly number[], levels: number): number {
  const sorted = sample.toSorted((a, b) => a - b);
  const size = sorted.length;
  let least = new Float64Array(size + 1).fill(Infinity);
  least[0] = 0;
  for (let level = 0; level < levels; level++) {
    const next = new Float64Array(size + 1).fill(Infinity);
    next[0] = 0;
    for (let end = 1; end <= size; end++) {
      for (let start = 0; start < end; start++) {
        const cell = sorted.slice(start, end);
        const mean = cell.reduce((sum, x) => sum + x, 0) / cell.length;
        const error = cell.reduce((sum, x) => sum + (x - mean) ** 2, 0);
        next[end] = Math.min(next[end]!, least[start]! + error);
      }
    }
    least = next;
  }
  return least[size]! / size;
}

Deno.test("kMeans() is the exact optimum, and every level is the mean of its cell", () => {
  const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 6 }), (sample, levels) => {
      const codebook = kMeans(Object.freeze(sample), { levels });
      const { mse } = quantizationError(sample, codebook);
      assertLess(Math.abs(mse - exactMse(sample, levels)), 1e-9);
      assertLessOrEqual(codebook.levels.length, levels);
      const nearest = (x: number) =>
        codebook.levels.reduce(
          (best, level, i) =>
            Math.abs(x - level) <= Math.abs(x - codebook.levels[best]!) ? i : best,
          0,
        );
      codebook.levels.forEach((level, i) => {
        const cell = sample.filter((x) => nearest(x) === i);
        const mean = cell.reduce((sum, x) => sum + x, 0) / cell.length;
        assertLess(Math.abs(mean - level), 1e-9);
      });
    }),
    { seed: 5 },
  );
});

Deno.test("kMeans() represents a sample of few distinct values exactly", () => {
  const sample = [3, 1, 1, 2, 3, 3];
  const codebook = kMeans(sample, { bits: 2 });
  assertEquals([...codebook.levels], [1, 2, 3]);
  assertEquals(quantizationError(sample, codebook).mse, 0);
});

Deno.test("kMeans() handles heavy ties: 60 % exact zeros", () => {
  const draws = gaussian({ mean: 0, standardDeviation: 1 }).sample(5000, { prng: createPrng(2) });
  const sample = draws.map((x, i) => i % 5 < 3 ? 0 : x);
  const { levels, design } = kMeans(sample, { bits: 4 });
  assertEquals([levels.length, design.converged], [16, true]);
});

slowTest("kMeans() is at most every other method's error on the sample with as many levels", () => {
  for (
    const law of [
      gaussian({ mean: 0.01, standardDeviation: 0.05 }),
      laplace({ location: 0, scale: 0.05 }),
    ]
  ) {
    for (
      const [size, bits] of [27, 144, 1000].flatMap((n) =>
        [1, 2, 3, 4, 6].map((b) => [n, b] as const)
      )
    ) {
      const sample = Float32Array.from(law.sample(size, { prng: createPrng(9) }));
      const errorOf = (book: Codebook) => quantizationError(sample, book).mse;
      const bound = errorOf(kMeans(sample, { bits }));
      for (const method of methodsAt(bits)) {
        const book = designCodebook(sample, { method, bits });
        // A width that is an entropy takes more levels.
        const { length } = book.levels;
        const least = length <= 2 ** bits ? bound : errorOf(kMeans(sample, { levels: length }));
        assertGreaterOrEqual(
          errorOf(book),
          least * (1 - 1e-12),
          `${method}, ${size} values, ${bits} bits`,
        );
      }
    }
  }
});

Deno.test("kMeans() is equivariant under shift and scale", () => {
  const sample = laplace({ location: 0, scale: 1 }).sample(500, { prng: createPrng(3) });
  const reference = kMeans(sample, { bits: 3 }).levels;
  const moved = kMeans(sample.map((x) => 4 * x + 32), { bits: 3 }).levels;
  moved.forEach((level, i) => assertLess(Math.abs(level - (4 * reference[i]! + 32)), 1e-9));
});

Deno.test("kMeans() keeps the digits of the bulk beside an outlier of 1e30 on either side", () => {
  const bulk = gaussian({ mean: 0, standardDeviation: 1 }).sample(300, { prng: createPrng(4) });
  const alone = quantizationError(bulk, kMeans(bulk, { levels: 7 })).mse;
  for (const outlier of [1e30, -1e30]) {
    const { levels } = kMeans([...bulk, outlier], { levels: 8 });
    assertEquals(levels.includes(outlier), true);
    const inner = createCodebook(levels.filter((level) => level !== outlier), {
      method: "the levels of the bulk",
      storedValues: 7,
    });
    assertLess(quantizationError(bulk, inner).mse, 1.1 * alone);
  }
});

Deno.test("kMeans() handles values that differ by less than the rounding of their distance from the median", () => {
  const sample = [1e-20, 2e-20, 3e-20, 4e-20, 1, 1, 1, 1, 1, 1];
  const codebook = kMeans(sample, { levels: 4 });
  assertEquals(codebook.levels.at(-1), 1);
  assertLess(quantizationError(sample, codebook).mse, 1e-39);
});

Deno.test("kMeans() stores its levels", () => {
  assertEquals(kMeans([1, 2, 4, 8, 16], { levels: 3 }).design.storedValues, 3);
});

interface KMeansFixture {
  cases: { kind: string; values: number[]; levels: number; mse: number; weights?: number[] }[];
}

/** The weighted mean of the squared distances to the nearest level. */
function weightedMse(values: readonly number[], weights: readonly number[], levels: Float64Array) {
  const distance = (x: number) => Math.min(...levels.map((level) => Math.abs(x - level)));
  const total = values.reduce((sum, x, i) => sum + weights[i]! * distance(x) ** 2, 0);
  return total / weights.reduce((sum, weight) => sum + weight, 0);
}

Deno.test("kMeans() has the least errors of exact fractions, with and without weights", () => {
  const { cases } = readFixture<KMeansFixture>("k_means/k_means.json");
  for (const { kind, values, weights, levels, mse } of cases) {
    const book = kMeans(values, weights === undefined ? { levels } : { levels, weights });
    const error = weightedMse(values, weights ?? values.map(() => 1), book.levels);
    const largest = Math.max(...values.map(Math.abs));
    const rounding = (Number.EPSILON * largest) ** 2;
    assertRelative(error, mse, 1e-12, `${kind}, ${values.length}, ${levels}`, mse + rounding);
    assertEquals([book.design.optimum, book.design.lossBound], ["exact", 0]);
  }
});

Deno.test("kMeans() has the errors of kmeans1d for 20,000 and 50,000 values", () => {
  const { cases } = readFixture<
    { cases: { kind: string; size: number; levels: number; mse: number }[] }
  >("k_means/k_means_large.json");
  for (const { kind, size, levels, mse } of cases) {
    let state = 1;
    const sample = Float64Array.from({ length: size }, () => {
      // The product needs more digits than a double has.
      state = Number((1103515245n * BigInt(state) + 12345n) % 2147483648n);
      const u = state / 2 ** 31 - 0.5;
      return kind === "uniform" ? u : u ** 3;
    });
    const book = kMeans(sample, { levels, method: "exact" });
    assertRelative(quantizationError(sample, book).mse, mse, 1e-11, `${kind}, ${levels} levels`);
    const local = kMeans(sample, { levels, method: "local" });
    assertEquals(local.design.optimum, "local");
    assertLess(quantizationError(sample, local).mse, mse * 1.002);
  }
});

slowTest(
  "kMeans() local without a sort is a fixed point of Lloyd's iteration near the optimum",
  () => {
    const sample = Float32Array.from(
      laplace({ location: 3, scale: 0.02 }).sample(300_000, { prng: createPrng(21) }),
    );
    const local = kMeans(sample, { levels: 8, method: "local" });
    const exact = kMeans(sample, { levels: 8, method: "exact" });
    const error = quantizationError(sample, local).mse;
    assertLessOrEqual(quantizationError(sample, exact).mse, error * (1 + 1e-12));
    assertLess(error, quantizationError(sample, exact).mse * 1.001);
    const sums = new Float64Array(8), counts = new Float64Array(8);
    for (const value of sample) {
      const code = local.thresholds.filter((threshold) => threshold <= value).length;
      sums[code]! += value;
      counts[code]! += 1;
    }
    local.levels.forEach((level, i) =>
      assertRelative(sums[i]! / counts[i]!, level, 1e-12, `level ${i}`)
    );
    assertEquals([local.design.converged, exact.design.lossBound], [true, 0]);
  },
);

Deno.test("kMeans() by weights is kMeans() of values repeated as often", () => {
  const values = fc.array(fc.tuple(fc.integer({ min: -99, max: 99 }), fc.nat({ max: 4 })), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 5 }), (pairs, levels) => {
      fc.pre(pairs.some(([, weight]) => weight > 0));
      const weights = pairs.map(([, weight]) => weight);
      const repeated = pairs.flatMap(([value, weight]) => Array<number>(weight).fill(value));
      const { levels: found } = kMeans(pairs.map(([value]) => value), { levels, weights });
      const reference = kMeans(repeated, { levels });
      const error = weightedMse(pairs.map(([value]) => value), weights, found);
      assertLess(Math.abs(error - quantizationError(repeated, reference).mse), 1e-10);
    }),
    { seed: 11 },
  );
});

Deno.test("kMeans() methods agree where the sample is small, and auto is exact up to 2^22 pairs", () => {
  const sample = gaussian({ mean: 0, standardDeviation: 1 }).sample(300, { prng: createPrng(1) });
  const optima = (["auto", "exact", "local"] as const).map((method) =>
    kMeans(sample, { bits: 2, method }).design.optimum
  );
  assertEquals(optima, ["exact", "exact", "local"]);
});

Deno.test("kMeans() refuses what it can't weigh, a method it hasn't, and an aborted signal", () => {
  const refusals = [
    [[1, 2], TypeError, "there must be a weight for each of 3 values: current number is 2"],
    [[1, -2, 1], RangeError, "no weight may be negative: weight 1 is -2"],
    [[1, NaN, 1], RangeError, "every value must be finite: value 1 is NaN"],
    [[0, 0, 0], RangeError, "a weight must be positive: all are 0"],
    [[1, 1e-151, 1], RangeError, "at most 1e+150 times the smallest positive one"],
  ] as const;
  for (const [weights, type, text] of refusals) {
    assertThrows(() => kMeans([1, 2, 3], { levels: 2, weights: [...weights] }), type, text);
  }
  assertThrows(
    () => kMeans([1, 2, 3], { levels: 2, method: "best" as "exact" }),
    RangeError,
    "Cannot design a codebook as method must be auto, exact or local: current value is best",
  );
  assertThrows(
    () => kMeans([1, 2, 3], { levels: 2, signal: AbortSignal.abort(new Error("enough")) }),
    Error,
    "enough",
  );
  const many = Float64Array.from({ length: 10_000 }, (_, i) => i);
  assertThrows(
    () => kMeans(many, { levels: 4096, method: "exact" }),
    RangeError,
    "Cannot find the exact optimum as 10000 values allow at most 2048 levels: current value is 4096",
  );
});

Deno.test("designCodebook() takes importance for k-means only", () => {
  const sample = [0, 4, 10], importance = [1, 3, 1];
  for (const method of ["k-means", "k-means-exact"]) {
    const { levels, design } = designCodebook(sample, { method, bits: 1, importance, seed: 1 });
    assertEquals([[...levels], design.method], [[3, 10], method]);
  }
  assertThrows(
    () => designCodebook(sample, { method: "omse", bits: 1, importance }),
    RangeError,
    "Cannot design a codebook with importance as method must be one of k-means, k-means-exact: current value is omse",
  );
});

Deno.test("kMeans() rounds no level out of its cell of ties", () => {
  const values = [6.333948749513869e25, 1.1, -7.3e-5, 0.3, 1e26];
  const sample = values.flatMap((value) => Array<number>(20).fill(value));
  for (const method of ["exact", "local"] as const) {
    const { levels } = kMeans([...sample, 1e27, 2e27], { levels: 6, method });
    assertEquals([values[0]!, values[4]!].every((value) => levels.includes(value)), true, method);
  }
});
