import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  createHistogram,
  histogram,
  type HistogramCounts,
  updateHistogram,
} from "../../lib/numerics/histogram.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import type { Sample } from "../../lib/numerics/sample.ts";
import { readFixture } from "../fixture.ts";

interface Row {
  name: string;
  sample: number[];
  histogram: { bins: number; range: [number, number]; counts: number[] };
}

const { samples } = readFixture<{ samples: Row[] }>("samples/samples.json");

Deno.test("histogram() equals NumPy's", () => {
  for (const { name, sample, histogram: { bins, range, counts } } of samples) {
    const values = Float32Array.from(sample);
    assertEquals(histogram(values, { bins, range }).counts, counts, name);
  }
});

/** Compares every value with every edge. */
function countOneByOne(sample: Sample, edges: readonly number[]): HistogramCounts {
  const bins = edges.length - 1;
  const counts = new Array<number>(bins).fill(0);
  let below = 0, above = 0;
  for (const value of sample) {
    if (value < edges[0]!) below += 1;
    else if (value > edges[bins]!) above += 1;
    else if (value === edges[bins]) counts[bins - 1]! += 1;
    else counts[edges.findLastIndex((edge) => edge <= value)]! += 1;
  }
  return { edges, counts, below, above, size: sample.length };
}

Deno.test("histogram() counts by its edges, exactly, next to them too", () => {
  const ranges: [number, number][] = [[0, 1], [-0.1, 0.3], [1e8, 1e8 + 1], [-1e-310, 1e-310]];
  for (const range of ranges) {
    for (const bins of [1, 3, 10, 49]) {
      const { edges } = createHistogram({ bins, range });
      assertEquals([edges.length, edges[0], edges[bins]], [bins + 1, ...range]);
      const near = edges.flatMap((edge) => {
        const step = Math.max(Math.abs(edge) * Number.EPSILON, Number.MIN_VALUE);
        return [edge - step, edge, edge + step];
      });
      assertEquals(histogram(near, { bins, range }), countOneByOne(near, edges));
    }
  }
});

Deno.test("histogram() counts in a range whose inverse overflows", () => {
  const unit = Number.MIN_VALUE;
  const sample = Float64Array.from({ length: 300 }, (_, i) => ((i * 7) % 101) * unit);
  const { edges, counts } = histogram(sample, { bins: 20, range: [0, 100 * unit] });
  assertEquals(counts, countOneByOne(sample, edges).counts);
});

Deno.test("histogram() counts by any edges, infinities outside", () => {
  const values = fc.double({ noNaN: true });
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(fc.property(
    fc.uniqueArray(finite, { minLength: 2, maxLength: 12, selector: (edge) => edge + 0 }),
    fc.array(values),
    (unordered, others) => {
      const edges = unordered.map((edge) => edge + 0).sort((a, b) => a - b);
      const sample = [...others, ...edges];
      assertEquals(histogram(sample, { edges }), countOneByOne(sample, edges));
    },
  ));
});

Deno.test("histogram() takes the extent where no range is given", () => {
  const sample = Float64Array.of(3, -1, 0, 1, 2);
  const { edges, counts, size } = histogram(sample, { bins: 4 });
  assertEquals([edges, counts, size], [[-1, 0, 1, 2, 3], [1, 1, 1, 2], 5]);
});

Deno.test("updateHistogram() doesn't depend on how the values are cut", () => {
  const prng = createPrng(14);
  const sample = Float32Array.from({ length: 10_000 }, () => prng() * 1.2 - 0.1);
  for (const intervals of [{ bins: 37, range: [0, 1] as const }, { edges: [0, 0.01, 0.5, 1] }]) {
    const whole = histogram(sample, intervals);
    assertEquals(whole, countOneByOne(sample, whole.edges));
    const state = createHistogram(intervals);
    for (let start = 0; start < sample.length; start += 777) {
      assertStrictEquals(updateHistogram(state, sample.subarray(start, start + 777)), state);
    }
    assertEquals(state, whole);
  }
});

Deno.test("histogram() refuses what it can't count, and keeps its state", () => {
  const range = [0, 1] as const;
  for (const bins of [0, -1, 1.5, NaN, 2 ** 24 + 1]) {
    assertThrows(
      () => createHistogram({ bins, range }),
      RangeError,
      `bins must be an integer in [1, 16777216]: current value is ${bins}`,
    );
  }
  for (const bad of [[1, 1], [1, 0], [NaN, 1], [0, Infinity], [-1.7e308, 1.7e308]]) {
    assertThrows(
      () => createHistogram({ bins: 2, range: bad as [number, number] }),
      RangeError,
      `its range must be finite and not empty: current value is [${bad.join(", ")}]`,
    );
  }
  assertThrows(() => histogram([2, 2], { bins: 2 }), RangeError, "current value is [2, 2]");
  assertThrows(
    () => histogram([], { bins: 2 }),
    RangeError,
    "Cannot count a histogram as the sample is empty: its length is 0",
  );
  for (const edges of [[], [1], [0, 0], [0, NaN], [0, Infinity]]) {
    assertThrows(
      () => createHistogram({ edges }),
      RangeError,
      `at least two, finite and strictly ascending: current value is [${edges.join(", ")}]`,
    );
  }
  assertThrows(
    () => createHistogram({ bins: 8, range: [1, 1 + 2 ** -51] }),
    RangeError,
    "strictly ascending",
  );
  const state = createHistogram({ bins: 2, range });
  const before = structuredClone(state);
  const chunk = new Float64Array(5000);
  chunk[4000] = NaN;
  assertThrows(
    () => updateHistogram(state, chunk),
    RangeError,
    "Cannot count a histogram as value 4000 is NaN",
  );
  assertEquals(state, before);
});
