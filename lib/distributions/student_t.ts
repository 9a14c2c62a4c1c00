import erfcinv from "@stdlib/math-base-special-erfcinv";
import { logHalfStepRatio } from "../numerics/gamma_ratio.ts";
import { integrateCell, type PartialMoments } from "../numerics/gauss_legendre.ts";
import {
  incompleteBetaBeyond,
  incompleteBetaWithin,
  logOnePlusSquare,
} from "../numerics/incomplete_beta.ts";
import { mean as meanOf, meanSquare } from "../numerics/moments.ts";
import { type SecondOrder, standardErrorsOf } from "../numerics/newton_maximum.ts";
import { solveProbability } from "../numerics/root_finding.ts";
import { assertFiniteSample, type Sample } from "../numerics/sample.ts";
import { assertParameters, assertSampleSize, type Distribution } from "./distribution.ts";
import { assertFittable, type FittedDistribution, withFit } from "./fit.ts";
import {
  climb,
  type Frame,
  frameOf,
  logLikelihoodOf,
  meansOver,
  scoreLimit,
} from "./newton_fit.ts";
import { symmetricLaw } from "./symmetric_law.ts";

/** The parameters of a Student t law. */
export interface StudentTParameters {
  readonly location: number;
  /** Positive, in the unit of the values; the standard deviation is `sqrt(v / (v - 2))` times it, with v degrees of freedom above 2. */
  readonly scale: number;
  /** At least 0.1; not necessarily an integer. */
  readonly degreesOfFreedom: number;
}

/** Below this, quantiles and draws leave the range of doubles. */
const fewestDegreesOfFreedom = 0.1;
/** From here on, in units of the root of the degrees of freedom, a cell may lie beyond all doubles of probability. */
const farthest = 1e10;
const logSqrtTwoPi = 0.5 * Math.log(2 * Math.PI);

/**
 * Student's t law with location and scale: density `C (1 + z^2 / v)^(-(v + 1) / 2) / scale`, `z = (x - location) / scale` and v degrees
 * of freedom. With v = 1 it is Cauchy's, and as v grows it becomes the Gaussian, whose density it exceeds by about `z^4 / (4 v)` of it.
 *
 * Moments of infinite order are what the integrals are: the variance is Infinity for v <= 2; the mean is NaN for v <= 1, as is the
 * first partial moment over the whole line, while over a half line it is Infinity with the sign of that side.
 *
 * @throws {RangeError} If a parameter is not finite, the scale is not positive, or there are fewer than 0.1 degrees of freedom.
 *
 * @example
 * ```ts
 * import { studentT } from "@bitbell/bitbell";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const law = studentT({ location: 0, scale: 1, degreesOfFreedom: 1 });
 * assertAlmostEquals(law.sf(1), 0.25, 1e-15);
 * assertEquals(law.variance, Infinity);
 * ```
 */
export function studentT({ location, scale, degreesOfFreedom }: StudentTParameters): Distribution {
  const parameters = { location, scale, degreesOfFreedom };
  assertParameters("student-t", parameters, ["scale", "degreesOfFreedom"]);
  if (degreesOfFreedom < fewestDegreesOfFreedom) {
    throw new RangeError(
      `Cannot create a student-t law as degreesOfFreedom must be at least ${fewestDegreesOfFreedom}: current value is ${degreesOfFreedom}`,
    );
  }
  const standard = standardStudentT(degreesOfFreedom);
  const standardize = (x: number) => (x - location) / scale;
  const { density, logDensity, beyond } = standard;
  const tail = (z: number) => z >= 0 ? 0.5 * beyond(z) : 1 - 0.5 * beyond(-z);
  return {
    family: "student-t",
    parameters,
    ...symmetricLaw({ location, scale }, standard),
    mean: degreesOfFreedom > 1 ? location : NaN,
    variance: degreesOfFreedom > 2
      ? scale * scale * (degreesOfFreedom / (degreesOfFreedom - 2))
      : Infinity,
    breakpoints: [],
    logConcave: false,
    standardForm: {
      location,
      scale,
      standard: () => studentT({ location: 0, scale: 1, degreesOfFreedom }),
    },
    pdf: (x) => density(Math.abs(standardize(x))) / scale,
    logPdf: (x) => logDensity(Math.abs(standardize(x))) - Math.log(scale),
    cdf: (x) => tail(-standardize(x)),
    sf: (x) => tail(standardize(x)),
    sample(size, { prng }) {
      assertSampleSize(size);
      // Bailey's polar method (Mathematics of Computation 62, 1994); 1 - u is in (0, 1], so the logarithm stays finite.
      return Float64Array.from({ length: size }, () => {
        const growth = (-2 * Math.log(1 - prng())) / degreesOfFreedom;
        // The root of v (e^growth - 1), which would overflow first.
        const radius = growth > 600
          ? Math.sqrt(degreesOfFreedom) * Math.exp(growth / 2)
          : Math.sqrt(degreesOfFreedom * Math.expm1(growth));
        return location + scale * radius * Math.cos(2 * Math.PI * prng());
      });
    },
  };
}

/** The functions of the law with location 0 and scale 1, at `z >= 0`. */
function standardStudentT(v: number) {
  const root = Math.sqrt(v);
  const logPeak = logHalfStepRatio(v / 2).value - logSqrtTwoPi;
  const exponent = (v + 1) / 2;
  const logDensity = (z: number) => logPeak - exponent * logOnePlusSquare(z, root);
  const density = (z: number) => Math.exp(logDensity(z));
  const beyond = (z: number) => incompleteBetaBeyond(v / 2, z / root, -logOnePlusSquare(z, root));
  const within = (z: number) => incompleteBetaWithin(v / 2, z / root);
  // Up to a half, and up to the end of its domain, `within` has more digits than its complement.
  const largestWithin = Math.min(0.5, v < 1 ? within(root) : 0.5);

  /** The z that is exceeded with probability p <= 1/2. */
  const magnitude = (p: number) => {
    if (p === 0) return Infinity;
    const central = 1 - 2 * p;
    if (central === 0) return 0;
    const slope = (z: number) => 2 * Math.exp(logDensity(z) + Math.log(z));
    if (central <= largestWithin) {
      const tangent = central / (2 * density(0));
      return solveProbability(central, { probability: within, slope, falls: false }, tangent);
    }
    return solveProbability(
      2 * p,
      { probability: beyond, slope, falls: true },
      tailGuess(v, 2 * p),
    );
  };

  /** Pieces on which 16 nodes suffice: short beside the slope and the curvature of the logarithm, and the poles at `i sqrt(v)`. */
  const pieceWidth = (z: number) => {
    const square = v + z * z;
    const slope = ((v + 1) * z) / square;
    return Math.min(4 / (slope + 2 * Math.sqrt((v + 1) / square)), 1.2 * Math.sqrt(square));
  };

  /** The integrals of f, z f and z^2 f beyond z, in closed form: all terms are positive. */
  const tailMoments = (z: number): PartialMoments => {
    const mass = 0.5 * beyond(z);
    const first = v > 1 ? ((v + z * z) / (v - 1)) * density(z) : Infinity;
    const second = v > 2 ? ((v - 1) * z * first + v * mass) / (v - 2) : Infinity;
    return [mass, first, second];
  };

  const halfLineMoments = (
    start: number,
    correction: number,
    width: number,
    deviation: number,
  ): PartialMoments => {
    // So far out that nothing is left, the squares below would overflow.
    if (start > farthest * root && beyond(start) === 0) return [0, 0, 0];
    // The density moves by no more than its rounding within the correction.
    const cell = { start, correction, width, deviation };
    const logStart = logOnePlusSquare(start, root);
    /** Where the density has fallen to e^-60 of that at the start, by this power of `sqrt(1 + z^2 / v)`. */
    const fallen = (order: number) => root * Math.sqrt(Math.expm1(logStart + 120 / order));
    if (width < Infinity) {
      // Beyond, not even the cube of z times the density reaches the sixteenth digit.
      const reach = v > 2 ? fallen(v - 2) - start : Infinity;
      return integrateCell(density, { ...cell, width: Math.min(width, reach) }, pieceWidth);
    }
    // Beyond, nothing reaches the sixteenth digit.
    const negligible = fallen(v + 1);
    // From here on the tail is that of a power, so wide that its closed moments about any point keep their digits.
    const powerTail = Math.min(4 * Math.max(start, root), Number.MAX_VALUE);
    const end = Math.min(negligible, powerTail);
    const near = integrateCell(density, { ...cell, width: end - start }, pieceWidth);
    if (negligible <= powerTail) return near;
    const [mass, first, second] = tailMoments(end);
    const about = start - deviation;
    return [
      near[0] + mass,
      v > 1 ? near[1] + (first - about * mass) : Infinity,
      v > 2 ? near[2] + (second - 2 * about * first + about * about * mass) : Infinity,
    ];
  };

  return { density, logDensity, beyond, magnitude, halfLineMoments };
}

/** About the z > 0 beyond which, on both sides together, the law has this probability. */
function tailGuess(v: number, probability: number): number {
  const a = v / 2;
  // The leading term of the power series far out ...
  const logX = (Math.log(probability) - logHalfStepRatio(a).value + 0.5 * Math.log(Math.PI * a)) /
    a;
  if (logX < -1.5) return Math.sqrt(v) * Math.exp(-logX / 2);
  // ... and of the expansion for many degrees of freedom elsewhere.
  const u = erfcinv(probability) ** 2;
  return Math.sqrt(v * Math.expm1(u / Math.max(a - 0.25, 0.25)));
}

/** What a fit is held to; with as many degrees of freedom the law is the Gaussian but for its far tails. */
const fitLimits = {
  degreesOfFreedom: { lower: 0.1, upper: 1e15 },
  /** In median distances from the median, of the values that differ from it. */
  scale: { lower: 1e-6 },
} as const;

/**
 * Fits a Student t law by maximum likelihood: Newton's method on the location, the logarithm of the scale and `ln(1 + 1 / v)`, v the
 * degrees of freedom, from the median on and from two tails. O(n) a step; a large sample is thinned for the first ones.
 *
 * The likelihood has no maximum in all of its domain: it grows without bound as the law shrinks onto a tie, or onto a single value
 * with `v < 1 / (n - 1)` (Fernandez and Steel, Biometrika 86, 1999). So the degrees of freedom are held to [0.1, 1e15], and the scale
 * to at least 1e-6 of the median distance from the median of the values that differ from it. Where the scale ends there or v ends at 0.1,
 * as they can when more than a tenth of the values are equal, `fit.iteration.converged` is false. Tails no heavier than a Gaussian's
 * drive v to 1e15, where the law is the Gaussian but for its far tails: that limit is the maximum, and the fit has converged.
 *
 * `fit.iteration.score` is the largest derivative of the mean log-likelihood by the location in scales, the logarithm of the scale and
 * `ln(1 + 1 / v)`, of the parameters that are not at a limit; the fit has converged when it is at most 1e-9. Standard errors come from the
 * observed information; that of a parameter at its limit is Infinity.
 *
 * @throws {RangeError} If the sample has fewer than three values, is constant, or holds a value that is not finite.
 *
 * @example
 * ```ts
 * import { createPrng, fitStudentT, studentT } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const law = studentT({ location: 1, scale: 2, degreesOfFreedom: 4 });
 * const { parameters, fit } = fitStudentT(law.sample(10_000, { prng: createPrng(1) }));
 * assertAlmostEquals(parameters["degreesOfFreedom"]!, 4, 4 * fit.standardErrors["degreesOfFreedom"]!);
 * ```
 */
export function fitStudentT(sample: Sample): FittedDistribution {
  assertFiniteSample(sample, "fit a Student t law");
  assertFittable(sample, "fit a Student t law", 3);
  const frame = frameOf(sample);
  const { lower: fewest, upper: most } = fitLimits.degreesOfFreedom;
  const best = climb(sample, (part, point) => meanLogLikelihood(part, frame, point), {
    starts: [[0, 0.2, Math.log1p(1 / 4)], [0, -0.2, Math.log1p(1)]],
    lower: [-Infinity, Math.log(fitLimits.scale.lower), Math.log1p(1 / most)],
    upper: [Infinity, Infinity, Math.log1p(1 / fewest)],
  });
  const [offset, logScale, logTail] = best.point as [number, number, number];
  const isGaussian = best.atBound[2]! && logTail < 1;
  const scale = frame.width * Math.exp(logScale);
  const tail = Math.expm1(logTail);
  const degreesOfFreedom = isGaussian ? most : Math.max(1 / tail, fewest);
  const location = frame.centre + frame.width * offset;
  const size = sample.length;
  const score = Math.max(
    Math.abs(best.gradient[0]!) * Math.exp(logScale),
    ...[1, 2].map((i) => best.atBound[i] ? 0 : Math.abs(best.gradient[i]!)),
  );
  const free = [0, 1, 2].filter((i) => !best.atBound[i]);
  const errors = standardErrorsOf(
    free.map((i) => free.map((j) => -size * best.hessian[i]![j]!)),
  );
  const errorOf = (i: number) => errors[free.indexOf(i)] ?? Infinity;
  return withFit(studentT({ location, scale, degreesOfFreedom }), {
    size,
    logLikelihood: size * (best.value - Math.log(frame.width)),
    standardErrors: {
      location: frame.width * errorOf(0),
      scale: scale * errorOf(1),
      // The derivative of v by ln(1 + 1 / v) is -v (v + 1).
      degreesOfFreedom: degreesOfFreedom * (degreesOfFreedom + 1) * errorOf(2),
    },
    iteration: {
      iterations: best.iterations,
      converged: score <= scoreLimit && !best.atBound[1] && (!best.atBound[2] || isGaussian),
      score,
    },
  });
}

/** Below this y the closed form of the function below would lose digits to its difference; the series then has ten terms. */
const seriesUpTo = 0.03;

/** `(ln(1 + y) - y / (1 + y)) / y^2`, which is 1/2 at 0, for small y. */
function logExcessSeries(y: number): number {
  let sum = 0;
  for (let n = 10; n >= 0; n--) sum = (n + 1) / (n + 2) - y * sum;
  return sum;
}

/** The derivative of the function above. */
function logExcessSlopeSeries(y: number): number {
  let sum = 0;
  for (let n = 11; n >= 1; n--) sum = (n * (n + 1)) / (n + 2) - y * sum;
  return -sum;
}

/**
 * The mean log-likelihood in the frame's unit, by the location in widths, the logarithm of the scale in widths and ln(1 + k), where
 * k = 1 / v: in k it is smooth down to the Gaussian at 0, and no term of its derivatives cancels there.
 */
function meanLogLikelihood(
  sample: Sample,
  { centre, width }: Frame,
  point: readonly number[],
): SecondOrder {
  const [offset, logScale, logTail] = point as [number, number, number];
  const k = Math.expm1(logTail);
  const ratio = Math.exp(-logScale);
  const shift = width * offset;
  const scale = width / ratio;
  // With u = z^2, w = 1 / (1 + k u) and g the function above: the derivatives of -(1 + k) / (2 k) ln(1 + k u).
  const [logs, wz, wu, byTail, weights, wwu, wwuu, wwzu, byTailTwice] = meansOver(
    sample,
    9,
    (chunk, sums) => {
      let logs = 0, wz = 0, wu = 0, byTail = 0;
      let weights = 0, wwu = 0, wwuu = 0, wwzu = 0, byTailTwice = 0;
      for (let i = 0; i < chunk.length; i++) {
        const z = ((chunk[i]! - centre) - shift) / scale;
        const u = z * z;
        const y = k * u;
        const w = 1 / (1 + y);
        const log = Math.log1p(y);
        const wSquareU = w * w * u;
        logs += log;
        wz += w * z;
        wu += w * u;
        weights += w;
        wwu += wSquareU;
        wwuu += wSquareU * u;
        wwzu += wSquareU * z;
        if (y < seriesUpTo) {
          byTail += u * u * logExcessSeries(y) - w * u;
          byTailTwice += u * u * u * logExcessSlopeSeries(y) + wSquareU * u;
        } else {
          // The same, divided by powers of k: u itself may be too large for its cube.
          const excess = (log - y * w) / (k * k);
          byTail += excess - w * u;
          byTailTwice += (wSquareU * u - 2 * excess) / k + wSquareU * u;
        }
      }
      sums.set([logs, wz, wu, byTail, weights, wwu, wwuu, wwzu, byTailTwice]);
    },
  ) as [number, number, number, number, number, number, number, number, number];
  const norm = normalizer(k);
  const q = 1 + k;
  const locationScale = ratio * q * (2 * k * wwzu - 2 * wz);
  const locationTail = ratio * (wz - q * wwzu);
  const scaleTail = wu - q * wwuu;
  const tailSlope = norm.first + 0.5 * byTail;
  const tailCurvature = norm.second + 0.5 * byTailTwice;
  return {
    value: norm.value - (q / (2 * k)) * logs - logScale,
    gradient: [ratio * q * wz, q * wu - 1, q * tailSlope],
    hessian: [
      [ratio * ratio * q * (2 * k * wwu - weights), locationScale, q * locationTail],
      [locationScale, 2 * q * (k * wwuu - wu), q * scaleTail],
      [q * locationTail, q * scaleTail, q * q * tailCurvature + q * tailSlope],
    ],
  };
}

/** The logarithm of the density at the location for scale 1, by k = 1 / v. */
function normalizer(k: number) {
  const { value, first, second } = logHalfStepRatio(1 / (2 * k));
  return {
    value: value - logSqrtTwoPi,
    first: -first / (2 * k * k),
    // The two terms cancel as k falls: -k / 4 + k^3 / 24 is then the value.
    second: k < 1e-4 ? k / 4 : (second / (4 * k) + first) / (k * k * k),
  };
}

/**
 * Fits a Student t law by the method of moments: the mean, the excess kurtosis k, from which `v = 4 + 6 / k`, and the variance. A kurtosis
 * no larger than a Gaussian's gives v = 1e15, the Gaussian. O(n). For tails so heavy that v is 8 or less the kurtosis of a sample
 * hardly settles, and v never falls below 4: `fitStudentT` is the better one. Standard errors are not given.
 *
 * @throws {RangeError} If the sample has fewer than three values, is constant, or holds a value that is not finite.
 *
 * @example
 * ```ts
 * import { fitStudentTByMoments } from "@bitbell/bitbell";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * // Mean 0, variance 1 and kurtosis 5, so an excess of 2.
 * const { parameters, fit } = fitStudentTByMoments([-Math.sqrt(5), 0, 0, 0, 0, 0, 0, 0, 0, Math.sqrt(5)]);
 * assertAlmostEquals(parameters["degreesOfFreedom"]!, 7, 1e-12);
 * assertEquals(fit.estimator, "moments");
 * ```
 */
export function fitStudentTByMoments(sample: Sample): FittedDistribution {
  assertFiniteSample(sample, "fit a Student t law by moments");
  assertFittable(sample, "fit a Student t law by moments", 3);
  const location = meanOf(sample);
  const deviation = Math.sqrt(meanSquare(sample, location));
  const [fourth] = meansOver(sample, 1, (chunk, sums) => {
    let sum = 0;
    for (let i = 0; i < chunk.length; i++) sum += ((chunk[i]! - location) / deviation) ** 4;
    sums[0] = sum;
  }) as [number];
  const most = fitLimits.degreesOfFreedom.upper;
  const degreesOfFreedom = fourth > 3 ? Math.min(4 + 6 / (fourth - 3), most) : most;
  const scale = deviation * Math.sqrt((degreesOfFreedom - 2) / degreesOfFreedom);
  const law = studentT({ location, scale, degreesOfFreedom });
  return withFit(law, {
    size: sample.length,
    estimator: "moments",
    logLikelihood: logLikelihoodOf(law, sample),
    standardErrors: {},
  });
}
