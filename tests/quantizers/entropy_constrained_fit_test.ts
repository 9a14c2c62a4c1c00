import { assert, assertEquals, assertLess, assertLessOrEqual, assertThrows } from "@std/assert";
import { encode } from "../../lib/codebooks/encode.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { codedSize } from "../../lib/coding/coded_size.ts";
import { entropyOfCodes } from "../../lib/coding/entropy.ts";
import type { Distribution } from "../../lib/distributions/distribution.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import type { Sample } from "../../lib/numerics/sample.ts";
import { entropyConstrained } from "../../lib/quantizers/entropy_constrained_fit.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

/** A sample that is as near to its law as one of that size can be. */
const quantiles = (law: Distribution, size: number) =>
  Float64Array.from({ length: size }, (_, i) => law.quantile((i + 0.5) / size));

/** Error and rate as the codes have them, and the book. */
function measured(sample: Sample, bits: number) {
  const codebook = entropyConstrained(sample, { bits });
  const { mse } = quantizationError(sample, codebook);
  const rate = entropyOfCodes(encode(sample, codebook));
  assertLessOrEqual(rate, bits);
  assertRelative(codebook.design.rate!, rate, 1e-12, "design.rate", 1);
  return { codebook, mse, rate };
}

Deno.test("entropyConstrained() finds every vertex of the hull of all partitions of 14 values", () => {
  const { cases } = readFixture<
    { cases: { name: string; sample: number[]; vertices: [mse: number, rate: number][] }[] }
  >("entropy_constrained/small.json");
  for (const { name, sample, vertices } of cases) {
    assertLess(5, vertices.length);
    const [[variance]] = vertices as [[number, number]];
    for (const [mse, rate] of vertices.slice(1)) {
      // A vertex may be met by no more than rounding.
      const found = measured(sample, rate + 1e-12).mse;
      assertRelative(found, mse, 1e-10, `${name} at ${rate} bits`, variance);
    }
  }
});

Deno.test("entropyConstrained() is no better than all partitions of 14 values allow, and seldom worse", () => {
  const { cases } = readFixture<
    { cases: { sample: number[]; rates: number[]; least: number[] }[] }
  >("entropy_constrained/small.json");
  const ratios = cases.flatMap(({ sample, rates, least }) =>
    rates.map((bits, i) => {
      const { mse } = measured(sample, bits);
      assertLessOrEqual(least[i]! * (1 - 1e-12), mse);
      return least[i] === 0 ? 1 : mse / least[i]!;
    })
  );
  assertLess(ratios.filter((ratio) => ratio > 1 + 1e-12).length, 3);
  assertLess(Math.max(...ratios), 1.05);
});

Deno.test("entropyConstrained() stays near the dual bound of samples of 300 values", () => {
  const { samples, bounds } = readFixture<{
    samples: { name: string; sample: number[] }[];
    bounds: { name: string; rate: number; bound: number }[];
  }>("entropy_constrained/hull.json");
  for (const { name, rate, bound } of bounds) {
    const { sample } = samples.find((entry) => entry.name === name)!;
    const { mse } = measured(sample, rate);
    const variance = quantizationError(sample, entropyConstrained(sample, { bits: 1e-9 })).mse;
    assertLessOrEqual(bound - 1e-6 * variance, mse, `${name} at ${rate} bits`);
    // Of values with many ties there are few partitions, and the hull is far below most rates.
    if (name !== "ties") assertLess(mse, 1.03 * bound, `${name} at ${rate} bits`);
  }
});

Deno.test("entropyConstrained() of a Laplace law's quantiles is Sullivan's optimal quantizer", () => {
  const { cases } = readFixture<{ cases: { rate: number; mse: number }[] }>(
    "entropy_constrained/laplace.json",
  );
  const sample = quantiles(laplace({ location: 0, scale: 1 }), 20_000);
  for (const { rate, mse } of cases.filter(({ rate }) => rate !== 5)) {
    const found = measured(sample, rate);
    assertRelative(found.mse, mse, 3e-3, `at ${rate} bits`);
    assertLess(rate - 1e-3, found.rate);
  }
});

Deno.test("entropyConstrained() nears 1.53 dB above the Shannon bound at high rate", () => {
  // pi e / 6 times the bound, which of a Gaussian is variance 2^(-2 rate).
  const { mse } = measured(quantiles(gaussian({ mean: 3, standardDeviation: 0.02 }), 50_000), 4.5);
  assertRelative(mse / (0.02 ** 2 * 2 ** -9), (Math.PI * Math.E) / 6, 2e-3, "over Shannon's bound");
});

Deno.test("entropyConstrained() is Huffman-coded within a bit of its rate, with more levels than 2^bits", () => {
  const sample = laplace({ location: 0, scale: 1 }).sample(20_000, { prng: createPrng(3) });
  const { codebook, rate } = measured(sample, 3);
  assertEquals(codebook.design.coding, "huffman");
  assertLess(8, codebook.levels.length);
  assertEquals(codebook.design.storedValues, codebook.levels.length);
  const { payloadBits } = codedSize(encode(sample, codebook), codebook.levels.length);
  assertLess(payloadBits / sample.length, rate + 0.1);
});

Deno.test("entropyConstrained() takes thresholds off the middle, and keeps every level in its cell", () => {
  const sample = laplace({ location: 0, scale: 1 }).sample(5000, { prng: createPrng(4) });
  const { codebook: { levels, thresholds } } = measured(sample, 1);
  const shift = thresholds.map((x, i) => x - (levels[i]! + levels[i + 1]!) / 2);
  assertLess(0.05, Math.max(...shift.map(Math.abs)));
  levels.forEach((level, i) => {
    const cell = sample.filter((x) =>
      x >= (thresholds[i - 1] ?? -Infinity) && x < (thresholds[i] ?? Infinity)
    );
    const mean = cell.reduce((sum, x) => sum + x, 0) / cell.length;
    assertRelative(level, mean, 1e-12, `level ${i}`, 1);
  });
});

Deno.test("entropyConstrained() scales with its sample from 1e-140 to 1e140, and shifts with it", () => {
  const sample = gaussian({ mean: 0, standardDeviation: 1 }).sample(400, { prng: createPrng(5) });
  const { levels } = entropyConstrained(sample, { bits: 2 });
  for (const factor of [1e-140, 1e140]) {
    const scaled = entropyConstrained(sample.map((x) => factor * x), { bits: 2 }).levels;
    assertEquals(scaled.length, levels.length);
    scaled.forEach((x, i) => assertRelative(x / factor, levels[i]!, 1e-9, `${factor}`, 1));
  }
  const moved = entropyConstrained(sample.map((x) => x + 100), { bits: 2 }).levels;
  moved.forEach((x, i) => assertRelative(x - 100, levels[i]!, 1e-9, "moved", 1));
});

Deno.test("entropyConstrained() gives what needs no more than the rate its own levels", () => {
  const few = [3, 1, 1, 2, 3, 3];
  const { levels, thresholds, design } = entropyConstrained(Object.freeze(few), { bits: 2 });
  assertEquals([[...levels], [...thresholds]], [[1, 2, 3], [1.5, 2.5]]);
  assert(design.converged);
  assertEquals([...entropyConstrained([5, 5], { bits: 1 }).levels], [5]);
  assertEquals(entropyConstrained([5, 5], { bits: 1 }).design.rate, 0);
  assertEquals([...entropyConstrained([1, 2], { bits: 1 }).levels], [1, 2]);
  // One value in ten costs 0.47 bits.
  const rare = [9, ...new Array(9).fill(1)];
  assertEquals([...entropyConstrained(rare, { bits: 0.47 }).levels], [1, 9]);
  assertEquals([...entropyConstrained(rare, { bits: 0.46 }).levels], [1.8]);
});

Deno.test("entropyConstrained() copes with denormals, outliers, neighbouring doubles and zeros", () => {
  const prng = createPrng(8);
  const normal = gaussian({ mean: 0, standardDeviation: 1 }).sample(300, { prng });
  const samples = [
    normal.map((x) => Math.round(9 * x) * Number.MIN_VALUE),
    [...normal, 1e100, -1e30],
    normal.map((x) => 1 + Math.round(5 * x) * Number.EPSILON),
    normal.map((x, i) => i % 5 < 4 ? 0 : x),
    normal.map((x) => Math.abs(x) ** 9),
  ];
  for (const sample of samples) {
    for (const bits of [0.3, 1, 3, 8, 16]) {
      const { levels } = measured(sample, bits).codebook;
      assert(levels.every((level, i) => i === 0 || level > levels[i - 1]!));
    }
  }
});

Deno.test("entropyConstrained() refuses empty samples, NaN, and rates outside of (0, 16]", () => {
  for (const bits of [0, -1, 16.5, NaN]) {
    assertThrows(
      () => entropyConstrained([1, 2], { bits }),
      RangeError,
      `Cannot design a codebook as bits must be above 0 and at most 16: current value is ${bits}`,
    );
  }
  assertThrows(() => entropyConstrained([], { bits: 2 }), RangeError, "the sample is empty");
  assertThrows(() => entropyConstrained([1, NaN], { bits: 2 }), RangeError, "value 1 is NaN");
});
