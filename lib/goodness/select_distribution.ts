import { dataOf } from "../distributions/data_of.ts";
import type { DistributionData } from "../distributions/distribution.ts";
import { distributionFamilies, fitFamily } from "../distributions/families.ts";
import type { FitOptions, FittedDistribution } from "../distributions/fit.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { andersonDarlingSorted } from "./anderson_darling.ts";
import { cramerVonMisesSorted } from "./cramer_von_mises.ts";
import { ksStatistics } from "./ks_statistic.ts";

/** Scores a fitted law against the sample; smaller is better, and Infinity rules the law out. */
export type CriterionFunction = (sample: Sample, candidate: FittedDistribution) => number;

/** The criteria that have a name. */
export type CriterionName =
  | "ks"
  | "logLikelihood"
  | "aic"
  | "bic"
  | "anderson-darling"
  | "cramer-von-mises";

/** Scores all candidates at once: a sort, or a pass over the sample, is then shared. */
type CandidatesScore = (sample: Sample, candidates: readonly FittedDistribution[]) => number[];

const ofFit =
  (score: (fit: FittedDistribution["fit"]) => number): CandidatesScore => (_, candidates) =>
    candidates.map(({ fit }) => score(fit));

const ofSorted =
  (statistic: (sorted: Float64Array, law: FittedDistribution) => { statistic: number }) =>
  (sample: Sample, candidates: readonly FittedDistribution[]) => {
    const sorted = sortedCopy(sample);
    return candidates.map((candidate) => statistic(sorted, candidate).statistic);
  };

const criteria: Readonly<Record<CriterionName, CandidatesScore>> = {
  ks: (sample, candidates) => ksStatistics(sample, candidates).map(({ statistic }) => statistic),
  logLikelihood: ofFit((fit) => -fit.logLikelihood),
  aic: ofFit((fit) => fit.aic),
  bic: ofFit((fit) => fit.bic),
  "anderson-darling": ofSorted(andersonDarlingSorted),
  "cramer-von-mises": ofSorted(cramerVonMisesSorted),
};

/** A fitted law and how well it did. */
export interface RankedDistribution extends DistributionData {
  /** The criterion's value, finite; smaller is better (the log-likelihood is negated). */
  readonly criterionValue: number;
}

/** A candidate that couldn't be ranked. */
export interface RefusedFamily {
  readonly family: string;
  /** Why it couldn't be fitted, or that the criterion ruled it out. */
  readonly reason: string;
}

/** Which law describes a sample best: plain data, which JSON and structuredClone bring back unchanged. */
export interface Selection {
  /** The criterion's name; "function" for one of the caller's own. */
  readonly criterion: string;
  readonly chosen: RankedDistribution;
  /** All candidates but the refused ones, best first; equal values keep the order in which the families were given. */
  readonly ranking: readonly RankedDistribution[];
  /** The candidates that the sample or the criterion refused, in the order in which they were given. */
  readonly refused: readonly RefusedFamily[];
  /** The second-best criterion value minus the best one; left out where nobody was second. */
  readonly margin?: number;
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
   * What to choose by: the Kolmogorov-Smirnov, Anderson-Darling or Cramer-von Mises statistic, the likelihood (plain, or less
   * the parameters as Akaike or Schwarz count them), or a function that scores a candidate (smaller is better).
   *
   * @default {"ks"}
   */
  readonly criterion?: CriterionName | CriterionFunction;
  /** Seed of the fits that draw starts at random. */
  readonly seed?: FitOptions["seed"];
}

/**
 * Fits every candidate family to the sample and ranks them by a criterion. The sample is sorted once for "anderson-darling" and
 * "cramer-von-mises", and not at all for the others.
 *
 * A family that the sample can't be fitted by (too few values, say), and one whose criterion is Infinity, as Anderson-Darling's
 * is where a value lies on the end of the law's support, is left out of the ranking and named in `refused` with the reason.
 *
 * @throws {RangeError} If the sample is empty or not finite; if a family or the criterion is unknown; if every family is
 * refused; if a criterion function gives NaN or -Infinity.
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
  { families = ["gaussian", "laplace"], criterion = "ks", seed }: SelectOptions = {},
): Selection {
  assertFiniteSample(sample, "select a distribution");
  assertFamilies(families);
  const score = scoreOf(criterion);
  const refused: RefusedFamily[] = [];
  const candidates = families.flatMap((family) => {
    try {
      return [fitFamily(sample, family, seed === undefined ? {} : { seed })];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      refused.push({ family, reason: error.message });
      return [];
    }
  });
  const values = score(sample, candidates);
  const ranking = candidates.flatMap((candidate, i): RankedDistribution[] => {
    const criterionValue = values[i]!;
    if (Number.isFinite(criterionValue)) return [{ ...dataOf(candidate), criterionValue }];
    if (criterionValue === Infinity) {
      refused.push({ family: candidate.family, reason: "The criterion is Infinity" });
      return [];
    }
    throw new RangeError(
      `Cannot select a distribution as the criterion must be a number or Infinity: its value for ${candidate.family} is ${criterionValue}`,
    );
  }).sort((a, b) => a.criterionValue - b.criterionValue);
  const [chosen, second] = ranking;
  if (chosen === undefined) {
    const reasons = refused.map(({ family, reason }) => `${family}: ${reason}`).join("; ");
    throw new RangeError(`Cannot select a distribution as every family is refused: ${reasons}`);
  }
  return {
    criterion: typeof criterion === "string" ? criterion : "function",
    chosen,
    ranking,
    refused: refused.sort((a, b) => families.indexOf(a.family) - families.indexOf(b.family)),
    ...(second && { margin: second.criterionValue - chosen.criterionValue }),
  };
}

function assertFamilies(families: readonly string[]): void {
  if (families.length === 0) {
    throw new RangeError("Cannot select a distribution as families is empty: its length is 0");
  }
  for (const family of families) {
    if (distributionFamilies.includes(family)) continue;
    throw new RangeError(
      `Cannot select a distribution as a family must be one of ${
        distributionFamilies.join(", ")
      }: current value is ${family}`,
    );
  }
}

function scoreOf(criterion: CriterionName | CriterionFunction): CandidatesScore {
  if (typeof criterion === "function") {
    return (sample, candidates) => candidates.map((candidate) => criterion(sample, candidate));
  }
  if (Object.hasOwn(criteria, criterion)) return criteria[criterion];
  throw new RangeError(
    `Cannot select a distribution as criterion must be one of ${
      Object.keys(criteria).join(", ")
    } or a function: current value is ${criterion}`,
  );
}
