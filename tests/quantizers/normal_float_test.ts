import { assertEquals, assertThrows } from "@std/assert";
import { normalFloat } from "../../lib/quantizers/normal_float.ts";
import { readFixture } from "../fixture.ts";

interface NormalFloatFixture {
  rows: { bits: number; levels: number[] }[];
  bitsandbytes: number[];
}

const fixture = readFixture<NormalFloatFixture>("quantizers_books/normal_float.json");

/** As bitsandbytes and QLoRA (appendix E) print them. */
const nf4 = [
  -1,
  -0.6961928009986877,
  -0.5250730514526367,
  -0.39491748809814453,
  -0.28444138169288635,
  -0.18477343022823334,
  -0.09105003625154495,
  0,
  0.07958029955625534,
  0.16093020141124725,
  0.24611230194568634,
  0.33791524171829224,
  0.44070982933044434,
  0.5626170039176941,
  0.7229568362236023,
  1,
];

Deno.test("normalFloat() at four bits is NF4, as QLoRA prints it and bitsandbytes makes it", () => {
  const { levels } = normalFloat([-1, 0.3], { bits: 4 });
  assertEquals([...levels], nf4);
  assertEquals([...levels], fixture.bitsandbytes);
});

Deno.test("normalFloat() is PEFT's map from 2 to 8 bits", () => {
  for (const { bits, levels } of fixture.rows) {
    assertEquals([...normalFloat([-0.3, 1], { bits }).levels], levels);
  }
});

Deno.test("normalFloat() scales by the largest magnitude, of either sign, and keeps zero", () => {
  for (const sample of [[-8, 1], [-1, 8]]) {
    const { levels, bits, design } = normalFloat(sample, { bits: 4 });
    assertEquals([...levels], nf4.map((level) => level * 8));
    assertEquals([bits, design.storedValues, design.clipping], [4, 1, [-8, 8]]);
    assertEquals(levels[7], 0);
  }
});

Deno.test("normalFloat() has 2^bits levels from 2 to 16 bits, and at any scale", () => {
  for (const bits of [2, 9, 16]) {
    for (const scale of [1e-300, 1e150]) {
      const { levels } = normalFloat([-scale, 0.3 * scale], { bits });
      assertEquals([levels.length, levels[0], levels.at(-1)], [2 ** bits, -scale, scale]);
    }
  }
  assertEquals([...normalFloat([0, 5e-324], { bits: 2 }).levels], [-5e-324, 0, 5e-324]);
});

Deno.test("normalFloat() with a greater offset has more levels near zero", () => {
  const level = (offset?: number) =>
    normalFloat([-1, 1], { bits: 8, ...(offset && { offset }) }).levels[192]!;
  const rising = (1 - 1 / 510 + 1 - 1 / 512) / 2;
  assertEquals(level(rising) < level(), true);
});

Deno.test("normalFloat() gives a constant sample its own level", () => {
  assertEquals([...normalFloat([0.3, 0.3], { bits: 4 }).levels], [0.3]);
});

Deno.test("normalFloat() refuses one bit, an offset outside of (1/2, 1) and NaN", () => {
  assertThrows(
    () => normalFloat([1, 2], { bits: 1 }),
    RangeError,
    "bits must be at least 2 for normal-float: current value is 1",
  );
  for (const offset of [0.5, 1, NaN, 1 - 1e-12]) {
    assertThrows(
      () => normalFloat([1, 2], { bits: 4, offset }),
      RangeError,
      `offset must lie in (0.5, 1): current value is ${offset}`,
    );
  }
  assertThrows(() => normalFloat([1, NaN], { bits: 4 }), RangeError, "value 1 is NaN");
});
