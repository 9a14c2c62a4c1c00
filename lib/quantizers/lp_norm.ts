import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { mean } from "../numerics/moments.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { omse } from "./omse.ts";
import { condenseMagnitudes, searchScale } from "./scale_search.ts";
import { midRiseLevels } from "./uniform.ts";

/** Options for {@linkcode uniformLpNorm}. */
export interface UniformLpNormOptions {
  /** Code width, an integer in [1, 16]. */
  readonly bits: number;
  /**
   * The exponent of the norm, in [1, 16]: the larger, the wider the clip. LAPQ searches it between 2 and 4 for a network by the
   * loss on images; the default is what its code starts from without any. BRECQ's code takes 2.4.
   *
   * @default {3}
   */
  readonly p?: number;
}

/** Bins of the magnitudes: at least so many, and so many to each step of the grid that spans the range. */
const leastBins = 1024;
const binsPerStep = 32;

/**
 * Designs the uniform quantizer whose clip minimises the p-norm of the error on the sample, which is how LAPQ quantizes each layer
 * before it looks at the loss (Nahshan, Chmiel, Baskin, Zheltonozhskii, Banner, Bronstein and Mendelson, "Loss Aware Post-training
 * Quantization", Machine Learning 110, 2021, section 4). The grid is that of {@linkcode omse}: mid-rise, `2^bits` levels, `2 clip /
 * 2^bits` apart, centred on the sample's mean; LAPQ's own has a level at zero.
 *
 * With p = 2 the book is that of {@linkcode omse}, the best of all clips. For any other p the clip is the best of a search over all
 * scales, sixteen to an octave and refined, not proven to be the least; samples of more than 1,024 values, and 32 for each positive
 * level, are taken in so many bins. O(n), and some hundred evaluations of the bins, without a sort of large samples; two stored
 * numbers. `design.iterations` counts the steps tried.
 *
 * @throws {RangeError} If the sample is empty or not finite, or bits or p are out of their ranges.
 *
 * @example With one bit and p = 1 the level is the median distance from the mean
 * ```ts
 * import { uniformLpNorm } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { levels } = uniformLpNorm([-9, -2, -1, 1, 2, 9], { bits: 1, p: 1 });
 * assertAlmostEquals(levels[1]!, 2, 1e-5);
 * ```
 */
export function uniformLpNorm(sample: Sample, { bits, p = 3 }: UniformLpNormOptions): Codebook {
  const count = levelCount({ bits });
  if (!(p >= 1 && p <= 16)) {
    throw new RangeError(
      `Cannot design a codebook as p must be in [1, 16]: current value is ${p}`,
    );
  }
  assertFiniteSample(sample, "design a codebook");
  const [lower, upper] = extent(sample);
  const method = "lp-norm";
  if (lower === upper) return createCodebook([lower], { method, storedValues: 1 });
  if (p === 2) {
    const book = omse(sample, { bits });
    return { ...book, design: { ...book.design, method } };
  }
  const centre = mean(sample);
  const half = count / 2;
  const magnitudes = condenseMagnitudes(sample, centre, Math.max(leastBins, binsPerStep * half));
  const pattern = Float64Array.from({ length: half }, (_, i) => i + 0.5);
  const { scale, evaluations } = searchScale(magnitudes, pattern, p);
  const step = scale * magnitudes.largest;
  return createCodebook(midRiseLevels(centre, step, count), {
    method,
    storedValues: 2,
    step,
    iterations: evaluations,
  });
}
