import type { Codebook } from "./codebook.ts";
import type { Codes } from "./encode.ts";
import { assertHoldsValues } from "./quantize.ts";

/**
 * Decodes each code to its level. O(n).
 *
 * @param out Where to write, at least as long as `codes`; a new Float32Array otherwise.
 *
 * @throws {RangeError} If a code is not an index of a level, with its position (`out` then holds the levels of some of the codes before it),
 * or `out` is too short.
 *
 * @example
 * ```ts
 * import { createCodebook, decode } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const codebook = createCodebook([-1, 0, 1], { method: "by hand", storedValues: 3 });
 * assertEquals(decode(Uint8Array.of(2, 0), codebook), Float32Array.of(1, -1));
 * ```
 */
export function decode<Out extends Float32Array | Float64Array = Float32Array>(
  codes: Codes,
  { levels }: Codebook,
  out?: Out,
): Out {
  const values = out ?? new Float32Array(codes.length) as Out;
  assertHoldsValues(values, codes.length, "decode");
  for (let i = 0; i < codes.length; i++) {
    const level = levels[codes[i]!];
    if (level === undefined) {
      throw new RangeError(
        `Cannot decode as codes must be below ${levels.length}: code ${i} is ${codes[i]}`,
      );
    }
    values[i] = level;
  }
  return values;
}
