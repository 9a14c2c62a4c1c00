import type { Distribution } from "../distributions/distribution.ts";
import { blockwiseSum } from "../numerics/blockwise_sum.ts";

/** What a book costs under a law. */
export interface ExpectedError {
  /** The mean squared error, in squared units of the law. */
  readonly expectedMse: number;
  /** The share of it that arises in the two outer cells, in `[0, 1]`; 0 when nothing is lost. */
  readonly overload: number;
}

/**
 * The mean squared error of a book under a law: each cell's second moment about its own level, so nothing cancels. The outer
 * cells reach to the ends of the support. Integrated for the standard law, so that a mean which is huge beside the deviation costs
 * no more digits than the levels have.
 *
 * @param levels Ascending.
 * @param thresholds One between neighbours.
 *
 * @example One level at the mean loses the variance
 * ```ts
 * import { expectedMse, gaussian } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const law = gaussian({ mean: 3, standardDeviation: 2 });
 * assertAlmostEquals(expectedMse(law, [3], []).expectedMse, 4, 1e-14);
 * ```
 */
export function expectedMse(
  law: Distribution,
  levels: ArrayLike<number>,
  thresholds: ArrayLike<number>,
): ExpectedError {
  const { location, scale, standard } = law.standardForm;
  const standardLaw = standard();
  const standardize = (x: number) => (x - location) / scale;
  const last = levels.length - 1;
  const cellError = (i: number) => {
    const lower = i === 0 ? -Infinity : standardize(thresholds[i - 1]!);
    const upper = i === last ? Infinity : standardize(thresholds[i]!);
    return standardLaw.partialMoments(lower, upper, standardize(levels[i]!))[2];
  };
  const total = blockwiseSum(last + 1, cellError);
  const outer = last === 0 ? total : cellError(0) + cellError(last);
  return { expectedMse: scale * scale * total, overload: total > 0 ? outer / total : 0 };
}
