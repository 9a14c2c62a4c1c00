import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { gaussian } from "../distributions/gaussian.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";

/** Options for {@linkcode normalFloat}. */
export interface NormalFloatOptions {
  /** Code width, an integer in [2, 16]. */
  readonly bits: number;
  /**
   * The probability of the outermost quantile, in (1/2, 1).
   *
   * @default {0.9677083}
   */
  readonly offset?: number;
}

/**
 * NF4's, with the digits of bitsandbytes: the mean of 1 - 1/30 and 1 - 1/32, the outermost probabilities of 15 and of 16 equal masses at their
 * middles.
 */
const nf4Offset = 0.9677083;

const standardGaussian = gaussian({ mean: 0, standardDeviation: 1 });

/**
 * NormalFloat: quantiles of the Gaussian law at evenly spread probabilities, divided by the largest, times the largest magnitude of the sample (Dettmers,
 * Pagnoni, Holtzman and Zettlemoyer, "QLoRA: Efficient Finetuning of Quantized LLMs", NeurIPS 2023, appendix E; the construction is that of the bitsandbytes
 * library). Zero is a level, and the positive side has one more than the negative: `2^(bits - 1)` probabilities from the offset down to, not including, 1/2, and
 * one less on the other side. Four bits are NF4, which the paper uses on blocks of 64 weights.
 *
 * Other widths keep NF4's offset, as the libraries do that have them (PEFT's LoftQ); with more bits that leaves outliers fewer and fewer levels, and an offset
 * that rises with the width, the mean of `1 - 1 / (2^(bits + 1) - 2)` and `1 - 1 / 2^(bits + 1)`, goes with the derivation of NF4's.
 *
 * The sample's mean is not subtracted. O(n + 2^bits); one number is stored.
 *
 * @throws {TypeError} If the sample is no array of numbers.
 * @throws {RangeError} If the sample is empty or not finite, bits is out of [2, 16], or the offset out of (1/2, 1).
 *
 * @example NF4
 * ```ts
 * import { normalFloat } from "@bitbell/bitbell";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const { levels } = normalFloat([-1, 0.2, 0.5], { bits: 4 });
 * assertEquals([levels.length, levels[0], levels[7], levels[15]], [16, -1, 0, 1]);
 * assertAlmostEquals(levels[8]!, 0.0795803, 1e-7);
 * ```
 */
export function normalFloat(
  sample: Sample,
  { bits, offset = nf4Offset }: NormalFloatOptions,
): Codebook {
  levelCount({ bits });
  if (bits < 2) {
    throw new RangeError(
      `Cannot design a codebook as bits must be at least 2 for normal-float: current value is ${bits}`,
    );
  }
  // It is used as a float32, which must not be an end either.
  if (!(Math.fround(offset) > 0.5 && Math.fround(offset) < 1)) {
    throw new RangeError(
      `Cannot design a codebook as offset must lie in (0.5, 1): current value is ${offset}`,
    );
  }
  assertFiniteSample(sample, "design a codebook");
  const record = { method: "normal-float", storedValues: 1 };
  const [lower, upper] = extent(sample);
  if (lower === upper) return createCodebook([lower], record);
  const largest = Math.max(-lower, upper);
  const half = 2 ** (bits - 1);
  const positive = normalQuantiles(half, offset);
  const greatest = positive[half - 1]!;
  const scaled = (quantile: number) => Math.fround(quantile / greatest) * largest;
  const levels = [
    ...normalQuantiles(half - 1, offset).map((quantile) => -scaled(quantile)).reverse(),
    0,
    ...positive.map(scaled),
  ];
  return createCodebook(levels, record);
}

/**
 * So many quantiles from just above the median up to the offset, in ascending order, with the float32 arithmetic of the libraries, whose levels
 * they are to the last bit: their probabilities are `torch.linspace(offset, 1 / 2, count + 1)` without its end.
 */
function normalQuantiles(count: number, offset: number): number[] {
  const start = Math.fround(offset), end = 0.5;
  const step = Math.fround(Math.fround(end - start) / count);
  const quantiles = Array.from({ length: count }, (_, i) => {
    // It counts from the nearer end.
    const probability = 2 * i < count ? start + step * i : end - step * (count - i);
    return Math.fround(-standardGaussian.quantile(1 - Math.fround(probability)));
  });
  return quantiles.reverse();
}
