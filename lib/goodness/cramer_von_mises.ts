import type { Distribution } from "../distributions/distribution.ts";
import { blockwiseSum } from "../numerics/blockwise_sum.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";

/** The Cramer-von Mises distance between a sample and a law. */
export interface CramerVonMises {
  /** W squared, in `[1 / (12 n), n / 3]`. */
  readonly statistic: number;
  readonly size: number;
}

/**
 * The Cramer-von Mises statistic: n times the integral of `(F_n - F)^2` over F, computed as `1 / (12 n) + sum of (F(x_i) - (2 i
 * - 1) / (2 n))^2` over the ascending sample (Anderson, Annals of Mathematical Statistics 33, 1962). Terms of one sign, so
 * nothing cancels. O(n log n), of which the sort is much.
 *
 * No p-value: like D, the statistic ranks laws.
 *
 * @throws {RangeError} If the sample is empty or holds a value that is not finite.
 *
 * @example One value at the median
 * ```ts
 * import { cramerVonMises, gaussian } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { statistic } = cramerVonMises([0], gaussian({ mean: 0, standardDeviation: 1 }));
 * assertEquals(statistic, 1 / 12);
 * ```
 */
export function cramerVonMises(sample: Sample, law: Distribution): CramerVonMises {
  assertFiniteSample(sample, "compute the Cramer-von Mises statistic");
  return cramerVonMisesSorted(sortedCopy(sample), law);
}

/** {@linkcode cramerVonMises} of finite values that are in ascending order already. O(n). */
export function cramerVonMisesSorted(sorted: Float64Array, law: Distribution): CramerVonMises {
  const size = sorted.length;
  const distances = blockwiseSum(size, (i) => {
    const x = sorted[i]!;
    // From the nearer end: both terms are rounded to their own size.
    const deviation = 2 * i < size
      ? law.cdf(x) - (i + 0.5) / size
      : (size - i - 0.5) / size - law.sf(x);
    return deviation * deviation;
  });
  return { statistic: 1 / (12 * size) + distances, size };
}
