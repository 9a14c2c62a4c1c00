import type { QuantizedTensor } from "../compression/quantized_tensor.ts";
import { channelGroups, product, type RoundingProblem } from "./rounding_problem.ts";
import { type WeightLevels, weightLevels } from "./weight_levels.ts";

/** Options for {@linkcode adaRound}. */
export interface AdaRoundOptions {
  /**
   * Number of steps by Adam, an integer above 0.
   *
   * @default {1000}
   */
  readonly iterations?: number;
  /**
   * Adam's step, above 0.
   *
   * @default {0.05}
   */
  readonly learningRate?: number;
  /**
   * How much an undecided weight counts, above 0: in units of the mean error that a weight causes when rounded to its nearest
   * level.
   *
   * @default {1}
   */
  readonly regularization?: number;
  /** Called after each channel with the number of channels done, and of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The stretch of the rectified sigmoid: from -0.1 to 1.1. */
const lowerStretch = -0.1, upperStretch = 1.1;
/** The exponent of the regularizer falls from the first to the second, once this share of the steps went without it. */
const firstExponent = 20, lastExponent = 2, freeShare = 0.2;
/** Adam's usual constants. */
const firstDecay = 0.9, secondDecay = 0.999, smallest = 1e-8;

/**
 * Rounds each weight to one of the two levels around it, such that the layer's output error is small: AdaRound (Nagel et al., "Up
 * or down? Adaptive rounding for post-training quantization", ICML 2020, equations 21 to 25) on any books.
 *
 * Each weight is `lower + h (upper - lower)` with the rectified sigmoid `h = clip(1.2 sigmoid(v) - 0.1, 0, 1)`, which starts at
 * the weight itself. Adam minimises the output error plus `lambda sum(1 - |2 h - 1|^beta)`, beta falling from 20 to 2 by a cosine
 * after a fifth of the steps without that term, which drives all h to 0 or 1; at the end h is rounded.
 *
 * The paper's error is that of batches of outputs behind the activation; here it is that of all calibration images before the
 * activation, `e^T H e`, of each channel by itself: so no random numbers are needed. Defaults are for that error, which has no
 * noise. Nothing bounds the result from above by the nearest levels' error: where it is larger for a channel, the nearest levels
 * are taken.
 *
 * O(channels inputs^2 iterations). Tested against all choices of small problems, as no other system's figures were at hand.
 *
 * @param tensor Its books and scales; its codes don't matter.
 *
 * @throws {TypeError} If the sizes disagree.
 * @throws {RangeError} If an option is out of its range, or a target or a moment is not finite.
 *
 * @example
 * ```ts
 * import { createCodebook } from "@bitbell/bitbell";
 * import { adaRound } from "@bitbell/bitbell/calibration";
 * import { assertEquals } from "@std/assert";
 *
 * const book = createCodebook([0, 1], { method: "by hand", storedValues: 2 });
 * const tensor = {
 *   shape: [1, 2],
 *   codes: Uint8Array.of(0, 0),
 *   groups: Uint32Array.of(0, 2),
 *   books: [book],
 *   storedValues: 2,
 * };
 * const problem = { targets: Float64Array.of(0.3, 0.4), hessians: [Float64Array.of(1, 0.9, 0.9, 1)] };
 * // Both nearest levels are 0; but one up and one down is better.
 * assertEquals([...adaRound(tensor, problem).codes], [0, 1]);
 * ```
 */
export function adaRound(
  tensor: QuantizedTensor,
  problem: RoundingProblem,
  options: AdaRoundOptions = {},
): QuantizedTensor {
  const { iterations = 1000, learningRate = 0.05, regularization = 1, onProgress } = options;
  if (!Number.isInteger(iterations) || iterations < 1) {
    throw new RangeError(
      `Cannot round weights by AdaRound as iterations must be an integer above 0: current value is ${iterations}`,
    );
  }
  for (const [name, value] of Object.entries({ learningRate, regularization })) {
    if (value > 0 && value < Infinity) continue;
    throw new RangeError(
      `Cannot round weights by AdaRound as ${name} must be finite and above 0: current value is ${value}`,
    );
  }
  const levels = weightLevels(tensor);
  const codes = tensor.codes.slice();
  const groups = channelGroups(tensor, problem);
  const total = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  let done = 0;
  for (const { hessian, rows, columns } of groups) {
    for (const row of rows) {
      const targets = problem.targets.subarray(row, row + columns);
      const choice = bracket(levels, row, targets);
      const up = decide(targets, choice, hessian, { iterations, learningRate, regularization });
      codes.set(up.map((isUp, i) => isUp ? choice.upper[i]! : choice.lower[i]!), row);
      onProgress?.(++done, total);
    }
  }
  return { ...tensor, codes };
}

/** The two levels around each weight of a channel: codes, the value of the lower one and the distance to the upper one. */
interface Brackets {
  readonly lower: Uint16Array;
  readonly upper: Uint16Array;
  readonly base: Float64Array;
  readonly gap: Float64Array;
}

function bracket(levels: WeightLevels, row: number, targets: Float64Array): Brackets {
  const { length } = targets;
  const brackets = {
    lower: new Uint16Array(length),
    upper: new Uint16Array(length),
    base: new Float64Array(length),
    gap: new Float64Array(length),
  };
  targets.forEach((target, i) => {
    const index = row + i;
    const nearest = levels.nearest(index, target), value = levels.value(index, nearest);
    // The other one lies where the weight does; beyond the last level and at a level itself, on whichever side there is one.
    const last = levels.count(index) - 1;
    const next = [nearest - 1, nearest + 1].filter((code) => code >= 0 && code <= last);
    const other = next.find((code) => (levels.value(index, code) - value) * (target - value) > 0) ??
      next.at(-1) ?? nearest;
    const otherValue = levels.value(index, other);
    const [lower, upper] = value <= otherValue ? [nearest, other] : [other, nearest];
    brackets.lower[i] = lower;
    brackets.upper[i] = upper;
    brackets.base[i] = Math.min(value, otherValue);
    brackets.gap[i] = Math.abs(otherValue - value);
  });
  return brackets;
}

/** For each weight of a channel 1 to take the upper level, 0 to take the lower one. */
function decide(
  targets: Float64Array,
  { base, gap }: Brackets,
  hessian: Float64Array,
  { iterations, learningRate, regularization }: Required<Omit<AdaRoundOptions, "onProgress">>,
): Uint8Array {
  const { length } = targets;
  const shares = targets.map((target, i) =>
    gap[i]! > 0 ? Math.min(1, Math.max(0, (target - base[i]!) / gap[i]!)) : 0
  );
  const errors = new Float64Array(length);
  const errorOf = (shares: ArrayLike<number>) => {
    for (let i = 0; i < length; i++) errors[i] = base[i]! + gap[i]! * shares[i]! - targets[i]!;
    const slopes = product(hessian, errors);
    return { slopes, error: slopes.reduce((sum, slope, i) => sum + slope * errors[i]!, 0) };
  };
  const nearest = Uint8Array.from(shares, (share) => share > 0.5 ? 1 : 0);
  const nearestError = errorOf(nearest).error;
  if (!(nearestError > 0)) return nearest;

  const weight = length / nearestError;
  const state = shares.map(invertSigmoid);
  const first = new Float64Array(length), second = new Float64Array(length);
  const relaxed = new Float64Array(length), slope = new Float64Array(length);
  for (let step = 1; step <= iterations; step++) {
    for (let i = 0; i < length; i++) {
      const sigmoid = 1 / (1 + Math.exp(-state[i]!));
      const stretched = sigmoid * (upperStretch - lowerStretch) + lowerStretch;
      relaxed[i] = Math.min(1, Math.max(0, stretched));
      // Flat where it is clipped.
      slope[i] = stretched > 0 && stretched < 1
        ? (upperStretch - lowerStretch) * sigmoid * (1 - sigmoid)
        : 0;
    }
    const { slopes } = errorOf(relaxed);
    const progress = step / iterations;
    const penalty = progress <= freeShare ? 0 : regularization;
    const exponent = exponentAt((progress - freeShare) / (1 - freeShare));
    const correction1 = 1 - firstDecay ** step, correction2 = 1 - secondDecay ** step;
    for (let i = 0; i < length; i++) {
      const side = 2 * relaxed[i]! - 1;
      const pull = -2 * exponent * Math.abs(side) ** (exponent - 1) * Math.sign(side);
      const gradient = (2 * weight * gap[i]! * slopes[i]! + penalty * pull) * slope[i]!;
      first[i] = firstDecay * first[i]! + (1 - firstDecay) * gradient;
      second[i] = secondDecay * second[i]! + (1 - secondDecay) * gradient * gradient;
      state[i]! -= learningRate * (first[i]! / correction1) /
        (Math.sqrt(second[i]! / correction2) + smallest);
    }
  }
  const decided = Uint8Array.from(state, (value) => value > 0 ? 1 : 0);
  return errorOf(decided).error <= nearestError ? decided : nearest;
}

/** Where the rectified sigmoid takes a value in [0, 1]. */
function invertSigmoid(share: number): number {
  return -Math.log((upperStretch - lowerStretch) / (share - lowerStretch) - 1);
}

function exponentAt(progress: number): number {
  const share = Math.min(1, Math.max(0, progress));
  return lastExponent + 0.5 * (firstExponent - lastExponent) * (1 + Math.cos(Math.PI * share));
}
