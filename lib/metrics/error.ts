import { blockLength } from "../codebooks/block.ts";
import {
  addToBlock,
  emptyErrorState,
  type ErrorState,
  type ErrorSummary,
  missingFromBlock,
  summarizeErrors,
} from "../codebooks/error_state.ts";
import { doublesOf } from "../numerics/chunks.ts";
import { assertFiniteSample, type Sample } from "../numerics/sample.ts";

const signalScratch = new Float64Array(blockLength);
const reconstructionScratch = new Float64Array(blockLength);

/**
 * Starts to compare a signal with its reconstruction where both come in chunks: tensors larger than memory, or streams.
 *
 * @example
 * ```ts
 * import { createErrorState, finishError, mse, updateError } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const state = createErrorState();
 * updateError(state, [0], [3]);
 * updateError(state, [0, 1], [4, 1]);
 * assertEquals(finishError(state).mse, mse([0, 0, 1], [3, 4, 1]));
 * ```
 */
export function createErrorState(): ErrorState {
  return emptyErrorState();
}

/**
 * Adds a chunk of any length, also none. However a stream is cut, the result is the same to the last bit. O(n).
 *
 * @returns `state`.
 *
 * @throws {RangeError} If the lengths differ, or a value is not finite or above 1e150 in magnitude, with its index in the chunk; the state is then
 * as before.
 *
 * @example
 * ```ts
 * import { createErrorState, updateError } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const state = createErrorState();
 * updateError(state, [0, 1], [3, 1]);
 * assertEquals([state.size, state.maxAbsolute], [2, 3]);
 * ```
 */
export function updateError(
  state: ErrorState,
  signal: Sample,
  reconstruction: Sample,
): ErrorState {
  addPair(state, signal, reconstruction, "compute an error");
  return state;
}

/**
 * The result of a comparison so far. The state may be updated further. O(1).
 *
 * @throws {RangeError} If there was no value.
 *
 * @example
 * ```ts
 * import { createErrorState, finishError, updateError } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const state = createErrorState();
 * updateError(state, [0, 1], [3, 1]);
 * assertEquals(finishError(state).mse, 4.5);
 * ```
 */
export function finishError(state: ErrorState): ErrorSummary {
  if (state.size === 0) assertFiniteSample([], "compute an error");
  return summarizeErrors(state);
}

/**
 * The mean of `(a - b)^2`. O(n).
 *
 * @throws {RangeError} If the lengths differ or are 0, or a value is not finite or above 1e150 in magnitude.
 *
 * @example
 * ```ts
 * import { mse } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(mse([0, 0], [3, 4]), 12.5);
 * ```
 */
export function mse(a: Sample, b: Sample): number {
  return compare(a, b, "compute the mean squared error").mse;
}

/**
 * The signal-to-quantization-noise ratio in decibels, `10 log10(sum x^2 / sum (x - q)^2)`: about zero, not about the
 * mean. Infinity when the two are equal, -Infinity when only the signal is all zeros. O(n).
 *
 * @throws {RangeError} If the lengths differ or are 0, or a value is not finite or above 1e150 in magnitude.
 *
 * @example
 * ```ts
 * import { sqnrDb } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(sqnrDb([10, 10], [9, 11]), 20);
 * ```
 */
export function sqnrDb(signal: Sample, reconstruction: Sample): number {
  return compare(signal, reconstruction, "compute the signal-to-quantization-noise ratio").sqnrDb;
}

/**
 * The largest `|a - b|`. O(n).
 *
 * @throws {RangeError} If the lengths differ or are 0, or a value is not finite or above 1e150 in magnitude.
 *
 * @example
 * ```ts
 * import { maxAbsoluteError } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maxAbsoluteError([0, 0], [3, -4]), 4);
 * ```
 */
export function maxAbsoluteError(a: Sample, b: Sample): number {
  return compare(a, b, "compute the largest error").maxAbsolute;
}

function compare(a: Sample, b: Sample, action: string): ErrorSummary {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(
      `Cannot ${action} as both arrays must have the same length above 0: current lengths are ${a.length} and ${b.length}`,
    );
  }
  const state = emptyErrorState();
  addPair(state, a, b, action);
  return summarizeErrors(state);
}

function addPair(state: ErrorState, a: Sample, b: Sample, action: string): void {
  if (a.length !== b.length) {
    throw new RangeError(
      `Cannot ${action} as both arrays must have the same length: current lengths are ${a.length} and ${b.length}`,
    );
  }
  if (a.length === 0) return;
  assertFiniteSample(a, action);
  assertFiniteSample(b, action);
  for (let start = 0; start < a.length;) {
    const count = Math.min(missingFromBlock(state), a.length - start);
    addToBlock(
      state,
      doublesOf(a, start, count, signalScratch),
      doublesOf(b, start, count, reconstructionScratch),
    );
    start += count;
  }
}
