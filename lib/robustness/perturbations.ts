import { imagePrng } from "./image_prng.ts";

/** Options of {@linkcode addGaussianNoise}. */
export interface GaussianNoiseOptions {
  /** Of the range of a pixel: 0.04 are 10.2 of 255; finite, 0 or more. */
  readonly standardDeviation: number;
  /** An integer. */
  readonly seed: number;
  /** The image's index in its set: the noise depends on the seed and on this alone. @default {0} */
  readonly image?: number;
}

/**
 * An image with independent Gaussian noise on each value, clipped to [0, 255] and rounded to the nearest byte. The noise is
 * that of Hendrycks and Dietterich (ICLR 2019), whose images are rounded down instead, which darkens them by half a step.
 *
 * @param pixels Bytes of one image, in any order of axes.
 *
 * @throws {RangeError} If an option is out of its range.
 *
 * @example
 * ```ts
 * import { addGaussianNoise } from "@bitbell/bitbell/robustness";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const grey = new Uint8Array(30000).fill(128);
 * const noisy = addGaussianNoise(grey, { standardDeviation: 0.1, seed: 1 });
 * const variance = noisy.reduce((sum, pixel) => sum + (pixel - 128) ** 2, 0) / grey.length;
 * assertAlmostEquals(Math.sqrt(variance) / 255, 0.1, 0.002);
 * ```
 */
export function addGaussianNoise(
  pixels: Uint8Array,
  { standardDeviation, seed, image = 0 }: GaussianNoiseOptions,
): Uint8Array {
  if (!(standardDeviation >= 0 && standardDeviation < Infinity)) {
    throw new RangeError(
      `Cannot add noise as standardDeviation must be finite and 0 or more: current value is ${standardDeviation}`,
    );
  }
  const prng = imagePrng(seed, image);
  const noisy = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 2) {
    // Box and Muller's pair of independent Gaussians; 1 - u is above 0.
    const radius = 255 * standardDeviation * Math.sqrt(-2 * Math.log(1 - prng()));
    const angle = 2 * Math.PI * prng();
    noisy[i] = toByte(pixels[i]! + radius * Math.cos(angle));
    // Of an odd number of values the last pair gives one; writing past the end does nothing.
    noisy[i + 1] = toByte(pixels[i + 1]! + radius * Math.sin(angle));
  }
  return noisy;
}

/**
 * An image whose values keep `factor` of their distance from their channel's mean over the image, clipped to [0, 255] and
 * rounded to the nearest byte: the change of contrast of Hendrycks and Dietterich (ICLR 2019), whose images are rounded down
 * instead.
 *
 * @param pixels Bytes R G B of one image, `[height, width, 3]`.
 * @param factor Finite, 0 or more: 0 is one colour, 1 leaves the image as it is.
 *
 * @throws {RangeError} If factor is out of its range, or the number of bytes no multiple of 3 above 0.
 *
 * @example
 * ```ts
 * import { changeContrast } from "@bitbell/bitbell/robustness";
 * import { assertEquals } from "@std/assert";
 *
 * const blackAndWhite = Uint8Array.of(0, 0, 0, 200, 200, 100);
 * assertEquals(changeContrast(blackAndWhite, 0.5), Uint8Array.of(50, 50, 25, 150, 150, 75));
 * ```
 */
export function changeContrast(pixels: Uint8Array, factor: number): Uint8Array {
  if (!(factor >= 0 && factor < Infinity)) {
    throw new RangeError(
      `Cannot change contrast as factor must be finite and 0 or more: current value is ${factor}`,
    );
  }
  if (pixels.length === 0 || pixels.length % 3 !== 0) {
    throw new RangeError(
      `Cannot change contrast as an image must have three bytes for each pixel: current value is ${pixels.length}`,
    );
  }
  const sums = [0, 0, 0];
  pixels.forEach((pixel, i) => sums[i % 3]! += pixel);
  const means = sums.map((sum) => sum / (pixels.length / 3));
  return pixels.map((pixel, i) => toByte(means[i % 3]! + factor * (pixel - means[i % 3]!)));
}

function toByte(value: number): number {
  return Math.round(Math.min(255, Math.max(0, value)));
}
