import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import { decode } from "../../lib/codebooks/decode.ts";
import { encode } from "../../lib/codebooks/encode.ts";
import {
  createQuantizationErrorState,
  finishQuantizationError,
  quantizationError,
  quantizeWithError,
  updateQuantizationError,
} from "../../lib/codebooks/quantization_error.ts";
import { quantize } from "../../lib/codebooks/quantize.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertRelative } from "../tolerance.ts";

const bookOf = (levels: ArrayLike<number>) =>
  createCodebook(levels, { method: "by hand", storedValues: levels.length });
const book = bookOf([-2.5, -1, -0.25, 0, 0.3, 1, 2.25]);
const draw = (size: number) =>
  gaussian({ mean: 0, standardDeviation: 1 }).sample(size, { prng: createPrng(3) });

Deno.test("updateQuantizationError() gives the bits of the whole, however the values are cut", () => {
  const values = draw(5000);
  const expected = quantizationError(values, book);
  const cuts = fc.array(fc.nat(values.length), { maxLength: 12 });
  fc.assert(
    fc.property(cuts, fc.boolean(), (places, asList) => {
      const bounds = [0, ...places.sort((a, b) => a - b), values.length];
      const state = createQuantizationErrorState();
      for (let i = 1; i < bounds.length; i++) {
        const chunk = values.subarray(bounds[i - 1], bounds[i]);
        updateQuantizationError(state, asList ? Array.from(chunk) : chunk, book);
      }
      assertEquals(finishQuantizationError(state), expected);
    }),
    { seed: 6 },
  );
});

Deno.test("updateQuantizationError() goes on with a state from JSON, and with another book", () => {
  const values = draw(3000);
  const state = createQuantizationErrorState();
  updateQuantizationError(state, values.subarray(0, 1500), book);
  const stored = JSON.parse(JSON.stringify(state));
  assertEquals(stored, state);
  updateQuantizationError(stored, values.subarray(1500), book);
  assertEquals(finishQuantizationError(stored), quantizationError(values, book));
  assertEquals(updateQuantizationError(stored, [7], bookOf([7])), stored);
  assertEquals(finishQuantizationError(stored).size, 3001);
});

Deno.test("quantizeWithError() writes what encode() and decode() give, and measures like quantizationError()", () => {
  for (const size of [1, 40, 511, 3000]) {
    for (const values of [draw(size), Float32Array.from(draw(size)), Array.from(draw(size))]) {
      const before = values.slice();
      const codes = new Uint8Array(size), restored = new Float64Array(size);
      const error = quantizeWithError(values, book, { codes, restored });
      assertEquals(error, quantizationError(values, book));
      assertEquals(codes, encode(values, book));
      assertEquals(restored, decode(codes, book, new Float64Array(size)));
      assertEquals(quantizeWithError(values, book, { restored: new Float32Array(size) }), error);
      assertEquals(values, before);
    }
  }
});

Deno.test("quantizeWithError() and quantize() may write over the values themselves", () => {
  const values = Float32Array.from(draw(3000));
  const expected = quantize(values, book);
  const own = values.slice();
  assertEquals(quantizeWithError(own, book, { restored: own }), quantizationError(values, book));
  assertEquals(own, expected);
  const other = values.slice();
  quantize(other, book, other);
  assertEquals(other, expected);
});

Deno.test("quantizationError() sums exactly enough: 10^6 values of which each loses the same", () => {
  const size = 1_000_000;
  const { mse, sqnrDb, maxAbsolute, saturated } = quantizationError(
    new Float64Array(size).fill(0.1),
    bookOf([0, 1]),
  );
  assertRelative(mse, 0.1 * 0.1, 1e-13, "mse");
  assertEquals([sqnrDb, maxAbsolute, saturated], [0, 0.1, 0]);
});

Deno.test("quantizationError() of what the book holds exactly is 0, and an infinite ratio", () => {
  assertEquals(quantizationError(book.levels, book), {
    size: 7,
    mse: 0,
    sqnrDb: Infinity,
    maxAbsolute: 0,
    saturated: 0,
  });
});

Deno.test("quantizationError() takes values up to 1e150, many of them, and refuses larger ones", () => {
  const values = new Float64Array(3000).fill(1e150);
  assertEquals(quantizationError(values, bookOf([0, 1e150])).mse, 0);
  assertEquals(Number.isFinite(quantizationError(values, bookOf([0])).mse), true);
  values[2500] = -1.1e150;
  assertThrows(
    () => quantizationError(values, book),
    RangeError,
    "Cannot measure a quantization error as every value must be at most 1e+150 in magnitude: value 2500 is -1.1e+150",
  );
});

Deno.test("updateQuantizationError() refuses what isn't finite, by its index in the chunk, and leaves the state", () => {
  const state = createQuantizationErrorState();
  updateQuantizationError(state, draw(1500), book);
  const before = { ...state };
  for (const bad of [NaN, Infinity, -Infinity]) {
    for (const index of [0, 1024, 1999]) {
      const chunk = draw(2000);
      chunk[index] = bad;
      // The first of several counts, whichever it is.
      chunk[1999] = bad === Infinity ? NaN : Infinity;
      const first = index === 1999 ? chunk[1999] : bad;
      assertThrows(
        () => updateQuantizationError(state, chunk, book),
        RangeError,
        `Cannot measure a quantization error as every value must be finite: value ${index} is ${first}`,
      );
      assertEquals(state, before);
    }
  }
});

Deno.test("finishQuantizationError() and quantizationError() refuse no values", () => {
  const message = "Cannot measure a quantization error as the sample is empty: its length is 0";
  const state = createQuantizationErrorState();
  updateQuantizationError(state, [], book);
  assertThrows(() => finishQuantizationError(state), RangeError, message);
  assertThrows(() => quantizationError([], book), RangeError, message);
});

Deno.test("quantizationError() holds where squares underflow, however the values are cut", () => {
  const scale = 2 ** -560;
  const values = Float64Array.from(draw(3000), Math.fround);
  const small = values.map((value) => value * scale);
  const smallBook = bookOf(book.levels.map((level) => level * scale));
  const { sqnrDb, saturated } = quantizationError(values, book);
  const error = quantizationError(small, smallBook);
  assertRelative(error.sqnrDb, sqnrDb, 1e-11, "ratio");
  assertEquals([error.mse, error.saturated], [0, saturated]);
  const state = createQuantizationErrorState();
  for (const [start, end] of [[0, 5], [5, 2000], [2000, 3000]] as const) {
    updateQuantizationError(state, small.subarray(start, end), smallBook);
  }
  assertEquals(finishQuantizationError(state), error);
});

Deno.test("quantizeWithError() refuses short outputs, and bytes for more than 256 levels", () => {
  assertThrows(
    () => quantizeWithError([1, 2], book, { codes: new Uint8Array(1) }),
    RangeError,
    "out must hold 2 codes: its length is 1",
  );
  assertThrows(
    () => quantizeWithError([1, 2], book, { restored: new Float32Array(1) }),
    RangeError,
    "Cannot quantize as out must hold 2 values: its length is 1",
  );
  assertThrows(
    () => quantizeWithError([1], bookOf(draw(300).sort()), { codes: new Uint8Array(1) }),
    TypeError,
    "out must be a Uint16Array for more than 256 levels: their number is 300",
  );
});
