import type { Sample } from "../numerics/sample.ts";
import { lookUpLevels } from "./block.ts";
import { assertCodebook, type Codebook } from "./codebook.ts";
import { assertNumbers } from "./encode.ts";
import { searchBlocks } from "./threshold_search.ts";

/** Throws unless `out` can hold `size` values. */
export function assertHoldsValues(
  out: Float32Array | Float64Array,
  size: number,
  action: string,
): void {
  if (out.length < size) {
    throw new RangeError(
      `Cannot ${action} as out must hold ${size} values: its length is ${out.length}`,
    );
  }
}

/**
 * Replaces each value by its level: `decode(encode(values))` in one pass, without an array of codes. O(n), like `encode`.
 *
 * @param out Where to write, at least as long as `values`; a new array otherwise, float64 for float64 values, float32 for all others. It
 * may be `values` itself.
 *
 * @throws {RangeError} If a value is NaN, with its index (`out` then holds the levels of some of the values before it), or `out` is too short.
 * @throws {TypeError} If the codebook hasn't one threshold less than levels.
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
  codebook: Codebook,
  out: Float32Array | Float64Array = values instanceof Float64Array
    ? new Float64Array(values.length)
    : new Float32Array(values.length),
): Float32Array | Float64Array {
  assertCodebook(codebook, "quantize");
  assertHoldsValues(out, values.length, "quantize");
  const { levels, thresholds } = codebook;
  searchBlocks(values, thresholds, (block) => {
    assertNumbers(block);
    out.set(lookUpLevels(block.codes, levels), block.start);
  });
  return out;
}
