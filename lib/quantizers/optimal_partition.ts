import { cellError, type SortedSums } from "./sorted_sums.ts";

/**
 * The bounds of the partition of sorted values into `count` cells of least squared error, all optimal: dynamic programming over the end of
 * the last cell, where the best start of the last cell never falls as its end rises, so that divide and conquer finds all of
 * them in O(n log n) for each cell (Gronlund et al., "Fast exact k-means, k-medians and Bregman divergence clustering in 1D",
 * arXiv:1701.07204, section 2). O(count n) memory.
 *
 * @param count In [1, n].
 * @returns `count + 1` positions: cell i is `[bounds[i], bounds[i + 1])`.
 */
export function optimalBounds(data: SortedSums, count: number): Int32Array {
  const size = data.sorted.length;
  // least[end] is the error of the first `end` values in as many cells as were placed.
  let least = Float64Array.from({ length: size + 1 }, (_, end) => cellError(data, 0, end));
  const starts: Int32Array[] = [new Int32Array(size + 1)];
  for (let cell = 1; cell < count; cell++) {
    const next = new Float64Array(size + 1);
    const start = new Int32Array(size + 1);
    placeLastCell(data, least, next, start, cell);
    starts.push(start);
    least = next;
  }
  const bounds = new Int32Array(count + 1);
  bounds[count] = size;
  for (let cell = count - 1; cell > 0; cell--) bounds[cell] = starts[cell]![bounds[cell + 1]!]!;
  return bounds;
}

/** Fills `next` and `start` for every end from `cell + 1` on; before it, `cell` values stand one to a cell. */
function placeLastCell(
  data: SortedSums,
  least: Float64Array,
  next: Float64Array,
  start: Int32Array,
  cell: number,
): void {
  const place = (from: number, to: number, lowest: number, highest: number): void => {
    if (from > to) return;
    const end = (from + to) >> 1;
    let best = -1, error = Infinity;
    for (let candidate = lowest; candidate <= Math.min(highest, end - 1); candidate++) {
      const total = least[candidate]! + cellError(data, candidate, end);
      if (total < error) [best, error] = [candidate, total];
    }
    next[end] = error;
    start[end] = best;
    place(from, end - 1, lowest, best);
    place(end + 1, to, best, highest);
  };
  const size = data.sorted.length;
  place(cell + 1, size, cell, size - 1);
}
