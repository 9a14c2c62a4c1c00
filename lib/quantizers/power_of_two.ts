import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { lowerBound } from "./partition_edges.ts";
import {
  fitPattern,
  halfwayPattern,
  magnitudesOf,
  mirroredLevels,
  squaredError,
} from "./pattern_error.ts";

/** Options for {@linkcode powerOfTwo}. */
export interface PowerOfTwoOptions {
  /** Code width with the sign, an integer in [2, 16]. */
  readonly bits: number;
  /**
   * - `"inq"`: INQ's number of exponents, `2^(bits - 2)`: one bit tells zero, and the book has `2^(bits - 1) + 1` levels.
   * - `"all"`: as many as codes allow, `2^(bits - 1) - 1`, and `2^bits - 1` levels.
   *
   * @default {"inq"}
   */
  readonly exponents?: "inq" | "all";
  /**
   * - `"inq"`: the largest exponent is `floor(log2(4/3 max|w|))`, that of the power of two nearest to the largest magnitude.
   * - `"least-error"`: the one of least squared error on the sample, of all.
   *
   * @default {"inq"}
   */
  readonly top?: "inq" | "least-error";
}

/** That of the smallest double above zero. */
const leastExponent = -1074;

/**
 * The logarithmic quantizer: zero, and plus or minus powers of two with neighbouring exponents, without a scale, as Incremental Network Quantization
 * has them (Zhou, Yao, Guo, Xu and Chen, "Incremental Network Quantization: Towards Lossless CNNs with Low-precision Weights", ICLR 2017, equations 1 to
 * 4; only its books, not its retraining). Values take the nearest level, as there; Miyashita, Lee and Murmann, "Convolutional Neural Networks
 * using Logarithmic Data Representation", arXiv:1603.01025, 2016, round the logarithm instead, which divides powers at their geometric mean.
 * `exponents: "all"` is the powers-of-two set of Li, Dong and Wang, ICLR 2020, section 2.1, with a power of two as its clip.
 *
 * O(n), or O(n log n) for "least-error". One number is stored, the largest exponent.
 *
 * @throws {TypeError} If the sample is no array of numbers.
 * @throws {RangeError} If the sample is empty or not finite, bits is out of [2, 16], or an option is unknown.
 *
 * @example
 * ```ts
 * import { powerOfTwo } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { levels } = powerOfTwo([-0.3, 0.1, 0.9], { bits: 3 });
 * assertEquals([...levels], [-1, -0.5, 0, 0.5, 1]);
 * ```
 */
export function powerOfTwo(
  sample: Sample,
  { bits, exponents = "inq", top = "inq" }: PowerOfTwoOptions,
): Codebook {
  const codes = levelCount({ bits });
  const refuse = (condition: string, value: unknown): never => {
    throw new RangeError(
      `Cannot design a codebook as ${condition}: current value is ${value}`,
    );
  };
  if (bits < 2) refuse("bits must be at least 2 for power-of-two", bits);
  if (exponents !== "inq" && exponents !== "all") {
    refuse("exponents must be inq or all", exponents);
  }
  if (top !== "inq" && top !== "least-error") refuse("top must be inq or least-error", top);
  assertFiniteSample(sample, "design a codebook");
  const record = { method: "power-of-two", storedValues: 1 };
  const [lower, upper] = extent(sample);
  if (lower === upper) return createCodebook([lower], record);
  const count = exponents === "inq" ? codes / 4 : codes / 2 - 1;
  const exponent = top === "inq"
    ? nearestExponent(Math.max(-lower, upper))
    : leastErrorExponent(sample, count);
  return createCodebook(mirroredLevels(powersUpTo(exponent, count), 1), record);
}

/** The exponent of the power of two that is nearest to a positive magnitude, the larger of two: `floor(log2(4/3 magnitude))`. */
function nearestExponent(magnitude: number): number {
  // At least the one looked for, even where the logarithm is off by a rounding; 3/2 times a power is exact.
  let exponent = Math.round(Math.log2(magnitude / 1.5)) + 1;
  while (1.5 * 2 ** (exponent - 1) > magnitude) exponent--;
  return exponent;
}

/**
 * The largest exponent of least error. One below the nearest to the largest magnitude can only gain while what it clips costs less than the best
 * error so far, and that cost rises as the exponent falls.
 */
function leastErrorExponent(sample: Sample, count: number): number {
  const magnitudes = magnitudesOf(sample);
  const { sorted, unit } = magnitudes;
  const size = sorted.length;
  const pattern = halfwayPattern(powersUpTo(0, count));
  let exponent = nearestExponent(sorted[size - 1]!);
  let best = exponent, least = Infinity;
  for (let clipped = 0; clipped < least; exponent--) {
    const { error } = fitPattern(magnitudes, pattern, 2 ** exponent);
    if (error < least) [best, least] = [exponent, error];
    const clip = 2 ** (exponent - 1);
    clipped = squaredError(magnitudes, lowerBound(sorted, clip, 0, size), size, clip);
  }
  return best - Math.log2(unit);
}

/** Zero, and powers of two of at most `count` neighbouring exponents, as far down as they are no zeros. */
function powersUpTo(exponent: number, count: number): Float64Array {
  const kept = Math.min(count, exponent - leastExponent + 1);
  return Float64Array.from(
    { length: kept + 1 },
    (_, i) => i === 0 ? 0 : 2 ** (exponent - kept + i),
  );
}
