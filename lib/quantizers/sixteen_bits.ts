import { type Codebook, createCodebook } from "../codebooks/codebook.ts";
import type { Sample } from "../numerics/sample.ts";
import { finiteValues, type FloatFormat } from "./float_format.ts";
import { uniformMinMax } from "./uniform.ts";

/**
 * Designs the 16-bit integer quantizer that the field calls int16: 65,535 levels around zero, `max|x| / 32767` apart; the variant
 * "symmetric" of {@linkcode uniformMinMax} at 16 bits. O(n); one stored number.
 *
 * @throws {RangeError} If the sample is empty or not finite.
 *
 * @example
 * ```ts
 * import { int16 } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { levels, design } = int16([-1, 0.5]);
 * assertEquals([levels.length, levels[32767], design.step], [65535, 0, 1 / 32767]);
 * ```
 */
export function int16(sample: Sample): Codebook {
  const book = uniformMinMax(sample, { bits: 16, variant: "symmetric" });
  return { ...book, design: { ...book.design, method: "int16" } };
}

/**
 * The book of IEEE 754's binary16: its 63,487 finite values, subnormal ones included and both zeros one, up to 65,504. It depends on no
 * sample, and no number is stored for it. Magnitudes beyond the largest value take that one, where hardware makes the larger ones
 * infinite; and a value halfway between two levels takes the upper one, where hardware takes the one whose last bit is 0.
 *
 * @returns The same book each time: its arrays are not to be written to.
 *
 * @example
 * ```ts
 * import { float16, quantize } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...quantize([0.1, 1e-7, 70000], float16())], [0.0999755859375, 2 ** -23, 65504]);
 * ```
 */
export const float16: () => Codebook = formatBook("float16", {
  exponentBits: 5,
  fractionBits: 10,
  bias: 15,
  largest: 65504,
});

/**
 * The book of bfloat16, the upper half of a float32: its 65,279 finite values, subnormal ones included and both zeros one, up to
 * 3.39e38. It depends on no sample, and no number is stored for it. Magnitudes beyond the largest value take that one, where
 * hardware makes the larger ones infinite; and a value halfway between two levels takes the upper one, where hardware takes the
 * one whose last bit is 0.
 *
 * @returns The same book each time: its arrays are not to be written to.
 *
 * @example
 * ```ts
 * import { bfloat16, quantize } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...quantize([0.1, 1.003, -2], bfloat16())], [0.10009765625, 1, -2]);
 * ```
 */
export const bfloat16: () => Codebook = formatBook("bfloat16", {
  exponentBits: 8,
  fractionBits: 7,
  bias: 127,
  largest: (2 - 2 ** -7) * 2 ** 127,
});

/** A function that makes the book of a format when it is first asked for it. */
function formatBook(method: string, format: FloatFormat): () => Codebook {
  let book: Codebook | undefined;
  return () => book ??= createCodebook(finiteValues(format), { method, storedValues: 0 });
}
