import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { chunksOf } from "../numerics/chunks.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { uniformMinMax } from "./uniform.ts";

/** Options for {@linkcode hqq}; the defaults are the authors'. */
export interface HqqOptions {
  /** Code width, an integer in [1, 16]. */
  readonly bits: number;
  /**
   * The exponent of the error's norm, in (0, 1]: the smaller, the less outliers count.
   *
   * @default {0.7}
   */
  readonly p?: number;
  /**
   * The weight of the splitting's squared penalty, above 0, for values whose unit is that of a network's weights: errors below
   * `beta^(-1 / (2 - p))` count as they are, larger ones as outliers.
   *
   * @default {10}
   */
  readonly beta?: number;
  /**
   * The factor by which `beta` grows with each iteration, at least 1.
   *
   * @default {1.01}
   */
  readonly kappa?: number;
}

const iterationLimit = 20;

/**
 * Half-quadratic quantization (Badri and Shaji, "Half-Quadratic Quantization of Large Machine Learning Models", Mobius Labs, 2023):
 * a uniform quantizer with levels `(i - z) s`, whose step `s = (max - min) / (2^bits - 1)` is that of the range, and whose zero point z,
 * any real number, is moved so as to lower the sum of `|x - level|^p`, p below 1, which forgives outliers. In turn, errors are
 * split off by the shrinkage operator `sign(e) max(0, |e| - |e|^(p - 1) / beta)`, and z becomes the mean of `i - (x - split) / s`.
 *
 * It ends where the mean absolute error falls no further, with the zero point of the least one, or after 20 iterations, with that of
 * the last update and `design.converged` false. That is version 2 of the optimizer in the authors' package (hqq 0.2.8); its older
 * one, which the package uses by default, doesn't let `beta` grow and always takes the zero point one update further. The
 * package's guards for half precision, a least step of 5e-5 among them, are left out. Groups are the caller's: each call is one.
 * The result doesn't scale with the sample, as `beta` is in its units. O(n) for each iteration; two stored numbers.
 *
 * @throws {RangeError} If the sample is empty or not finite, or an option is out of its range.
 *
 * @example
 * ```ts
 * import { hqq, quantizationError, uniformMinMax } from "@bitbell/bitbell";
 * import { assertLess } from "@std/assert";
 *
 * const sample = [-0.9, -0.42, -0.4, -0.38, 0.3];
 * const { mse } = quantizationError(sample, hqq(sample, { bits: 2 }));
 * assertLess(mse, quantizationError(sample, uniformMinMax(sample, { bits: 2 })).mse);
 * ```
 */
export function hqq(
  sample: Sample,
  { bits, p = 0.7, beta = 10, kappa = 1.01 }: HqqOptions,
): Codebook {
  const count = levelCount({ bits });
  assertInRange("p", p, p > 0 && p <= 1, "in (0, 1]");
  assertInRange("beta", beta, beta > 0 && beta < Infinity, "finite and above 0");
  assertInRange("kappa", kappa, kappa >= 1 && kappa < Infinity, "finite and at least 1");
  assertFiniteSample(sample, "design a codebook");
  const [lower, upper] = extent(sample);
  const method = "hqq";
  if (lower === upper) return createCodebook([lower], { method, storedValues: 1 });
  const step = (upper - lower) / (count - 1);
  const density = (count - 1) / (upper - lower);
  if (!Number.isFinite(density)) {
    // The range is as narrow as denormal numbers: there is nothing to move.
    const { levels } = uniformMinMax(sample, { bits });
    return createCodebook(levels, { method, storedValues: 2 });
  }
  let zeroPoint = -lower * density;
  let least = Infinity, before = zeroPoint, penalty = beta;
  let iterations = 0, converged = false;
  while (!converged && iterations < iterationLimit) {
    iterations++;
    const { meanError, next } = updateZeroPoint(sample, {
      density,
      zeroPoint,
      count,
      p,
      penalty,
    });
    if (meanError < least) {
      least = meanError;
      before = zeroPoint;
      zeroPoint = next;
      penalty *= kappa;
    } else {
      zeroPoint = before;
      converged = true;
    }
  }
  const levels = Float64Array.from({ length: count }, (_, i) => (i - zeroPoint) * step);
  return createCodebook(levels, { method, storedValues: 2, step, iterations, converged });
}

interface Iterate {
  /** Levels per unit. */
  readonly density: number;
  readonly zeroPoint: number;
  readonly count: number;
  readonly p: number;
  readonly penalty: number;
}

/** The mean absolute error of a zero point, in steps, and the zero point that comes next. */
function updateZeroPoint(sample: Sample, iterate: Iterate) {
  let magnitudes = 0, shifts = 0;
  for (const chunk of chunksOf(sample)) {
    const sums = sumErrors(chunk, iterate);
    magnitudes += sums.magnitudes;
    shifts += sums.shifts;
  }
  return {
    meanError: magnitudes / sample.length,
    next: iterate.zeroPoint + shifts / sample.length,
  };
}

/** The sum of the absolute errors of some values, and that of the zero points they ask for, less the current one. */
function sumErrors(chunk: Float64Array, { density, zeroPoint, count, p, penalty }: Iterate) {
  // The shrinkage in steps is `magnitude - factor magnitude^(p - 1)`, and nothing up to the threshold.
  const factor = density ** (2 - p) / penalty;
  const threshold = penalty ** (-1 / (2 - p)) * density;
  let magnitudes = 0, shifts = 0;
  for (let i = 0; i < chunk.length; i++) {
    const position = chunk[i]! * density + zeroPoint;
    const code = Math.min(Math.max(Math.floor(position + 0.5), 0), count - 1);
    const error = position - code;
    const magnitude = Math.abs(error);
    magnitudes += magnitude;
    shifts -= error;
    if (magnitude > threshold) {
      shifts += Math.sign(error) * (magnitude - factor * magnitude ** (p - 1));
    }
  }
  return { magnitudes, shifts };
}

function assertInRange(name: string, value: number, holds: boolean, range: string): void {
  if (holds) return;
  throw new RangeError(
    `Cannot design a codebook as ${name} must be ${range}: current value is ${value}`,
  );
}
