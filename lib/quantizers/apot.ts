import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { halfwayPattern, magnitudesOf, mirroredLevels } from "./pattern_error.ts";
import { leastErrorScale } from "./pattern_scale.ts";

/** Options for {@linkcode apot}. */
export interface ApotOptions {
  /** Code width with the sign, an integer in [2, 16]. */
  readonly bits: number;
  /**
   * - `"least-error"`: of least squared error on the sample, searched for.
   * - `"absmax"`: the largest magnitude.
   *
   * @default {"least-error"}
   */
  readonly scale?: "least-error" | "absmax";
}

/**
 * The magnitudes of APoT, ascending from 0 to 1. With `n = floor(b / 2)` terms of 2 bits, term i of 1 to n is 0 or one of three powers of
 * two: `2^-i`, `2^-(i + n)` and `2^-(i + 2n)`; an odd b has a term of one bit besides, 0 or `2^-(2n + 1)`, and the third power of each of the
 * others is halved. The sums of the terms are divided by the largest.
 */
function apotMagnitudes(magnitudeBits: number): Float64Array {
  const terms = Math.floor(magnitudeBits / 2);
  const isOdd = magnitudeBits % 2 === 1;
  const extra = isOdd ? 1 : 0;
  let sums = isOdd ? [0, 2 ** -(2 * terms + 1)] : [0];
  for (let i = 1; i <= terms; i++) {
    const powers = [0, 2 ** -i, 2 ** -(i + terms), 2 ** -(i + 2 * terms + extra)];
    sums = sums.flatMap((sum) => powers.map((power) => sum + power));
  }
  const ascending = Float64Array.from(sums).sort();
  const largest = ascending[ascending.length - 1]!;
  return ascending.map((sum) => sum / largest);
}

/**
 * The quantizer of additive powers of two: levels are plus or minus a clip times a sum of powers of two, two bits a term (Li, Dong and Wang,
 * "Additive Powers-of-Two Quantization: An Efficient Non-uniform Discretization for Neural Networks", ICLR 2020, section 2.2, with the paper's k = 2).
 * One bit is the sign's, and zero has one code of its two: `2^bits - 1` levels. The paper's odd widths, which its text leaves open, are those of its
 * authors' code; two bits are ternary. Its clip is learned in training with the weights normalized; here it is designed for the weights as they are.
 *
 * O(n log n), and for "least-error" some hundreds of evaluations, O(levels log n) each; `design.iterations` counts them. The clip found may be a local
 * optimum. One number is stored.
 *
 * @throws {TypeError} If the sample is no array of numbers.
 * @throws {RangeError} If the sample is empty or not finite, bits is out of [2, 16] or the scale is unknown.
 *
 * @example
 * ```ts
 * import { apot } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { levels } = apot([-2, 0.3, 1], { bits: 3, scale: "absmax" });
 * assertEquals([...levels], [-2, -1, -0.5, 0, 0.5, 1, 2]);
 * ```
 */
export function apot(sample: Sample, { bits, scale = "least-error" }: ApotOptions): Codebook {
  levelCount({ bits });
  if (bits < 2) {
    throw new RangeError(
      `Cannot design a codebook as bits must be at least 2 for apot: current value is ${bits}`,
    );
  }
  if (scale !== "least-error" && scale !== "absmax") {
    throw new RangeError(
      `Cannot design a codebook as scale must be least-error or absmax: current value is ${scale}`,
    );
  }
  assertFiniteSample(sample, "design a codebook");
  const record = { method: "apot", storedValues: 1 };
  const [lower, upper] = extent(sample);
  if (lower === upper) return createCodebook([lower], record);
  const levels = apotMagnitudes(bits - 1);
  if (scale === "absmax") {
    return createCodebook(mirroredLevels(levels, Math.max(-lower, upper)), record);
  }
  const magnitudes = magnitudesOf(sample);
  const best = leastErrorScale(magnitudes, halfwayPattern(levels));
  const { iterations, converged } = best;
  return createCodebook(mirroredLevels(levels, best.scale / magnitudes.unit), {
    ...record,
    iterations,
    converged,
  });
}
