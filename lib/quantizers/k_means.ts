import {
  type Codebook,
  type CodebookSize,
  createCodebook,
  levelCount,
} from "../codebooks/codebook.ts";
import { fitFamily } from "../distributions/families.ts";
import { blockwiseSum } from "../numerics/blockwise_sum.ts";
import { mean } from "../numerics/moments.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { lloydMax } from "./lloyd_max.ts";
import { optimalBounds } from "./optimal_partition.ts";
import { cellError, runningSums, type SortedSums } from "./sorted_sums.ts";

/** A partition of the sorted values into cells; `bounds[i]` is where cell i starts. */
interface Partition {
  readonly bounds: Int32Array;
  readonly levels: Float64Array;
  readonly iterations: number;
  readonly converged: boolean;
}

const iterationLimit = 10_000;
/** Up to so many pairs of a value and a level the exact optimum is looked for: about half a second, and 16 MB. */
const exactLimit = 2 ** 22;

/**
 * Designs the book of least error on the sample itself, by one-dimensional k-means: the empirical bound of all scalar quantizers
 * with as many levels.
 *
 * Where n times the levels is at most 2^22, dynamic programming finds the global optimum, in O(n levels log n). Above that it is a local
 * one: Lloyd's iteration to a fixed point, O(levels log n) each on the sample sorted once, from the Lloyd-Max books of the fitted Gaussian
 * and Laplace laws and from equal shares of the sample, of which the best is kept. Samples with no more distinct values than levels
 * are represented exactly.
 *
 * @throws {RangeError} If the sample is empty or not finite, or the size is out of its range.
 *
 * @example Two clusters
 * ```ts
 * import { kMeans } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...kMeans([1, 9, 2, 11, 3], { levels: 2 }).levels], [2, 10]);
 * ```
 */
export function kMeans(sample: Sample, size: CodebookSize): Codebook {
  const count = levelCount(size);
  assertFiniteSample(sample, "design a codebook");
  const sorted = sortedCopy(sample);
  const distinct = distinctValues(sorted, count);
  if (distinct !== undefined) {
    return codebookOf(distinct, { iterations: 0, converged: true });
  }
  const centre = sorted[sorted.length >> 1]!;
  const centred = sorted.map((value) => value - centre);
  const sums = runningSums(centred);
  const starts = [
    lloydMax(fitFamily(centred, "gaussian"), { levels: count }).levels,
    lloydMax(fitFamily(centred, "laplace"), { levels: count }).levels,
    Float64Array.from(
      { length: count },
      (_, i) => centred[Math.floor(((i + 0.5) * centred.length) / count)]!,
    ),
  ];
  if (sorted.length * count <= exactLimit) starts.push(centroids(sums, optimalBounds(sums, count)));
  let best: Partition | undefined, least = Infinity;
  for (const start of starts) {
    const partition = lloyd(sums, start);
    const error = partitionError(sums, partition);
    if (error < least) [best, least] = [partition, error];
  }
  const { bounds } = best!;
  const levels = best!.levels.map((_, i) => mean(sorted.subarray(bounds[i], bounds[i + 1])));
  return codebookOf(levels, best!);
}

function codebookOf(
  levels: Float64Array,
  { iterations, converged }: Pick<Partition, "iterations" | "converged">,
): Codebook {
  return createCodebook(levels, {
    method: "k-means",
    storedValues: levels.length,
    iterations,
    converged,
  });
}

/** The distinct values, if there are no more than `limit`. */
function distinctValues(sorted: Float64Array, limit: number): Float64Array | undefined {
  const distinct: number[] = [];
  for (const value of sorted) {
    if (value === distinct.at(-1)) continue;
    if (distinct.length === limit) return undefined;
    distinct.push(value);
  }
  return Float64Array.from(distinct);
}

/** Lloyd's iteration (IEEE Trans. Inf. Theory 28, 1982) until the partition repeats. */
function lloyd(data: SortedSums, start: Float64Array): Partition {
  const { sorted } = data;
  let levels = start;
  let bounds: Int32Array = new Int32Array(start.length + 1).fill(-1);
  for (let iterations = 1; iterations <= iterationLimit; iterations++) {
    const next = occupiedBounds(data, nearestBounds(sorted, levels));
    if (next.every((bound, i) => bound === bounds[i])) {
      return { bounds, levels, iterations, converged: true };
    }
    bounds = next;
    levels = centroids(data, bounds);
  }
  return { bounds, levels, iterations: iterationLimit, converged: false };
}

/** The mean of each cell. */
function centroids({ sums }: SortedSums, bounds: Int32Array): Float64Array {
  return Float64Array.from(
    { length: bounds.length - 1 },
    (_, i) => (sums[bounds[i + 1]!]! - sums[bounds[i]!]!) / (bounds[i + 1]! - bounds[i]!),
  );
}

/** Where each level's cell starts among the sorted values, under the nearest-level rule. */
function nearestBounds(sorted: Float64Array, levels: Float64Array): Int32Array {
  const bounds = new Int32Array(levels.length + 1);
  bounds[levels.length] = sorted.length;
  for (let i = 1; i < levels.length; i++) {
    const threshold = (levels[i - 1]! + levels[i]!) / 2;
    let low = bounds[i - 1]!, high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! < threshold) low = middle + 1;
      else high = middle;
    }
    bounds[i] = low;
  }
  return bounds;
}

/**
 * The bounds, with every empty cell moved into the cell that loses most, which it halves by count without splitting ties. Where
 * rounding about the median has left fewer distinct values than cells, the empty ones are dropped.
 */
function occupiedBounds(data: SortedSums, bounds: Int32Array): Int32Array {
  const count = bounds.length - 1;
  const starts = [...new Set(bounds.subarray(0, count))].filter((bound) =>
    bound < data.sorted.length
  );
  if (starts.length === count) return bounds;
  while (starts.length < count) {
    let worst = -1, largest = -1;
    for (let i = 0; i < starts.length; i++) {
      const loss = cellError(data, starts[i]!, starts[i + 1] ?? data.sorted.length);
      if (loss > largest && splitPoint(data.sorted, starts[i]!, starts[i + 1]) > 0) {
        [worst, largest] = [i, loss];
      }
    }
    if (worst < 0) break;
    starts.splice(worst + 1, 0, splitPoint(data.sorted, starts[worst]!, starts[worst + 1]));
  }
  return Int32Array.of(...starts, data.sorted.length);
}

/** The position nearest the middle of a cell at which a new value begins, or -1 when the cell holds one value only. */
function splitPoint(sorted: Float64Array, start: number, end = sorted.length): number {
  const middle = (start + end) >>> 1;
  for (let distance = 0; distance <= end - start; distance++) {
    for (const position of [middle - distance, middle + distance]) {
      if (position > start && position < end && sorted[position - 1] !== sorted[position]) {
        return position;
      }
    }
  }
  return -1;
}

/** The squared error of the partition, from the values themselves: differences of sums lose small ones beside an outlier. */
function partitionError({ sorted }: SortedSums, { bounds, levels }: Partition): number {
  return levels.reduce((total, level, cell) => {
    const start = bounds[cell]!;
    return total +
      blockwiseSum(bounds[cell + 1]! - start, (i) => (sorted[start + i]! - level) ** 2);
  }, 0);
}
