import { integrateCell } from "../numerics/gauss_legendre.ts";
import { meanAbsolute } from "../numerics/moments.ts";
import { type SecondOrder, standardErrorsOf } from "../numerics/newton_maximum.ts";
import { medianOf } from "../numerics/order_statistics.ts";
import { assertFiniteSample, type Sample } from "../numerics/sample.ts";
import { type HalfLineMoments, symmetricMoments } from "../numerics/symmetric_moments.ts";
import { assertParameters, assertSampleSize, type Distribution } from "./distribution.ts";
import { assertFittable, type FittedDistribution, withFit } from "./fit.ts";
import { climb, type Frame, meansOver, scoreLimit } from "./newton_fit.ts";

/** The parameters of a logistic law. */
export interface LogisticParameters {
  readonly location: number;
  /** Positive, in the unit of the values; the standard deviation is `pi / sqrt(3) scale`. */
  readonly scale: number;
}

const standardPdf = (z: number) => {
  const tail = Math.exp(-Math.abs(z));
  return tail / ((1 + tail) * (1 + tail));
};
const standardSf = (z: number) => z > 0 ? Math.exp(-z) / (1 + Math.exp(-z)) : 1 / (1 + Math.exp(z));

const halfLineMoments: HalfLineMoments = (start, correction, width, deviation) => {
  if (standardPdf(start) === 0) return [0, 0, 0];
  // Beyond a fall of e^-60, nothing reaches the sixteenth digit.
  const cell = { start, correction, width: Math.min(width, 60), deviation };
  // The slope is at most 1; the poles of the density, pi off the real line, call for pieces of 4 rather than 6.
  return integrateCell(standardPdf, cell, () => 4);
};

/**
 * The logistic law, with density `e^-z / (scale (1 + e^-z)^2)`, `z = (x - location) / scale`: a bell between the Gaussian's and the
 * Laplace law's.
 *
 * @throws {RangeError} If a parameter is not finite, or the scale is not positive.
 *
 * @example
 * ```ts
 * import { logistic } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const law = logistic({ location: 1, scale: 0.5 });
 * assertEquals([law.pdf(1), law.cdf(1), law.quantile(0.5)], [0.5, 0.5, 1]);
 * ```
 */
export function logistic({ location, scale }: LogisticParameters): Distribution {
  const parameters = { location, scale };
  assertParameters("logistic", parameters, ["scale"]);
  const standardize = (x: number) => (x - location) / scale;
  const pdf = (x: number) => standardPdf(standardize(x)) / scale;
  // The logarithm of p / (1 - p); around 1/2, 1 - 2 p is exact.
  const quantile = (p: number) => {
    if (!(p >= 0 && p <= 1)) return NaN;
    const z = p < 0.25 ? Math.log(p / (1 - p)) : Math.log1p((2 * p - 1) / (1 - p));
    return location + scale * z;
  };
  return {
    family: "logistic",
    parameters,
    mean: location,
    variance: (Math.PI * Math.PI / 3) * scale * scale,
    support: [-Infinity, Infinity],
    breakpoints: [],
    logConcave: true,
    symmetricAbout: location,
    standardForm: { location, scale, standard: () => logistic({ location: 0, scale: 1 }) },
    pdf,
    logPdf(x) {
      const distance = Math.abs(standardize(x));
      return -distance - 2 * Math.log1p(Math.exp(-distance)) - Math.log(scale);
    },
    cdf: (x) => standardSf(-standardize(x)),
    sf: (x) => standardSf(standardize(x)),
    quantile,
    partialMoments: symmetricMoments({ location, scale }, halfLineMoments),
    sample(size, { prng }) {
      assertSampleSize(size);
      // 1 - u is in (0, 1], and the smallest u is taken for 0.
      return Float64Array.from(
        { length: size },
        () => quantile(Math.max(prng(), Number.EPSILON / 2)),
      );
    },
  };
}

/**
 * Fits a logistic law by maximum likelihood: Newton's method on location and logarithm of the scale, from the median on. The
 * log-likelihood is concave in `location / scale` and `1 / scale`, so the maximum is the only one. O(n) a step.
 *
 * `fit.iteration.score` is the largest derivative of the mean log-likelihood by the location in scales and by the logarithm of the
 * scale; the fit has converged when it is at most 1e-9. Standard errors come from the observed information.
 *
 * @throws {RangeError} If the sample has fewer than two values, is constant, or holds a value that is not finite.
 *
 * @example
 * ```ts
 * import { createPrng, fitLogistic, logistic } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const sample = logistic({ location: 1, scale: 2 }).sample(10_000, { prng: createPrng(1) });
 * const { parameters, fit } = fitLogistic(sample);
 * assertAlmostEquals(parameters["scale"]!, 2, 4 * fit.standardErrors["scale"]!);
 * ```
 */
export function fitLogistic(sample: Sample): FittedDistribution {
  assertFiniteSample(sample, "fit a logistic law");
  assertFittable(sample, "fit a logistic law", 2);
  const centre = medianOf(sample);
  // The mean distance from the median of a logistic law is 2 ln 2 scales.
  const frame = { centre, width: meanAbsolute(sample, centre) / (2 * Math.LN2) };
  const best = climb(sample, (part, point) => meanLogLikelihood(part, frame, point), {
    starts: [[0, 0]],
  });
  const [offset, logScale] = best.point as [number, number];
  const scale = frame.width * Math.exp(logScale);
  const size = sample.length;
  const score = Math.max(
    Math.abs(best.gradient[0]!) * Math.exp(logScale),
    Math.abs(best.gradient[1]!),
  );
  const errors = standardErrorsOf(best.hessian.map((row) => row.map((value) => -value * size)));
  return withFit(logistic({ location: frame.centre + frame.width * offset, scale }), {
    size,
    logLikelihood: size * (best.value - Math.log(frame.width)),
    standardErrors: {
      location: frame.width * errors[0]!,
      scale: scale * errors[1]!,
    },
    iteration: { iterations: best.iterations, converged: score <= scoreLimit, score },
  });
}

/** The mean log-likelihood in the frame's unit, by the location in widths and the logarithm of the scale in widths. */
function meanLogLikelihood(
  sample: Sample,
  { centre, width }: Frame,
  point: readonly number[],
): SecondOrder {
  const [offset, logScale] = point as [number, number];
  const ratio = Math.exp(-logScale);
  const shift = width * offset;
  const scale = width / ratio;
  const [value, pull, pullZ, slope, slopeZ, slopeZZ] = meansOver(sample, 6, (chunk, sums) => {
    let value = 0, pull = 0, pullZ = 0, slope = 0, slopeZ = 0, slopeZZ = 0;
    for (let i = 0; i < chunk.length; i++) {
      const z = ((chunk[i]! - centre) - shift) / scale;
      const distance = Math.abs(z);
      const tail = Math.exp(-distance);
      const inverse = 1 / (1 + tail);
      // The hyperbolic tangent of z / 2, and its derivative by z.
      const tangent = z < 0 ? (tail - 1) * inverse : (1 - tail) * inverse;
      const derivative = 2 * tail * inverse * inverse;
      value -= distance + 2 * Math.log1p(tail);
      pull += tangent;
      pullZ += z * tangent;
      slope += derivative;
      slopeZ += z * derivative;
      slopeZZ += z * z * derivative;
    }
    sums.set([value, pull, pullZ, slope, slopeZ, slopeZZ]);
  }) as [number, number, number, number, number, number];
  const mixed = -ratio * (pull + slopeZ);
  return {
    value: value - logScale,
    gradient: [ratio * pull, pullZ - 1],
    hessian: [[-ratio * ratio * slope, mixed], [mixed, -(pullZ + slopeZZ)]],
  };
}
