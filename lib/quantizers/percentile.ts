import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { quantileOf } from "../numerics/order_statistics.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { magnitudeCopy } from "./pattern_error.ts";
import { symmetricBook } from "./symmetric_clip.ts";

/** Options for {@linkcode uniformPercentile}. */
export interface UniformPercentileOptions {
  /** Code width, an integer in [1, 16]. At one bit, zero is the only level. */
  readonly bits: number;
  /**
   * How many percent of the magnitudes are not clipped, in (0, 100]. The default is that of NVIDIA's quantization toolkits
   * (pytorch-quantization, TensorRT Model Optimizer), made for 8 bits; fewer bits want a lower one.
   *
   * @default {99.99}
   */
  readonly percentile?: number;
}

/**
 * Designs a uniform quantizer that clips at a percentile of the magnitudes (Wu, Judd, Zhang, Isaev and Micikevicius, "Integer
 * Quantization for Deep Learning Inference", arXiv:2004.09602, section 3.3). The percentile is of type 7, linear between two
 * magnitudes. The grid is that of the variant "symmetric" of {@linkcode uniformMinMax}, which it equals at 100 percent: `2^bits - 1`
 * levels around zero, `clip / (2^(bits - 1) - 1)` apart. Where the percentile is 0, zero is the only level. O(n), without a sort;
 * one stored number.
 *
 * @throws {RangeError} If the sample is empty or not finite, or bits or percentile are out of their ranges.
 *
 * @example The one outlier in 10,001 values is clipped
 * ```ts
 * import { uniformPercentile } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const sample = Array.from({ length: 10001 }, (_, i) => i < 10000 ? (-1) ** i : 50);
 * assertEquals([...uniformPercentile(sample, { bits: 2 }).levels], [-1, 0, 1]);
 * ```
 */
export function uniformPercentile(
  sample: Sample,
  { bits, percentile = 99.99 }: UniformPercentileOptions,
): Codebook {
  levelCount({ bits });
  if (!(percentile > 0 && percentile <= 100)) {
    throw new RangeError(
      `Cannot design a codebook as percentile must be in (0, 100]: current value is ${percentile}`,
    );
  }
  assertFiniteSample(sample, "design a codebook");
  const [lower, upper] = extent(sample);
  const method = "percentile";
  if (lower === upper) return createCodebook([lower], { method, storedValues: 1 });
  return symmetricBook(quantileOf(magnitudeCopy(sample), percentile / 100), bits, { method });
}
