import { mean } from "../numerics/moments.ts";
import { cellError, cellMean, type SortedSums } from "./sorted_sums.ts";

/** A sorted sample cut into cells of consecutive values, each value counting once. */
export interface SamplePartition {
  /** The ends of the cells, from 0 to n. */
  readonly bounds: Int32Array;
  /** The mean squared error about the cells' means, in the units of the sums. */
  readonly mse: number;
  /** The entropy of the cells' numbers, in bits per value. */
  readonly rate: number;
}

/** The partition with these ends of cells, none of which is empty. O(cells). */
export function partitionWith(data: SortedSums, bounds: Int32Array): SamplePartition {
  const size = data.sorted.length;
  let error = 0, rate = 0;
  for (let i = 1; i < bounds.length; i++) {
    error += Math.max(0, cellError(data, bounds[i - 1]!, bounds[i]!));
    rate += entropyTerm((bounds[i]! - bounds[i - 1]!) / size);
  }
  return { bounds, mse: error / size, rate };
}

/** What a cell with this share of the values adds to the entropy. */
export function entropyTerm(share: number): number {
  // 0 and not -0 for a share of 1.
  return share < 1 ? -share * Math.log2(share) : 0;
}

/** The means of the cells, in the units of the sums. */
export function cellMeans(data: SortedSums, bounds: Int32Array): Float64Array {
  return Float64Array.from(
    { length: bounds.length - 1 },
    (_, i) => cellMean(data, bounds[i]!, bounds[i + 1]!),
  );
}

/** The level of a cell, the mean of its values in ascending order. */
export function levelOf(cell: Float64Array): number {
  // Rounding must not move a level out of its cell.
  return Math.min(Math.max(mean(cell), cell[0]!), cell.at(-1)!);
}

/** A threshold between two neighbouring values, of which the larger is at or above it. */
export function thresholdBetween(below: number, above: number): number {
  const middle = below + (above - below) / 2;
  return middle > below ? middle : above;
}
