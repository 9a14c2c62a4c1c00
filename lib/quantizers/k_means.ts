import {
  type Codebook,
  type CodebookDesign,
  type CodebookSize,
  createCodebook,
  levelCount,
} from "../codebooks/codebook.ts";
import { blockwiseSum } from "../numerics/blockwise_sum.ts";
import { mean } from "../numerics/moments.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import {
  condense,
  type CondensedSample,
  countMarked,
  movedBound,
  spellOut,
} from "./condensed_sums.ts";
import { improvePartition, type LocalPartition, startPartition } from "./local_partition.ts";
import { assertProvable, optimalPartition } from "./optimal_partition.ts";
import { cellMean, type SortedSums, sortedSums } from "./sorted_sums.ts";
import { sortWeighted } from "./weighted_sample.ts";

/** Options for {@linkcode kMeans}. */
export interface KMeansOptions {
  /**
   * - `"exact"`: the global optimum, with a proof.
   * - `"local"`: a partition that no small move of its boundaries improves, from a start that is close to the optimum; many times
   *   faster.
   * - `"auto"`: exact where values times levels are at most 2^22, else local.
   *
   * @default {"auto"}
   */
  readonly method?: "auto" | "exact" | "local";
  /** How much each value's squared error counts, its importance: non-negative, of the sample's length, not all 0. */
  readonly weights?: Sample;
  readonly signal?: AbortSignal;
  /** Called with the share of all positions where no boundary can be, in `[0, 1]`, after every round of the exact method. */
  readonly onProgress?: (share: number) => void;
}

/** What is known of a book by {@linkcode kMeans}. */
export interface KMeansDesign extends CodebookDesign {
  /** Whether the error is the least of all books with as many levels on this sample, up to rounding. */
  readonly optimum: "exact" | "local";
  /** Where it is proven: no book with as many levels has less than `1 - lossBound` times the error. 0 for the exact optimum. */
  readonly lossBound?: number;
}

/** A book by {@linkcode kMeans}. */
export interface KMeansCodebook extends Codebook {
  readonly design: KMeansDesign;
}

/** Up to so many pairs of a value and a level the exact optimum is the default. */
const exactLimit = 2 ** 22;
/** From so many values for each bin on, bins save the sort. */
const valuesPerBin = 16;
const binsPerCell = 1024;
const leastBins = 2 ** 14;
const largestBins = 2 ** 18;
/** Bins on each side of a boundary that are spelled out. */
const spelledOutBins = 1;
/** Where more of the values would have to be spelled out, a sort of all is no dearer. */
const spelledOutShare = 0.25;
const spellingLimit = 8;

/**
 * Designs the book of least squared error on the sample itself, by one-dimensional k-means: the empirical bound of all scalar
 * quantizers with as many levels.
 *
 * The exact method sorts the sample and then proves by bounds, round for round, where the boundaries of an optimal partition
 * can't be, until dynamic programming over the positions left is exact: O(n) for the sort (O(n log n) with weights), then about
 * O(levels^2 log^2 n) for ordinary samples and O(n levels log n) at worst. The local method takes no sort where n is large beside
 * the number of levels: O(n), and O(levels) for an iteration, which moves all boundaries at once to the best of all combinations
 * of small steps. Both start from the best partition into bins. The result is the same each time. Errors of cells are accurate to
 * about 1e-15 of their second moments about the median: what differs by less is a tie.
 *
 * Where the bounds rule out too little for the memory, as with a thousand levels for a million values, the exact method stops
 * with what is proven: then `design.optimum` is "local" and `design.lossBound` above 0.
 *
 * Samples with no more distinct values than levels are represented exactly, by as many levels as there are values.
 *
 * @param options The size, `{ bits }` in [1, 16], or any count of `{ levels }` from 1 to 65,536; and how to go about it.
 *
 * @throws {TypeError} If the weights' length is not the sample's.
 * @throws {RangeError} If the sample is empty or not finite, the size or the method is out of its range, a weight is negative or
 * not finite, all weights are 0, or the exact method is asked for more than 2,048 levels with more than 2^23 pairs of a value and
 * a level.
 * @throws The signal's reason, if it is aborted.
 *
 * @example Two clusters
 * ```ts
 * import { kMeans } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { levels, design } = kMeans([1, 9, 2, 11, 3], { levels: 2 });
 * assertEquals([...levels], [2, 10]);
 * assertEquals(design.optimum, "exact");
 * ```
 *
 * @example Values that matter more
 * ```ts
 * import { kMeans } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { levels } = kMeans([0, 4, 10], { levels: 2, weights: [1, 3, 1] });
 * assertEquals([...levels], [3, 10]);
 * ```
 */
export function kMeans(sample: Sample, options: CodebookSize & KMeansOptions): KMeansCodebook {
  const { method = "auto", weights, signal, onProgress } = options;
  const count = levelCount(options);
  if (!["auto", "exact", "local"].includes(method)) {
    throw new RangeError(
      `Cannot design a codebook as method must be auto, exact or local: current value is ${method}`,
    );
  }
  assertFiniteSample(sample, "design a codebook");
  signal?.throwIfAborted();
  const isExact = method === "exact" || (method === "auto" && sample.length * count <= exactLimit);
  if (!isExact && weights === undefined) {
    const book = withoutSort(sample, count);
    if (book !== undefined) return book;
  }
  const { sorted, masses } = weights === undefined
    ? { sorted: sortedCopy(sample), masses: undefined }
    : sortWeighted(sample, weights);
  const distinct = distinctValues(sorted, count);
  if (distinct !== undefined) {
    return codebookOf(distinct, { iterations: 0, converged: true, optimum: "exact", lossBound: 0 });
  }
  const data = sortedSums(sorted, masses);
  const meanOf = masses === undefined
    ? (start: number, end: number) => mean(sorted.subarray(start, end))
    : (start: number, end: number) => weightedMean(data, masses, start, end);
  if (!isExact) {
    const partition = improvePartition(data, startPartition(data, count));
    return codebookOf(levelsOf(data, partition.bounds, meanOf), localRecord(partition));
  }
  assertProvable(sorted.length, count);
  const { bounds, lossBound, iterations } = optimalPartition(data, count, { signal, onProgress });
  return codebookOf(levelsOf(data, bounds, meanOf), {
    iterations,
    converged: lossBound === 0,
    optimum: lossBound === 0 ? "exact" : "local",
    lossBound,
  });
}

function localRecord({ iterations, converged }: LocalPartition) {
  return { iterations, converged, optimum: "local" as const };
}

function codebookOf(
  levels: Float64Array,
  record: Pick<KMeansDesign, "iterations" | "converged" | "optimum" | "lossBound">,
): KMeansCodebook {
  const codebook = createCodebook(levels, { method: "k-means", storedValues: levels.length });
  return { ...codebook, design: { ...codebook.design, ...record } };
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

/** The mean of each cell. */
function levelsOf(
  { sorted }: SortedSums,
  bounds: Int32Array,
  meanOf: (start: number, end: number) => number,
): Float64Array {
  return Float64Array.from({ length: bounds.length - 1 }, (_, i) => {
    const start = bounds[i]!, end = bounds[i + 1]!;
    // Rounding must not move a level out of its cell.
    return Math.min(Math.max(meanOf(start, end), sorted[start]!), sorted[end - 1]!);
  });
}

/** The mean of the values themselves: where weights differ much, running sums have lost the small ones. */
function weightedMean(
  { sorted, scale }: SortedSums,
  masses: Float64Array,
  start: number,
  end: number,
): number {
  const first = sorted[start]!, size = end - start;
  const mass = blockwiseSum(size, (i) => masses[start + i]!);
  const moment = blockwiseSum(
    size,
    (i) => masses[start + i]! * ((sorted[start + i]! - first) * scale),
  );
  return first + moment / mass / scale;
}

/**
 * The local method on bins: the bins in which boundaries lie are spelled out until no boundary stands beside one that isn't.
 * Undefined where the values are too few to be worth it, or too unevenly spread.
 */
function withoutSort(sample: Sample, count: number): KMeansCodebook | undefined {
  const wanted = binsPerCell * 2 ** Math.ceil(Math.log2(count));
  const bins = Math.min(Math.max(wanted, leastBins), largestBins);
  if (sample.length < valuesPerBin * bins || count * 8 > bins) return undefined;
  let condensed = condense(sample, bins);
  if (condensed === undefined || condensed.itemBins.length < 8 * count) return undefined;
  const marked = new Uint8Array(bins);
  let partition = improvePartition(condensed.data, startPartition(condensed.data, count));
  let { iterations } = partition;
  for (let spelling = 0; spelling < spellingLimit; spelling++) {
    const { itemBins, data } = condensed;
    const isSpelledOut = (item: number) => marked[itemBins[item]!] === 1;
    const inner = partition.bounds.subarray(1, count);
    if (inner.every((bound) => isSpelledOut(bound - 1) && isSpelledOut(bound))) {
      const { centre, scale } = data;
      const meanOf = (start: number, end: number) => centre + cellMean(data, start, end) / scale;
      return codebookOf(levelsOf(data, partition.bounds, meanOf), {
        ...localRecord(partition),
        iterations,
      });
    }
    for (const bound of inner) {
      marked.fill(
        1,
        Math.max(0, itemBins[bound - 1]! - spelledOutBins),
        itemBins[bound]! + spelledOutBins + 1,
      );
    }
    if (countMarked(condensed, marked) > spelledOutShare * sample.length) return undefined;
    const previous: CondensedSample = condensed;
    condensed = spellOut(previous, marked);
    const moved = partition.bounds.map((bound) => movedBound(bound, previous, condensed!));
    partition = improvePartition(condensed.data, moved);
    iterations += partition.iterations;
  }
  return undefined;
}
