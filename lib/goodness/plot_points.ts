import type { Distribution } from "../distributions/distribution.ts";
import { orderStatistics } from "../numerics/order_statistics.ts";
import { assertFiniteSample, type Sample } from "../numerics/sample.ts";

/** Options for {@linkcode qqPoints} and {@linkcode ppPoints}. */
export interface PlotPointsOptions {
  /**
   * At most how many points: ranks spread evenly over the ascending sample, the smallest and the largest value among them. At
   * least 2.
   *
   * @default {1000}
   */
  readonly points?: number;
}

/** A point of a quantile-quantile plot: on the diagonal where sample and law agree. */
export interface QqPoint {
  /** The plotting position, in `(0, 1)`. */
  readonly probability: number;
  /** The law's quantile at that probability: the abscissa. */
  readonly theoretical: number;
  /** The value of the sample at that rank: the ordinate. */
  readonly observed: number;
}

/** A point of a probability-probability plot: on the diagonal where sample and law agree. */
export interface PpPoint {
  /** The law's cdf at the value of the sample: the abscissa. */
  readonly theoretical: number;
  /** The plotting position, in `(0, 1)`: the ordinate. */
  readonly observed: number;
  /** The value of the sample. */
  readonly value: number;
}

/**
 * The points of a quantile-quantile plot: values of the ascending sample against the law's quantiles at Hazen's plotting positions
 * `(i - 1/2) / n` (Transactions of the ASCE 77, 1914). O(n): a thinned plot needs no sort.
 *
 * @returns Plain rows, in ascending order.
 * @throws {RangeError} If the sample is empty or not finite, or `points` is not an integer of at least 2.
 *
 * @example
 * ```ts
 * import { qqPoints, uniformOn } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(qqPoints([3, 1], uniformOn({ lower: 0, upper: 4 })), [
 *   { probability: 0.25, theoretical: 1, observed: 1 },
 *   { probability: 0.75, theoretical: 3, observed: 3 },
 * ]);
 * ```
 */
export function qqPoints(
  sample: Sample,
  law: Distribution,
  options: PlotPointsOptions = {},
): QqPoint[] {
  return rankedValues(sample, options, "draw a quantile-quantile plot")
    .map(({ probability, value }) => ({
      probability,
      theoretical: law.quantile(probability),
      observed: value,
    }));
}

/**
 * The points of a probability-probability plot: Hazen's plotting positions `(i - 1/2) / n` of values of the ascending sample
 * against the law's cdf at these values. O(n): a thinned plot needs no sort.
 *
 * @returns Plain rows, in ascending order.
 * @throws {RangeError} If the sample is empty or not finite, or `points` is not an integer of at least 2.
 *
 * @example
 * ```ts
 * import { ppPoints, uniformOn } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ppPoints([3, 2], uniformOn({ lower: 0, upper: 4 })), [
 *   { theoretical: 0.5, observed: 0.25, value: 2 },
 *   { theoretical: 0.75, observed: 0.75, value: 3 },
 * ]);
 * ```
 */
export function ppPoints(
  sample: Sample,
  law: Distribution,
  options: PlotPointsOptions = {},
): PpPoint[] {
  return rankedValues(sample, options, "draw a probability-probability plot")
    .map(({ probability, value }) => ({
      theoretical: law.cdf(value),
      observed: probability,
      value,
    }));
}

/** Values at evenly spread ranks, with their plotting positions. */
function rankedValues(sample: Sample, { points = 1000 }: PlotPointsOptions, action: string) {
  if (!Number.isInteger(points) || points < 2) {
    throw new RangeError(
      `Cannot ${action} as points must be an integer of at least 2: current value is ${points}`,
    );
  }
  assertFiniteSample(sample, action);
  const size = sample.length;
  const count = Math.min(points, size);
  const ranks = Array.from(
    { length: count },
    (_, i) => count === 1 ? 0 : Math.round((i * (size - 1)) / (count - 1)),
  );
  return orderStatistics(sample, ranks).map((value, i) => ({
    probability: (ranks[i]! + 0.5) / size,
    value,
  }));
}
