import { meanAbsolute } from "../numerics/moments.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { assertParameters, assertSampleSize, type Distribution } from "./distribution.ts";
import { exponentialMoments, type ExponentialSide } from "./exponential_sides.ts";
import { assertFittable, type FittedDistribution, withFit } from "./fit.ts";

/** The parameters of an exponential law. */
export interface ExponentialParameters {
  /** The lower end of the support. */
  readonly location: number;
  /** Positive, in the unit of the values: the standard deviation, and the mean's distance from the location. */
  readonly scale: number;
}

const nothing: ExponentialSide = { probability: 0, scale: 1 };

/**
 * The exponential law, with density `exp(-(x - location) / scale) / scale` from its location upwards: one-sided, for activations
 * after a ReLU.
 *
 * @throws {RangeError} If a parameter is not finite, or the scale is not positive.
 *
 * @example
 * ```ts
 * import { exponential } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const law = exponential({ location: 0, scale: 2 });
 * assertEquals([law.pdf(0), law.mean, law.variance, law.cdf(-1)], [0.5, 2, 4, 0]);
 * ```
 */
export function exponential({ location, scale }: ExponentialParameters): Distribution {
  const parameters = { location, scale };
  assertParameters("exponential", parameters, ["scale"]);
  const standardize = (x: number) => (x - location) / scale;
  const side = { probability: 1, scale };
  return {
    family: "exponential",
    parameters,
    mean: location + scale,
    variance: scale * scale,
    support: [location, Infinity],
    breakpoints: [],
    logConcave: true,
    standardForm: { location, scale, standard: () => exponential({ location: 0, scale: 1 }) },
    pdf: (x) => x < location ? 0 : Math.exp(-standardize(x)) / scale,
    logPdf: (x) => x < location ? -Infinity : -standardize(x) - Math.log(scale),
    cdf: (x) => x < location ? 0 : -Math.expm1(-standardize(x)),
    sf: (x) => x < location ? 1 : Math.exp(-standardize(x)),
    quantile: (p) => p >= 0 && p <= 1 ? location - scale * Math.log1p(-p) : NaN,
    partialMoments: (lower, upper, about = 0) =>
      exponentialMoments(location, nothing, side, lower, upper, about),
    sample(size, { prng }) {
      assertSampleSize(size);
      // 1 - u is in (0, 1], so the logarithm stays finite.
      return Float64Array.from({ length: size }, () => location - scale * Math.log(1 - prng()));
    },
  };
}

/**
 * Fits an exponential law by maximum likelihood: the smallest value, and the mean's distance from it. O(n).
 *
 * The location is no regular parameter: its estimate lies above the truth by an exponential law of mean `scale / size`, so its
 * standard error falls as 1 / n.
 *
 * @throws {RangeError} If the sample has fewer than two values, is constant, or holds a value that is not finite.
 *
 * @example
 * ```ts
 * import { fitExponential } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(fitExponential([1, 2, 6]).parameters, { location: 1, scale: 2 });
 * ```
 */
export function fitExponential(sample: Sample): FittedDistribution {
  assertFiniteSample(sample, "fit an exponential law");
  assertFittable(sample, "fit an exponential law", 2);
  const size = sample.length;
  const [location] = extent(sample);
  const scale = meanAbsolute(sample, location);
  return withFit(exponential({ location, scale }), {
    size,
    logLikelihood: -size * (Math.log(scale) + 1),
    standardErrors: { location: scale / size, scale: scale / Math.sqrt(size) },
  });
}
