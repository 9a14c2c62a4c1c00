/** A source of uniform random numbers in `[0, 1)`: 0 is included, 1 is not. */
export type Prng = () => number;

/**
 * Returns a generator of uniform doubles in `[0, 1)` with 53 random bits each, the same sequence for the same seed on every
 * machine: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021), its
 * state filled by splitmix32. Not for cryptography.
 *
 * @param seed An integer; its low 32 bits count.
 *
 * @throws {RangeError} If `seed` is not an integer.
 *
 * @example The same seed gives the same numbers
 * ```ts
 * import { createPrng } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const first = createPrng(7);
 * const second = createPrng(7);
 * assertEquals([first(), first()], [second(), second()]);
 * ```
 */
export function createPrng(seed: number): Prng {
  if (!Number.isInteger(seed)) {
    throw new RangeError(
      `Cannot create a generator as the seed must be an integer: current value is ${seed}`,
    );
  }
  let mixed = seed | 0;
  const splitmix32 = () => {
    mixed = (mixed + 0x9e3779b9) | 0;
    let z = mixed ^ (mixed >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = splitmix32(), b = splitmix32(), c = splitmix32(), d = splitmix32();
  const nextUint32 = () => {
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  return () => ((nextUint32() >>> 5) * 67108864 + (nextUint32() >>> 6)) / 9007199254740992;
}
