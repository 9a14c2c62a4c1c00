import erf from "@stdlib/math-base-special-erf";
import erfc from "@stdlib/math-base-special-erfc";
import erfcinv from "@stdlib/math-base-special-erfcinv";
import erfinv from "@stdlib/math-base-special-erfinv";
import { emptyMoments } from "../numerics/gauss_legendre.ts";
import { meanSquare } from "../numerics/moments.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { assertParameters, type Distribution } from "./distribution.ts";
import { assertFittable, type FittedDistribution, withFit } from "./fit.ts";
import { gaussian } from "./gaussian.ts";

/** The parameters of a half-Gaussian law. */
export interface HalfGaussianParameters {
  /** The lower end of the support. */
  readonly location: number;
  /** Positive, in the unit of the values: the deviation of the Gaussian law whose upper half it is. */
  readonly scale: number;
}

const logPeak = 0.5 * Math.log(2 / Math.PI);

/**
 * The half-Gaussian (half-normal) law, with density `sqrt(2 / pi) exp(-z^2 / 2) / scale`, `z = (x - location) / scale`, from its
 * location upwards: one-sided, for activations after a ReLU.
 *
 * @throws {RangeError} If a parameter is not finite, or the scale is not positive.
 *
 * @example
 * ```ts
 * import { halfGaussian } from "@bitbell/bitbell";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const law = halfGaussian({ location: 0, scale: 1 });
 * assertAlmostEquals(law.mean, Math.sqrt(2 / Math.PI), 1e-15);
 * assertEquals(law.cdf(-1), 0);
 * ```
 */
export function halfGaussian({ location, scale }: HalfGaussianParameters): Distribution {
  const parameters = { location, scale };
  assertParameters("half-gaussian", parameters, ["scale"]);
  const whole = gaussian({ mean: location, standardDeviation: scale });
  const standardize = (x: number) => (x - location) / scale;
  return {
    family: "half-gaussian",
    parameters,
    mean: location + scale * Math.sqrt(2 / Math.PI),
    variance: scale * scale * (1 - 2 / Math.PI),
    support: [location, Infinity],
    breakpoints: [],
    logConcave: true,
    standardForm: { location, scale, standard: () => halfGaussian({ location: 0, scale: 1 }) },
    pdf: (x) => x < location ? 0 : 2 * whole.pdf(x),
    logPdf(x) {
      if (x < location) return -Infinity;
      const z = standardize(x);
      return -0.5 * z * z + logPeak - Math.log(scale);
    },
    cdf: (x) => x < location ? 0 : erf(standardize(x) * Math.SQRT1_2),
    sf: (x) => x < location ? 1 : erfc(standardize(x) * Math.SQRT1_2),
    quantile(p) {
      if (!(p >= 0 && p <= 1)) return NaN;
      return location + scale * Math.SQRT2 * (p < 0.5 ? erfinv(p) : erfcinv(1 - p));
    },
    partialMoments(lower, upper, about = 0) {
      const start = Math.max(lower, location);
      if (!(start < upper)) return emptyMoments(lower, upper);
      const [mass, first, second] = whole.partialMoments(start, upper, about);
      return [2 * mass, 2 * first, 2 * second];
    },
    sample: (size, options) =>
      whole.sample(size, options).map((x) => location + Math.abs(x - location)),
  };
}

/**
 * Fits a half-Gaussian law by maximum likelihood: the smallest value, and the root of the mean squared distance from it. O(n).
 *
 * The location is no regular parameter: its estimate lies above the truth by an exponential law of mean
 * `sqrt(pi / 2) scale / size`, so its standard error falls as 1 / n.
 *
 * @throws {RangeError} If the sample has fewer than two values, is constant, or holds a value that is not finite.
 *
 * @example
 * ```ts
 * import { fitHalfGaussian } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(fitHalfGaussian([1, 2, 2, 3, 2, 4]).parameters, { location: 1, scale: Math.sqrt(8 / 3) });
 * ```
 */
export function fitHalfGaussian(sample: Sample): FittedDistribution {
  assertFiniteSample(sample, "fit a half-Gaussian law");
  assertFittable(sample, "fit a half-Gaussian law", 2);
  const size = sample.length;
  const [location] = extent(sample);
  const scale = Math.sqrt(meanSquare(sample, location));
  return withFit(halfGaussian({ location, scale }), {
    size,
    logLikelihood: size * (logPeak - Math.log(scale) - 0.5),
    standardErrors: {
      location: (Math.sqrt(Math.PI / 2) * scale) / size,
      scale: scale / Math.sqrt(2 * size),
    },
  });
}
