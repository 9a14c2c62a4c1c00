import { doublesOf, firstOf } from "../numerics/chunks.ts";
import type { Sample } from "../numerics/sample.ts";
import { blockLength } from "./block.ts";
import { createThresholdTable, fillKeyFloats, type ThresholdTable } from "./threshold_table.ts";

const scratch = new Float64Array(blockLength);
const blockCodes = new Uint16Array(blockLength);
const keyFloats = new Float32Array(blockLength);
const keyBits = new Int32Array(keyFloats.buffer);

/** The bits of larger magnitudes are those of NaN. */
const bitsOfInfinity = 0x7f800000;

/** Below so many values, or so many per threshold, no table pays. */
const leastSize = 512, leastPerThreshold = 1;

/** The codes of a part of a sample. */
export interface Block {
  /** Index in the sample of the block's first value. */
  readonly start: number;
  /** The codes of the values, up to the first NaN, in memory that the next block overwrites. */
  readonly codes: Uint16Array;
  /** Index of the first NaN in the block; -1 if there is none. */
  readonly firstNaN: number;
}

/**
 * Finds the code of every value (the number of thresholds at or below it) block by block, and shows each block to `visit`, which must
 * not search itself. Exact for any ascending thresholds. O(n) where a table keeps the thresholds apart, O(n log levels) at most.
 *
 * @param firstLength Length of the first block, so that blocks of a stream can have boundaries independent of its chunks.
 */
export function searchBlocks(
  sample: Sample,
  thresholds: Float64Array,
  visit: (block: Block) => void,
  firstLength = blockLength,
): void {
  const size = sample.length;
  const table = size >= leastSize && size >= leastPerThreshold * thresholds.length
    ? createThresholdTable(thresholds, size)
    : undefined;
  for (let start = 0, end = Math.min(firstLength, size); start < size;) {
    const codes = firstOf(blockCodes, end - start);
    const firstNaN = table === undefined
      ? bisect(doublesOf(sample, start, end - start, scratch), thresholds, codes)
      : searchTable(table, sample, start, codes);
    visit({ start, codes, firstNaN });
    start = end;
    end = Math.min(start + blockLength, size);
  }
}

// In these loops comparisons become numbers, not branches, whose outcome no processor could predict. The loops stand in functions of some size,
// as V8's second compiler inlines smaller ones into their callers, where they would run slowly for the first tens of millions of values.

function searchTable(
  table: ThresholdTable,
  sample: Sample,
  start: number,
  codes: Uint16Array,
): number {
  const count = codes.length;
  return sample instanceof Float32Array && table.keys.range === undefined && table.stride === 1
    ? lookUpFloats(table, sample.subarray(start, start + count), codes)
    : lookUpDoubles(table, doublesOf(sample, start, count, scratch), codes);
}

/** The most frequent case in one loop: a sample of float32 values, and a table that keeps the thresholds apart. */
function lookUpFloats(
  { keys, below, thresholds }: ThresholdTable,
  values: Float32Array,
  codes: Uint16Array,
): number {
  const { shift } = keys;
  keyFloats.set(values);
  for (let i = 0; i < codes.length; i++) {
    const value = keyFloats[i]!;
    if (value !== value) return i;
    const code = below[keyBits[i]! >>> shift]!;
    codes[i] = code + Number(value >= thresholds[code]!);
  }
  return -1;
}

function lookUpDoubles(
  { keys, below, thresholds, stride }: ThresholdTable,
  values: Float64Array,
  codes: Uint16Array,
): number {
  const { range, origin, shift } = keys;
  fillKeyFloats(values, range, keyFloats);
  for (let i = 0; i < codes.length; i++) {
    const bits = keyBits[i]!;
    if ((bits & 0x7fffffff) > bitsOfInfinity) return i;
    codes[i] = below[(bits - origin) >>> shift]!;
  }
  for (let half = stride; half >= 1; half /= 2) {
    const last = half - 1;
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i]!;
      codes[i] = code + half * Number(values[i]! >= thresholds[code + last]!);
    }
  }
  return -1;
}

function bisect(values: Float64Array, thresholds: Float64Array, codes: Uint16Array): number {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value !== value) return i;
    let low = 0, high = thresholds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (thresholds[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    codes[i] = low;
  }
  return -1;
}
