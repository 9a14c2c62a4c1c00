import { chunksOf } from "../numerics/chunks.ts";
import { extent, type Sample } from "../numerics/sample.ts";
import { type SortedSums, sortedSums } from "./sorted_sums.ts";

/**
 * A sample in bins of equal width, in ascending order without a sort: a partition's boundary may lie between bins, or between the
 * values of a bin that is spelled out. The errors of partitions lack the spread within the bins that are not, which is the same
 * for all partitions.
 */
export interface CondensedSample {
  readonly sample: Sample;
  readonly lower: number;
  /** Bins per unit. */
  readonly density: number;
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  /**
   * The numbers of the bins that stand behind the items, ascending; a bin that is spelled out has an item for each of its values.
   */
  readonly itemBins: Int32Array;
  readonly data: SortedSums;
}

/** Counts and sums of the values in bins of equal width; undefined where the range is too narrow to be divided. O(n). */
export function condense(sample: Sample, bins: number): CondensedSample | undefined {
  const [lower, upper] = extent(sample);
  const density = bins / (upper - lower);
  if (!Number.isFinite(density)) return undefined;
  const counts = new Float64Array(bins);
  const sums = new Float64Array(bins);
  for (const chunk of chunksOf(sample)) countChunk(chunk, { lower, density, counts, sums });
  return withItems(
    { sample, lower, density, counts, sums },
    new Uint8Array(bins),
    new Float64Array(),
  );
}

type Bins = Pick<CondensedSample, "lower" | "density" | "counts" | "sums">;

function countChunk(chunk: Float64Array, { lower, density, counts, sums }: Bins): void {
  const last = counts.length - 1;
  for (let i = 0; i < chunk.length; i++) {
    const value = chunk[i]!;
    const bin = Math.min(last, (value - lower) * density | 0);
    counts[bin]! += 1;
    sums[bin]! += value;
  }
}

/** The same sample with the marked bins spelled out as well. O(n), and the sort of the values in those bins. */
export function spellOut(condensed: CondensedSample, marked: Uint8Array): CondensedSample {
  const { sample, lower, density } = condensed;
  const last = marked.length - 1;
  const values = new Float64Array(countMarked(condensed, marked));
  let size = 0;
  for (const chunk of chunksOf(sample)) {
    for (let i = 0; i < chunk.length; i++) {
      const value = chunk[i]!;
      if (marked[Math.min(last, (value - lower) * density | 0)] === 1) values[size++] = value;
    }
  }
  return withItems(condensed, marked, values.sort());
}

/** How many values the marked bins hold. */
export function countMarked({ counts }: CondensedSample, marked: Uint8Array): number {
  return counts.reduce((total, count, bin) => marked[bin] === 1 ? total + count : total, 0);
}

/** A boundary of one condensed sample as one of another, in which all bins that were spelled out still are. */
export function movedBound(bound: number, from: CondensedSample, to: CondensedSample): number {
  if (bound === from.itemBins.length) return to.itemBins.length;
  const bin = from.itemBins[bound]!;
  return firstItem(to, bin) + bound - firstItem(from, bin);
}

/** The first item of a bin that has one. */
function firstItem({ itemBins }: CondensedSample, bin: number): number {
  let low = 0, high = itemBins.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (itemBins[middle]! < bin) low = middle + 1;
    else high = middle;
  }
  return low;
}

function withItems(
  { sample, lower, density, counts, sums }: Omit<CondensedSample, "itemBins" | "data">,
  marked: Uint8Array,
  spelledOut: Float64Array,
): CondensedSample {
  const items: number[] = [];
  const masses: number[] = [];
  const itemBins: number[] = [];
  let next = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const count = counts[bin]!;
    if (marked[bin] === 1) {
      for (let i = 0; i < count; i++) {
        items.push(spelledOut[next++]!);
        masses.push(1);
        itemBins.push(bin);
      }
    } else if (count > 0) {
      items.push(sums[bin]! / count);
      masses.push(count);
      itemBins.push(bin);
    }
  }
  return {
    sample,
    lower,
    density,
    counts,
    sums,
    itemBins: Int32Array.from(itemBins),
    data: sortedSums(Float64Array.from(items), Float64Array.from(masses)),
  };
}
