import type { Distribution } from "../distributions/distribution.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";

/** The distance between a sample and a law, and where it is attained. */
export interface KsStatistic {
  /** Two-sided D: the largest absolute difference of the two distribution functions, in `(0, 1]`. */
  readonly statistic: number;
  /** The value of the sample at which D is attained (the smallest such value). */
  readonly location: number;
  readonly size: number;
}

/**
 * The two-sided Kolmogorov-Smirnov statistic D of a sample against a law: the supremum over x of
 * `|F_n(x) - F(x)|`, exact, with ties. O(n log n), of which the sort is most.
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
 * const { statistic, location } = ksStatistic([0], gaussian({ mean: 0, standardDeviation: 1 }));
 * assertEquals([statistic, location], [0.5, 0]);
 * ```
 */
export function ksStatistic(sample: Sample, law: Distribution): KsStatistic {
  assertFiniteSample(sample, "compute the Kolmogorov-Smirnov statistic");
  return ksStatisticSorted(sortedCopy(sample), law);
}

/** {@linkcode ksStatistic} of finite values that are in ascending order already. O(n). */
export function ksStatisticSorted(sorted: Float64Array, law: Distribution): KsStatistic {
  const size = sorted.length;
  let statistic = -Infinity, location = NaN;
  for (let i = 0; i < size; i++) {
    const probability = law.cdf(sorted[i]!);
    // Within a run of ties the first term is largest at its start, the second at its end: no special case.
    const distance = Math.max(probability - i / size, (i + 1) / size - probability);
    if (distance > statistic) {
      statistic = distance;
      location = sorted[i]!;
    }
  }
  return { statistic, location, size };
}
