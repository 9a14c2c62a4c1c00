import { assertEquals, assertGreaterOrEqual, assertLess, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { kMeans } from "../../lib/quantizers/k_means.ts";
import { designCodebook, quantizerMethods } from "../../lib/quantizers/methods.ts";

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

Deno.test("kMeans() is at most every other method's error on the sample", () => {
  for (
    const law of [
      gaussian({ mean: 0.01, standardDeviation: 0.05 }),
      laplace({ location: 0, scale: 0.05 }),
    ]
  ) {
    for (
      const [size, bits] of [27, 144, 3000].flatMap((n) =>
        [1, 2, 3, 4, 6].map((b) => [n, b] as const)
      )
    ) {
      const sample = Float32Array.from(law.sample(size, { prng: createPrng(9) }));
      const bound = quantizationError(sample, kMeans(sample, { bits })).mse;
      for (const method of quantizerMethods) {
        const { mse } = quantizationError(sample, designCodebook(sample, { method, bits }));
        assertGreaterOrEqual(mse, bound * (1 - 1e-12), `${method}, ${size} values, ${bits} bits`);
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
