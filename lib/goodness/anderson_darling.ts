import type { Distribution } from "../distributions/distribution.ts";
import { addTo } from "../numerics/compensated_sum.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { logCdf, logSf } from "./log_tails.ts";

/** The Anderson-Darling distance between a sample and a law. */
export interface AndersonDarling {
  /** A squared: positive, and Infinity where a value lies outside the law's support or on an end of it. */
  readonly statistic: number;
  readonly size: number;
}

/**
 * The Anderson-Darling statistic (Annals of Mathematical Statistics 23, 1952): n times the integral of `(F_n - F)^2 / (F (1 -
 * F))` over F, which weighs the tails by their own standard deviation. Computed as `-n - sum of (2 i - 1) / n (ln F(x_i) + ln(1
 * - F(x_(n + 1 - i))))` over the ascending sample, in logarithms that keep their precision in both tails and where the law's
 * probabilities underflow. O(n log n), of which the sort is much.
 *
 * The sum cancels to a few units out of n: it is compensated, and what the rounding of its terms leaves is near `1e-16
 * sqrt(n)`, absolute.
 *
 * No p-value: like D, the statistic ranks laws.
 *
 * @throws {RangeError} If the sample is empty or holds a value that is not finite.
 *
 * @example One value at the median
 * ```ts
 * import { andersonDarling, gaussian } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { statistic } = andersonDarling([0], gaussian({ mean: 0, standardDeviation: 1 }));
 * assertAlmostEquals(statistic, 2 * Math.log(2) - 1, 1e-15);
 * ```
 */
export function andersonDarling(sample: Sample, law: Distribution): AndersonDarling {
  assertFiniteSample(sample, "compute the Anderson-Darling statistic");
  return andersonDarlingSorted(sortedCopy(sample), law);
}

/** {@linkcode andersonDarling} of finite values that are in ascending order already. O(n). */
export function andersonDarlingSorted(sorted: Float64Array, law: Distribution): AndersonDarling {
  const size = sorted.length;
  const total = { sum: -size, correction: 0 };
  for (let i = 0; i < size; i++) {
    const below = ((2 * i + 1) / size) * logCdf(law, sorted[i]!);
    const above = ((2 * (size - i) - 1) / size) * logSf(law, sorted[i]!);
    const term = -(below + above);
    if (term === Infinity) return { statistic: Infinity, size };
    addTo(total, term);
  }
  return { statistic: total.sum + total.correction, size };
}
