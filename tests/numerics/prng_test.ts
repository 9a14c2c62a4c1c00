import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertRelative } from "../tolerance.ts";

Deno.test("createPrng() repeats for the same seed and differs for neighbouring seeds", () => {
  const draw = (seed: number) => Array.from({ length: 5 }, createPrng(seed));
  assertEquals(draw(1), draw(1));
  assertNotEquals(draw(1), draw(2));
  assertNotEquals(draw(0), draw(-1));
});

Deno.test("createPrng() repeats the published generator: xoshiro128** filled by splitmix32", () => {
  // 2^53 u, from a separate implementation of both in Python's integers.
  assertEquals(
    Array.from({ length: 3 }, createPrng(1)).map((u) => u * 2 ** 53),
    [824785018181815, 8000129650062085, 3911558015454733],
  );
  assertEquals(createPrng(2 ** 20)() * 2 ** 53, 8229578253166739);
});

Deno.test("createPrng() is uniform on [0, 1): range, moments and bins", () => {
  const prng = createPrng(3);
  const size = 100_000;
  const bins = new Float64Array(16);
  let sum = 0, squares = 0;
  for (let i = 0; i < size; i++) {
    const u = prng();
    if (!(u >= 0 && u < 1)) throw new Error(`${u} is outside [0, 1)`);
    sum += u;
    squares += u * u;
    const bin = Math.floor(u * 16);
    bins[bin] = bins[bin]! + 1;
  }
  // Four standard errors.
  assertRelative(sum / size, 0.5, (4 * Math.sqrt(1 / 12 / size)) / 0.5, "mean");
  assertRelative(squares / size, 1 / 3, 12 * Math.sqrt(4 / 45 / size), "second moment");
  for (const [i, count] of bins.entries()) {
    assertRelative(count, size / 16, 4 * Math.sqrt(16 / size), `bin ${i}`);
  }
});

Deno.test("createPrng() refuses a seed that is no integer", () => {
  assertThrows(
    () => createPrng(0.5),
    RangeError,
    "Cannot create a generator as the seed must be an integer: current value is 0.5",
  );
});
