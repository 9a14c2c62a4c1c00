/**
 * Bits per weight that a quantized tensor takes: `(payload + 32 storedValues) / weights`, where the payload is the codes
 * alone and each stored level, scale, offset or parameter of a law takes 32 bits.
 *
 * @throws {RangeError} If there is no weight, or a number is not finite or negative.
 *
 * @example 1,000 weights at 4 bits with a book of 16 stored levels
 * ```ts
 * import { effectiveBits } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(effectiveBits({ payloadBits: 4000, storedValues: 16, weights: 1000 }), 4.512);
 * ```
 */
export function effectiveBits(
  { payloadBits, storedValues, weights }: {
    readonly payloadBits: number;
    readonly storedValues: number;
    readonly weights: number;
  },
): number {
  if (!(weights > 0 && weights < Infinity)) {
    throw new RangeError(
      `Cannot compute effective bits as weights must be finite and above 0: current value is ${weights}`,
    );
  }
  for (const [name, value] of Object.entries({ payloadBits, storedValues })) {
    if (value >= 0 && value < Infinity) continue;
    throw new RangeError(
      `Cannot compute effective bits as ${name} must be finite and not negative: current value is ${value}`,
    );
  }
  return (payloadBits + 32 * storedValues) / weights;
}
