import type { Codebook } from "./codebook.ts";
import type { Sample } from "../numerics/sample.ts";

/** Codes of values: indices of levels, in the narrowest array that holds them. */
export type Codes = Uint8Array | Uint16Array;

/** The index of the level that `value` takes: the number of thresholds at or below it. Not for NaN. */
export function codeOf(value: number, thresholds: Float64Array): number {
  let low = 0, high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (thresholds[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The error for a value that no level can stand for. */
export function notANumber(index: number): RangeError {
  return new RangeError(`Cannot encode as every value must be a number: value ${index} is NaN`);
}

/**
 * Encodes each value as the index of its level. A value equal to a threshold takes the upper level; infinities take the end
 * levels. O(n log levels).
 *
 * @param out Where to write, at least as long as `values`; a new array otherwise (Uint8Array up to 256 levels, Uint16Array above).
 *
 * @throws {RangeError} If a value is NaN, with its index, or `out` is too short.
 * @throws {TypeError} If `out` is a Uint8Array and there are more than 256 levels.
 *
 * @example
 * ```ts
 * import { createCodebook, encode } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const codebook = createCodebook([-1, 0, 1], { method: "by hand", storedValues: 3 });
 * assertEquals(encode([-7, 0.1, 0.5, Infinity], codebook), Uint8Array.of(0, 1, 2, 2));
 * ```
 */
export function encode(values: Sample, codebook: Codebook, out?: Codes): Codes {
  const { thresholds, levels } = codebook;
  const codes = out ??
    (levels.length <= 256 ? new Uint8Array(values.length) : new Uint16Array(values.length));
  if (levels.length > 256 && codes instanceof Uint8Array) {
    throw new TypeError(
      `Cannot encode as out must be a Uint16Array for more than 256 levels: their number is ${levels.length}`,
    );
  }
  if (codes.length < values.length) {
    throw new RangeError(
      `Cannot encode as out must hold ${values.length} codes: its length is ${codes.length}`,
    );
  }
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value !== value) throw notANumber(i);
    codes[i] = codeOf(value, thresholds);
  }
  return codes;
}
