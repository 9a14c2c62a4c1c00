import { blockwiseSum } from "../numerics/blockwise_sum.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { assertParameters, assertSampleSize, type Distribution } from "./distribution.ts";
import { exponentialMoments } from "./exponential_sides.ts";
import { assertFittable, type FittedDistribution, withFit } from "./fit.ts";

/** The parameters of an asymmetric Laplace law. */
export interface AsymmetricLaplaceParameters {
  /** The mode: the quantile of probability `asymmetry^2 / (1 + asymmetry^2)`. */
  readonly location: number;
  /** Positive, in the unit of the values. */
  readonly scale: number;
  /** Positive: 1 is the Laplace law, below 1 the upper tail is the longer one, above 1 the lower. */
  readonly asymmetry: number;
}

/**
 * The asymmetric Laplace law with density `exp(-asymmetry z) / (scale (asymmetry + 1 / asymmetry))` above its location and
 * `exp(z / asymmetry) / (scale (asymmetry + 1 / asymmetry))` below, `z = (x - location) / scale` (Kotz, Kozubowski and
 * Podgorski, "The Laplace Distribution and Generalizations", 2001, 3.1; SciPy's `laplace_asymmetric`, where asymmetry is kappa).
 *
 * @throws {RangeError} If a parameter is not finite, the scale or the asymmetry is not positive, or a side's own scale,
 * `scale * asymmetry` or `scale / asymmetry`, leaves 1e-150 to 1e150.
 *
 * @example
 * ```ts
 * import { asymmetricLaplace } from "@bitbell/bitbell";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const law = asymmetricLaplace({ location: 1, scale: 2, asymmetry: 2 });
 * assertAlmostEquals(law.cdf(1), 0.8);
 * assertEquals([law.mean, law.variance], [-2, 17]);
 * ```
 */
export function asymmetricLaplace(
  { location, scale, asymmetry }: AsymmetricLaplaceParameters,
): Distribution {
  const parameters = { location, scale, asymmetry };
  assertParameters("asymmetric-laplace", parameters, ["scale", "asymmetry"]);
  const squared = asymmetry * asymmetry;
  const below = { probability: squared / (1 + squared), scale: scale * asymmetry };
  const above = { probability: 1 / (1 + squared), scale: scale / asymmetry };
  assertParameters(
    "asymmetric-laplace",
    { "scale * asymmetry": below.scale, "scale / asymmetry": above.scale },
    ["scale * asymmetry", "scale / asymmetry"],
  );
  const peak = 1 / (below.scale + above.scale);
  const fall = (x: number) =>
    x < location ? (x - location) / below.scale : -(x - location) / above.scale;
  return {
    family: "asymmetric-laplace",
    parameters,
    mean: location + (above.scale - below.scale),
    variance: below.scale * below.scale + above.scale * above.scale,
    support: [-Infinity, Infinity],
    breakpoints: [location],
    logConcave: true,
    ...(asymmetry === 1 && { symmetricAbout: location }),
    standardForm: {
      location,
      scale,
      standard: () => asymmetricLaplace({ location: 0, scale: 1, asymmetry }),
    },
    pdf: (x) => peak * Math.exp(fall(x)),
    logPdf: (x) => fall(x) + Math.log(peak),
    // Sums of positive terms: a side of little probability keeps its digits next to the location.
    cdf: (x) =>
      x < location
        ? below.probability * Math.exp(fall(x))
        : below.probability - above.probability * Math.expm1(fall(x)),
    sf: (x) =>
      x < location
        ? above.probability - below.probability * Math.expm1(fall(x))
        : above.probability * Math.exp(fall(x)),
    quantile: (p) =>
      p <= below.probability
        ? location + below.scale * logRatio(p, below.probability)
        : location - above.scale * logRatio(1 - p, above.probability),
    partialMoments: (lower, upper, about = 0) =>
      exponentialMoments(location, below, above, lower, upper, about),
    sample(size, { prng }) {
      assertSampleSize(size);
      // One uniform gives the side, the other the exponential distance; 1 - u is in (0, 1].
      return Float64Array.from({ length: size }, () => {
        const distance = -Math.log(1 - prng());
        return prng() < below.probability
          ? location - below.scale * distance
          : location + above.scale * distance;
      });
    },
  };
}

/** `log(a / b)`, with the precision of the difference `a - b` where the two are close, for subnormal a too. */
const logRatio = (a: number, b: number) =>
  a > 0.5 * b ? Math.log1p((a - b) / b) : Math.log(a) - Math.log(b);

/**
 * Fits an asymmetric Laplace law by maximum likelihood in all three parameters. O(n log n).
 *
 * With A and B the sums of the distances above and below a location, the best scale and asymmetry leave
 * `-n (1 + 2 ln((sqrt(A) + sqrt(B)) / sqrt(n)))` (Kotz, Kozubowski and Podgorski 2001, 3.5.1.5), whose best location is a value of
 * the sample as A and B are linear between two values: all of them are tried, and the exact optimum is found.
 *
 * @throws {RangeError} If the sample has fewer than three values, is constant, or holds a value that is not finite; if the likelihood
 * is largest at an end of the sample, where the law degenerates to a one-sided exponential.
 *
 * @example
 * ```ts
 * import { fitAsymmetricLaplace } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { parameters } = fitAsymmetricLaplace([-1, 0, 0, 0, 0, 0, 4]);
 * assertAlmostEquals(parameters["asymmetry"]!, Math.SQRT1_2);
 * ```
 */
export function fitAsymmetricLaplace(sample: Sample): FittedDistribution {
  assertFiniteSample(sample, "fit an asymmetric Laplace law");
  assertFittable(sample, "fit an asymmetric Laplace law", 3);
  const size = sample.length;
  const sorted = sortedCopy(sample);
  const location = bestLocation(sorted);
  if (location === sorted[0] || location === sorted[size - 1]) {
    throw new RangeError(
      `Cannot fit an asymmetric Laplace law as its likelihood must be largest inside the sample, not where it is a one-sided exponential law: current value is ${location}, an end of the sample`,
    );
  }
  const above = blockwiseSum(size, (i) => Math.max(sorted[i]! - location, 0)) / size;
  const below = blockwiseSum(size, (i) => Math.max(location - sorted[i]!, 0)) / size;
  const [rootAbove, rootBelow] = [Math.sqrt(above), Math.sqrt(below)];
  const asymmetry = Math.sqrt(rootBelow / rootAbove);
  const scale = Math.sqrt(rootAbove * rootBelow) * (rootAbove + rootBelow);
  const rootSize = Math.sqrt(size);
  return withFit(asymmetricLaplace({ location, scale, asymmetry }), {
    size,
    logLikelihood: -size * (1 + 2 * Math.log(rootAbove + rootBelow)),
    // The inverse of the Fisher information, which is regular in all three.
    standardErrors: {
      location: (Math.SQRT2 * scale) / rootSize,
      scale: (scale * (asymmetry + 1 / asymmetry)) / (2 * rootSize),
      asymmetry: (1 + asymmetry * asymmetry) / (2 * rootSize),
    },
  });
}

/** The value that minimizes `sqrt(A) + sqrt(B)`: A and B are updated from value to value, by positive terms only. */
function bestLocation(sorted: Float64Array): number {
  const size = sorted.length;
  const below = new Float64Array(size);
  let sum = 0, correction = 0;
  const add = (term: number) => {
    const next = sum + term;
    // Fast two-sum where the sum is the larger one, as nearly always; else the lost digits are the sum's.
    correction += sum >= term ? (sum - next) + term : (term - next) + sum;
    sum = next;
  };
  for (let i = 1; i < size; i++) {
    add(i * (sorted[i]! - sorted[i - 1]!));
    below[i] = sum + correction;
  }
  sum = correction = 0;
  let best = size - 1, least = Math.sqrt(below[best]!);
  for (let i = size - 2; i >= 0; i--) {
    add((size - 1 - i) * (sorted[i + 1]! - sorted[i]!));
    const objective = Math.sqrt(sum + correction) + Math.sqrt(below[i]!);
    if (objective < least) [best, least] = [i, objective];
  }
  return sorted[best]!;
}
