import { assertEquals, assertThrows } from "@std/assert";
import { mean, meanAbsolute, populationVariance } from "../../lib/numerics/moments.ts";
import { assertFiniteSample, extent, sortedCopy } from "../../lib/numerics/sample.ts";

Deno.test("extent() finds both ends in ascending, descending and single-valued samples", () => {
  for (const sample of [[1, 2, 3], [3, 2, 1], Float32Array.of(2, 3, 1)]) {
    assertEquals(extent(sample), [1, 3]);
  }
  assertEquals(extent([-7]), [-7, -7]);
});

Deno.test("sortedCopy() sorts by value, as doubles, and leaves the sample as it was", () => {
  for (const sample of [[10, -2, 9], Float32Array.of(10, -2, 9), Float64Array.of(10, -2, 9)]) {
    assertEquals(sortedCopy(sample), Float64Array.of(-2, 9, 10));
    assertEquals(Array.from(sample), [10, -2, 9]);
  }
});

Deno.test("mean() keeps what plain summation loses, whichever term is the larger", () => {
  assertEquals(mean([1, 1e100, 1, -1e100]), 0.5);
  assertEquals(mean([1e100, 1, -1e100, 1]), 0.5);
});

Deno.test("the moments equal their definitions", () => {
  assertEquals([populationVariance([1, 3]), meanAbsolute([1, -3, 5], 1)], [1, 8 / 3]);
});

Deno.test("assertFiniteSample() names the first value that is not finite, or whose square would overflow", () => {
  assertThrows(
    () => assertFiniteSample([0, -Infinity, NaN], "try"),
    RangeError,
    "Cannot try as every value must be finite: value 1 is -Infinity",
  );
  assertThrows(
    () => assertFiniteSample([0, -1e200], "try"),
    RangeError,
    "Cannot try as every value must be at most 1e+150 in magnitude: value 1 is -1e+200",
  );
  assertFiniteSample([1e150, -1e150, 5e-324], "try");
});
