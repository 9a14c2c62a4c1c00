import { blockLength } from "./block.ts";

/** Sums of a comparison in progress: plain data, which survives `structuredClone` and JSON, for `update` functions to change. */
export interface ErrorState {
  /** Number of values so far. */
  size: number;
  /** `sum x^2` over all whole blocks of 1,024 values. */
  energy: number;
  /** `sum (x - q)^2` over all whole blocks. */
  loss: number;
  /** `sum x^2` over the values since the last whole block. */
  blockEnergy: number;
  /** `sum (x - q)^2` over the values since the last whole block. */
  blockLoss: number;
  /** Largest `|x - q|` so far. */
  maxAbsolute: number;
  /** `sum (2^600 x)^2` over the tiny `x`, whose squares would underflow; without use once `energy` is not tiny. */
  tinyEnergy: number;
  /** `sum (2^600 (x - q))^2` over the tiny errors, alike. */
  tinyLoss: number;
}

/** How far a reconstruction is from its signal. */
export interface ErrorSummary {
  /** Number of values. */
  readonly size: number;
  /** Mean of `(x - q)^2`, in squared units of the values. */
  readonly mse: number;
  /** `10 log10(sum x^2 / sum (x - q)^2)`; Infinity when nothing is lost. */
  readonly sqnrDb: number;
  /** Largest `|x - q|`. */
  readonly maxAbsolute: number;
}

/** Sums of squares below this may have lost digits to underflow. All their terms are then squares of tiny numbers. */
const tinySum = 2 ** -880;
const tiny = 2 ** -440;
const tinyScale = 2 ** 600;

/** A comparison of no values yet. */
export function emptyErrorState(): ErrorState {
  return {
    size: 0,
    energy: 0,
    loss: 0,
    blockEnergy: 0,
    blockLoss: 0,
    maxAbsolute: 0,
    tinyEnergy: 0,
    tinyLoss: 0,
  };
}

/** How many values are missing from the current block. */
export function missingFromBlock({ size }: ErrorState): number {
  return blockLength - size % blockLength;
}

/**
 * Adds values and their reconstructions, which must not reach beyond the current block. Blocks end where the count of all values is
 * a multiple of 1,024, so sums don't depend on how a stream is cut; and they keep the rounding error nearly independent of its length.
 *
 * @returns `sum x^2` over the current block so far.
 */
export function addToBlock(
  state: ErrorState,
  values: Float64Array,
  reconstructions: Float64Array,
): number {
  let { blockEnergy, blockLoss, maxAbsolute } = state;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const error = value - reconstructions[i]!;
    blockEnergy += value * value;
    blockLoss += error * error;
    maxAbsolute = Math.max(maxAbsolute, Math.abs(error));
  }
  if (blockEnergy < tinySum || blockLoss < tinySum) addTiny(state, values, reconstructions);
  state.maxAbsolute = maxAbsolute;
  state.size += values.length;
  const complete = state.size % blockLength === 0;
  if (complete) {
    state.energy += blockEnergy;
    state.loss += blockLoss;
  }
  state.blockEnergy = complete ? 0 : blockEnergy;
  state.blockLoss = complete ? 0 : blockLoss;
  return blockEnergy;
}

function addTiny(state: ErrorState, values: Float64Array, reconstructions: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const error = value - reconstructions[i]!;
    if (Math.abs(value) < tiny) state.tinyEnergy += (value * tinyScale) ** 2;
    if (Math.abs(error) < tiny) state.tinyLoss += (error * tinyScale) ** 2;
  }
}

/** What the sums amount to; the state may go on afterwards. For at least one value. */
export function summarizeErrors(state: ErrorState): ErrorSummary {
  const { size, maxAbsolute } = state;
  const energy = state.energy + state.blockEnergy;
  const loss = state.loss + state.blockLoss;
  if (energy >= tinySum && loss >= tinySum) {
    return { size, mse: loss / size, sqnrDb: 10 * Math.log10(energy / loss), maxAbsolute };
  }
  return {
    size,
    mse: loss < tinySum ? state.tinyLoss / size / tinyScale / tinyScale : loss / size,
    sqnrDb: maxAbsolute === 0
      ? Infinity
      : decibels(energy, state.tinyEnergy) - decibels(loss, state.tinyLoss),
    maxAbsolute,
  };
}

/** A sum of squares in decibels, from that of the tiny numbers if it has no others. */
const decibels = (sum: number, scaled: number) =>
  10 * (sum < tinySum ? Math.log10(scaled) - 2 * Math.log10(tinyScale) : Math.log10(sum));
