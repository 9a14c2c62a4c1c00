import { lowerBound } from "./partition_edges.ts";

/** Values in ascending order, and where those of each of many bins of equal width begin: finds places in O(1) where values spread out. */
export interface SortedIndex {
  readonly sorted: Float64Array;
  /** Bins per unit; 0 where the range is too narrow, or too wide, to be divided. */
  readonly density: number;
  /** `starts[i]` is the index of the first value of bin i; one more entry holds the number of values. */
  readonly starts: Int32Array;
}

/** So many bins at most: their starts then stay in a second-level cache. */
const mostBins = 2 ** 17;

/** The index of at least one value, with two bins for each. O(n). */
export function indexSorted(sorted: Float64Array): SortedIndex {
  const size = sorted.length;
  const bins = Math.min(2 * size, mostBins);
  const quotient = bins / (sorted[size - 1]! - sorted[0]!);
  const density = Number.isFinite(quotient) ? quotient : 0;
  const starts = new Int32Array(bins + 1).fill(size);
  for (let i = size - 1; i >= 0; i--) starts[binOf(sorted, density, bins, sorted[i]!)] = i;
  for (let bin = bins - 1; bin >= 0; bin--) starts[bin] = Math.min(starts[bin]!, starts[bin + 1]!);
  return { sorted, density, starts };
}

/** The first index whose value is at or above `value`, exactly; the number of values where none is. */
export function firstAtOrAbove({ sorted, density, starts }: SortedIndex, value: number): number {
  // Bins never descend as values ascend, whatever the rounding: no value of a lower bin reaches this one's, none of a higher bin is below.
  const bin = binOf(sorted, density, starts.length - 1, value);
  return lowerBound(sorted, value, starts[bin]!, starts[bin + 1]!);
}

function binOf(sorted: Float64Array, density: number, bins: number, value: number): number {
  const place = (value - sorted[0]!) * density;
  return place > 0 ? Math.min(place, bins - 1) | 0 : 0;
}
