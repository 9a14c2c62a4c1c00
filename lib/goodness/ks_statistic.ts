import type { Distribution } from "../distributions/distribution.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { type Deviation, searchDeviations, valuesOf } from "./deviation_search.ts";

/** The distance between a sample and a law, and where it is attained. */
export interface KsStatistic {
  /** Two-sided D: the largest absolute difference of the two distribution functions, in `(0, 1]`. */
  readonly statistic: number;
  /** The value of the sample at which D is attained (the smallest such value). */
  readonly location: number;
  readonly size: number;
  /** One-sided D+: the supremum of `F_n - F`, attained at a value of the sample. */
  readonly above: Deviation;
  /** One-sided D-: the supremum of `F - F_n`, approached from the left of a value of the sample. */
  readonly below: Deviation;
}

/** From this size on, bounds over bins are quicker than a sort and the cdf of every value. */
export const searchSize = 1024;

/**
 * The Kolmogorov-Smirnov statistic D of a sample against a law, two-sided and both one-sided: the supremum over x of
 * `|F_n(x) - F(x)|`, exact, with ties. O(n) in general: large samples are counted in bins, the law's cdf at their edges bounds the
 * deviation in each, and only the values of bins that can hold the largest one are looked at.
 *
 * D ranks laws; it is a test only with the null law that belongs to how the law was chosen.
 *
 * @throws {RangeError} If the sample is empty or holds a value that is not finite.
 *
 * @example
 * ```ts
 * import { gaussian, ksStatistic } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const law = gaussian({ mean: 0, standardDeviation: 1 });
 * const { statistic, location } = ksStatistic([0], law);
 * assertEquals([statistic, location], [0.5, 0]);
 *
 * const { above, below } = ksStatistic([50, 51], law);
 * assertEquals([above.statistic, below], [0, { statistic: 1, location: 50 }]);
 * ```
 */
export function ksStatistic(sample: Sample, law: Distribution): KsStatistic {
  return ksStatistics(sample, [law])[0]!;
}

/**
 * {@linkcode ksStatistic} against several laws, which share the passes over the sample.
 *
 * @throws {RangeError} If the sample is empty or holds a value that is not finite.
 *
 * @example
 * ```ts
 * import { gaussian, ksStatistics, laplace } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const laws = [gaussian({ mean: 0, standardDeviation: 1 }), laplace({ location: 0, scale: 1 })];
 * assertEquals(ksStatistics([0], laws).map(({ statistic }) => statistic), [0.5, 0.5]);
 * ```
 */
export function ksStatistics(sample: Sample, laws: readonly Distribution[]): KsStatistic[] {
  const action = "compute the Kolmogorov-Smirnov statistic";
  if (sample.length >= searchSize) {
    return searchDeviations(valuesOf(sample, action), laws)
      .map(({ above, below }) => twoSided(above, below, sample.length));
  }
  assertFiniteSample(sample, action);
  const sorted = sortedCopy(sample);
  return laws.map((law) => ksStatisticSorted(sorted, law));
}

/** {@linkcode ksStatistic} of finite values that are in ascending order already. O(n). */
export function ksStatisticSorted(sorted: Float64Array, law: Distribution): KsStatistic {
  const size = sorted.length;
  let above = -Infinity, below = -Infinity, aboveIndex = 0, belowIndex = 0;
  for (let i = 0; i < size; i++) {
    const probability = law.cdf(sorted[i]!);
    // Within a run of ties the first is largest at its end, the second at its start: no special case.
    const excess = (i + 1) / size - probability;
    if (excess > above) {
      above = excess;
      aboveIndex = i;
    }
    const deficit = probability - i / size;
    if (deficit > below) {
      below = deficit;
      belowIndex = i;
    }
  }
  return twoSided(
    { statistic: above, location: sorted[aboveIndex]! },
    { statistic: below, location: sorted[belowIndex]! },
    size,
  );
}

/** The two-sided statistic of both one-sided ones. */
export function twoSided(above: Deviation, below: Deviation, size: number): KsStatistic {
  // Adding zero makes -0, which is a tie of 0, 0.
  above = { ...above, location: above.location + 0 };
  below = { ...below, location: below.location + 0 };
  const [larger, other] = above.statistic >= below.statistic ? [above, below] : [below, above];
  const location = larger.statistic === other.statistic
    ? Math.min(larger.location, other.location)
    : larger.location;
  return { statistic: larger.statistic, location, size, above, below };
}
