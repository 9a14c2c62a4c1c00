import { assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import { encode } from "../../lib/codebooks/encode.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { quantize } from "../../lib/codebooks/quantize.ts";
import { pwlq } from "../../lib/quantizers/pwlq.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

interface PublishedFixture {
  samples: Record<string, number[]>;
  pwlq: {
    name: string;
    paperBits: number;
    breakpoint: "norm" | "laplace" | "search";
    error: number;
    quantized?: number[];
  }[];
}

const { samples, pwlq: rows } = readFixture<PublishedFixture>("quantizers_books/published.json");
const breakpoints = { norm: "gaussian", laplace: "laplace", search: "least-error" } as const;

Deno.test("pwlq() quantizes as the authors' code with its approximate breakpoints", () => {
  for (const { name, paperBits, breakpoint, quantized } of rows) {
    if (quantized === undefined) continue;
    const values = Float64Array.from(samples[name]!);
    const largest = Math.max(...values.map(Math.abs));
    const book = pwlq(values, { bits: paperBits + 1, breakpoint: breakpoints[breakpoint] });
    for (const [i, value] of quantize(values, book).entries()) {
      const what = `${name}, ${paperBits} bits, ${breakpoint}, value ${i}`;
      assertRelative(value, quantized[i]!, 1e-9, what, largest);
    }
  }
});

Deno.test("pwlq() least-error loses at most what the authors' coarse-to-fine search loses", () => {
  for (const { name, paperBits, breakpoint, error } of rows) {
    if (breakpoint !== "search") continue;
    const values = samples[name]!;
    const book = pwlq(values, { bits: paperBits + 1, breakpoint: "least-error" });
    const own = Math.sqrt(quantizationError(values, book).mse * values.length);
    assertLessOrEqual(own, error * 1.002, `${name}, ${paperBits} bits`);
  }
});

Deno.test("pwlq() has 2^bits - 1 levels, and thresholds at its breakpoint whose value belongs to the tails", () => {
  const sample = [-1, -0.11, 0.02, 0.1, 0.23];
  for (const bits of [3, 4, 8, 16]) {
    const book = pwlq(sample, { bits });
    const { levels, thresholds, design } = book;
    assertEquals([levels.length, book.bits, design.storedValues], [2 ** bits - 1, bits, 2]);
    assertEquals(design.clipping, [-1, 1]);
    const upper = 2 ** (bits - 1) - 1 + 2 ** (bits - 2);
    const breakpoint = levels[upper]!;
    assertEquals(thresholds[upper - 1], breakpoint);
    assertEquals([...encode([breakpoint, -breakpoint], book)], [upper, 2 ** bits - 2 - upper]);
  }
});

slowTest(
  "pwlq() is equivariant from 1e-300 to 1e145, and takes denormals, two values and one side",
  () => {
    const sample = [-3.1, -1.2, 0.4, 0.9, 2.5, 7.25];
    for (const breakpoint of ["gaussian", "laplace", "least-error"] as const) {
      const reference = pwlq(sample, { bits: 5, breakpoint }).levels;
      for (const scale of [2 ** -990, 2 ** 480]) {
        const { levels } = pwlq(sample.map((x) => x * scale), { bits: 5, breakpoint });
        for (const [i, level] of levels.entries()) {
          assertRelative(level, reference[i]! * scale, 1e-13, `level ${i}`);
        }
      }
      for (const extreme of [[0, 1e-300], [0, 5e-324], [1e150, -1e150], [7, 8], [-2, -2, -1]]) {
        for (const bits of [3, 8, 16]) {
          const book = pwlq(extreme, { bits, breakpoint });
          assertEquals(book.levels.every(Number.isFinite), true);
          assertEquals(quantizationError(extreme, book).mse < Infinity, true);
        }
      }
    }
  },
);

Deno.test("pwlq() gives a constant sample its own level", () => {
  assertEquals([...pwlq([0.3, 0.3], { bits: 4 }).levels], [0.3]);
});

Deno.test("pwlq() refuses two bits, an unknown breakpoint and NaN", () => {
  assertThrows(
    () => pwlq([1, 2], { bits: 2 }),
    RangeError,
    "bits must be at least 3 for pwlq: current value is 2",
  );
  assertThrows(() => pwlq([1, 2], { bits: 17 }), RangeError, "current value is 17");
  assertThrows(
    () => pwlq([1, 2], { bits: 4, breakpoint: "middle" as never }),
    RangeError,
    "breakpoint must be one of gaussian, laplace, least-error: current value is middle",
  );
  assertThrows(() => pwlq([1, NaN], { bits: 4 }), RangeError, "value 1 is NaN");
});
