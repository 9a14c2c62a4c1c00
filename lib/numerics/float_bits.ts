/** Which of the two 32-bit words of a float64 holds sign and exponent: 1 on little-endian machines, 0 on the others. */
export const highWord = new Uint32Array(Float64Array.of(1).buffer)[1] === 0 ? 0 : 1;

/**
 * Maps the bits of a float32, or the high word of a float64, so that the order of the results as unsigned integers is the order of the
 * values, -0 before 0: a negative value has all bits flipped, any other its sign.
 */
export function orderedBits(bits: number): number {
  return bits ^ ((bits >> 31) | -0x80000000);
}
