import { lowerBound } from "./partition_edges.ts";
import type { SortedSums } from "./sorted_sums.ts";

/**
 * A sample in ascending order, made ready for the errors of many books. Neighbouring values may stand together as one item, which goes to
 * one level as a whole.
 */
export interface SampleCells {
  /** The mean of each item in the units of the sums, ascending. */
  readonly items: Float64Array;
  /** The running sums before each item, and after the last one. */
  readonly sums: Pick<SortedSums, "masses" | "sums" | "squares">;
}

/** What levels cost on a sample, and how they are moved to cost less. */
export interface LevelsError {
  /** The sum of squared errors, each value's to its nearest level. */
  readonly error: number;
  /** With the same assignment, the levels of least error among `shift + factor * level`. */
  readonly shift: number;
  readonly factor: number;
}

/** At the ends of the sample neighbours stand together where so many values lie further out. */
const singleValues = 64;

/** Each value as an item of its own. O(n). */
export function singleCells(sums: SortedSums): SampleCells {
  const { sorted, centre, scale } = sums;
  return { items: sorted.map((value) => (value - centre) * scale), sums };
}

/**
 * The same sample in not many more items than wanted: in the middle of equally many values each, towards the ends of fewer and fewer, and
 * the outermost values alone; no item is wider than a small part of the range. The errors of levels are exact but for the cells' ends, which lie between items. O(items).
 */
export function condensedCells(cells: SampleCells, wanted: number): SampleCells {
  const size = cells.items.length;
  if (size <= 2 * wanted) return cells;
  const largestBlock = Math.ceil(size / wanted);
  const widest = (cells.items[size - 1]! - cells.items[0]!) / wanted;
  const starts: number[] = [];
  for (let start = 0; start < size;) {
    starts.push(start);
    const depth = Math.min(start, size - 1 - start);
    const length = Math.max(1, Math.min(largestBlock, Math.floor(depth / singleValues)));
    start = lowerBound(cells.items, cells.items[start]! + widest, start + 1, start + length);
  }
  starts.push(size);
  const at = (running: Float64Array) => Float64Array.from(starts, (start) => running[start]!);
  const masses = at(cells.sums.masses), sums = at(cells.sums.sums);
  const items = new Float64Array(starts.length - 1);
  for (let i = 0; i < items.length; i++) {
    const start = starts[i]!;
    const mean = (sums[i + 1]! - sums[i]!) / (masses[i + 1]! - masses[i]!);
    // Rounding must not change the order.
    items[i] = Math.min(Math.max(mean, cells.items[start]!), cells.items[starts[i + 1]! - 1]!);
  }
  return { items, sums: { masses, sums, squares: at(cells.sums.squares) } };
}

/**
 * The error of levels in the units of the sums. O(min(levels, values) log(values / levels + levels / values)).
 *
 * @param levels Ascending.
 */
export function levelsError({ items, sums }: SampleCells, levels: Float64Array): LevelsError {
  const { masses, sums: firsts, squares } = sums;
  const size = items.length, last = levels.length - 1;
  const itemStride = Math.max(1, Math.floor(size / levels.length / 2));
  const levelStride = Math.max(1, Math.floor(levels.length / size / 2));
  let gain = 0, levelSum = 0, levelSquare = 0, product = 0;
  for (let start = 0, level = 0; start < size; level++) {
    level = levelAt(levels, items[start]!, level, levelStride);
    const end = level === last
      ? size
      : cellEnd(items, (levels[level]! + levels[level + 1]!) / 2, start + 1, itemStride);
    const x = levels[level]!;
    const mass = masses[end]! - masses[start]!;
    const sum = firsts[end]! - firsts[start]!;
    levelSum += mass * x;
    levelSquare += mass * x * x;
    product += sum * x;
    gain += x * (mass * x - 2 * sum);
    start = end;
  }
  const mass = masses[size]! - masses[0]!;
  const sum = firsts[size]! - firsts[0]!;
  const spread = levelSquare - (levelSum * levelSum) / mass;
  const slope = (product - (sum * levelSum) / mass) / spread;
  // One cell has no slope, and rounding may spoil that of nearly equal levels.
  const factor = slope > 0 && slope < Infinity ? slope : 1;
  return {
    error: Math.max(0, squares[size]! - squares[0]! + gain),
    shift: (sum - factor * levelSum) / mass,
    factor,
  };
}

/** The level nearest to a value, at or above `from`, by strides that grow. */
function levelAt(levels: Float64Array, value: number, from: number, stride: number): number {
  const last = levels.length - 1;
  const isBelow = (level: number) => (levels[level]! + levels[level + 1]!) / 2 <= value;
  if (from >= last || !isBelow(from)) return from;
  let low = from + 1, high = low + stride;
  while (high < last && isBelow(high)) {
    low = high + 1;
    stride *= 2;
    high = low + stride;
  }
  if (high > last) high = last;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBelow(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first position at or after `from` that is at or above the threshold, by strides that grow. */
function cellEnd(items: Float64Array, threshold: number, from: number, stride: number): number {
  const size = items.length;
  let low = from, high = from + stride;
  while (high < size && items[high]! < threshold) {
    low = high + 1;
    stride *= 2;
    high = low + stride;
  }
  if (high > size) high = size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (items[middle]! < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}
