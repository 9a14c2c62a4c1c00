import { createPrng, type Prng } from "../numerics/prng.ts";

/** A generator that depends on a seed and an image's index alone, so that neither the batch nor the order of images matters. */
export function imagePrng(seed: number, image: number): Prng {
  // Seeds next to each other start at places far apart: none gives the numbers of another's next image.
  const start = Math.floor(createPrng(seed)() * 2 ** 32);
  return createPrng(start + image);
}
