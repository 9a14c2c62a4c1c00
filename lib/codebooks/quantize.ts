import type { Codebook } from "./codebook.ts";
import { codeOf, notANumber } from "./encode.ts";
import type { Sample } from "../numerics/sample.ts";

/**
 * Replaces each value by its level: `decode(encode(values))` in one pass. O(n log levels).
 *
 * @param out Where to write, at least as long as `values`; a new array otherwise, float64 for float64 values, float32 for all others.
 *
 * @throws {RangeError} If a value is NaN, with its index, or `out` is too short.
 *
 * @example
 * ```ts
 * import { createCodebook, quantize } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const codebook = createCodebook([-1, 0, 1], { method: "by hand", storedValues: 3 });
 * assertEquals(quantize([-7, 0.1, 0.5], codebook), Float32Array.of(-1, 0, 1));
 * ```
 */
export function quantize(
  values: Sample,
  { levels, thresholds }: Codebook,
  out: Float32Array | Float64Array = values instanceof Float64Array
    ? new Float64Array(values.length)
    : new Float32Array(values.length),
): Float32Array | Float64Array {
  if (out.length < values.length) {
    throw new RangeError(
      `Cannot quantize as out must hold ${values.length} values: its length is ${out.length}`,
    );
  }
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value !== value) throw notANumber(i);
    out[i] = levels[codeOf(value, thresholds)]!;
  }
  return out;
}
