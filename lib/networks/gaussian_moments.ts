import erfc from "@stdlib/math-base-special-erfc";

/** Mean and variance of one value. */
export interface MeanAndVariance {
  readonly mean: number;
  readonly variance: number;
}

const inverseSqrtTwoPi = 1 / Math.sqrt(2 * Math.PI);
const density = (z: number) => Math.exp(-0.5 * z * z) * inverseSqrtTwoPi;
const below = (z: number) => 0.5 * erfc(-z * Math.SQRT1_2);

/**
 * Mean and variance of `min(max(x, 0), upper)` for a Gaussian x: what becomes of a batch norm's output in ReLU (`upper` infinite) or
 * ReLU6. The closed forms of Nagel et al. ("Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019,
 * appendix C), about that end of the interval to which the mean is nearer, so that little cancels: errors stay below 1e-13 of the
 * unclipped variance plus squared mean.
 *
 * A variance of 0 is that of a constant. O(1).
 *
 * @param upper Above 0; Infinity for none.
 */
export function clippedGaussianMoments(
  { mean, variance }: MeanAndVariance,
  upper: number,
): MeanAndVariance {
  if (variance === 0) return { mean: Math.min(Math.max(mean, 0), upper), variance: 0 };
  if (upper === Infinity) return rectifiedMoments(mean, variance);
  // min(max(x, 0), upper) = upper - min(max(upper - x, 0), upper).
  if (mean > upper / 2) {
    const mirrored = clippedGaussianMoments({ mean: upper - mean, variance }, upper);
    return { mean: upper - mirrored.mean, variance: mirrored.variance };
  }
  // It is max(x, 0) less the excess max(x - upper, 0); whose product is excess (excess + upper).
  const whole = rectifiedMoments(mean, variance), excess = rectifiedMoments(mean - upper, variance);
  const covariance = excess.variance + excess.mean * (excess.mean + upper - whole.mean);
  const clippedMean = Math.min(Math.max(whole.mean - excess.mean, 0), upper);
  return {
    mean: clippedMean,
    // No variance on [0, upper] is larger than that of the two ends.
    variance: Math.min(
      Math.max(whole.variance + excess.variance - 2 * covariance, 0),
      clippedMean * (upper - clippedMean),
    ),
  };
}

/** Mean and variance of `max(x, 0)`. */
function rectifiedMoments(mean: number, variance: number): MeanAndVariance {
  const deviation = Math.sqrt(variance);
  // What a Gaussian of the mean -|mean| keeps above 0: everything, or what is cut off.
  const distance = Math.abs(mean) / deviation;
  const share = below(-distance), peak = deviation * density(distance);
  const tailMean = Math.max(0, peak - Math.abs(mean) * share);
  const tailSquare = Math.max(0, variance * share - Math.abs(mean) * tailMean);
  const tailVariance = Math.max(0, tailSquare - tailMean * tailMean);
  if (mean < 0) return { mean: tailMean, variance: tailVariance };
  // x = max(x, 0) - max(-x, 0), and one of the two is 0.
  return {
    mean: mean + tailMean,
    variance: Math.max(0, variance - tailVariance - 2 * tailMean * (mean + tailMean)),
  };
}

/** Where the trapezoidal sums over the Gaussian law end, and their step: both errors are below 1e-15. */
const reach = 9, step = 1 / 16;

/**
 * Mean and variance of the largest of `count` independent standard Gaussians (order statistics, as tabulated by Teichroew, Annals of
 * Mathematical Statistics 27, 1956). By the trapezoidal rule, which on smooth densities like this is exact to rounding. O(1).
 *
 * @param count An integer, at least 1; up to about 10^6.
 */
export function largestGaussianMoments(count: number): MeanAndVariance {
  let first = 0, second = 0;
  for (let z = -reach; z <= reach; z += step) {
    const weight = count * density(z) * below(z) ** (count - 1) * step;
    first += weight * z;
    second += weight * z * z;
  }
  return { mean: first, variance: second - first * first };
}
