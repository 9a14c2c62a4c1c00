import { assertEquals, assertThrows } from "@std/assert";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { quantize } from "../../lib/codebooks/quantize.ts";
import { fixedPoint } from "../../lib/quantizers/fixed_point.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface FixedPointFixture {
  samples: { law: string; values: number[] }[];
  rows: { law: string; scale: number; bits: number; fraction: number; mse: number }[];
}

const fixture = readFixture<FixedPointFixture>("quantizers_uniform/fixed_point.json");
const samples = new Map(fixture.samples.map(({ law, values }) => [law, values]));

Deno.test("fixedPoint() has the step and the error of the best format of fxpmath", () => {
  for (const { law, scale, bits, fraction, mse } of fixture.rows) {
    const sample = samples.get(law)!.map((x) => x * scale);
    const book = fixedPoint(sample, { bits });
    assertEquals(book.design.step, 2 ** -fraction, `${law} times ${scale} at ${bits} bits`);
    assertEquals(
      [book.levels[0], book.levels.at(-1)],
      [-(2 ** (bits - 1 - fraction)), 2 ** (bits - 1 - fraction) - 2 ** -fraction],
    );
    assertRelative(quantizationError(sample, book).mse, mse, 1e-12, `${law} at ${bits} bits`);
  }
});

Deno.test("fixedPoint() by the largest magnitude covers it, up to one step at the upper end", () => {
  const stepOf = (sample: number[], bits: number) =>
    fixedPoint(sample, { bits, rule: "max" }).design.step;
  assertEquals(stepOf([-1, 0.3], 8), 2 ** -7);
  assertEquals(stepOf([-1.01, 0.3], 8), 2 ** -6);
  assertEquals(stepOf([0, 100], 8), 1);
  assertEquals(stepOf([0, 0.2], 4), 2 ** -5);
});

Deno.test("fixedPoint() clips where that is better, and takes a larger step for the upper end", () => {
  const outlier = [...Array.from({ length: 1000 }, (_, i) => ((i % 8) - 4) / 8), 3];
  assertEquals(fixedPoint(outlier, { bits: 3 }).design.step, 1 / 8);
  assertEquals(fixedPoint([-1, 1], { bits: 2 }).design.step, 1);
});

Deno.test("fixedPoint() finds a small step beyond one that is worse than a large one", () => {
  const sample = [...Array.from({ length: 100 }, (_, i) => i % 2 === 0 ? 0.25 : -0.25), 3];
  assertEquals(fixedPoint(sample, { bits: 3 }).design.step, 1 / 4);
});

Deno.test("fixedPoint() follows the scale by powers of two, down to denormals", () => {
  const sample = samples.get("laplace")!;
  const { step } = fixedPoint(sample, { bits: 5 }).design;
  for (const exponent of [-480, 480]) {
    const scaled = sample.map((x) => x * 2 ** exponent);
    assertEquals(fixedPoint(scaled, { bits: 5 }).design.step, step! * 2 ** exponent);
  }
  const tiny = fixedPoint([-5e-324, 1e-323], { bits: 8 });
  assertEquals([...quantize(Float64Array.of(-5e-324, 1e-323), tiny)], [-5e-324, 1e-323]);
});

Deno.test("fixedPoint() at one bit has minus one step and zero", () => {
  assertEquals([...fixedPoint([-1, 0, -1], { bits: 1 }).levels], [-1, 0]);
});

Deno.test("fixedPoint() gives a constant sample its own level and refuses bad input", () => {
  assertEquals([...fixedPoint([0.3, 0.3], { bits: 4 }).levels], [0.3]);
  assertThrows(
    () => fixedPoint([1, 2], { bits: 4, rule: "median" as never }),
    RangeError,
    "rule must be one of mse, max: current value is median",
  );
  assertThrows(() => fixedPoint([1, Infinity], { bits: 4 }), RangeError, "value 1 is Infinity");
  assertThrows(() => fixedPoint([1, 2], { bits: 0 }), RangeError, "current value is 0");
});
