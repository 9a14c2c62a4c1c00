import type { Prng } from "./prng.ts";
import type { Sample } from "./sample.ts";

/** How many values to draw, and from what randomness. */
export interface SubsampleOptions {
  /** From 1 to the sample's own size. */
  readonly size: number;
  readonly prng: Prng;
}

/**
 * Draws values of a sample without replacement: every subset of that size is as likely as any other. The first steps of a Fisher-Yates
 * shuffle of the indices; O(n) for a sample of n values.
 *
 * @returns The values drawn, in random order.
 * @throws {RangeError} If `size` is not an integer from 1 to the sample's size.
 *
 * @example
 * ```ts
 * import { createPrng, subsample } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const drawn = subsample([10, 20, 30, 40], { size: 4, prng: createPrng(1) });
 * assertEquals(drawn.sort(), Float64Array.of(10, 20, 30, 40));
 * ```
 */
export function subsample(sample: Sample, { size, prng }: SubsampleOptions): Float64Array {
  const total = sample.length;
  if (!(Number.isInteger(size) && size >= 1 && size <= total)) {
    throw new RangeError(
      `Cannot draw a subsample as its size must be an integer in [1, ${total}]: current value is ${size}`,
    );
  }
  const indices = Uint32Array.from({ length: total }, (_, i) => i);
  return Float64Array.from({ length: size }, (_, i) => {
    const j = i + Math.floor(prng() * (total - i));
    const drawn = indices[j]!;
    indices[j] = indices[i]!;
    return sample[drawn]!;
  });
}
