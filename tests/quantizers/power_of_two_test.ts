import { assertEquals, assertThrows } from "@std/assert";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { quantize } from "../../lib/codebooks/quantize.ts";
import { powerOfTwo } from "../../lib/quantizers/power_of_two.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

type Samples = Record<string, number[]>;
interface PublishedFixture {
  samples: Samples;
  inq: { name: string; bits: number; top: number; quantized: number[] }[];
}
interface BruteForceFixture {
  samples: Samples;
  powerOfTwo: { name: string; bits: number; top: number; leastError: number }[];
}

const published = readFixture<PublishedFixture>("quantizers_books/published.json");
const bruteForce = readFixture<BruteForceFixture>("quantizers_books/brute_force.json");

Deno.test("powerOfTwo() quantizes as INQ-pytorch", () => {
  for (const { name, bits, top, quantized } of published.inq) {
    const values = Float64Array.from(published.samples[name]!);
    const book = powerOfTwo(values, { bits });
    assertEquals(book.levels.at(-1), 2 ** top, name);
    assertEquals(book.levels.length, 2 ** (bits - 1) + 1);
    assertEquals([...quantize(values, book)], quantized, `${name}, ${bits} bits`);
  }
});

Deno.test("powerOfTwo() least-error finds the best of all exponents", () => {
  for (const { name, bits, top, leastError } of bruteForce.powerOfTwo) {
    const values = bruteForce.samples[name]!;
    const book = powerOfTwo(values, { bits, top: "least-error" });
    assertEquals(book.levels.at(-1), 2 ** top, `${name}, ${bits} bits`);
    const error = quantizationError(values, book).mse * values.length;
    assertRelative(error, leastError, 1e-12, `${name}, ${bits} bits`);
  }
});

Deno.test("powerOfTwo() least-error clips an outlier that costs less than the rest", () => {
  const sample = Float64Array.from({ length: 10_001 }, (_, i) => i === 0 ? 9 : i % 2 ? 1 : -1);
  assertEquals([...powerOfTwo(sample, { bits: 2, top: "least-error" }).levels], [-1, 0, 1]);
  assertEquals([...powerOfTwo(sample, { bits: 2 }).levels], [-8, 0, 8]);
});

Deno.test("powerOfTwo() with all exponents has 2^bits - 1 levels", () => {
  const { levels, bits, design } = powerOfTwo([-1, 0.5], { bits: 3, exponents: "all" });
  assertEquals([...levels], [-1, -0.5, -0.25, 0, 0.25, 0.5, 1]);
  assertEquals([bits, design.storedValues], [3, 1]);
});

Deno.test("powerOfTwo() takes the power nearest to the largest magnitude, the larger of two", () => {
  const top = (largest: number) => powerOfTwo([0, -largest], { bits: 2 }).levels.at(-1)!;
  const justBelow = 1.5 - Number.EPSILON;
  for (const exponent of [-1000, -537, -3, 0, 7, 490]) {
    const scale = 2 ** exponent;
    assertEquals(
      [1, justBelow, 1.5, 2, 3].map((x) => top(x * scale) / scale),
      [1, 1, 2, 2, 4],
      `2^${exponent}`,
    );
  }
  assertEquals(top(5e-324), 5e-324);
});

Deno.test("powerOfTwo() at 16 bits stops at the smallest double", () => {
  for (const top of ["inq", "least-error"] as const) {
    const { levels } = powerOfTwo([-1, 0.3], { bits: 16, top });
    assertEquals(levels.length, 2 * 1075 + 1);
    assertEquals([levels[1075], levels[1076], levels.at(-1)], [0, 5e-324, 1]);
  }
});

Deno.test("powerOfTwo() gives a constant sample its own level", () => {
  assertEquals([...powerOfTwo([0.3, 0.3], { bits: 4 }).levels], [0.3]);
});

Deno.test("powerOfTwo() refuses one bit, unknown options and NaN", () => {
  const refuse = (options: Record<string, unknown>, message: string) =>
    assertThrows(() => powerOfTwo([1, 2], { bits: 4, ...options } as never), RangeError, message);
  refuse({ bits: 1 }, "bits must be at least 2 for power-of-two: current value is 1");
  refuse({ bits: 17 }, "current value is 17");
  refuse({ exponents: "some" }, "exponents must be inq or all: current value is some");
  refuse({ top: "max" }, "top must be inq or least-error: current value is max");
  assertThrows(() => powerOfTwo([NaN, 1], { bits: 4 }), RangeError, "value 0 is NaN");
});
