import { assertEquals, assertThrows } from "@std/assert";
import { createPrng } from "../../lib/numerics/prng.ts";
import { histogram } from "../../lib/report/histogram.ts";

Deno.test("histogram() counts what a search through all intervals counts", () => {
  const prng = createPrng(3);
  // Tenths lie on the edges, where a quotient can round to either side.
  const sample = Float64Array.from({ length: 2000 }, () => Math.floor(prng() * 11) / 10);
  const { edges, counts, size } = histogram(sample, { bins: 10, range: [0, 1] });
  const searched = counts.map((_, i) =>
    sample.filter((x) => x >= edges[i]! && (x < edges[i + 1]! || (i === 9 && x === 1))).length
  );
  assertEquals(counts, searched);
  assertEquals(counts.reduce((a, b) => a + b), size);
});

Deno.test("histogram() spans the sample by default, both ends included", () => {
  assertEquals(histogram([3, 1, 2, 5], { bins: 4 }), {
    edges: [1, 2, 3, 4, 5],
    counts: [1, 1, 1, 1],
    size: 4,
  });
});

Deno.test("histogram() refuses bins, ranges and values that it can't count by", () => {
  assertThrows(() => histogram([1, 2], { bins: 0 }), RangeError, "bins must be an integer above 0");
  assertThrows(() => histogram([1, 1], { bins: 2 }), RangeError, "current value is [1, 1]");
  assertThrows(() => histogram([], { bins: 2 }), RangeError, "[Infinity, -Infinity]");
  assertThrows(
    () => histogram([0, NaN], { bins: 2, range: [0, 1] }),
    RangeError,
    "value 1 is NaN",
  );
});
