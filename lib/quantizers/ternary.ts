import { type Codebook, createCodebook } from "../codebooks/codebook.ts";
import { blockwiseSum } from "../numerics/blockwise_sum.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { codebookWithThresholds } from "./own_thresholds.ts";

/** Options for {@linkcode ternary}. */
export interface TernaryOptions {
  /**
   * The threshold as a multiple of the mean magnitude, in (0, 1).
   *
   * @default {0.7}
   */
  readonly thresholdFactor?: number;
}

/**
 * The quantizer of Ternary Weight Networks: zero up to a threshold of 0.7 times the mean magnitude, and above it plus or minus the mean of
 * the magnitudes there (Li, Zhang and Liu, "Ternary Weight Networks", arXiv:1605.04711, 2016, section 2.2). The factor is the rule of thumb of the
 * paper's first versions, between 2/3, which it derives for a uniform law, and 0.75 for a Gaussian one; {@linkcode ternaryExact} has the optimum.
 *
 * The paper's thresholds are the book's, not those halfway between levels. A value equal to one of them takes the upper level. O(n); one number
 * is stored, as no threshold is needed to decode.
 *
 * @throws {TypeError} If the sample is no array of numbers.
 * @throws {RangeError} If the sample is empty or not finite, or the factor is not in (0, 1).
 *
 * @example
 * ```ts
 * import { ternary } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { levels, thresholds } = ternary([-6, -1, 0, 1, 2, 8]);
 * assertEquals([...levels], [-7, 0, 7]);
 * assertEquals([...thresholds], [-2.1, 2.1]);
 * ```
 */
export function ternary(
  sample: Sample,
  { thresholdFactor = 0.7 }: TernaryOptions = {},
): Codebook {
  if (!(thresholdFactor > 0 && thresholdFactor < 1)) {
    throw new RangeError(
      `Cannot design a codebook as thresholdFactor must lie in (0, 1): current value is ${thresholdFactor}`,
    );
  }
  assertFiniteSample(sample, "design a codebook");
  const record = { method: "ternary", storedValues: 1 };
  const [lower, upper] = extent(sample);
  if (lower === upper) return createCodebook([lower], record);
  const size = sample.length;
  const threshold = thresholdFactor * blockwiseSum(size, (i) => Math.abs(sample[i]!)) / size;
  let count = 0;
  const sum = blockwiseSum(size, (i) => {
    const magnitude = Math.abs(sample[i]!);
    if (!(magnitude > threshold)) return 0;
    count++;
    return magnitude;
  });
  const level = sum / count;
  return codebookWithThresholds([-level, 0, level], [-threshold, threshold], record);
}
