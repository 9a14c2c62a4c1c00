import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { searchBlocks } from "../../lib/codebooks/threshold_search.ts";
import { createThresholdTable } from "../../lib/codebooks/threshold_table.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import type { Sample } from "../../lib/numerics/sample.ts";

function codesOf(sample: Sample, thresholds: Float64Array, firstLength?: number): Uint16Array {
  const codes = new Uint16Array(sample.length);
  const visit = (block: { codes: Uint16Array; start: number; firstNaN: number }) => {
    assertEquals(block.firstNaN, -1);
    codes.set(block.codes, block.start);
  };
  searchBlocks(sample, thresholds, visit, firstLength);
  return codes;
}

/** The definition, by counting. */
function countAtOrBelow(sample: Sample, thresholds: Float64Array): Uint16Array {
  return Uint16Array.from(
    { length: sample.length },
    (_, i) => thresholds.reduce((count, threshold) => count + (threshold <= sample[i]! ? 1 : 0), 0),
  );
}

const bits64 = new BigInt64Array(1);
const float64 = new Float64Array(bits64.buffer);

/** The double next to a finite one, away from zero (1) or towards it (-1). */
function neighbour(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * Number.MIN_VALUE;
  float64[0] = value;
  bits64[0]! += BigInt(direction);
  return float64[0]!;
}

/** Values where an inexact search would err: thresholds, their neighbours in both precisions, and the ends of everything. */
function hardValues(thresholds: Float64Array): number[] {
  const near = [...thresholds].flatMap((threshold) => [
    threshold,
    neighbour(threshold, 1),
    neighbour(threshold, -1),
    Math.fround(threshold),
    Math.fround(threshold) * (1 + 2 ** -23),
    Math.fround(threshold) * (1 - 2 ** -23),
    -threshold,
  ]);
  const ends = [0, -0, 5e-324, -5e-324, 1e-310, -1e-310, 1.4e-45, -1.4e-45, 1e-40, -1e-40];
  const large = [3.4028235e38, -3.4028235e38, 1e39, -1e39, Number.MAX_VALUE, -Number.MAX_VALUE];
  return [...near, ...ends, ...large, Infinity, -Infinity];
}

const steps = (count: number, f: (t: number) => number) =>
  Float64Array.from({ length: count }, (_, i) => f(count === 1 ? 0 : i / (count - 1)));

const books: Record<string, Float64Array> = {
  "of one level": new Float64Array(0),
  "of two levels": Float64Array.of(0),
  "of two levels about -0": Float64Array.of(-0),
  "of thresholds that are -0 as floats": Float64Array.of(-1e-50, 0),
  "of 16 levels": steps(15, (t) => 6 * t - 3),
  "of 256 levels": steps(255, (t) => 6 * t - 3),
  "of 256 levels over 30 decades and both signs": steps(
    255,
    (t) => Math.sign(t - 0.5) * 10 ** (60 * Math.abs(t - 0.5) - 15),
  ),
  "of positive levels over 300 decades": steps(200, (t) => 10 ** (300 * t - 150)),
  "with an outlier of 1e30": Float64Array.of(...steps(14, (t) => 6 * t - 3), 5e29),
  "of denormal floats": steps(15, (t) => (t - 0.5) * 1e-40),
  "of denormal doubles": steps(15, (t) => Math.round(1000 * (t - 0.5)) * 5e-324),
  "within 1e-13 of 1": steps(255, (t) => 1 + (t - 0.5) * 1e-13),
  "about 1e6": steps(255, (t) => 1e6 + t),
  "about -3": steps(255, (t) => -3 + 0.02 * t),
  "of 600 dense levels in [1, 2]": steps(599, (t) => 1 + t),
  "of 600 levels in two distant clusters": Float64Array.of(
    ...steps(300, (t) => 1e-9 * (1 + t)),
    ...steps(299, (t) => 1 + t),
  ),
  "of the largest doubles": Float64Array.of(-Number.MAX_VALUE, -1, 1, Number.MAX_VALUE),
  "of neighbouring doubles": Float64Array.of(1, 1 + 2 ** -52, 1 + 2 ** -51, 1 + 3 * 2 ** -52),
};

for (const [name, thresholds] of Object.entries(books)) {
  Deno.test(`searchBlocks() counts thresholds like brute force in a book ${name}`, () => {
    const prng = createPrng(7);
    const hard = hardValues(thresholds);
    const random = Array.from({ length: 1500 }, () => {
      const at = Math.floor(prng() * (thresholds.length + 1));
      const lower = thresholds[at - 1] ?? -4, upper = thresholds[at] ?? 4;
      return lower / 2 + upper / 2 + (prng() - 0.5) * (upper / 2 - lower / 2);
    });
    const list = [...hard, ...random];
    const expected = countAtOrBelow(list, thresholds);
    assertEquals(codesOf(Float64Array.from(list), thresholds), expected);
    assertEquals(codesOf(Object.freeze(list), thresholds), expected);
    const floats = Float32Array.from(list);
    const expectedOfFloats = countAtOrBelow(floats, thresholds);
    assertEquals(codesOf(floats, thresholds), expectedOfFloats);
    // Few values are searched without a table.
    assertEquals(codesOf(floats.subarray(3, 200), thresholds), expectedOfFloats.subarray(3, 200));
    // The first block may be a short one, as in the middle of a stream.
    assertEquals(codesOf(floats, thresholds, 5), expectedOfFloats);
    for (const ordered of [floats.toSorted(), floats.toSorted().reverse()]) {
      assertEquals(codesOf(ordered, thresholds), countAtOrBelow(ordered, thresholds));
    }
  });
}

Deno.test("searchBlocks() counts thresholds like brute force in any book, for any values", () => {
  const number = fc.oneof(fc.double({ noNaN: true }), fc.float({ noNaN: true }));
  const finite = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ min: 1, max: 2, noNaN: true }),
    fc.double({ min: -1e-300, max: 1e-300, noNaN: true }),
  );
  const thresholds = fc.uniqueArray(finite, { maxLength: 600, comparator: "SameValueZero" })
    .map((list) => Float64Array.from(list).sort());
  fc.assert(
    fc.property(thresholds, fc.array(number, { maxLength: 100 }), (book, list) => {
      // Repeated until tables pay.
      const values = [...list, ...hardValues(book)];
      const sample = Float64Array.from(
        { length: 700 + values.length },
        (_, i) => values[i % values.length]!,
      );
      assertEquals(codesOf(sample, book), countAtOrBelow(sample, book));
    }),
    { seed: 5, numRuns: 60 },
  );
});

Deno.test("searchBlocks() shows every value once, in order, with the first NaN of a block", () => {
  for (const size of [0, 1, 511, 512, 1024, 1025, 5000]) {
    const sample = Float64Array.from({ length: size }, (_, i) => i % 1000 === 999 ? NaN : i);
    const seen: number[] = [];
    searchBlocks(sample, Float64Array.of(10, 20), ({ start, codes, firstNaN }) => {
      assertEquals(start, seen.length);
      const values = sample.subarray(start, start + codes.length);
      assertEquals(firstNaN, values.findIndex(Number.isNaN));
      seen.push(...values);
    });
    assertEquals(Float64Array.from(seen), sample);
  }
});

Deno.test("createThresholdTable() keeps thresholds apart: by magnitude, or evenly where they are dense", () => {
  const size = 1e7;
  for (const count of [1, 15, 255, 4095]) {
    const { stride, keys } = createThresholdTable(steps(count, (t) => 6 * t - 3), size);
    assertEquals([stride, keys.range], [1, undefined], `${count} thresholds`);
  }
  for (const [from, to] of [[1, 2], [-3, 3], [1e6, 1e6 + 1]] as const) {
    const { stride, keys } = createThresholdTable(
      steps(65535, (t) => from + (to - from) * t),
      size,
    );
    assertEquals([stride, keys.range], [1, [from, to]]);
  }
});

Deno.test("createThresholdTable() is small for few values", () => {
  const thresholds = steps(4095, (t) => 6 * t - 3);
  for (const size of [512, 1e4, 1e6]) {
    const { below } = createThresholdTable(thresholds, size);
    assert(below.length <= 20 * size, `${below.length} entries for ${size} values`);
  }
});
