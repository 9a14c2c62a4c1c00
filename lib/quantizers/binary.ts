import { type Codebook, createCodebook } from "../codebooks/codebook.ts";
import { blockwiseSum } from "../numerics/blockwise_sum.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";

/**
 * The binary quantizer of XNOR-Net: the sign of a value times the mean magnitude, which is the scale of least squared error for signs
 * (Rastegari, Ordonez, Redmon and Farhadi, "XNOR-Net: ImageNet Classification Using Binary Convolutional Neural Networks", ECCV 2016, equation
 * 6). Zero takes the upper level. The mean is not subtracted, so a sample all of one sign is left with one level in use. O(n); one number is
 * stored.
 *
 * @throws {TypeError} If the sample is no array of numbers.
 * @throws {RangeError} If the sample is empty or not finite.
 *
 * @example
 * ```ts
 * import { binary } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...binary([-3, 0, 1, 4]).levels], [-2, 2]);
 * ```
 */
export function binary(sample: Sample): Codebook {
  assertFiniteSample(sample, "design a codebook");
  const record = { method: "binary", storedValues: 1 };
  const [lower, upper] = extent(sample);
  if (lower === upper) return createCodebook([lower], record);
  const mean = blockwiseSum(sample.length, (i) => Math.abs(sample[i]!)) / sample.length;
  return createCodebook([-mean, mean], record);
}
