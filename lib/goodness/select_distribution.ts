import type { DistributionData } from "../distributions/distribution.ts";
import { fitFamily } from "../distributions/families.ts";
import type { FittedDistribution } from "../distributions/fit.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { ksStatisticSorted } from "./ks_statistic.ts";

/** Scores a fitted law against the sorted sample; smaller is better. */
export type CriterionFunction = (sample: Sample, candidate: FittedDistribution) => number;

/** The criteria that have a name. */
export type CriterionName = "ks" | "logLikelihood" | "aic" | "bic";

const criteria: Readonly<Record<CriterionName, CriterionFunction>> = {
  ks: (sample, candidate) => ksStatisticSorted(sample as Float64Array, candidate).statistic,
  logLikelihood: (_, { fit }) => -fit.logLikelihood,
  aic: (_, { fit }) => fit.aic,
  bic: (_, { fit }) => fit.bic,
};

/** A fitted law and how well it did. */
export interface RankedDistribution extends DistributionData {
  /** The criterion's value; smaller is better (the log-likelihood is negated). */
  readonly criterionValue: number;
}

/** Which law describes a sample best: plain data, fit for JSON. */
export interface Selection {
  /** The criterion's name; "function" for one of the caller's own. */
  readonly criterion: string;
  readonly chosen: RankedDistribution;
  /** All candidates, best first; equal values keep the order in which the families were given. */
  readonly ranking: readonly RankedDistribution[];
  /** The second-best criterion value minus the best one; Infinity when there was one candidate. */
  readonly margin: number;
}

/** Options for {@linkcode selectDistribution}. */
export interface SelectOptions {
  /**
   * The candidates, by the family's name.
   *
   * @default {["gaussian", "laplace"]}
   */
  readonly families?: readonly string[];
  /**
   * What to choose by: the Kolmogorov-Smirnov statistic, the likelihood, or a function that scores a candidate (smaller is better;
   * it is given the sample in ascending order).
   *
   * @default {"ks"}
   */
  readonly criterion?: CriterionName | CriterionFunction;
}

/**
 * Fits every candidate family to the sample and ranks them by a criterion.
 *
 * @throws {RangeError} If the sample is empty, constant or not finite; if a family or the criterion is unknown; if a criterion
 * function gives NaN.
 *
 * @example
 * ```ts
 * import { createPrng, laplace, selectDistribution } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const weights = laplace({ location: 0, scale: 0.02 }).sample(5000, { prng: createPrng(1) });
 * const { chosen, ranking } = selectDistribution(weights);
 * assertEquals([chosen.family, ranking.length], ["laplace", 2]);
 * ```
 */
export function selectDistribution(
  sample: Sample,
  { families = ["gaussian", "laplace"], criterion = "ks" }: SelectOptions = {},
): Selection {
  assertFiniteSample(sample, "select a distribution");
  if (families.length === 0) {
    throw new RangeError("Cannot select a distribution as families is empty: its length is 0");
  }
  if (typeof criterion === "string" && !Object.hasOwn(criteria, criterion)) {
    throw new RangeError(
      `Cannot select a distribution as criterion must be one of ${
        Object.keys(criteria).join(", ")
      } or a function: current value is ${criterion}`,
    );
  }
  const score = typeof criterion === "string" ? criteria[criterion] : criterion;
  const sorted = sortedCopy(sample);
  const ranking = families.map((family): RankedDistribution => {
    const candidate = fitFamily(sample, family);
    const criterionValue = score(sorted, candidate);
    if (Number.isNaN(criterionValue)) {
      throw new RangeError(
        `Cannot select a distribution as the criterion must be a number: its value for ${family} is NaN`,
      );
    }
    return { family, parameters: candidate.parameters, criterionValue };
  }).sort((a, b) => difference(a.criterionValue, b.criterionValue));
  const chosen = ranking[0]!;
  return {
    criterion: typeof criterion === "string" ? criterion : "function",
    chosen,
    ranking,
    margin: ranking.length > 1
      ? difference(ranking[1]!.criterionValue, chosen.criterionValue)
      : Infinity,
  };
}

/** `a - b`, and 0 for two infinities of one sign. */
function difference(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
