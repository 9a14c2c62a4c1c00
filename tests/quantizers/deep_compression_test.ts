import { assert, assertEquals, assertLess, assertLessOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Codebook } from "../../lib/codebooks/codebook.ts";
import { encode } from "../../lib/codebooks/encode.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { codedSize } from "../../lib/coding/coded_size.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import type { Sample } from "../../lib/numerics/sample.ts";
import { deepCompression } from "../../lib/quantizers/deep_compression.ts";
import { kMeans } from "../../lib/quantizers/k_means.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

/** The level of each value, in full precision. */
const quantize = (sample: Sample, codebook: Codebook) =>
  [...encode(sample, codebook)].map((code) => codebook.levels[code]!);

Deno.test("deepCompression() is scikit-learn's k-means from evenly spaced levels", () => {
  const { cases } = readFixture<{
    cases: {
      name: string;
      bits: number;
      levels: number[];
      mse: number;
      payloadBitsAtMost: number;
    }[];
  }>("entropy_constrained/deep_compression.json");
  const { samples } = readFixture<{ samples: { name: string; sample: number[] }[] }>(
    "entropy_constrained/hull.json",
  );
  assertLess(3, cases.length);
  for (const { name, bits, levels, mse, payloadBitsAtMost } of cases) {
    const { sample } = samples.find((entry) => entry.name === name)!;
    const codebook = deepCompression(Object.freeze(sample), { bits });
    const what = `${name} at ${bits} bits`;
    assertEquals(codebook.levels.length, levels.length);
    codebook.levels.forEach((x, i) => assertRelative(x, levels[i]!, 1e-12, what, 1000));
    assertRelative(quantizationError(sample, codebook).mse, mse, 1e-12, what);
    const { payloadBits } = codedSize(encode(sample, codebook), levels.length);
    assertLessOrEqual(payloadBits, payloadBitsAtMost, what);
    assertLess(payloadBitsAtMost, payloadBits + 300, what);
    assert(codebook.design.converged);
    assertEquals(codebook.design.coding, "huffman");
  }
});

Deno.test("deepCompression() is no better than kMeans(), and drops levels without weights", () => {
  const bulk = gaussian({ mean: 0, standardDeviation: 1 }).sample(1000, { prng: createPrng(2) });
  for (const sample of [bulk, [...bulk, 1e30], [...bulk, -1e9, 1e9]]) {
    const codebook = deepCompression(sample, { bits: 4 });
    const { mse } = quantizationError(sample, codebook);
    assertLessOrEqual(
      quantizationError(sample, kMeans(sample, { bits: 4 })).mse,
      mse * (1 + 1e-12),
    );
    assertLessOrEqual(codebook.levels.length, 16);
    assertEquals(new Set(encode(sample, codebook)).size, codebook.levels.length);
  }
  assertEquals([...deepCompression([3, 3], { bits: 2 }).levels], [3]);
  assertEquals([...deepCompression([1, 2], { bits: 16 }).levels], [1, 2]);
});

Deno.test("deepCompression() with pruningThreshold zeroes just the smaller weights", () => {
  const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(
      values,
      fc.nat(12),
      fc.integer({ min: 1, max: 3 }),
      (sample, pruningThreshold, bits) => {
        const codebook = deepCompression(sample, { bits, pruningThreshold });
        const restored = quantize(sample, codebook);
        sample.forEach((value, i) => {
          if (Math.abs(value) < pruningThreshold) assertEquals(restored[i], 0);
          else if (value < 0 && sample.some((x) => Math.abs(x) < pruningThreshold)) {
            assertLess(restored[i]!, 0);
          }
        });
        assertLessOrEqual(codebook.levels.length, 2 ** bits + 2);
        // Each level is the mean of its weights.
        codebook.levels.forEach((level) => {
          const cell = sample.filter((_, i) => restored[i] === level);
          if (level === 0) return;
          assertRelative(level, cell.reduce((sum, x) => sum + x, 0) / cell.length, 1e-12, "level");
        });
      },
    ),
    { seed: 3, numRuns: 300 },
  );
});

Deno.test("deepCompression() keeps weights at the threshold, and copes with all or none pruned", () => {
  const { thresholds, levels } = deepCompression([-2, -1, 0.5, 1, 2], {
    bits: 1,
    pruningThreshold: 1,
  });
  assertEquals([...levels], [-1.5, 0, 1.5]);
  assertEquals([...thresholds], [-(1 - Number.EPSILON / 2), 1]);
  assertEquals([...deepCompression([-2, 1], { bits: 2, pruningThreshold: 3 }).levels], [0]);
  const denormals = [-3, -2, -1, 1, 2].map((x) => x * Number.MIN_VALUE);
  const book = deepCompression(denormals, { bits: 3, pruningThreshold: 2 * Number.MIN_VALUE });
  assertEquals([...quantize(denormals, book)].map((x) => x / Number.MIN_VALUE), [-3, -2, 0, 0, 2]);
});

Deno.test("deepCompression() refuses bad thresholds, samples and widths", () => {
  for (const pruningThreshold of [-1, NaN, Infinity]) {
    assertThrows(
      () => deepCompression([1, 2], { bits: 2, pruningThreshold }),
      RangeError,
      `pruningThreshold must be finite and not negative: current value is ${pruningThreshold}`,
    );
  }
  assertThrows(() => deepCompression([], { bits: 2 }), RangeError, "the sample is empty");
  assertThrows(() => deepCompression([1], { bits: 17 }), RangeError, "bits must be an integer");
});
