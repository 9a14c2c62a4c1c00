import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  createErrorState,
  finishError,
  maxAbsoluteError,
  mse,
  sqnrDb,
  updateError,
} from "../../lib/metrics/error.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertRelative } from "../tolerance.ts";

const prng = createPrng(11);
const signal = Float64Array.from({ length: 4000 }, () => prng() - 0.5);
const reconstruction = Float32Array.from(signal, (value) => Math.round(8 * value) / 8);

Deno.test("updateError() gives the bits of mse(), sqnrDb() and maxAbsoluteError(), however the pair is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(signal.length), { maxLength: 12 }), (places) => {
      const bounds = [0, ...places.sort((a, b) => a - b), signal.length];
      const state = createErrorState();
      for (let i = 1; i < bounds.length; i++) {
        const [start, end] = [bounds[i - 1]!, bounds[i]!];
        updateError(state, signal.subarray(start, end), reconstruction.subarray(start, end));
      }
      assertEquals(finishError(JSON.parse(JSON.stringify(state))), {
        size: signal.length,
        mse: mse(signal, reconstruction),
        sqnrDb: sqnrDb(signal, reconstruction),
        maxAbsolute: maxAbsoluteError(signal, reconstruction),
      });
    }),
    { seed: 8 },
  );
});

Deno.test("mse(), sqnrDb() and updateError() hold where squares underflow, however the pair is cut", () => {
  const fine = Float64Array.from(signal, Math.fround);
  const expected = { mse: mse(fine, reconstruction), sqnrDb: sqnrDb(fine, reconstruction) };
  for (const exponent of [430, 445, 500, 530, 560, 1000]) {
    const scaled = (values: ArrayLike<number>) =>
      Float64Array.from(values, (value) => value * 2 ** -exponent);
    const [small, near] = [scaled(fine), scaled(reconstruction)];
    const what = `at 2^-${exponent}`;
    assertRelative(sqnrDb(small, near), expected.sqnrDb, 1e-11, what);
    const mean = expected.mse * 2 ** -exponent * 2 ** -exponent;
    assertRelative(mse(small, near), mean, 1e-13, what, Math.max(mean, 2 ** -1020));
    const state = createErrorState();
    for (let start = 0; start < small.length; start += 700) {
      updateError(state, small.subarray(start, start + 700), near.subarray(start, start + 700));
    }
    assertEquals(finishError(JSON.parse(JSON.stringify(state))).sqnrDb, sqnrDb(small, near), what);
  }
  // One of the two alone, and none at all.
  assertRelative(sqnrDb([1], [1 - 2 ** -53]), 1060 * Math.log10(2), 1e-14, "a small loss");
  assertRelative(sqnrDb([2 ** -600], [1]), -12000 * Math.log10(2), 1e-14, "a large loss");
  assertRelative(sqnrDb([1, 2 ** -600], [1, 0]), 12000 * Math.log10(2), 1e-14, "a tiny loss");
  // What is not tiny stays out of the sums of tiny numbers, where it would overflow.
  const mixed = updateError(createErrorState(), [0], [1]);
  assertEquals([mixed.tinyLoss, JSON.parse(JSON.stringify(mixed))], [0, mixed]);
  assertEquals([sqnrDb([0], [5e-324]), sqnrDb([5e-324], [5e-324])], [-Infinity, Infinity]);
});

Deno.test("mse() of integers is exact, and rationals come near", () => {
  // Sum of i^2 for i = 0..9,999.
  const squares = (9999 * 10000 * 19999) / 6;
  const ramp = Float64Array.from({ length: 10000 }, (_, i) => i);
  assertEquals(mse(ramp, new Float32Array(10000)), squares / 10000);
  assertEquals(sqnrDb(ramp, new Float32Array(10000)), 0);
  assertEquals(maxAbsoluteError(ramp, new Float32Array(10000)), 9999);
  assertRelative(mse(new Float64Array(1e6).fill(0.1), new Float64Array(1e6)), 0.1 ** 2, 1e-13, "");
});

Deno.test("updateError() and finishError() refuse unequal lengths, no values and NaN, and leave the state", () => {
  const state = createErrorState();
  assertThrows(
    () => finishError(state),
    RangeError,
    "Cannot compute an error as the sample is empty: its length is 0",
  );
  assertEquals(updateError(state, [], []), state);
  assertThrows(
    () => updateError(state, [1, 2], [1]),
    RangeError,
    "Cannot compute an error as both arrays must have the same length: current lengths are 2 and 1",
  );
  assertThrows(
    () => updateError(state, [1, 2], [1, NaN]),
    RangeError,
    "Cannot compute an error as every value must be finite: value 1 is NaN",
  );
  assertEquals(state, createErrorState());
});
