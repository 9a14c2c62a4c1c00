import { chunksOf } from "./chunks.ts";
import { addChunkTo, addTo, type CompensatedSum, compensatedTotal } from "./compensated_sum.ts";
import { remainder } from "./error_free.ts";
import { assertFiniteSample, extentOfChunk, largestMagnitude, type Sample } from "./sample.ts";

/** What one pass over a sample tells of it. Plain data. */
export interface Moments {
  /** Number of values. */
  readonly size: number;
  /** The smallest value. */
  readonly lower: number;
  /** The largest value. */
  readonly upper: number;
  /** The arithmetic mean. */
  readonly mean: number;
  /** The population variance (divisor n). */
  readonly variance: number;
}

/** Sums over the values seen so far, for {@linkcode updateMoments}: plain data, which survives `structuredClone` and JSON. */
export interface MomentSums {
  /** Number of values so far. */
  size: number;
  /** The smallest value; 0 while there is none. */
  lower: number;
  /** The largest value; 0 while there is none. */
  upper: number;
  /** The sum of the values. */
  values: CompensatedSum;
  /** The sum of their squared deviations from their mean. */
  squares: CompensatedSum;
}

/**
 * The extent, mean and population variance of a sample, in one pass over memory. The mean is right to the last bits and the
 * variance to 1e-13 relative, for any length and however far the mean is from zero; squares below 1e-308 lose digits. O(n).
 *
 * @throws {RangeError} If the sample is empty or holds a value that is not finite or beyond 1e150.
 *
 * @example
 * ```ts
 * import { moments } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(moments([1, 3]), { size: 2, lower: 1, upper: 3, mean: 2, variance: 1 });
 * ```
 */
export function moments(sample: Sample): Moments {
  return finiteMoments(sample, "compute moments");
}

/** {@linkcode moments} for a caller that has a name of its own for what it does; checks the sample in the same pass. */
export function finiteMoments(sample: Sample, action: string): Moments {
  if (sample.length === 0) assertFiniteSample(sample, action);
  const sums = createMoments();
  addSample(sums, sample, action);
  return finishMoments(sums);
}

/**
 * The sums of no values, for {@linkcode updateMoments}.
 *
 * @example
 * ```ts
 * import { createMoments } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(createMoments().size, 0);
 * ```
 */
export function createMoments(): MomentSums {
  return {
    size: 0,
    lower: 0,
    upper: 0,
    values: { sum: 0, correction: 0 },
    squares: { sum: 0, correction: 0 },
  };
}

/**
 * Adds the values of a chunk to `state`, for samples that are not in memory at once. However the values are cut into chunks, the
 * mean and the variance agree to the accuracy of {@linkcode moments}. O(size of the chunk).
 *
 * @returns `state`.
 *
 * @throws {RangeError} If the chunk holds a value that is not finite or beyond 1e150; `state` is then as it was.
 *
 * @example
 * ```ts
 * import { createMoments, finishMoments, updateMoments } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const state = createMoments();
 * for (const chunk of [[1, 3], [], [8]]) updateMoments(state, chunk);
 * assertEquals(finishMoments(state), { size: 3, lower: 1, upper: 8, mean: 4, variance: 26 / 3 });
 * ```
 */
export function updateMoments(state: MomentSums, chunk: Sample): MomentSums {
  const sums = { ...state, values: { ...state.values }, squares: { ...state.squares } };
  addSample(sums, chunk, "update moments");
  return Object.assign(state, sums);
}

/**
 * The moments of the values seen so far. The state may be updated further. O(1).
 *
 * @throws {RangeError} If there was no value.
 *
 * @example
 * ```ts
 * import { createMoments, finishMoments, updateMoments } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const state = createMoments();
 * updateMoments(state, [1, 3]);
 * assertEquals(finishMoments(state).mean, 2);
 * ```
 */
export function finishMoments({ size, lower, upper, values, squares }: MomentSums): Moments {
  if (size === 0) assertFiniteSample([], "compute moments");
  const { rounded, rest } = meanOf(values, size);
  // Equal values have none, where the means of their chunks may differ in the last place of `rest`.
  const variance = lower === upper ? 0 : (squares.sum + squares.correction) / size;
  return { size, lower, upper, mean: rounded + rest, variance };
}

function addSample(sums: MomentSums, sample: Sample, action: string): void {
  const { values, squares } = sums;
  for (const chunk of chunksOf(sample)) {
    const sizeBefore = sums.size, before = meanOf(values, sizeBefore);
    const own = { sum: 0, correction: 0 };
    addChunkTo(own, chunk);
    addTo(values, own.sum);
    values.correction += own.correction;
    const [lower, upper] = extentOfChunk(chunk);
    // A value that isn't finite makes the sum NaN or infinite.
    const finite = Number.isFinite(own.sum + own.correction);
    if (!(finite && lower >= -largestMagnitude && upper <= largestMagnitude)) {
      assertFiniteSample(sample, action);
    }
    const mean = meanOf(own, chunk.length);
    sums.size += chunk.length;
    sums.lower = sizeBefore === 0 ? lower : Math.min(sums.lower, lower);
    sums.upper = sizeBefore === 0 ? upper : Math.max(sums.upper, upper);
    // About the rounded mean they are larger by the square of its rounding error.
    const excess = chunk.length * mean.rest ** 2;
    addTo(squares, Math.max(0, sumOfSquares(chunk, mean.rounded) - excess));
    // The two parts' squares are about their own means (Chan, Golub and LeVeque, The American Statistician 37, 1983, equation 2.1).
    if (sizeBefore > 0) {
      const weight = sizeBefore * (chunk.length / sums.size);
      const difference = (mean.rounded - before.rounded) + (mean.rest - before.rest);
      addTo(squares, difference ** 2 * weight);
    }
  }
}

/** A mean as `rounded + rest`: far from zero, its rounding would show in the variance. */
function meanOf({ sum, correction }: CompensatedSum, size: number) {
  const rounded = (sum + correction) / size;
  return { rounded, rest: (remainder(sum, size, rounded) + correction) / size };
}

const preciseMean = (sample: Sample) => meanOf(compensatedTotal(sample), sample.length);

/** The arithmetic mean, to the last bits for any length: a compensated sum, divided by the length. NaN for an empty sample. O(n). */
export function mean(sample: Sample): number {
  const { rounded, rest } = preciseMean(sample);
  return rounded + rest;
}

/**
 * The mean of `(x - centre)^2`. About the mean this is the population variance (divisor n). Blocks are summed plainly, their sums
 * with compensation: the relative rounding error is below 1e-13 for any length. O(n).
 */
export function meanSquare(sample: Sample, centre = 0): number {
  const total = { sum: 0, correction: 0 };
  for (const chunk of chunksOf(sample)) addTo(total, sumOfSquares(chunk, centre));
  return (total.sum + total.correction) / sample.length;
}

/** The mean of `|x - centre|`, as accurate: the mean absolute deviation when `centre` is the median. O(n). */
export function meanAbsolute(sample: Sample, centre = 0): number {
  const total = { sum: 0, correction: 0 };
  for (const chunk of chunksOf(sample)) addTo(total, sumOfMagnitudes(chunk, centre));
  return (total.sum + total.correction) / sample.length;
}

/** The population variance, as accurate as that of {@linkcode moments}. NaN for an empty sample. O(n). */
export function populationVariance(sample: Sample): number {
  const { rounded, rest } = preciseMean(sample);
  return Math.max(0, meanSquare(sample, rounded) - rest ** 2);
}

// Four sums side by side, so that an addition need not wait for the one before it.

function sumOfSquares(chunk: Float64Array, centre: number): number {
  let sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
  const whole = chunk.length - chunk.length % 4;
  for (let i = 0; i < whole; i += 4) {
    const difference0 = chunk[i]! - centre, difference1 = chunk[i + 1]! - centre;
    const difference2 = chunk[i + 2]! - centre, difference3 = chunk[i + 3]! - centre;
    sum0 += difference0 * difference0;
    sum1 += difference1 * difference1;
    sum2 += difference2 * difference2;
    sum3 += difference3 * difference3;
  }
  for (let i = whole; i < chunk.length; i++) sum0 += (chunk[i]! - centre) ** 2;
  return (sum0 + sum1) + (sum2 + sum3);
}

function sumOfMagnitudes(chunk: Float64Array, centre: number): number {
  let sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
  const whole = chunk.length - chunk.length % 4;
  for (let i = 0; i < whole; i += 4) {
    sum0 += Math.abs(chunk[i]! - centre);
    sum1 += Math.abs(chunk[i + 1]! - centre);
    sum2 += Math.abs(chunk[i + 2]! - centre);
    sum3 += Math.abs(chunk[i + 3]! - centre);
  }
  for (let i = whole; i < chunk.length; i++) sum0 += Math.abs(chunk[i]! - centre);
  return (sum0 + sum1) + (sum2 + sum3);
}
