import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import { decode } from "../../lib/codebooks/decode.ts";
import { encode } from "../../lib/codebooks/encode.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { quantize } from "../../lib/codebooks/quantize.ts";
import { maxAbsoluteError, mse, sqnrDb } from "../../lib/metrics/error.ts";
import { assertRelative } from "../tolerance.ts";

const byHand = { method: "by hand", storedValues: 0 };
const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 });
const books = fc.uniqueArray(finite, { minLength: 1, maxLength: 300 })
  .map((levels) => createCodebook(levels.sort((a, b) => a - b), byHand));

Deno.test("encode() gives the nearest level, by brute force, for any book and values", () => {
  fc.assert(
    fc.property(books, fc.array(finite, { maxLength: 50 }), (codebook, values) => {
      const codes = encode(Object.freeze(values), codebook);
      values.forEach((value, i) => {
        const distance = (level: number) => Math.abs(value / 2 - level / 2);
        const least = codebook.levels.reduce(
          (best, level) => Math.min(best, distance(level)),
          Infinity,
        );
        const own = distance(codebook.levels[codes[i]!]!);
        // A threshold is rounded, so a value next to it may take the other of two equally near levels.
        assertRelative(own, least, 1e-15, `level for ${value}`, Math.max(least, Math.abs(value)));
      });
    }),
    { seed: 1 },
  );
});

Deno.test("encode() maps every level to itself, and thresholds to the upper level", () => {
  fc.assert(
    fc.property(books, (codebook) => {
      assertEquals([...encode(codebook.levels, codebook)], [...codebook.levels.keys()]);
      assertEquals(
        [...encode(codebook.thresholds, codebook)],
        [...codebook.thresholds.keys()].map((i) => i + 1),
      );
    }),
    { seed: 2 },
  );
});

Deno.test("decode() of encode() is quantize(), and quantize() repeated changes nothing", () => {
  fc.assert(
    fc.property(books, fc.array(finite, { maxLength: 50 }), (codebook, list) => {
      const values = Float64Array.from(list);
      const restored = decode(encode(values, codebook), codebook, new Float64Array(values.length));
      assertEquals(quantize(values, codebook), restored);
      assertEquals(quantize(restored, codebook), restored);
    }),
    { seed: 3 },
  );
});

Deno.test("encode() uses Uint8Array up to 256 levels and Uint16Array above", () => {
  const book = (count: number) =>
    createCodebook(Float64Array.from({ length: count }, (_, i) => i), byHand);
  assertInstanceOf(encode([255], book(256)), Uint8Array);
  assertEquals(encode([255], book(256))[0], 255);
  assertInstanceOf(encode([256], book(257)), Uint16Array);
  assertEquals(encode([65535], book(65536))[0], 65535);
});

Deno.test("encode(), decode() and quantize() write to the caller's buffer", () => {
  const codebook = createCodebook([-1, 1], byHand);
  const codes = new Uint16Array(3).fill(9);
  assertEquals(encode([2, -2], codebook, codes), Uint16Array.of(1, 0, 9));
  assertEquals(decode(Uint8Array.of(1), codebook, new Float64Array(2)), Float64Array.of(1, 0));
  assertEquals(quantize([5], codebook, new Float32Array(1)), Float32Array.of(1));
});

Deno.test("encode() refuses to cut codes of more than 256 levels to bytes", () => {
  const codebook = createCodebook(Float64Array.from({ length: 257 }, (_, i) => i), byHand);
  assertThrows(
    () => encode([256], codebook, new Uint8Array(1)),
    TypeError,
    "out must be a Uint16Array for more than 256 levels: their number is 257",
  );
});

Deno.test("decode() refuses a code that is no index at all", () => {
  const codebook = createCodebook([-1, 1], byHand);
  for (const code of [-1, 0.5, NaN]) {
    assertThrows(() => decode([code] as never, codebook), RangeError, `code 0 is ${code}`);
  }
});

Deno.test("quantize() gives float64 for float64 values and float32 for all others", () => {
  const codebook = createCodebook([-1, 1], byHand);
  assertInstanceOf(quantize(Float64Array.of(2), codebook), Float64Array);
  assertInstanceOf(quantize(Float32Array.of(2), codebook), Float32Array);
  assertInstanceOf(quantize([2], codebook), Float32Array);
});

Deno.test("metrics and quantizationError() refuse what isn't finite", () => {
  const message = "every value must be finite: value 1 is NaN";
  assertThrows(() => mse([0, 1], [0, NaN]), RangeError, message);
  assertThrows(() => sqnrDb([0, NaN], [0, 1]), RangeError, message);
  assertThrows(() => maxAbsoluteError([0, NaN], [0, 1]), RangeError, message);
  assertThrows(() => maxAbsoluteError([0], [0, 1]), RangeError, "current lengths are 1 and 2");
  const codebook = createCodebook([-1, 1], byHand);
  assertThrows(() => quantizationError([0, NaN], codebook), RangeError, message);
});

Deno.test("quantizationError() counts values beyond the end levels, not those at them, as saturated", () => {
  const codebook = createCodebook([-1, 1], byHand);
  assertEquals(quantizationError([-2, -1, 0, 1, 1.5], codebook).saturated, 2);
});

Deno.test("sqnrDb() is -Infinity when only the signal is zero", () => {
  assertEquals(sqnrDb([0, 0], [0, 1]), -Infinity);
});

Deno.test("encode() gives infinities the end levels and refuses NaN with its index", () => {
  const codebook = createCodebook([-1, 0, 1], byHand);
  assertEquals([...encode([-Infinity, Infinity], codebook)], [0, 2]);
  const message = "Cannot encode as every value must be a number: value 1 is NaN";
  assertThrows(() => encode([0, NaN], codebook), RangeError, message);
  assertThrows(() => quantize([0, NaN], codebook), RangeError, message);
});

Deno.test("encode(), decode() and quantize() refuse a short buffer, decode() a code beyond the levels", () => {
  const codebook = createCodebook([-1, 1], byHand);
  assertThrows(
    () => encode([1, 1], codebook, new Uint8Array(1)),
    RangeError,
    "out must hold 2 codes",
  );
  assertThrows(
    () => quantize([1, 1], codebook, new Float32Array(1)),
    RangeError,
    "out must hold 2 values",
  );
  assertThrows(
    () => decode(Uint8Array.of(0, 1), codebook, new Float32Array(1)),
    RangeError,
    "out must hold 2 values: its length is 1",
  );
  assertThrows(
    () => decode(Uint8Array.of(0, 2), codebook),
    RangeError,
    "codes must be below 2: code 1 is 2",
  );
});

Deno.test("quantizationError() agrees with mse(), sqnrDb() and maxAbsoluteError() of the decoded values", () => {
  fc.assert(
    fc.property(books, fc.array(finite, { minLength: 1, maxLength: 50 }), (codebook, list) => {
      const values = Float64Array.from(list);
      const restored = quantize(values, codebook);
      const error = quantizationError(values, codebook);
      assertRelative(error.mse, mse(values, restored), 1e-13, "mse");
      assertEquals(error.maxAbsolute, maxAbsoluteError(values, restored));
      if (error.mse > 0) {
        assertRelative(error.sqnrDb, sqnrDb(values, restored), 1e-12, "sqnrDb", 100);
      }
      const [lower, upper] = codebook.design.clipping;
      assertEquals(error.saturated, list.filter((x) => x < lower || x > upper).length);
    }),
    { seed: 4 },
  );
});

Deno.test("encode(), quantize() and quantizationError() refuse what JSON made of a codebook", () => {
  const codebook = JSON.parse(JSON.stringify(createCodebook([-1, 1], byHand)));
  const message =
    "as a codebook must have one threshold less than levels: their numbers are undefined and undefined";
  assertThrows(() => encode([1], codebook), TypeError, `Cannot encode ${message}`);
  assertThrows(() => quantize([1], codebook), TypeError, `Cannot quantize ${message}`);
  assertThrows(
    () => quantizationError([1], codebook),
    TypeError,
    `Cannot measure a quantization error ${message}`,
  );
});

Deno.test("metrics of equal arrays are 0 and an infinite ratio; of unequal lengths a RangeError", () => {
  assertEquals([mse([1, 2], [1, 2]), sqnrDb([1, 2], [1, 2])], [0, Infinity]);
  assertThrows(() => mse([1], [1, 2]), RangeError, "current lengths are 1 and 2");
  assertThrows(() => sqnrDb([], []), RangeError, "current lengths are 0 and 0");
});

Deno.test("a codebook is plain data, through structuredClone and JSON and back", () => {
  const codebook = createCodebook([-1, 0.5, 1], byHand);
  assertEquals(structuredClone(codebook), codebook);
  const { levels, thresholds, ...rest } = JSON.parse(JSON.stringify(codebook));
  assertEquals(
    {
      ...rest,
      levels: Float64Array.from(Object.values<number>(levels)),
      thresholds: Float64Array.from(Object.values<number>(thresholds)),
    },
    codebook,
  );
});
