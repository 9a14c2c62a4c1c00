import { assertEquals, assertLess, assertLessOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import { allocateBits, type BitCurve } from "../../lib/compression/bit_allocation.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

interface AllocationCase {
  sizes: number[];
  widths: number[];
  distortion: number[][];
  hasOverhead: boolean;
  averageBits: number;
  bits: number[];
  least: number;
}

const { cases } = readFixture<{ cases: AllocationCase[] }>("coding/allocation.json");

function curvesOf({ sizes, widths, distortion, hasOverhead }: AllocationCase): BitCurve[] {
  return sizes.map((size, i) => ({
    name: `tensor ${i}`,
    size,
    distortion: Object.fromEntries(widths.map((width, j) => [width, distortion[i]![j]!])),
    ...(hasOverhead &&
      { overhead: Object.fromEntries(widths.map((width) => [width, 32 * 2 ** width])) }),
  }));
}

slowTest("allocateBits() has the optimum of scipy.optimize.milp, and proves it", () => {
  for (const [i, entry] of cases.entries()) {
    const { distortion, averageBits, gap } = allocateBits(curvesOf(entry), {
      averageBits: entry.averageBits,
    });
    const what = `case ${i}, ${entry.sizes.length} tensors`;
    assertRelative(distortion, entry.least, 1e-9, what);
    assertEquals(gap, 0, what);
    assertLessOrEqual(averageBits, entry.averageBits * (1 + 1e-15), what);
  }
});

/** The least distortion of all sets of widths within the budget. */
function leastDistortion(curves: readonly BitCurve[], budget: number): number {
  const [first, ...rest] = curves;
  if (first === undefined) return budget >= 0 ? 0 : Infinity;
  return Math.min(
    ...Object.entries(first.distortion).map(([width, error]) => {
      const cost = Number(width) * first.size + (first.overhead?.[Number(width)] ?? 0);
      return cost > budget ? Infinity : error + leastDistortion(rest, budget - cost);
    }),
  );
}

Deno.test("allocateBits() is the best of all choices, for curves of any form", () => {
  const curve = fc.record({
    size: fc.integer({ min: 1, max: 9 }),
    distortion: fc.dictionary(fc.constantFrom("1", "2", "3", "5", "8"), fc.nat(20), {
      minKeys: 1,
      noNullPrototype: true,
    }),
    extra: fc.nat(5),
  });
  fc.assert(
    fc.property(
      fc.array(curve, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 2, max: 40 }),
      (list, fifths) => {
        const curves = list.map(({ size, distortion, extra }, i) => ({
          name: `${i}`,
          size,
          distortion,
          overhead: { 2: extra, 8: -extra % size },
        }));
        const weights = curves.reduce((sum, { size }) => sum + size, 0);
        const averageBits = fifths / 5;
        const least = leastDistortion(curves, averageBits * weights);
        if (least === Infinity) {
          assertThrows(() => allocateBits(curves, { averageBits }), RangeError, "must be at least");
          return;
        }
        const allocation = allocateBits(curves, { averageBits });
        assertEquals([allocation.distortion, allocation.gap], [least, 0]);
        const taken = curves.reduce((sum, { name, distortion }) => {
          return sum + (distortion[String(allocation.bits[name])] ?? NaN);
        }, 0);
        assertEquals(taken, least);
      },
    ),
    { seed: 7, numRuns: 400 },
  );
});

Deno.test("allocateBits() of thousands of channels is within its gap, which is next to nothing", () => {
  const prng = createPrng(3);
  const curves = Array.from({ length: 3000 }, (_, channel) => {
    const scale = 2 ** (8 * prng());
    const noisy = (width: number) => [width, scale * 4 ** -width * (1 + 0.3 * prng())];
    return {
      name: channel < 1000 ? "a" : "b",
      channel: channel % 1000 + (channel >= 2000 ? 1000 : 0),
      size: 9 * (1 + Math.floor(64 * prng())),
      distortion: Object.fromEntries([2, 3, 4, 5, 6, 8].map(noisy)),
    };
  });
  const { bits, averageBits, gap } = allocateBits(curves, { averageBits: 4 });
  assertEquals(Object.values(bits).map((list) => (list as number[]).length), [1000, 2000]);
  assertLess(3.999, averageBits);
  assertLessOrEqual(averageBits, 4);
  assertLess(gap, 1e-4);
});

Deno.test("allocateBits() keeps least and most, ignores dear widths of no use, and is the same each time", () => {
  const curves = [
    { name: "a", size: 10, distortion: { 1: 9, 2: 4, 3: 5, 4: 1, 8: 0 } },
    { name: "b", size: 10, distortion: { 1: 9, 2: 4, 3: 5, 4: 1, 8: 0 } },
  ];
  assertEquals(allocateBits(curves, { averageBits: 16, most: 4 }).bits, { a: 4, b: 4 });
  assertEquals(allocateBits(curves, { averageBits: 3.4 }).bits, { a: 4, b: 2 });
  assertEquals(allocateBits(curves, { averageBits: 4.9, least: 3 }).bits, { a: 4, b: 4 });
  assertEquals(allocateBits(curves, { averageBits: 100 }), {
    bits: { a: 8, b: 8 },
    averageBits: 8,
    distortion: 0,
    gap: 0,
  });
  const scaled = curves.map((curve) => ({
    ...curve,
    distortion: Object.fromEntries(
      Object.entries(curve.distortion).map(([width, error]) => [width, 1e-200 * error]),
    ),
  }));
  assertEquals(allocateBits(scaled, { averageBits: 3.4 }).bits, { a: 4, b: 2 });
});

Deno.test("allocateBits() refuses budgets too small, and curves that are none", () => {
  const curve = { name: "a", size: 10, distortion: { 2: 1, 4: 0.5 } };
  const refused: [BitCurve[], { averageBits: number; least?: number; most?: number }, string][] = [
    [
      [curve],
      { averageBits: 1.9 },
      "averageBits must be at least 2, what the cheapest widths take",
    ],
    [[], { averageBits: 2 }, "there must be a curve"],
    [[curve], { averageBits: NaN }, "averageBits must be finite and above 0"],
    [[curve], { averageBits: 2, least: 0 }, "least must be an integer in [1, 16]"],
    [
      [curve],
      { averageBits: 2, least: 5, most: 4 },
      "least must be at most most: they are 5 and 4",
    ],
    [[curve], { averageBits: 9, least: 5 }, "a must have a width in [5, 16]: its widths are [2,4]"],
    [[{ ...curve, size: 0 }], { averageBits: 2 }, "the size of a must be an integer above 0"],
    [[{ ...curve, distortion: { 2: NaN } }], { averageBits: 2 }, "current value is NaN"],
    [[{ ...curve, distortion: { 2: -1 } }], { averageBits: 2 }, "the distortion of a at 2 bits"],
    [[{ ...curve, distortion: { 2.5: 1 } }], { averageBits: 3 }, "one is 2.5"],
    [[{ ...curve, overhead: { 2: -21 } }], { averageBits: 2 }, "its overhead is -21"],
    [[curve, curve], { averageBits: 2 }, "must have one curve: a has another"],
    [[{ ...curve, channel: 1 }], { averageBits: 2 }, "a has none for 0"],
    [[{ ...curve, channel: 0 }, curve], { averageBits: 2 }, "a has another"],
  ];
  for (const [curves, options, text] of refused) {
    assertThrows(() => allocateBits(curves, options), RangeError, text);
  }
});
