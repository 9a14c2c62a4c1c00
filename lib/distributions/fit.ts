import type { Distribution } from "./distribution.ts";

/** What a fit found out beside the parameters. */
export interface Fit {
  /** Number of values that were fitted. */
  readonly size: number;
  /** Which estimator it was: "maximum likelihood" unless the function's name says otherwise. */
  readonly estimator: string;
  /** Asymptotic standard error of each parameter. */
  readonly standardErrors: Readonly<Record<string, number>>;
  /** The sum of `logPdf` over the sample, in nats. */
  readonly logLikelihood: number;
  /** Akaike's criterion: `2 k - 2 logLikelihood`, with k parameters. */
  readonly aic: number;
  /** Schwarz's criterion: `k ln(size) - 2 logLikelihood`. */
  readonly bic: number;
}

/** A law whose parameters were estimated from a sample. */
export interface FittedDistribution extends Distribution {
  readonly fit: Fit;
}

/** Attaches the record of a maximum-likelihood fit to the law that it found. */
export function withFit(
  law: Distribution,
  { size, logLikelihood, standardErrors }: Pick<
    Fit,
    "size" | "logLikelihood" | "standardErrors"
  >,
): FittedDistribution {
  const count = Object.keys(law.parameters).length;
  return {
    ...law,
    fit: {
      size,
      estimator: "maximum likelihood",
      standardErrors,
      logLikelihood,
      aic: 2 * count - 2 * logLikelihood,
      bic: count * Math.log(size) - 2 * logLikelihood,
    },
  };
}
