import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { moments } from "../numerics/moments.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { codebookWithThresholds } from "./own_thresholds.ts";
import {
  fitPattern,
  halfwayPattern,
  type MagnitudePattern,
  type Magnitudes,
  magnitudesOf,
  mirroredLevels,
  unitOf,
} from "./pattern_error.ts";

/** How {@linkcode pwlq} finds its breakpoint. */
export type PwlqBreakpoint = "gaussian" | "laplace" | "least-error";

/** Options for {@linkcode pwlq}. */
export interface PwlqOptions {
  /** Code width, an integer in [3, 16]: the paper's b is one less. */
  readonly bits: number;
  /**
   * - `"gaussian"`, `"laplace"`: the paper's approximation of the best one for such a law, from the largest magnitude in standard deviations.
   * - `"least-error"`: of least squared error on the sample, searched for.
   *
   * @default {"gaussian"}
   */
  readonly breakpoint?: PwlqBreakpoint;
}

/**
 * The breakpoint in standard deviations for a largest magnitude m of so many: the fits of Fang et al. with the digits of their code.
 */
const breakpointOf = {
  "gaussian": (m: number) => Math.log(0.86143114 * m + 0.607901097496529),
  "laplace": (m: number) => 0.80304483 * Math.sqrt(m) - 0.3166785508381478,
} as const;

/** Ratios of the breakpoint to the largest magnitude in the scan, and in each narrower one about the best so far. */
const scanOf = { few: { scan: 100, narrowing: 20 }, many: { scan: 20, narrowing: 10 } } as const;
const narrowings = 3;
/** From so many bits on the error varies smoothly with the ratio, and each evaluation costs more. */
const manyBits = 10;

/**
 * The piecewise linear quantizer: the range up to the largest magnitude m is split at a breakpoint p into a dense middle and sparse tails, each
 * quantized uniformly (Fang, Shafiee, Abdel-Aziz, Thorsley, Georgiadis and Hassoun, "Post-Training Piecewise Linear Quantization for Deep Neural Networks",
 * ECCV 2020, section 3; the non-overlapping form).
 *
 * With b = bits - 1 the levels are those of the authors' code: `2 p / (2^b - 1)` apart within the middle, zero among them, and `2^(b - 1)` in each tail,
 * from p to m, both ends included; `2^bits - 1` in all. The paper speaks of b bits, but a code has to tell the region too, which makes `bits`.
 * A value takes the level of its own region, so that a threshold lies at p, not halfway. Two numbers are stored, p and m. O(n), for "least-error" O(n
 * log n) and some hundreds of evaluations of O(levels log n), which find a minimum that may be a local one.
 *
 * @throws {TypeError} If the sample is no array of numbers.
 * @throws {RangeError} If the sample is empty or not finite, bits is out of [3, 16], or the breakpoint is unknown.
 *
 * @example
 * ```ts
 * import { pwlq } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { levels, design } = pwlq([-1, -0.1, 0, 0.1, 0.2], { bits: 4 });
 * assertEquals([levels.length, design.clipping], [15, [-1, 1]]);
 * ```
 */
export function pwlq(sample: Sample, { bits, breakpoint = "gaussian" }: PwlqOptions): Codebook {
  levelCount({ bits });
  if (bits < 3) {
    throw new RangeError(
      `Cannot design a codebook as bits must be at least 3 for pwlq: current value is ${bits}`,
    );
  }
  if (breakpoint !== "least-error" && !Object.hasOwn(breakpointOf, breakpoint)) {
    throw new RangeError(
      `Cannot design a codebook as breakpoint must be one of ${
        Object.keys(breakpointOf).join(", ")
      }, least-error: current value is ${breakpoint}`,
    );
  }
  assertFiniteSample(sample, "design a codebook");
  const [lower, upper] = extent(sample);
  if (lower === upper) return createCodebook([lower], { method: "pwlq", storedValues: 1 });
  const largest = Math.max(-lower, upper);
  const ratio = breakpoint === "least-error"
    ? leastErrorRatio(magnitudesOf(sample), bits)
    : lawRatio(sample, largest, breakpoint);
  const { levels, thresholds } = piecewisePattern(ratio, bits);
  const scaled = [...thresholds].map((threshold) => threshold * largest);
  return codebookWithThresholds(
    mirroredLevels(levels, largest),
    [...scaled.map((threshold) => -threshold).reverse(), ...scaled],
    { method: "pwlq", storedValues: 2 },
  );
}

/** The approximate breakpoint over the largest magnitude; the standard deviation has the divisor n - 1, as in the authors' code. */
function lawRatio(sample: Sample, largest: number, law: "gaussian" | "laplace"): number {
  // The variance of tiny values would vanish.
  const unit = unitOf(largest);
  const scaled = new Float64Array(sample.length);
  for (let i = 0; i < sample.length; i++) scaled[i] = sample[i]! * unit;
  const { variance, size } = moments(scaled);
  const deviations = (largest * unit) / Math.sqrt(variance * (size / (size - 1)));
  return breakpointOf[law](deviations) / deviations;
}

/** The levels for a largest magnitude of 1: within `[0, ratio)` those of the middle, from there on those of the tail. */
function piecewisePattern(ratio: number, bits: number): MagnitudePattern {
  const half = 2 ** (bits - 2);
  const middleStep = (2 * ratio) / (2 * half - 1), tailStep = (1 - ratio) / (half - 1);
  const levels = new Float64Array(2 * half);
  for (let i = 0; i < half; i++) {
    levels[i] = i * middleStep;
    levels[half + i] = ratio + i * tailStep;
  }
  levels[2 * half - 1] = 1;
  const { thresholds } = halfwayPattern(levels);
  thresholds[half - 1] = ratio;
  return { levels, thresholds };
}

/** The ratio of breakpoint to largest magnitude of least error in a scan, and in narrower ones about the best. */
function leastErrorRatio(magnitudes: Magnitudes, bits: number): number {
  const { sorted } = magnitudes;
  const largest = sorted[sorted.length - 1]!;
  const errorAt = (ratio: number) =>
    fitPattern(magnitudes, piecewisePattern(ratio, bits), largest).error;
  let best = 0, least = Infinity;
  const scan = (from: number, step: number, points: number) => {
    for (let i = 0; i < points; i++) {
      const ratio = from + i * step;
      if (!(ratio > 0 && ratio < 1)) continue;
      const error = errorAt(ratio);
      if (error < least) [best, least] = [ratio, error];
    }
  };
  const points = bits < manyBits ? scanOf.few : scanOf.many;
  let step = 1 / points.scan;
  scan(step, step, points.scan - 1);
  for (let i = 0; i < narrowings; i++) {
    const from = best - step;
    step *= 2 / points.narrowing;
    scan(from + step, step, points.narrowing - 1);
  }
  return best;
}
