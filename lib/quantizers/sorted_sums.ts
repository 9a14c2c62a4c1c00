/**
 * Values in ascending order, about their median, with running sums: the error of any cell in O(1). The sums run outwards from the
 * middle, so that an outlier takes no digits from the cells inside of it.
 */
export interface SortedSums {
  readonly sorted: Float64Array;
  /** `sums[j] - sums[i]` is the sum of the values from i up to, not including, j. */
  readonly sums: Float64Array;
  /** The same for their squares. */
  readonly squares: Float64Array;
}

/** The running sums of values in ascending order, about their median already. */
export function runningSums(sorted: Float64Array): SortedSums {
  const sums = new Float64Array(sorted.length + 1);
  const squares = new Float64Array(sorted.length + 1);
  const middle = sorted.length >> 1;
  for (let i = middle; i < sorted.length; i++) {
    sums[i + 1] = sums[i]! + sorted[i]!;
    squares[i + 1] = squares[i]! + sorted[i]! ** 2;
  }
  for (let i = middle - 1; i >= 0; i--) {
    sums[i] = sums[i + 1]! - sorted[i]!;
    squares[i] = squares[i + 1]! - sorted[i]! ** 2;
  }
  return { sorted, sums, squares };
}

/** The squared error of the cell `[start, end)` about its mean. */
export function cellError({ sums, squares }: SortedSums, start: number, end: number): number {
  if (end <= start) return 0;
  const sum = sums[end]! - sums[start]!;
  return squares[end]! - squares[start]! - (sum * sum) / (end - start);
}
