import { chunksOf } from "./chunks.ts";
import { assertFiniteSample, extent, type Sample } from "./sample.ts";

/** How many values fall into each of adjoining intervals. Plain data, of which {@linkcode updateHistogram} makes more. */
export interface HistogramCounts {
  /** Ends of the intervals, ascending: one more than there are intervals. An interval holds its lower end, the last one both. */
  readonly edges: readonly number[];
  /** Number of values in each interval. */
  readonly counts: number[];
  /** Number of values below the first interval, -Infinity included. */
  below: number;
  /** Number of values above the last interval, Infinity included. */
  above: number;
  /** Number of all values. */
  size: number;
}

/** The intervals of {@linkcode histogram}: so many of one width in a range, or the ends of each. */
export type HistogramIntervals = {
  /** Number of intervals, an integer in `[1, 2^24]`. */
  readonly bins: number;
  /** Ends of the first and the last interval, finite, the lower one first. */
  readonly range: readonly [lower: number, upper: number];
} | {
  /** At least two finite values, strictly ascending. */
  readonly edges: ArrayLike<number>;
};

/** Options for {@linkcode histogram}: its intervals; for `bins` the range may be left out. */
export type HistogramOptions = HistogramIntervals | {
  readonly bins: number;
  /** @default {The smallest and the largest value} */
  readonly range?: undefined;
};

const largestBinCount = 2 ** 24;

/**
 * Counts the values of a sample in adjoining intervals `[edge i, edge i + 1)`, the last one `[edge, edge]`: exactly, by comparison with
 * the edges that it returns. The edges of `bins` intervals are `lower + i * (upper - lower) / bins` as computed in double precision, and
 * `upper`. O(n) for intervals of one width, O(n log bins) for others.
 *
 * @throws {RangeError} If a value is NaN; if `bins` isn't an integer in `[1, 2^24]`; if edges or range aren't finite and strictly ascending,
 * as when so many bins are narrower than doubles are apart; if no range is given and there is no value or the values don't differ.
 *
 * @example
 * ```ts
 * import { histogram } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { edges, counts, above } = histogram([0, 0.1, 0.5, 1, 7], { bins: 2, range: [0, 1] });
 * assertEquals([edges, counts, above], [[0, 0.5, 1], [2, 2], 1]);
 * assertEquals(histogram([0, 1, 2, 3], { edges: [0, 1, 3] }).counts, [1, 3]);
 * ```
 */
export function histogram(sample: Sample, options: HistogramOptions): HistogramCounts {
  const ownRange = "bins" in options && options.range === undefined;
  if (ownRange && sample.length === 0) assertFiniteSample(sample, "count a histogram");
  const intervals = ownRange
    ? { bins: options.bins, range: extent(sample) }
    : options as HistogramIntervals;
  return updateHistogram(createHistogram(intervals), sample);
}

/**
 * A histogram without values, for {@linkcode updateHistogram}. O(bins).
 *
 * @throws {RangeError} If `bins` isn't an integer in `[1, 2^24]`, or edges or range aren't finite and strictly ascending.
 *
 * @example
 * ```ts
 * import { createHistogram } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { edges, counts } = createHistogram({ bins: 2, range: [-1, 1] });
 * assertEquals([edges, counts], [[-1, 0, 1], [0, 0]]);
 * ```
 */
export function createHistogram(intervals: HistogramIntervals): HistogramCounts {
  const edges = "edges" in intervals ? Array.from(intervals.edges) : equalEdges(intervals);
  const last = edges.at(-1)!;
  const ascending = edges.every((edge, i) =>
    Number.isFinite(edge) && (i === 0 || edges[i - 1]! < edge)
  );
  if (edges.length < 2 || !ascending) {
    const current = edges.length > 6
      ? `${edges.slice(0, 5).join(", ")}, ..., ${last}`
      : edges.join(", ");
    throw new RangeError(
      `Cannot count a histogram as its edges must be at least two, finite and strictly ascending: current value is [${current}]`,
    );
  }
  return {
    edges,
    counts: new Array<number>(edges.length - 1).fill(0),
    below: 0,
    above: 0,
    size: 0,
  };
}

function equalEdges(
  { bins, range: [lower, upper] }: Extract<HistogramIntervals, { bins: number }>,
) {
  if (!(Number.isInteger(bins) && bins >= 1 && bins <= largestBinCount)) {
    throw new RangeError(
      `Cannot count a histogram as bins must be an integer in [1, ${largestBinCount}]: current value is ${bins}`,
    );
  }
  if (!(Number.isFinite(upper - lower) && lower < upper)) {
    throw new RangeError(
      `Cannot count a histogram as its range must be finite and not empty: current value is [${lower}, ${upper}]`,
    );
  }
  return Array.from(
    { length: bins + 1 },
    (_, i) => i === bins ? upper : lower + i * (upper - lower) / bins,
  );
}

/**
 * Counts the values of a chunk in `state` too, for samples that are not in memory at once. The result doesn't depend on how the values
 * are cut into chunks. O(n + bins), or O(n log bins) for intervals of several widths.
 *
 * @returns `state`.
 *
 * @throws {RangeError} If a value is NaN; `state` is then as it was.
 *
 * @example
 * ```ts
 * import { createHistogram, updateHistogram } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const state = createHistogram({ bins: 2, range: [0, 1] });
 * for (const chunk of [[0.1, 0.7], [0.8]]) updateHistogram(state, chunk);
 * assertEquals([state.counts, state.size], [[1, 2], 3]);
 * ```
 */
export function updateHistogram(state: HistogramCounts, chunk: Sample): HistogramCounts {
  const edges = Float64Array.from(state.edges);
  // The first and the last count are of the values below and above.
  const counts = new Float64Array(edges.length + 1);
  const count = isUniform(edges) ? countUniform : countBetween;
  for (const part of chunksOf(chunk)) {
    if (count(counts, part, edges)) continue;
    const index = chunk.findIndex((value) => Number.isNaN(value));
    throw new RangeError(`Cannot count a histogram as value ${index} is NaN`);
  }
  state.below += counts[0]!;
  state.above += counts[edges.length]!;
  state.size += chunk.length;
  for (let i = 0; i < state.counts.length; i++) state.counts[i]! += counts[i + 1]!;
  return state;
}

/** Whether every edge is within half an interval of where one width for all would have it, and that width has a finite inverse. */
function isUniform(edges: Float64Array): boolean {
  const bins = edges.length - 1, width = (edges[bins]! - edges[0]!) / bins;
  return width < Infinity && bins / (edges[bins]! - edges[0]!) < Infinity &&
    edges.every((edge, i) => Math.abs(edge - (edges[0]! + i * width)) <= width / 2);
}

/** Counts by a quotient, which the edges correct. False if a value is NaN. */
function countUniform(counts: Float64Array, chunk: Float64Array, edges: Float64Array): boolean {
  const bins = edges.length - 1, lower = edges[0]!, upper = edges[bins]!;
  const scale = bins / (upper - lower);
  for (let i = 0; i < chunk.length; i++) {
    const value = chunk[i]!;
    if (value >= lower && value <= upper) {
      let bin = Math.min(((value - lower) * scale) | 0, bins - 1);
      while (value < edges[bin]!) bin -= 1;
      while (bin < bins - 1 && value >= edges[bin + 1]!) bin += 1;
      counts[bin + 1]! += 1;
    } else if (value < lower) {
      counts[0]! += 1;
    } else if (value > upper) {
      counts[bins + 1]! += 1;
    } else {
      return false;
    }
  }
  return true;
}

/** Counts by bisection. False if a value is NaN. */
function countBetween(counts: Float64Array, chunk: Float64Array, edges: Float64Array): boolean {
  const last = edges.length - 1;
  for (let i = 0; i < chunk.length; i++) {
    const value = chunk[i]!;
    if (Number.isNaN(value)) return false;
    // The number of edges at or below the value.
    let start = 0, end = edges.length;
    while (start < end) {
      const middle = (start + end) >> 1;
      if (value >= edges[middle]!) start = middle + 1;
      else end = middle;
    }
    counts[value === edges[last] ? last : start]! += 1;
  }
  return true;
}
