import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { hqq } from "../../lib/quantizers/hqq.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface HqqFixture {
  samples: { law: string; values: number[] }[];
  rows: {
    law: string;
    scale: number;
    bits: number;
    /** Of the optimizer of version 2; of the range; of the package's default. */
    zero: number;
    start: number;
    default: { zero: number; step: number };
  }[];
}

const fixture = readFixture<HqqFixture>("quantizers_uniform/hqq.json");
const samples = new Map(fixture.samples.map(({ law, values }) => [law, values]));

const zeroPointOf = ({ levels, design }: ReturnType<typeof hqq>) => -levels[0]! / design.step!;

Deno.test("hqq() has the zero point of the authors' package", () => {
  let moved = 0, stopped = 0;
  for (const { law, scale, bits, zero, start } of fixture.rows) {
    const book = hqq(samples.get(law)!.map((x) => x * scale), { bits });
    const what = `${law} times ${scale} at ${bits} bits`;
    assertRelative(zeroPointOf(book), zero, 1e-12, what, 2 ** bits);
    if (Math.abs(zero - start) > 1e-3) moved++;
    if (book.design.converged) stopped++;
  }
  assert(moved > fixture.rows.length / 2, `${moved} of ${fixture.rows.length} zero points moved`);
  assert(stopped > 0 && stopped < fixture.rows.length, `${stopped} searches ended early`);
});

Deno.test("hqq() has the step of the package's default, and a zero point near its", () => {
  for (const { law, scale, bits, default: { zero, step } } of fixture.rows) {
    // The package's guard for half precision.
    if (step === Math.fround(5e-5)) continue;
    const book = hqq(samples.get(law)!.map((x) => x * scale), { bits });
    assertRelative(book.design.step!, step, 1e-6, "step");
    assertLess(Math.abs(zeroPointOf(book) - zero), 0.06);
  }
});

Deno.test("hqq() converges or says that it didn't, at any scale and offset", () => {
  const sample = samples.get("skewed")!;
  for (
    const move of [(x: number) => x * 1e-140, (x: number) => x * 1e140, (x: number) => x + 1e6]
  ) {
    const { levels, design } = hqq(sample.map(move), { bits: 4 });
    assert(levels.every(Number.isFinite));
    assertEquals(levels.length, 16);
    assert(design.converged || design.iterations === 20);
  }
});

Deno.test("hqq() keeps values that are its levels, and a constant sample", () => {
  assertEquals([...hqq([0, 1, 2, 3], { bits: 2 }).levels], [0, 1, 2, 3]);
  assertEquals([...hqq([0.3, 0.3], { bits: 2 }).levels], [0.3]);
  assertEquals([...hqq([0, 5e-324], { bits: 4 }).levels].length, 2);
});

Deno.test("hqq() refuses options out of range and NaN", () => {
  const sample = [1, 2];
  assertThrows(
    () => hqq(sample, { bits: 4, p: 0 }),
    RangeError,
    "p must be in (0, 1]: current value is 0",
  );
  assertThrows(
    () => hqq(sample, { bits: 4, beta: -1 }),
    RangeError,
    "beta must be finite and above 0",
  );
  assertThrows(
    () => hqq(sample, { bits: 4, kappa: 0.9 }),
    RangeError,
    "kappa must be finite and at least 1",
  );
  assertThrows(() => hqq([NaN], { bits: 4 }), RangeError, "value 0 is NaN");
  assertThrows(() => hqq(sample, { bits: 20 }), RangeError, "current value is 20");
});
