import type { Distribution } from "../distributions/distribution.ts";
import { assertFiniteSample, type Sample } from "../numerics/sample.ts";
import { kolmogorovLimit } from "./kolmogorov_limit.ts";
import { exactSizeLimit, kolmogorovLaw } from "./kolmogorov_law.ts";
import { ksStatistic } from "./ks_statistic.ts";
import { smirnovLaw, smirnovLimit } from "./smirnov.ts";

/**
 * In which direction a sample may depart from the null: "two-sided"; "above", the distribution function of the (first) sample
 * lies above, its values are smaller (SciPy's "greater"); "below", its values are larger (SciPy's "less").
 */
export type KsAlternative = "two-sided" | "above" | "below";

const alternatives: readonly KsAlternative[] = ["two-sided", "above", "below"];
const methods = ["auto", "exact", "limit"] as const;

/** Options for {@linkcode ksTest}. */
export interface KsTestOptions {
  /**
   * Where the p-value comes from: "exact", the law of D for this size (up to 10,000 values); "limit", that for infinitely many;
   * "auto", the exact one, and beyond 10,000 values an expansion whose relative error is at most 1e-9.
   *
   * @default {"auto"}
   */
  readonly method?: "auto" | "exact" | "limit";
  /** @default {"two-sided"} */
  readonly alternative?: KsAlternative;
  /** Says that a law which carries a fit was not fitted to this sample. */
  readonly null?: "fully-specified";
}

/** The outcome of a Kolmogorov-Smirnov test: plain data. */
export interface KsTest {
  /** The largest distance of the distribution functions in the direction of the alternative, in `[0, 1]`. */
  readonly statistic: number;
  /** The value of the sample at which it is attained. */
  readonly location: number;
  readonly size: number;
  readonly alternative: KsAlternative;
  /** The probability of a statistic at least as large when the sample comes from the law. */
  readonly pValue: number;
  /** The null law that was used; "expansion" is {@linkcode kolmogorovLaw} or {@linkcode smirnovLaw} beyond 10,000 values. */
  readonly method: "exact" | "expansion" | "limit";
  /** The p-value belongs to a law that was known before the sample. */
  readonly null: "fully-specified";
}

/**
 * Tests whether a sample comes from a continuous law that was fully specified beforehand (Kolmogorov 1933, Smirnov 1939). The
 * relative error of the p-value is that of {@linkcode kolmogorovLaw}: 1e-10 up to 2,000 values, 1e-9 beyond. Ties, as rounded
 * values have them, don't come from such a law and count against it. O(n log n).
 *
 * A law whose parameters were estimated from the same sample lies closer to it than the true law, so this p-value would be far
 * too large: {@linkcode ksTestFitted} has the null for that. A law that carries its fit is refused; one rebuilt from its
 * parameters can't be told.
 *
 * @throws {TypeError} If the law was fitted, and `null` doesn't say that it is fully specified.
 * @throws {RangeError} If the sample is empty or holds a value that is not finite, if an option is unknown, or if an exact test
 * has more than 10,000 values.
 *
 * @example
 * ```ts
 * import { createPrng, ksTest, laplace } from "@bitbell/bitbell";
 * import { assertGreater, assertLess } from "@std/assert";
 *
 * const law = laplace({ location: 0, scale: 1 });
 * const sample = law.sample(500, { prng: createPrng(1) });
 * assertGreater(ksTest(sample, law).pValue, 0.01);
 * assertLess(ksTest(sample, laplace({ location: 0.3, scale: 1 })).pValue, 1e-6);
 * ```
 */
export function ksTest(
  sample: Sample,
  law: Distribution,
  { method = "auto", alternative = "two-sided", null: declared }: KsTestOptions = {},
): KsTest {
  const action = "run a Kolmogorov-Smirnov test";
  assertMember(action, "method", methods, method);
  assertMember(action, "alternative", alternatives, alternative);
  if (declared !== undefined) assertMember(action, "null", ["fully-specified"], declared);
  if ("fit" in law && declared === undefined) {
    throw new TypeError(
      `Cannot ${action} as the law must be known before the sample: current value is a fitted ${law.family} law; ` +
        `ksTestFitted has its null, and { null: "fully-specified" } is for a law that was fitted to other values`,
    );
  }
  assertFiniteSample(sample, action);
  const size = sample.length;
  if (method === "exact" && size > exactSizeLimit) {
    throw new RangeError(
      `Cannot ${action} as the exact method takes at most ${exactSizeLimit} values: current value is ${size}`,
    );
  }
  const twoSided = ksStatistic(sample, law);
  const { statistic, location } = alternative === "two-sided" ? twoSided : twoSided[alternative];
  const used = method === "limit" ? "limit" : size <= exactSizeLimit ? "exact" : "expansion";
  return {
    statistic,
    location,
    size,
    alternative,
    pValue: used === "limit"
      ? limitPValue(statistic, size, alternative)
      : (alternative === "two-sided" ? kolmogorovLaw(size) : smirnovLaw(size)).sf(statistic),
    method: used,
    null: "fully-specified",
  };
}

/** The p-value of a statistic by the limit law of `sqrt(size)` times it. */
export function limitPValue(statistic: number, size: number, alternative: KsAlternative): number {
  const law = alternative === "two-sided" ? kolmogorovLimit : smirnovLimit;
  return law.sf(Math.sqrt(size) * statistic);
}

/** Throws unless an option has one of its values. */
export function assertMember(
  action: string,
  option: string,
  members: readonly string[],
  value: string,
): void {
  if (!members.includes(value)) {
    throw new RangeError(
      `Cannot ${action} as ${option} must be one of ${
        members.join(", ")
      }: current value is ${value}`,
    );
  }
}

/** Throws unless the alternative is one. */
export function assertAlternative(action: string, alternative: string): void {
  assertMember(action, "alternative", alternatives, alternative);
}
