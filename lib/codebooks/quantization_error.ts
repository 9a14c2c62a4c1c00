import { doublesOf } from "../numerics/chunks.ts";
import { assertFiniteSample, largestMagnitude, type Sample } from "../numerics/sample.ts";
import { blockLength, lookUpLevels } from "./block.ts";
import { assertCodebook, type Codebook } from "./codebook.ts";
import { assertHoldsCodes, type Codes } from "./encode.ts";
import {
  addToBlock,
  emptyErrorState,
  type ErrorState,
  type ErrorSummary,
  missingFromBlock,
  summarizeErrors,
} from "./error_state.ts";
import { assertHoldsValues } from "./quantize.ts";
import { searchBlocks } from "./threshold_search.ts";

/** What a codebook costs on given values. */
export interface QuantizationError extends ErrorSummary {
  /** Number of values outside the clipping range, that is below the first or above the last level. */
  readonly saturated: number;
}

/** A measurement in progress: plain data, which survives `structuredClone` and JSON. */
export interface QuantizationErrorState extends ErrorState {
  /** Number of values outside the clipping range so far. */
  saturated: number;
}

/** What else the pass that measures can write, into the caller's arrays. */
export interface QuantizationOutputs {
  /** Where to write the codes, at least as long as the values. */
  readonly codes?: Codes;
  /** Where to write the levels, at least as long as the values; it may be the values' own array. */
  readonly restored?: Float32Array | Float64Array;
}

const action = "measure a quantization error";
const scratch = new Float64Array(blockLength);

/**
 * Starts to measure what codebooks cost on values that come in chunks: a tensor larger than memory, or a stream of activations.
 *
 * @example
 * ```ts
 * import {
 *   createCodebook,
 *   createQuantizationErrorState,
 *   finishQuantizationError,
 *   quantizationError,
 *   updateQuantizationError,
 * } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const codebook = createCodebook([-1, 1], { method: "by hand", storedValues: 2 });
 * const state = createQuantizationErrorState();
 * for (const chunk of [[-1, 1], [3]]) updateQuantizationError(state, chunk, codebook);
 * assertEquals(finishQuantizationError(state), quantizationError([-1, 1, 3], codebook));
 * ```
 */
export function createQuantizationErrorState(): QuantizationErrorState {
  return { ...emptyErrorState(), saturated: 0 };
}

/**
 * Adds a chunk of values, of any length and with a codebook of its own if need be, to a measurement. In the same pass it writes the chunk's codes
 * and levels where `outputs` asks for them. However a stream is cut, the result is the same to the last bit. O(n), like `encode`.
 *
 * The error is that of the levels in double precision, whatever the array they are written to.
 *
 * @returns `state`.
 *
 * @throws {RangeError} If a value is not finite or above 1e150 in magnitude, with its index in the chunk, or an output is too short. The state is
 * then as before; the outputs may hold some of the values before.
 * @throws {TypeError} If `outputs.codes` is a Uint8Array and there are more than 256 levels, or the codebook hasn't one threshold less than levels.
 *
 * @example
 * ```ts
 * import { createCodebook, createQuantizationErrorState, updateQuantizationError } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const codebook = createCodebook([-1, 1], { method: "by hand", storedValues: 2 });
 * const state = createQuantizationErrorState();
 * const codes = new Uint8Array(2);
 * updateQuantizationError(state, [-1, 3], codebook, { codes });
 * assertEquals([state.size, state.saturated, ...codes], [2, 1, 0, 1]);
 * ```
 */
export function updateQuantizationError(
  state: QuantizationErrorState,
  chunk: Sample,
  codebook: Codebook,
  { codes, restored }: QuantizationOutputs = {},
): QuantizationErrorState {
  assertCodebook(codebook, action);
  const { levels, thresholds } = codebook;
  if (codes) assertHoldsCodes(codes, chunk.length, levels.length);
  if (restored) assertHoldsValues(restored, chunk.length, "quantize");
  const lower = levels[0]!, upper = levels[levels.length - 1]!;
  const next = { ...state };
  searchBlocks(chunk, thresholds, (block) => {
    const found = lookUpLevels(block.codes, levels);
    const values = doublesOf(chunk, block.start, block.codes.length, scratch);
    const energy = addToBlock(next, values, found);
    // Neither NaN nor an infinity passes this.
    if (!(energy <= largestMagnitude ** 2)) assertMeasurable(values, chunk);
    next.saturated += countOutside(values, lower, upper);
    codes?.set(block.codes, block.start);
    restored?.set(found, block.start);
  }, missingFromBlock(state));
  return Object.assign(state, next);
}

/**
 * The result of a measurement so far. The state may be updated further. O(1).
 *
 * @throws {RangeError} If there was no value.
 *
 * @example
 * ```ts
 * import {
 *   createCodebook,
 *   createQuantizationErrorState,
 *   finishQuantizationError,
 *   updateQuantizationError,
 * } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const state = createQuantizationErrorState();
 * const codebook = createCodebook([-1, 1], { method: "by hand", storedValues: 2 });
 * updateQuantizationError(state, [-1, 3], codebook);
 * assertEquals(finishQuantizationError(state).mse, 2);
 * ```
 */
export function finishQuantizationError(state: QuantizationErrorState): QuantizationError {
  if (state.size === 0) assertFiniteSample([], action);
  return { ...summarizeErrors(state), saturated: state.saturated };
}

/**
 * Measures a codebook on values, in one pass and without an array of codes. O(n), like `encode`. Sums are taken in blocks: their relative
 * rounding error stays near `(1024 + n / 1024) * 2^-53`. The ratio is as good where the squares are below the least double.
 *
 * @throws {RangeError} If there is no value, or one is not finite or above 1e150 in magnitude, with its index.
 *
 * @example
 * ```ts
 * import { createCodebook, quantizationError } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const codebook = createCodebook([-1, 1], { method: "by hand", storedValues: 2 });
 * const { mse, saturated } = quantizationError([-1, 1, 3], codebook);
 * assertEquals([mse, saturated], [4 / 3, 1]);
 * ```
 */
export function quantizationError(values: Sample, codebook: Codebook): QuantizationError {
  return quantizeWithError(values, codebook);
}

/**
 * Encodes, decodes and measures in one pass: writes the codes and the levels of the values where `outputs` asks for them, and returns what
 * the codebook costs. O(n), like `encode`; allocates nothing of the values' size.
 *
 * @throws {RangeError} If there is no value, one is not finite or above 1e150 in magnitude, with its index, or an output is too short.
 * @throws {TypeError} If `outputs.codes` is a Uint8Array and there are more than 256 levels, or the codebook hasn't one threshold less than levels.
 *
 * @example
 * ```ts
 * import { createCodebook, quantizeWithError } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const codebook = createCodebook([-1, 1], { method: "by hand", storedValues: 2 });
 * const codes = new Uint8Array(3);
 * const restored = new Float32Array(3);
 * const { mse } = quantizeWithError([-1, 1, 3], codebook, { codes, restored });
 * assertEquals([...codes, ...restored, mse], [0, 1, 1, -1, 1, 1, 4 / 3]);
 * ```
 */
export function quantizeWithError(
  values: Sample,
  codebook: Codebook,
  outputs?: QuantizationOutputs,
): QuantizationError {
  const state = createQuantizationErrorState();
  updateQuantizationError(state, values, codebook, outputs);
  return finishQuantizationError(state);
}

/** Throws if a value of a block is not finite or too large, by its index in the chunk. */
function assertMeasurable(values: Float64Array, chunk: Sample): void {
  if (values.every((value) => Math.abs(value) <= largestMagnitude)) return;
  assertFiniteSample(chunk, action);
}

function countOutside(values: Float64Array, lower: number, upper: number): number {
  let outside0 = 0, outside1 = 0;
  // Two at a time, as in `lookUpLevels`.
  const even = values.length & ~1;
  for (let i = 0; i < even; i += 2) {
    const value0 = values[i]!, value1 = values[i + 1]!;
    outside0 += Number(value0 < lower) + Number(value0 > upper);
    outside1 += Number(value1 < lower) + Number(value1 > upper);
  }
  if (even < values.length) {
    const last = values[even]!;
    outside0 += Number(last < lower) + Number(last > upper);
  }
  return outside0 + outside1;
}
