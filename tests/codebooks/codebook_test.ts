import { assertEquals, assertThrows } from "@std/assert";
import { createCodebook, levelCount } from "../../lib/codebooks/codebook.ts";

const byHand = { method: "by hand", storedValues: 0 };

Deno.test("createCodebook() puts a threshold halfway between neighbours", () => {
  const { levels, thresholds, bits, design } = createCodebook([-2, 0, 1], byHand);
  assertEquals([...levels], [-2, 0, 1]);
  assertEquals([...thresholds], [-1, 0.5]);
  assertEquals([bits, design.clipping], [2, [-2, 1]]);
});

Deno.test("createCodebook() counts bits as the ceiling of log2, and one at least", () => {
  const bitsOf = (count: number) =>
    createCodebook(Array.from({ length: count }, (_, i) => i), byHand).bits;
  assertEquals([1, 2, 3, 4, 5, 256, 257].map(bitsOf), [1, 1, 2, 2, 3, 8, 9]);
});

Deno.test("createCodebook() merges equal levels, and keeps neighbouring doubles apart", () => {
  const [next, second] = [1 + Number.EPSILON, 1 + 2 * Number.EPSILON];
  const { levels, thresholds } = createCodebook([1, 1, next, second, 2, 2], byHand);
  assertEquals([...levels], [1, next, second, 2]);
  // Between 1 and the next double the midpoint rounds to 1, which would take level 1 away from itself.
  assertEquals([...thresholds.subarray(0, 2)], [next, second]);
  const mirrored = createCodebook([-second, -next, -1], byHand);
  assertEquals([...mirrored.thresholds], [-next, -1]);
  assertEquals([...createCodebook([-0, 0], byHand).levels], [-0]);
});

Deno.test("createCodebook() neither overflows at the largest doubles nor underflows at the least", () => {
  const huge = createCodebook([-Number.MAX_VALUE, Number.MAX_VALUE], byHand);
  assertEquals([...huge.thresholds], [0]);
  const upper = createCodebook([Number.MAX_VALUE / 2, Number.MAX_VALUE], byHand);
  assertEquals([...upper.thresholds], [Number.MAX_VALUE * 0.75]);
  assertEquals(createCodebook([1.5e-323, 1.5e-323], byHand).levels.length, 1);
  const denormal = createCodebook([1, 5, 7].map((i) => i * Number.MIN_VALUE), byHand);
  assertEquals([...denormal.thresholds], [3, 6].map((i) => i * Number.MIN_VALUE));
  const tiny = createCodebook([0, Number.MIN_VALUE, 4 * Number.MIN_VALUE], byHand);
  for (const [i, threshold] of tiny.thresholds.entries()) {
    assertEquals(tiny.levels[i]! < threshold && threshold <= tiny.levels[i + 1]!, true);
  }
});

Deno.test("createCodebook() refuses no level, too many, descending levels and infinities", () => {
  assertThrows(() => createCodebook([], byHand), RangeError, "the number of levels is 0");
  assertEquals(createCodebook(new Float64Array(65536).map((_, i) => i), byHand).bits, 16);
  assertThrows(
    () => createCodebook(new Float64Array(65537).map((_, i) => i), byHand),
    RangeError,
    "Cannot create a codebook as it holds at most 65536 levels: their number is 65537",
  );
  assertThrows(
    () => createCodebook([0, 1, 0.5], byHand),
    RangeError,
    "levels must be finite and ascending: level 2 is 0.5",
  );
  assertThrows(() => createCodebook([0, Infinity], byHand), RangeError, "level 1 is Infinity");
  assertThrows(() => createCodebook([NaN], byHand), RangeError, "level 0 is NaN");
});

Deno.test("levelCount() takes 1 to 16 bits or 1 to 65,536 levels, and names what it refuses", () => {
  assertEquals([levelCount({ bits: 1 }), levelCount({ bits: 16 })], [2, 65536]);
  assertEquals([levelCount({ levels: 1 }), levelCount({ levels: 65536 })], [1, 65536]);
  for (const bits of [0, 17, 2.5, NaN]) {
    assertThrows(
      () => levelCount({ bits }),
      RangeError,
      `Cannot design a codebook as bits must be an integer in [1, 16]: current value is ${bits}`,
    );
  }
  assertThrows(
    () => levelCount({ levels: 0 }),
    RangeError,
    "levels must be an integer in [1, 65536]",
  );
});

Deno.test("createCodebook() takes thresholds of the caller that separate the levels, and no others", () => {
  assertEquals([...createCodebook([0, 1, 4], byHand, [0.75, 4]).thresholds], [0.75, 4]);
  assertEquals([...createCodebook([2], byHand, []).thresholds], []);
  assertThrows(
    () => createCodebook([0, 1, 4], byHand, [0.5]),
    RangeError,
    "one threshold less than levels: their numbers are 1 and 3",
  );
  assertThrows(
    () => createCodebook([0, 1, 4], byHand, [0, 2]),
    RangeError,
    "threshold 0 must be above 0 and at most 1: current value is 0",
  );
  assertThrows(() => createCodebook([0, 1, 4], byHand, [1, 4.5]), RangeError, "threshold 1");
  assertThrows(() => createCodebook([0, 1], byHand, [NaN]), RangeError, "current value is NaN");
  assertThrows(() => createCodebook([1, 1], byHand, [1]), RangeError, "threshold 0");
});
