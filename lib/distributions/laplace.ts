import { meanAbsolute } from "../numerics/moments.ts";
import { medianOf } from "../numerics/order_statistics.ts";
import { assertFiniteSample, type Sample } from "../numerics/sample.ts";
import { assertParameters, assertSampleSize, type Distribution } from "./distribution.ts";
import { exponentialMoments } from "./exponential_sides.ts";
import { assertFittable, type FittedDistribution, withFit } from "./fit.ts";

const standardPdf = (z: number) => 0.5 * Math.exp(-Math.abs(z));
const standardSf = (z: number) => z > 0 ? 0.5 * Math.exp(-z) : 1 - 0.5 * Math.exp(z);

/** The parameters of a Laplace law. */
export interface LaplaceParameters {
  readonly location: number;
  /** Positive, in the unit of the values; the standard deviation is `sqrt(2) scale`. */
  readonly scale: number;
}

/**
 * The Laplace (double exponential) law, with density `exp(-|x - location| / scale) / (2 scale)`.
 *
 * @throws {RangeError} If a parameter is not finite, or the scale is not positive.
 *
 * @example
 * ```ts
 * import { laplace } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const law = laplace({ location: 0, scale: 0.5 });
 * assertEquals([law.pdf(0), law.variance, law.quantile(0.5)], [1, 0.5, 0]);
 * ```
 */
export function laplace({ location, scale }: LaplaceParameters): Distribution {
  const parameters = { location, scale };
  assertParameters("laplace", parameters, ["scale"]);
  const standardize = (x: number) => (x - location) / scale;
  const pdf = (x: number) => standardPdf(standardize(x)) / scale;
  const side = { probability: 0.5, scale };
  return {
    family: "laplace",
    parameters,
    mean: location,
    variance: 2 * scale * scale,
    support: [-Infinity, Infinity],
    breakpoints: [location],
    logConcave: true,
    symmetricAbout: location,
    standardForm: { location, scale, standard: () => laplace({ location: 0, scale: 1 }) },
    pdf,
    logPdf: (x) => -Math.abs(standardize(x)) - Math.log(2 * scale),
    cdf: (x) => standardSf(-standardize(x)),
    sf: (x) => standardSf(standardize(x)),
    // log1p and the exact difference 2p - 1 keep the relative precision around the median.
    quantile(p) {
      if (!(p >= 0 && p <= 1)) return NaN;
      const z = p < 0.25
        ? Math.log(2 * p)
        : p <= 0.75
        ? -Math.sign(2 * p - 1) * Math.log1p(-Math.abs(2 * p - 1))
        : -Math.log(2 * (1 - p));
      return location + scale * z;
    },
    partialMoments: (lower, upper, about = 0) =>
      exponentialMoments(location, side, side, lower, upper, about),
    sample(size, { prng }) {
      assertSampleSize(size);
      // One uniform gives the sign, the other the exponential magnitude; 1 - u is in (0, 1].
      return Float64Array.from({ length: size }, () => {
        const magnitude = -scale * Math.log(1 - prng());
        return prng() < 0.5 ? location - magnitude : location + magnitude;
      });
    },
  };
}

/**
 * Fits a Laplace law by maximum likelihood: the median (the mean of the two middle values when their number is even), and
 * the mean absolute deviation from it. O(n).
 *
 * @throws {RangeError} If the sample has fewer than two values, is constant, or holds a value that is not finite.
 *
 * @example
 * ```ts
 * import { fitLaplace } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { parameters } = fitLaplace([-1, 0, 4]);
 * assertEquals(parameters, { location: 0, scale: 5 / 3 });
 * ```
 */
export function fitLaplace(sample: Sample): FittedDistribution {
  assertFiniteSample(sample, "fit a Laplace law");
  assertFittable(sample, "fit a Laplace law", 2);
  const size = sample.length;
  const location = medianOf(sample);
  const scale = meanAbsolute(sample, location);
  return withFit(laplace({ location, scale }), {
    size,
    logLikelihood: -size * (Math.log(2 * scale) + 1),
    standardErrors: {
      location: scale / Math.sqrt(size),
      scale: scale / Math.sqrt(size),
    },
  });
}
