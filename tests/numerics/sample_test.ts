import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertFiniteSample, extent, type Sample, sortedCopy } from "../../lib/numerics/sample.ts";

Deno.test("extent() finds both ends in ascending, descending and single-valued samples", () => {
  for (const sample of [[1, 2, 3], [3, 2, 1], Float32Array.of(2, 3, 1)]) {
    assertEquals(extent(sample), [1, 3]);
  }
  assertEquals(extent([-7]), [-7, -7]);
  const long = Float64Array.from({ length: 5000 }, (_, i) => i === 4321 ? -9 : i === 17 ? 8 : 1);
  assertEquals(extent(long), [-9, 8]);
});

/** Fails unless both hold the same doubles, with the same zeros. */
function assertSameValues(actual: Sample, expected: Sample): void {
  assertStrictEquals(actual.length, expected.length);
  const index = actual.findIndex((value, i) => !Object.is(value, expected[i]));
  assertStrictEquals(index, -1, `value ${index} is ${actual[index]}, not ${expected[index]}`);
}

function assertSorted(sample: Sample): void {
  const before = sample.slice();
  const sorted = sortedCopy(sample);
  assertSameValues(sorted, Float64Array.from(sample).sort());
  assertSameValues(sample, before);
}

Deno.test("sortedCopy() sorts by value, as doubles, and leaves the sample as it was", () => {
  for (const sample of [[10, -2, 9], Float32Array.of(10, -2, 9), Float64Array.of(10, -2, 9)]) {
    assertEquals(sortedCopy(sample), Float64Array.of(-2, 9, 10));
    assertEquals(Array.from(sample), [10, -2, 9]);
  }
});

Deno.test("sortedCopy() equals the built-in sort on both sides of the size from which it counts digits", () => {
  const prng = createPrng(11);
  const kinds: Record<string, (i: number) => number> = {
    "weights": () => (prng() + prng() - 1) * 0.02,
    "ties of both zeros": () => prng() < 0.6 ? prng() < 0.5 ? 0 : -0 : prng() - 0.5,
    "denormals": () => (prng() - 0.5) * 1e-40,
    "thirty decades": () => 10 ** (30 * prng() - 15) * (prng() < 0.5 ? -1 : 1),
    "ascending": (i) => i,
    "descending": (i) => -i,
    "constant": () => 0.1,
    "one outlier": (i) => i === 3 ? 1e30 : prng(),
  };
  for (const size of [1, 2, 511, 2047, 2048, 4096, 5000, 20_000]) {
    for (const value of Object.values(kinds)) {
      const sample = Float64Array.from({ length: size }, (_, i) => value(i));
      assertSorted(sample);
      assertSorted(Float32Array.from(sample));
    }
  }
  assertSorted(Array.from({ length: 5000 }, () => prng() - 0.5));
});

Deno.test("sortedCopy() equals the built-in sort for any bits, and for part of a buffer", () => {
  const doubles = fc.double({ noNaN: true });
  fc.assert(fc.property(fc.array(doubles, { minLength: 1, maxLength: 40 }), (values) => {
    // Repeated, so that digits are counted; the last ones are cut off, so that runs differ in length.
    const long = Float64Array.from({ length: 4200 }, (_, i) => values[(i * i) % values.length]!);
    assertSorted(long);
    assertSorted(long.subarray(3));
    assertSorted(Float32Array.from(long).subarray(5));
  }));
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
  assertThrows(
    () => assertFiniteSample(new Float32Array(3000).fill(NaN, 2500), "try"),
    RangeError,
    "Cannot try as every value must be finite: value 2500 is NaN",
  );
  assertThrows(() => assertFiniteSample([], "try"), RangeError, "the sample is empty");
  for (const sample of ["1, 2", null, { length: 2 }, Int8Array.of(1)]) {
    assertThrows(
      () => assertFiniteSample(sample as unknown as Sample, "try"),
      TypeError,
      "Cannot try as the sample must be a Float32Array, a Float64Array or an array of numbers: current value is",
    );
  }
  assertThrows(
    () => assertFiniteSample(new Array<number>(2), "try"),
    RangeError,
    "Cannot try as every value must be finite: value 0 is undefined",
  );
  const largest = Math.fround(3.4028234663852886e38);
  assertFiniteSample(Float32Array.of(largest, -largest, 1e-45, -0), "try");
  // The first double above the limit, with the exponent that the limit has.
  const above = 1e150 * (1 + Number.EPSILON);
  assertFiniteSample([1e150, -1e150, 9.9e149, 5e-324], "try");
  for (const sample of [[0, above], Float64Array.of(0, -above)]) {
    assertThrows(
      () => assertFiniteSample(sample, "try"),
      RangeError,
      "at most 1e+150 in magnitude",
    );
  }
});
