import { assert, assertEquals, assertLess, assertLessOrEqual, assertThrows } from "@std/assert";
import { encode } from "../../lib/codebooks/encode.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { quantize } from "../../lib/codebooks/quantize.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { minifloat, type MinifloatFormat } from "../../lib/quantizers/minifloat.ts";
import { bfloat16, float16, int16 } from "../../lib/quantizers/sixteen_bits.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface MinifloatFixture {
  rows: { format: MinifloatFormat; values: number[]; inputs: number[]; rounded: number[] }[];
}

interface SixteenBitsFixture {
  rows: {
    format: string;
    count: number;
    largest: number;
    smallest: number;
    every: number;
    values: number[];
    inputs: number[];
    rounded: number[];
  }[];
  int16: { values: number[]; zero: number; scale: number; codes: number[] };
}

const minifloats = readFixture<MinifloatFixture>("quantizers_uniform/minifloats.json");
const sixteenBits = readFixture<SixteenBitsFixture>("quantizers_uniform/sixteen_bits.json");

Deno.test("minifloat() has the finite values of ml_dtypes' formats, and rounds as they do", () => {
  for (const { format, values, inputs, rounded } of minifloats.rows) {
    const book = minifloat(inputs, { format });
    assertEquals([...book.levels], values, format);
    assertEquals([...quantize(Float64Array.from(inputs), book)], rounded, format);
    assertEquals([book.bits, book.design.method], [Number(format[2]), format]);
  }
});

Deno.test("minifloat() puts its largest value at the largest magnitude", () => {
  for (const { format, values } of minifloats.rows) {
    const largest = values.at(-1)!;
    for (const magnitude of [3.7, 1e-150, 1e150]) {
      const { levels } = minifloat([-magnitude, magnitude / 3], { format });
      assertEquals([levels[0], levels.at(-1)], [-magnitude, magnitude]);
      levels.forEach((level, i) =>
        assertRelative(level, (values[i]! / largest) * magnitude, 1e-15, format)
      );
    }
    assert(minifloat([0, 5e-324], { format }).levels.every(Number.isFinite));
  }
});

Deno.test("minifloat() with the scale of least squared error is no worse than any of 400 scales", () => {
  const sample = gaussian({ mean: 0.01, standardDeviation: 0.05 })
    .sample(500, { prng: createPrng(9) });
  const largest = sample.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  for (const { format } of minifloats.rows.slice(0, 3)) {
    const best = quantizationError(sample, minifloat(sample, { format, scale: "mse" })).mse;
    const pattern = minifloat([-1, 0.5], { format });
    for (let i = 1; i <= 400; i++) {
      const factor = (largest * i) / 200;
      const scaled = Float64Array.from(sample, (x) => x / factor);
      assertLessOrEqual(best, quantizationError(scaled, pattern).mse * factor ** 2 * 1.003);
    }
    const absmax = quantizationError(sample, minifloat(sample, { format })).mse;
    assertLessOrEqual(best, absmax);
  }
});

Deno.test("minifloat() refuses an unknown format or scale, and keeps a constant sample", () => {
  assertEquals([...minifloat([0.3, 0.3], { format: "fp4-e2m1" }).levels], [0.3]);
  assertThrows(
    () => minifloat([1, 2], { format: "fp8-e3m4" as never }),
    RangeError,
    "format must be one of fp4-e2m1, fp6-e2m3, fp6-e3m2, fp8-e4m3, fp8-e5m2: current value is fp8-e3m4",
  );
  assertThrows(
    () => minifloat([1, 2], { format: "fp4-e2m1", scale: "max" as never }),
    RangeError,
    "scale must be one of absmax, mse: current value is max",
  );
  assertThrows(() => minifloat([NaN, 2], { format: "fp4-e2m1" }), RangeError, "value 0 is NaN");
});

Deno.test("float16() and bfloat16() have the finite values of NumPy's and ml_dtypes', and round as they do", () => {
  const books = { float16: float16(), bfloat16: bfloat16() };
  for (
    const { format, count, largest, smallest, every, values, inputs, rounded } of sixteenBits.rows
  ) {
    const { levels, bits, design } = books[format as keyof typeof books];
    assertEquals([levels.length, bits, design.storedValues], [count, 16, 0]);
    assertEquals(design.clipping, [-largest, largest]);
    assertEquals(levels[(count + 1) / 2], smallest);
    assertEquals([...levels.filter((_, i) => i % every === 0)], values);
    const own = quantize(Float64Array.from(inputs), books[format as keyof typeof books]);
    assertEquals([...own], rounded, format);
  }
});

Deno.test("float16() saturates, and takes the upper level for a tie", () => {
  // Halfway between 1 and 1 + 2^-10, where hardware takes 1.
  const values = Float64Array.of(1 + 2 ** -11, 1e6, -1e6);
  assertEquals([...quantize(values, float16())], [1 + 2 ** -10, 65504, -65504]);
});

Deno.test("int16() has the scale and the codes of ONNX Runtime", () => {
  const { values, scale, codes } = sixteenBits.int16;
  const sample = Float32Array.from(values);
  const book = int16(sample);
  assertEquals([book.levels.length, book.design.method], [65535, "int16"]);
  assertRelative(book.design.step!, scale, 1e-6, "scale");
  // ONNX Runtime divides in float32: in a few cases the neighbour.
  const own = encode(sample, book);
  let different = 0;
  codes.forEach((code, i) => {
    const distance = Math.abs(own[i]! - 32767 - code);
    assertLessOrEqual(distance, 1);
    different += distance;
  });
  assertLess(different, codes.length / 50);
});
