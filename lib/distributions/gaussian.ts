import erfc from "@stdlib/math-base-special-erfc";
import erfcinv from "@stdlib/math-base-special-erfcinv";
import { emptyMoments, integrateCell } from "../numerics/gauss_legendre.ts";
import { finiteMoments } from "../numerics/moments.ts";
import type { Sample } from "../numerics/sample.ts";
import { assertParameters, assertSampleSize, type Distribution } from "./distribution.ts";
import { assertFittable, type FittedDistribution, withFit } from "./fit.ts";

const logSqrtTwoPi = 0.5 * Math.log(2 * Math.PI);
const standardPdf = (z: number) => Math.exp(-0.5 * z * z - logSqrtTwoPi);
const standardSf = (z: number) => 0.5 * erfc(z * Math.SQRT1_2);

/** The parameters of a Gaussian law. */
export interface GaussianParameters {
  readonly mean: number;
  /** Positive, in the unit of the values. */
  readonly standardDeviation: number;
}

/**
 * The Gaussian (normal) law, with density `exp(-z^2 / 2) / (sqrt(2 pi) standardDeviation)`, `z = (x - mean) / standardDeviation`.
 *
 * Distribution functions go through the complementary error function, so both tails keep their relative precision; partial
 * moments are integrated with Gauss-Legendre rules and need no differences.
 *
 * @throws {RangeError} If a parameter is not finite, or the deviation is not positive.
 *
 * @example Upper tail at eight deviations
 * ```ts
 * import { gaussian } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const law = gaussian({ mean: 0, standardDeviation: 1 });
 * assertAlmostEquals(law.sf(8), 6.220960574271786e-16, 1e-28);
 * ```
 */
export function gaussian({ mean, standardDeviation }: GaussianParameters): Distribution {
  const parameters = { mean, standardDeviation };
  assertParameters("gaussian", parameters, ["standardDeviation"]);
  const standardize = (x: number) => (x - mean) / standardDeviation;
  return {
    family: "gaussian",
    parameters,
    mean,
    variance: standardDeviation * standardDeviation,
    support: [-Infinity, Infinity],
    breakpoints: [],
    logConcave: true,
    symmetricAbout: mean,
    standardForm: {
      location: mean,
      scale: standardDeviation,
      standard: () => gaussian({ mean: 0, standardDeviation: 1 }),
    },
    pdf: (x) => standardPdf(standardize(x)) / standardDeviation,
    logPdf(x) {
      const z = standardize(x);
      return -0.5 * z * z - logSqrtTwoPi - Math.log(standardDeviation);
    },
    cdf: (x) => standardSf(-standardize(x)),
    sf: (x) => standardSf(standardize(x)),
    quantile: (p) => mean - standardDeviation * Math.SQRT2 * erfcinv(2 * p),
    partialMoments(lower, upper, about = 0) {
      if (!(lower < upper)) return emptyMoments(lower, upper);
      // Everything is measured from the highest point of the cell: a far and narrow one keeps its digits.
      const origin = Math.min(Math.max(mean, lower), upper);
      const z = standardize(origin);
      // Where the density has fallen by e^-50, nothing reaches the sixteenth digit: (|z| + tail)^2 / 2 = z^2 / 2 + 50.
      const tail = (100 * standardDeviation) / (Math.abs(z) + Math.sqrt(z * z + 100));
      const start = Math.max(lower - origin, -tail);
      return integrateCell(
        (x) => standardPdf(z + x / standardDeviation) / standardDeviation,
        {
          start,
          correction: 0,
          width: Math.min(upper - origin, tail) - start,
          deviation: (origin - about) + start,
        },
        (x) => (6 * standardDeviation) / (Math.abs(z + x / standardDeviation) + 2),
      );
    },
    sample(size, { prng }) {
      assertSampleSize(size);
      // Box and Muller; 1 - u is in (0, 1], so the logarithm stays finite.
      return Float64Array.from({ length: size }, () => {
        const radius = Math.sqrt(-2 * Math.log(1 - prng()));
        return mean + standardDeviation * radius * Math.cos(2 * Math.PI * prng());
      });
    },
  };
}

/**
 * Fits a Gaussian by maximum likelihood: the mean, and the population deviation (divisor n). O(n).
 *
 * @throws {RangeError} If the sample has fewer than two values, is constant, or holds a value that is not finite.
 *
 * @example
 * ```ts
 * import { fitGaussian } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { parameters } = fitGaussian([1, 3]);
 * assertEquals(parameters, { mean: 2, standardDeviation: 1 });
 * ```
 */
export function fitGaussian(sample: Sample): FittedDistribution {
  const { size, mean, variance } = finiteMoments(sample, "fit a Gaussian");
  assertFittable(sample, "fit a Gaussian", 2);
  const standardDeviation = Math.sqrt(variance);
  return withFit(gaussian({ mean, standardDeviation }), {
    size,
    logLikelihood: -size * (logSqrtTwoPi + Math.log(standardDeviation) + 0.5),
    standardErrors: {
      mean: standardDeviation / Math.sqrt(size),
      standardDeviation: standardDeviation / Math.sqrt(2 * size),
    },
  });
}
