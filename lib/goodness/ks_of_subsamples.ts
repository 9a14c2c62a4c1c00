import { fitFamily } from "../distributions/families.ts";
import { medianOf } from "../numerics/order_statistics.ts";
import { createPrng } from "../numerics/prng.ts";
import type { Sample } from "../numerics/sample.ts";
import { subsample } from "../numerics/subsample.ts";
import { fittedNullLaw } from "./fitted_null.ts";
import { ksStatistic } from "./ks_statistic.ts";

/** Options for {@linkcode ksOfSubsamples}. */
export interface KsOfSubsamplesOptions {
  /** Values of a subsample, from 20 to the sample's own size, with which all subsamples are the sample itself. */
  readonly size: number;
  /**
   * How many subsamples are drawn, each without replacement and independently of the others.
   *
   * @default {101}
   */
  readonly draws?: number;
  /** @default {1} */
  readonly seed?: number;
  /**
   * The p-value, from 0 to 1, up to which a subsample counts as rejected.
   *
   * @default {0.05}
   */
  readonly level?: number;
}

/** What a Kolmogorov-Smirnov test says of subsamples of one size: plain data. */
export interface SubsampledKs {
  readonly family: string;
  readonly size: number;
  readonly draws: number;
  /** The median of D, each of a subsample against the law fitted to that subsample. */
  readonly statistic: number;
  /** The p-value of that median, for a law fitted to as many values. */
  readonly pValue: number;
  /** The share of subsamples whose own p-value is at most `level`. */
  readonly rejected: number;
}

/**
 * How a Kolmogorov-Smirnov test of a fitted law depends on the number of values: fits the family to subsamples and takes D and its
 * p-value by {@linkcode fittedNullLaw}. Where the sample is not of the family, D settles as the size grows, at the distance between the two, and
 * the p-value falls about as `exp(-c size D^2)`: what it measures then is the size. O(draws (sample + size)).
 *
 * @param family A family that `fittedNullLaw` has a null for: "gaussian" or "laplace".
 *
 * @throws {RangeError} If `size` is not an integer from 20 to the sample's size, `draws` is not a positive integer, `level` is not in [0, 1],
 * the family has no null, or a subsample can't be fitted.
 *
 * @example
 * ```ts
 * import { createPrng, ksOfSubsamples, laplace } from "@bitbell/bitbell";
 * import { assertGreater, assertLess } from "@std/assert";
 *
 * const weights = laplace({ location: 0, scale: 1 }).sample(20_000, { prng: createPrng(1) });
 * const few = ksOfSubsamples(weights, "gaussian", { size: 50 });
 * const many = ksOfSubsamples(weights, "gaussian", { size: 2000 });
 * assertGreater(few.statistic, many.statistic);
 * assertGreater(few.pValue, 0.05);
 * assertLess(many.pValue, 1e-10);
 * ```
 */
export function ksOfSubsamples(
  sample: Sample,
  family: string,
  { size, draws = 101, seed = 1, level = 0.05 }: KsOfSubsamplesOptions,
): SubsampledKs {
  if (!(Number.isInteger(draws) && draws > 0)) {
    throw new RangeError(
      `Cannot test subsamples as draws must be a positive integer: current value is ${draws}`,
    );
  }
  if (!(level >= 0 && level <= 1)) {
    throw new RangeError(
      `Cannot test subsamples as level must be in [0, 1]: current value is ${level}`,
    );
  }
  const nullLaw = fittedNullLaw(family, size);
  const prng = createPrng(seed);
  const statistics = Float64Array.from({ length: draws }, () => {
    const drawn = subsample(sample, { size, prng });
    return ksStatistic(drawn, fitFamily(drawn, family)).statistic;
  });
  const statistic = medianOf(statistics);
  const rejections = statistics.filter((value) => nullLaw.sf(value) <= level).length;
  return {
    family,
    size,
    draws,
    statistic,
    pValue: nullLaw.sf(statistic),
    rejected: rejections / draws,
  };
}
