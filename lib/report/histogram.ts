/** How often values fall into intervals of one width. Plain data. */
export interface Histogram {
  /** Ends of the intervals, ascending: one more than there are intervals. An interval holds its lower end, the last one both. */
  readonly edges: readonly number[];
  /** Number of values in each interval. */
  readonly counts: readonly number[];
  /** Number of values, those outside of all intervals included. */
  readonly size: number;
}

/** Options for {@linkcode histogram}. */
export interface HistogramOptions {
  /** Number of intervals, an integer above 0. */
  readonly bins: number;
  /**
   * Ends of the first and the last interval.
   *
   * @default {The smallest and the largest value}
   */
  readonly range?: readonly [lower: number, upper: number];
}

/**
 * Counts the values of a sample in intervals of one width.
 *
 * @throws {RangeError} If `bins` is not an integer above 0, the range is empty or not finite, or a value is NaN.
 *
 * @example
 * ```ts
 * import { histogram } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * const { edges, counts, size } = histogram([0, 0.1, 0.5, 1, 7], { bins: 2, range: [0, 1] });
 * assertEquals([edges, counts, size], [[0, 0.5, 1], [2, 2], 5]);
 * ```
 */
export function histogram(
  sample: ArrayLike<number>,
  { bins, range = extentOf(sample) }: HistogramOptions,
): Histogram {
  const [lower, upper] = range;
  if (!Number.isInteger(bins) || bins < 1) {
    throw new RangeError(
      `Cannot count a histogram as bins must be an integer above 0: current value is ${bins}`,
    );
  }
  if (!(Number.isFinite(lower) && Number.isFinite(upper) && lower < upper)) {
    throw new RangeError(
      `Cannot count a histogram as its range must be finite and not empty: current value is [${lower}, ${upper}]`,
    );
  }
  const edges = Array.from(
    { length: bins + 1 },
    (_, i) => i === bins ? upper : lower + i * (upper - lower) / bins,
  );
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < sample.length; i++) {
    const value = sample[i]!;
    if (Number.isNaN(value)) {
      throw new RangeError(`Cannot count a histogram as value ${i} is NaN`);
    }
    if (value < lower || value > upper) continue;
    let bin = Math.min(bins - 1, Math.floor((value - lower) / (upper - lower) * bins));
    // The quotient may round across an edge: the edges themselves decide.
    if (bin < bins - 1 && value >= edges[bin + 1]!) bin += 1;
    else if (value < edges[bin]!) bin -= 1;
    counts[bin]! += 1;
  }
  return { edges, counts, size: sample.length };
}

function extentOf(sample: ArrayLike<number>): readonly [number, number] {
  let lower = Infinity, upper = -Infinity;
  for (let i = 0; i < sample.length; i++) {
    lower = Math.min(lower, sample[i]!);
    upper = Math.max(upper, sample[i]!);
  }
  return [lower, upper];
}
