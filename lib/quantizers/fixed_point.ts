import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { chunksOf } from "../numerics/chunks.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";

/** Options for {@linkcode fixedPoint}. */
export interface FixedPointOptions {
  /** Code width with the sign, an integer in [1, 16]. At one bit the levels are minus one step and zero. */
  readonly bits: number;
  /**
   * - `"mse"`: the step of least squared error on the sample, of all powers of two.
   * - `"max"`: the step `2^(ceil(log2 max|x|) + 1 - bits)`, with which at most the upper end is clipped, by one step (Ristretto's
   *   rule; Gysel, Motamedi and Ghiasi, arXiv:1604.03168).
   *
   * @default {"mse"}
   */
  readonly rule?: "mse" | "max";
}

/** The smallest power of two among the doubles is 2^-1074. */
const leastExponent = -1074;

/**
 * Designs a fixed-point number format, Qm.n: two's complement integers of a width, from `-2^(bits - 1)` to `2^(bits - 1) - 1`, times a
 * step that is a power of two, `2^-n`. No zero point, and no multiplication: a shift. One stored number, the exponent.
 *
 * The rule "mse" tries the steps from the smallest one that clips nothing downwards, and ends where what is clipped alone comes to
 * more than the least error; so no other power of two has less. Of equals among those tried the largest is taken. O(n) for each; there are
 * seldom more than eight. `design.iterations` counts them.
 *
 * @throws {RangeError} If the sample is empty or not finite, or bits or rule are out of their ranges.
 *
 * @example Quarters from -2 to 1.75
 * ```ts
 * import { fixedPoint } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { levels, design } = fixedPoint([-1.75, 0.25, 1.5], { bits: 4 });
 * assertEquals([levels[0], levels[15], design.step], [-2, 1.75, 0.25]);
 * ```
 */
export function fixedPoint(
  sample: Sample,
  { bits, rule = "mse" }: FixedPointOptions,
): Codebook {
  const count = levelCount({ bits });
  if (rule !== "mse" && rule !== "max") {
    throw new RangeError(
      `Cannot design a codebook as rule must be one of mse, max: current value is ${rule}`,
    );
  }
  assertFiniteSample(sample, "design a codebook");
  const [lower, upper] = extent(sample);
  const method = "fixed-point";
  if (lower === upper) return createCodebook([lower], { method, storedValues: 1 });
  const range = ceilLog2(Math.max(-lower, upper));
  const covering = Math.max(range + 1 - bits, leastExponent);
  const { exponent, iterations } = rule === "max"
    ? { exponent: covering, iterations: 0 }
    : leastSquares(sample, covering + 1, count / 2);
  const step = 2 ** exponent;
  const levels = Float64Array.from({ length: count }, (_, i) => (i - count / 2) * step);
  return createCodebook(levels, { method, storedValues: 1, step, iterations });
}

/** The exponent of the smallest power of two that is no less than a positive value. */
function ceilLog2(value: number): number {
  const exponent = Math.round(Math.log2(value));
  return 2 ** exponent < value ? exponent + 1 : exponent;
}

/** The best step. Those above `2^first` have no level that this one hasn't, as far as the sample reaches. */
function leastSquares(sample: Sample, first: number, half: number) {
  let best = first, least = Infinity, iterations = 0;
  for (let exponent = first; exponent >= leastExponent; exponent--) {
    iterations++;
    // In units of the first step, so that squares neither overflow nor vanish.
    const unit = 4 ** (exponent - first);
    const { error, overload } = squaredErrors(sample, 2 ** exponent, half);
    if (error * unit < least) [best, least] = [exponent, error * unit];
    if (overload * unit >= least) break;
  }
  return { exponent: best, iterations };
}

/** The squared error of a step, and what the values beyond the outer levels lie beyond them, squared; in squared steps. */
function squaredErrors(sample: Sample, step: number, half: number) {
  let error = 0, overload = 0;
  for (const chunk of chunksOf(sample)) {
    const sums = squaredErrorsOfChunk(chunk, step, half);
    error += sums.error;
    overload += sums.overload;
  }
  return { error, overload };
}

function squaredErrorsOfChunk(chunk: Float64Array, step: number, half: number) {
  let error = 0, overload = 0;
  for (let i = 0; i < chunk.length; i++) {
    const position = chunk[i]! / step;
    const clipped = Math.min(Math.max(position, -half), half - 1);
    error += (position - Math.floor(clipped + 0.5)) ** 2;
    overload += (position - clipped) ** 2;
  }
  return { error, overload };
}
