import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { lowerBound } from "./partition_edges.ts";
import { levelOf, thresholdBetween } from "./sample_partition.ts";
import { cellMean, type SortedSums, sortedSums } from "./sorted_sums.ts";

/** Options for {@linkcode deepCompression}. */
export interface DeepCompressionOptions {
  /** How many levels the weights that are left share, 2^bits: an integer in [1, 16]. */
  readonly bits: number;
  /**
   * Weights of less magnitude become 0, a level of their own besides the 2^bits: finite, at least 0.
   *
   * @default {0}, which prunes nothing
   */
  readonly pruningThreshold?: number;
}

/** Where the plain iteration gives up; in one dimension it ends by itself, as partitions are finite in number and the error falls. */
const iterationLimit = 10_000;

/**
 * The pipeline of Deep Compression (Han, Mao and Dally, ICLR 2016, sections 2 to 4) without its retraining: small weights pruned, where a threshold is given; the
 * others shared out by k-means with linear initialisation, 2^bits levels evenly spaced from the least to the largest of them, moved to the means of
 * their cells until no weight changes cell (Lloyd's plain iteration, equation 2); and the codes to be stored by a Huffman code (`design.coding`;
 * `codedSize` counts its table as well).
 *
 * Linear initialisation keeps levels for the few large weights, so the error is above that of `kMeans`, which finds the optimum. Levels without a weight are
 * left out. Pruned weights are coded like the others, by the code word of level 0, where the paper stores distances between the weights that
 * are left; a cell of these that reaches over 0 is cut there in two, so that there may be two levels more than 2^bits. By default nothing is pruned, as a
 * threshold is of no use without retraining.
 *
 * Storage: a 32-bit number for each level, and the Huffman table. O(n) for the sort, and O(levels log n) for an iteration.
 *
 * @throws {RangeError} If the sample is empty or not finite, bits is no integer in [1, 16], or the threshold is negative or not finite.
 *
 * @example
 * ```ts
 * import { deepCompression } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const weights = [-4, -0.1, 0, 0.2, 1, 2, 5, 5];
 * assertEquals([...deepCompression(weights, { bits: 1 }).levels], [-0.58, 4]);
 * assertEquals([...deepCompression(weights, { bits: 1, pruningThreshold: 0.5 }).levels], [-4, 0, 3.25]);
 * ```
 */
export function deepCompression(
  sample: Sample,
  { bits, pruningThreshold = 0 }: DeepCompressionOptions,
): Codebook {
  const count = levelCount({ bits });
  if (!(pruningThreshold >= 0 && pruningThreshold < Infinity)) {
    throw new RangeError(
      `Cannot design a codebook as pruningThreshold must be finite and not negative: current value is ${pruningThreshold}`,
    );
  }
  assertFiniteSample(sample, "design a codebook");
  const sorted = sortedCopy(sample);
  // Weights at the threshold stay.
  const kept = sorted.filter((value) => Math.abs(value) >= pruningThreshold);
  const { bounds, iterations, converged } = kept.length === 0
    ? { bounds: new Int32Array(1), iterations: 0, converged: true }
    : plainKMeans(sortedSums(kept), count);
  const isPruned = kept.length < sorted.length;
  const cells = cellsOf(kept, bounds, isPruned);
  return createCodebook(
    cells.map(levelOf),
    {
      method: "deep-compression",
      storedValues: cells.length,
      coding: "huffman",
      iterations,
      converged,
    },
    // Without pruning the nearest level is the rule.
    isPruned ? thresholdsBetween(cells, pruningThreshold) : undefined,
  );
}

/** The ends of the cells that hold values, by Lloyd's plain iteration from evenly spaced levels; a level without values stays where it is. */
function plainKMeans(data: SortedSums, count: number) {
  const { sorted, centre, scale } = data;
  const first = sorted[0]!, width = sorted.at(-1)! - first;
  let levels = Float64Array.from({ length: count }, (_, i) => first + (i / (count - 1)) * width);
  let bounds = nearestBounds(sorted, levels);
  for (let iterations = 1; iterations <= iterationLimit; iterations++) {
    levels = levels.map((level, i) => {
      const start = bounds[i]!, end = bounds[i + 1]!;
      return end > start ? centre + cellMean(data, start, end) / scale : level;
    });
    const next = nearestBounds(sorted, levels);
    if (next.every((bound, i) => bound === bounds[i])) {
      return { bounds, iterations, converged: true };
    }
    bounds = next;
  }
  return { bounds, iterations: iterationLimit, converged: false };
}

/** Where the values nearest to each level begin and end; those halfway take the upper level. */
function nearestBounds(sorted: Float64Array, levels: Float64Array): Int32Array {
  const size = sorted.length;
  const bounds = new Int32Array(levels.length + 1);
  for (let i = 1; i < levels.length; i++) {
    bounds[i] = lowerBound(sorted, (levels[i - 1]! + levels[i]!) / 2, bounds[i - 1]!, size);
  }
  bounds[levels.length] = size;
  return bounds;
}

/** The cells in ascending order; where weights are pruned, one of these zeros, and no other that reaches over it. */
function cellsOf(kept: Float64Array, bounds: Int32Array, isPruned: boolean): Float64Array[] {
  const zero = lowerBound(kept, 0, 0, kept.length);
  const ends = Int32Array.from(new Set(isPruned ? [...bounds, zero] : bounds)).sort();
  const cells = Array.from(ends.subarray(1), (end, i) => kept.subarray(ends[i]!, end));
  return isPruned ? cells.toSpliced(ends.indexOf(zero), 0, Float64Array.of(0)) : cells;
}

/** Thresholds that leave every weight in its cell, and the pruned ones in that of 0 wherever else they come from. */
function thresholdsBetween(cells: readonly Float64Array[], pruningThreshold: number): number[] {
  // The largest double below: a weight of just this magnitude is not pruned.
  const belowThreshold = Math.min(
    pruningThreshold * (1 - Number.EPSILON / 2),
    pruningThreshold - Number.MIN_VALUE,
  );
  return cells.slice(1).map((upper, i) => {
    const below = cells[i]!.at(-1)!, above = upper[0]!;
    if (below === 0) return pruningThreshold;
    return above === 0 ? -belowThreshold : thresholdBetween(below, above);
  });
}
