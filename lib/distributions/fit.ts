import type { Sample } from "../numerics/sample.ts";
import type { Distribution } from "./distribution.ts";

/** What a fit found out beside the parameters. */
export interface Fit {
  /** Number of values that were fitted. */
  readonly size: number;
  /** Which estimator it was: "maximum likelihood" unless the function's name says otherwise. */
  readonly estimator: string;
  /** How many parameters were estimated: the k of `aic` and `bic`. */
  readonly freeParameters: number;
  /** Asymptotic standard error of each parameter. */
  readonly standardErrors: Readonly<Record<string, number>>;
  /** The sum of `logPdf` over the sample, in nats. */
  readonly logLikelihood: number;
  /** Akaike's criterion: `2 k - 2 logLikelihood`, with k parameters. */
  readonly aic: number;
  /** Schwarz's criterion: `k ln(size) - 2 logLikelihood`. */
  readonly bic: number;
  /** How the iteration ended; undefined where the estimator is a closed form. */
  readonly iteration?: FitIteration;
}

/** How an iterative fit ended. */
export interface FitIteration {
  readonly iterations: number;
  readonly converged: boolean;
  /**
   * The largest derivative of the mean log-likelihood, each in the parameter's own unit (the scale for a location and a scale, 1
   * for the rest): 0 at an exact optimum.
   */
  readonly score: number;
}

/** Options that a family's fit may take; each family reads those that it knows. */
export interface FitOptions {
  /** Seed of the starts that a fit draws at random. */
  readonly seed?: number;
}

/** A law whose parameters were estimated from a sample. */
export interface FittedDistribution extends Distribution {
  readonly fit: Fit;
}

/** What a fit has to tell of itself. */
interface FitRecord extends Pick<Fit, "size" | "logLikelihood" | "standardErrors"> {
  /** Only where it isn't maximum likelihood. */
  readonly estimator?: string;
  /** Only where it isn't the number of the law's `parameters`. */
  readonly freeParameters?: number;
  readonly iteration?: FitIteration;
}

/** Attaches the record of a fit to the law that it found. */
export function withFit(
  law: Distribution,
  {
    size,
    logLikelihood,
    standardErrors,
    estimator = "maximum likelihood",
    freeParameters = Object.keys(law.parameters).length,
    iteration,
  }: FitRecord,
): FittedDistribution {
  return {
    ...law,
    fit: {
      size,
      estimator,
      freeParameters,
      standardErrors,
      logLikelihood,
      aic: 2 * freeParameters - 2 * logLikelihood,
      bic: freeParameters * Math.log(size) - 2 * logLikelihood,
      ...(iteration && { iteration }),
    },
  };
}

/**
 * Throws unless a sample has as many values as a fit has parameters, and two that differ.
 *
 * @param action What the caller set out to do, as it stands in the error: "fit a Gaussian".
 * @throws {RangeError} If there are too few values, or all are equal.
 */
export function assertFittable(sample: Sample, action: string, freeParameters: number): void {
  const size = sample.length;
  if (size < freeParameters) {
    throw new RangeError(
      `Cannot ${action} as the sample must have at least ${freeParameters} values: its length is ${size}`,
    );
  }
  for (let i = 1; i < size; i++) if (sample[i] !== sample[0]) return;
  throw new RangeError(
    `Cannot ${action} as the values must differ: all ${size} are ${sample[0]}`,
  );
}
