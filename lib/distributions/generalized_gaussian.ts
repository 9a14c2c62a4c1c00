import digamma from "@stdlib/math-base-special-digamma";
import gamma from "@stdlib/math-base-special-gamma";
import trigamma from "@stdlib/math-base-special-trigamma";
import { chunksOf } from "../numerics/chunks.ts";
import { differenceError, remainder } from "../numerics/error_free.ts";
import { integrateCell, type PartialMoments } from "../numerics/gauss_legendre.ts";
import { scaledLowerGamma, scaledUpperGamma } from "../numerics/incomplete_gamma.ts";
import { mean as meanOf, meanAbsolute, meanSquare } from "../numerics/moments.ts";
import { maximize, type SecondOrder, standardErrorsOf } from "../numerics/newton_maximum.ts";
import { medianOf } from "../numerics/order_statistics.ts";
import type { Prng } from "../numerics/prng.ts";
import { solveProbability } from "../numerics/root_finding.ts";
import { assertFiniteSample, extent, type Sample, sortedCopy } from "../numerics/sample.ts";
import { blocksOf, distancePowers, type ValueBlocks } from "./distance_powers.ts";
import { assertParameters, assertSampleSize, type Distribution } from "./distribution.ts";
import { assertFittable, type FittedDistribution, withFit } from "./fit.ts";
import {
  climb,
  logLikelihoodOf,
  meansOver,
  scoreLimit,
  scoreTolerance,
  thinned,
} from "./newton_fit.ts";
import { symmetricLaw } from "./symmetric_law.ts";

/** The parameters of a generalized Gaussian law. */
export interface GeneralizedGaussianParameters {
  readonly location: number;
  /** Positive, in the unit of the values: the distance from the location at which the density has fallen by 1/e. */
  readonly scale: number;
  /** In [0.05, 1000]: 1 is Laplace, 2 is Gaussian with `standardDeviation = scale / sqrt(2)`, many is nearly uniform. */
  readonly shape: number;
}

const shapeRange = { lower: 0.05, upper: 1000 } as const;

/**
 * The generalized Gaussian (exponential power) law, with density
 * `shape / (2 scale Gamma(1 / shape)) exp(-|(x - location) / scale|^shape)`.
 *
 * @throws {RangeError} If a parameter is not finite, the scale is not positive, or the shape outside [0.05, 1000].
 *
 * @example
 * ```ts
 * import { generalizedGaussian, laplace } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const law = generalizedGaussian({ location: 0, scale: 0.5, shape: 1 });
 * assertAlmostEquals(law.sf(2), laplace({ location: 0, scale: 0.5 }).sf(2), 1e-16);
 * ```
 */
export function generalizedGaussian(
  { location, scale, shape }: GeneralizedGaussianParameters,
): Distribution {
  const parameters = { location, scale, shape };
  assertParameters("generalized-gaussian", parameters, ["scale", "shape"]);
  if (!(shape >= shapeRange.lower && shape <= shapeRange.upper)) {
    throw new RangeError(
      `Cannot create a generalized-gaussian law as shape must be in [${shapeRange.lower}, ${shapeRange.upper}]: current value is ${shape}`,
    );
  }
  const standard = standardGeneralizedGaussian(shape);
  const { logPeak, peak, power, beyond } = standard;
  const standardize = (x: number) => (x - location) / scale;
  /** `|z|^shape`: where the shape is large, it would show the rounding of z. */
  const powerAt = (x: number) => {
    const distance = x - location;
    const z = distance / scale;
    const rest = differenceError(x, location, distance) + remainder(distance, scale, z);
    return z < 0 ? power(-z, -rest / scale) : power(z, rest / scale);
  };
  const tail = (x: number, side: number) => {
    const z = standardize(x);
    const half = 0.5 * beyond(Math.abs(z), powerAt(x));
    return side * z >= 0 ? half : 1 - half;
  };
  return {
    family: "generalized-gaussian",
    parameters,
    ...symmetricLaw({ location, scale }, standard),
    mean: location,
    variance: scale * scale * (gamma(3 / shape) / gamma(1 / shape)),
    // Only an even power has all derivatives.
    breakpoints: shape % 2 === 0 ? [] : [location],
    logConcave: shape >= 1,
    standardForm: {
      location,
      scale,
      standard: () => generalizedGaussian({ location: 0, scale: 1, shape }),
    },
    pdf: (x) => (peak * Math.exp(-powerAt(x))) / scale,
    logPdf: (x) => logPeak - powerAt(x) - Math.log(scale),
    cdf: (x) => tail(x, -1),
    sf: (x) => tail(x, 1),
    sample(size, { prng }) {
      assertSampleSize(size);
      // |z|^shape follows a gamma law of 1 / shape, which is one of 1 + 1 / shape times u^shape.
      return Float64Array.from({ length: size }, () => {
        const z = gammaDraw(1 + 1 / shape, prng) ** (1 / shape) * (2 * prng() - 1);
        return location + scale * z;
      });
    },
  };
}

/**
 * `value e^-t` times a factor, where `e^-t` alone may underflow although the product doesn't: for small shapes z is huge where the tail
 * is tiny. The factor is asked for where something is left.
 */
function timesExponential(value: number, t: number, factor = () => 1): number {
  const half = Math.exp(-t / 2);
  return half === 0 ? 0 : value * half * factor() * half;
}

/** The functions of the law with location 0 and scale 1, at `z >= 0` and `t = z^shape`. */
function standardGeneralizedGaussian(shape: number) {
  const s = 1 / shape;
  const normalizer = gamma(s);
  const peak = shape / (2 * normalizer);
  const logPeak = Math.log(peak);

  const power = (z: number, correction: number) => {
    const t = z ** shape;
    return z > 0 && t < Infinity ? t + t * ((shape * correction) / z) : t;
  };

  /** The probability within, and beyond, both points at a distance of z; t alone may underflow. */
  const within = (z: number, t: number) => (z * Math.exp(-t) * scaledLowerGamma(s, t)) / normalizer;
  const beyond = (z: number, t: number) => {
    if (t < s + 1) return 1 - within(z, t);
    return timesExponential(z, t, () => scaledUpperGamma(s, t)) / normalizer;
  };

  /** The z that is exceeded with probability p <= 1/2. */
  const magnitude = (p: number) => {
    if (p === 0) return Infinity;
    const central = 1 - 2 * p;
    if (central === 0) return 0;
    const slope = (z: number) => 2 * peak * timesExponential(z, z ** shape);
    if (central <= 0.5) {
      return solveProbability(
        central,
        { probability: (z) => within(z, z ** shape), slope, falls: false },
        central / (2 * peak),
      );
    }
    // Gamma(s, t) is about t^(s - 1) e^-t.
    const level = -Math.log(2 * p * normalizer);
    const guess = Math.max(level + (s - 1) * Math.log(Math.max(level, 1)), s);
    return solveProbability(
      2 * p,
      { probability: (z) => beyond(z, z ** shape), slope, falls: true },
      guess ** s,
    );
  };

  /** The integral of `z^order f` over `(lower, upper)`, by the incomplete gamma function of whichever side is the smaller. */
  const closedMoment = (order: number, lower: number, upper: number) => {
    const orderS = (order + 1) * s;
    const total = gamma(orderS) / (2 * normalizer);
    const below = (z: number): number => {
      const t = z ** shape;
      if (t >= orderS + 1) return total - above(z);
      const power = z ** (order + 1);
      return (power * Math.exp(-t) * scaledLowerGamma(orderS, t)) / (2 * normalizer);
    };
    const above = (z: number): number => {
      const t = z ** shape;
      if (t < orderS + 1) return total - below(z);
      const power = z ** (order + 1);
      return timesExponential(power, t, () => scaledUpperGamma(orderS, t)) / (2 * normalizer);
    };
    return lower ** shape < orderS ? below(upper) - below(lower) : above(lower) - above(upper);
  };

  /** Pieces over which t grows by 6, or from nothing to as much; and, for the branch point at 0, z at most to its triple. */
  const pieceWidth = (z: number) => {
    const growth = Math.log1p(6 / Math.max(z ** shape, 1)) * s;
    return z * Math.expm1(Math.min(growth, Math.log(3)));
  };

  const halfLineMoments = (
    start: number,
    correction: number,
    width: number,
    deviation: number,
  ): PartialMoments => {
    const end = start + width;
    const t = start ** shape;
    // Where the cell, and the density in it, are wide beside the distance from 0, moments about 0 can be moved.
    if (start === 0 || (end >= 4 * start && (t + 3) ** s >= 2 * start)) {
      const about = start - deviation;
      const mass = closedMoment(0, start, end);
      const first = closedMoment(1, start, end);
      const second = closedMoment(2, start, end);
      return [mass, first - about * mass, second - 2 * about * first + about * about * mass];
    }
    // Beyond a fall of e^-60, nothing reaches the sixteenth digit.
    const reach = start * Math.expm1(Math.log1p(60 / t) * s);
    const cell = { start, correction, width: Math.min(width, reach), deviation };
    // In units of the density at the start, which may underflow where the cell is wide enough to hold a probability that doesn't.
    const relativeDensity = (z: number, correction: number) => Math.exp(t - power(z, correction));
    const [mass, first, second] = integrateCell(relativeDensity, cell, pieceWidth);
    return [
      timesExponential(peak * mass, t),
      timesExponential(peak * first, t),
      timesExponential(peak * second, t),
    ];
  };

  return { logPeak, peak, power, beyond, magnitude, halfLineMoments };
}

/** A proposal is accepted nineteen times in twenty: so many refusals in a row come only from a generator that repeats itself. */
const proposalLimit = 1000;

/** A draw from the gamma law of a shape of at least 1 (Marsaglia and Tsang, ACM TOMS 26, 2000). */
function gammaDraw(shape: number, prng: Prng): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (let proposal = 0; proposal < proposalLimit; proposal++) {
    const normal = Math.sqrt(-2 * Math.log(1 - prng())) * Math.cos(2 * Math.PI * prng());
    const v = (1 + c * normal) ** 3;
    if (v > 0 && Math.log(1 - prng()) < 0.5 * normal * normal + d * (1 - v + Math.log(v))) {
      return d * v;
    }
  }
  return d;
}

/** The score at which the shape about the median is good enough to start from. */
const startTolerance = 1e-3;
/** What the shape of a fit is held to. */
const fitLimits = { lower: 0.2, upper: 100 } as const;

/**
 * Fits a generalized Gaussian law by maximum likelihood. The scale is profiled out: for any location and shape the best one has
 * `scale^shape = shape mean |x - location|^shape`. O(n) a step; a large sample is thinned for the first ones.
 *
 * Above shape 1 the likelihood has one maximum in the location, and Newton's method climbs location and shape together. Up to shape 1
 * it is peaked at every value; the location is then the best of the sample's values: of all of them where no more than 512 differ, else
 * of those that a search from coarse to fine finds, for a sample above 20,000 among every k-th value (at shape 1 it is the median).
 * Where the shape is near 1 both are tried, and the higher likelihood is kept.
 *
 * The shape is held to [0.2, 100]. The likelihood grows without bound as the shape falls to 0 with the location at a value, the faster
 * the more values are equal to it: where those are many, the fit ends at 0.2. Where a limit binds, `fit.iteration.converged` is false.
 *
 * `fit.iteration.score` is the largest derivative of the mean log-likelihood by the location in scales and the logarithms of scale and
 * shape; the fit has converged when it is at most 1e-9. By the location it is 0 where the best one is one of the values, at which the
 * one-sided derivatives are of opposite sign. Standard errors come from the expected information; for a shape up to 1/2, that of the
 * location is 0: it is estimated faster than with the root of the size.
 *
 * @throws {RangeError} If the sample has fewer than three values, is constant, or holds a value that is not finite.
 *
 * @example
 * ```ts
 * import { createPrng, fitGeneralizedGaussian, generalizedGaussian } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const law = generalizedGaussian({ location: 1, scale: 2, shape: 1.5 });
 * const { parameters, fit } = fitGeneralizedGaussian(law.sample(10_000, { prng: createPrng(1) }));
 * assertAlmostEquals(parameters["shape"]!, 1.5, 4 * fit.standardErrors["shape"]!);
 * ```
 */
export function fitGeneralizedGaussian(sample: Sample): FittedDistribution {
  assertFiniteSample(sample, "fit a generalized Gaussian law");
  assertFittable(sample, "fit a generalized Gaussian law", 3);
  const centre = medianOf(sample);
  const [lower, upper] = extent(sample);
  // Powers of distances in this unit don't overflow.
  const unit = {
    centre,
    reach: Math.max(upper - centre, centre - lower),
  };
  const atMedian = climbShape(thinned(sample), unit, 0, 1.5, fitLimits, startTolerance);
  const candidates: ProfileMaximum[] = [];
  if (atMedian.shape < 1.25) candidates.push(climbPeaks(sample, unit, atMedian.shape));
  if (atMedian.shape > 0.8) candidates.push(climbSmooth(sample, unit, atMedian.shape));
  const best = candidates.reduce((a, b) => b.value > a.value ? b : a);
  const { shape } = best;
  const scale = unit.reach * scaleAt(best);
  const size = sample.length;
  const atLimit = shape === fitLimits.lower || shape === fitLimits.upper;
  return withFit(
    generalizedGaussian({ location: unit.centre + unit.reach * best.offset, scale, shape }),
    {
      size,
      logLikelihood: size * (best.value - Math.log(unit.reach)),
      standardErrors: expectedErrors({ scale, shape }, size),
      iteration: {
        iterations: best.iterations,
        converged: best.score <= scoreLimit && !atLimit,
        score: best.score,
      },
    },
  );
}

/** The unit of a fit: distances from the centre are counted in the largest one. */
interface Unit {
  readonly centre: number;
  readonly reach: number;
}

/** A maximum of the mean log-likelihood in that unit, the scale profiled out. */
interface ProfileMaximum {
  readonly value: number;
  readonly offset: number;
  readonly shape: number;
  readonly iterations: number;
  readonly score: number;
}

/** The best scale for a location and a shape, of which the profile's value tells: it is `ln(shape / (2 scale Gamma(1 / shape))) - 1 / shape`. */
function scaleAt({ value, shape }: Pick<ProfileMaximum, "value" | "shape">): number {
  const inverse = 1 / shape;
  return Math.exp(Math.log(shape / (2 * gamma(inverse))) - inverse - value);
}

/**
 * The means of d^p, d^p ln d and d^p (ln d)^2, where d = |x - centre - offset| and p the shape, and of sign d^(p - 1),
 * sign d^(p - 1) ln d and d^(p - 2), with the sign of x - centre - offset.
 */
function powerMeans(sample: Sample, { centre, reach }: Unit, offset: number, shape: number) {
  const shift = reach * offset;
  return meansOver(sample, 6, (chunk, sums) => {
    let power = 0, powerLog = 0, powerLogLog = 0, pull = 0, pullLog = 0, stiffness = 0;
    for (let i = 0; i < chunk.length; i++) {
      const difference = ((chunk[i]! - centre) - shift) / reach;
      if (difference === 0) continue;
      const distance = Math.abs(difference);
      const log = Math.log(distance);
      const term = Math.exp(shape * log);
      const slope = term / difference;
      power += term;
      powerLog += term * log;
      powerLogLog += term * log * log;
      pull += slope;
      pullLog += slope * log;
      stiffness += slope / difference;
    }
    sums.set([power, powerLog, powerLogLog, pull, pullLog, stiffness]);
  }) as [number, number, number, number, number, number];
}

/**
 * The mean log-likelihood of the best scale, with its first two derivatives by the logarithm of the shape, from the means of d^p,
 * d^p ln d and d^p (ln d)^2.
 */
function shapeProfile(
  [power, powerLog, powerLogLog]: readonly [number, number, number],
  shape: number,
) {
  const inverse = 1 / shape;
  const logMean = powerLog / power;
  const digammaLevel = digamma(inverse) + Math.log(shape * power);
  return {
    value: Math.log(shape / (2 * gamma(inverse))) - (Math.log(shape * power) + 1) * inverse,
    byShape: 1 + digammaLevel * inverse - logMean,
    byShapeTwice: -digammaLevel * inverse - trigamma(inverse) * inverse * inverse + inverse +
      logMean - shape * (powerLogLog / power - logMean * logMean),
  };
}

/** The mean log-likelihood of the best scale by the offset and the logarithm of the shape. */
function profileLogLikelihood(
  sample: Sample,
  unit: Unit,
  offset: number,
  shape: number,
): SecondOrder {
  const [power, powerLog, powerLogLog, pull, pullLog, stiffness] = powerMeans(
    sample,
    unit,
    offset,
    shape,
  );
  const inverse = 1 / shape;
  const logMean = powerLog / power;
  const { value, byShape, byShapeTwice } = shapeProfile([power, powerLog, powerLogLog], shape);
  const byOffset = pull / power;
  // Below shape 2 the mean of d^(p - 2) is ruled by the nearest value; its expectation is not.
  const expectedStiffness = shape * (gamma(2 - inverse) / gamma(inverse)) *
    (shape * power) ** (1 - 2 * inverse);
  const curvature = shape >= 2 ? (shape - 1) * stiffness : expectedStiffness;
  const mixed = (shape * (pullLog - pull * logMean)) / power;
  return {
    value,
    gradient: [byOffset, byShape],
    hessian: [
      [shape * byOffset * byOffset - curvature / power, mixed],
      [mixed, byShapeTwice],
    ],
  };
}

interface ShapeRange {
  readonly lower: number;
  readonly upper: number;
}

/** The best shape for a location: each step takes an exponential of the logarithms of the distances, which stay. */
function climbShape(
  sample: Sample,
  unit: Unit,
  offset: number,
  start: number,
  { lower, upper }: ShapeRange,
  tolerance = scoreTolerance,
): ProfileMaximum {
  const logs = logDistances(sample, unit, offset);
  // A distance of 0 adds nothing to the means.
  const share = logs.length / sample.length;
  const { value, point, iterations, score } = maximize(
    ([logShape]) => {
      const shape = Math.exp(logShape!);
      const [power, powerLog, powerLogLog] = meansOver(logs, 3, (chunk, sums) => {
        let power = 0, powerLog = 0, powerLogLog = 0;
        for (let i = 0; i < chunk.length; i++) {
          const log = chunk[i]!;
          const term = Math.exp(shape * log);
          power += term;
          powerLog += term * log;
          powerLogLog += term * log * log;
        }
        sums.set([power, powerLog, powerLogLog]);
      }) as [number, number, number];
      const { value, byShape, byShapeTwice } = shapeProfile(
        [share * power, share * powerLog, share * powerLogLog],
        shape,
      );
      return { value, gradient: [byShape], hessian: [[byShapeTwice]] };
    },
    {
      start: [Math.log(start)],
      lower: [Math.log(lower)],
      upper: [Math.log(upper)],
      tolerance,
    },
  );
  const shape = Math.min(Math.max(Math.exp(point[0]!), lower), upper);
  return { value, offset, shape, iterations, score };
}

/** The logarithms of the distances that aren't 0. */
function logDistances(sample: Sample, { centre, reach }: Unit, offset: number): Float64Array {
  const shift = reach * offset;
  const logs = new Float64Array(sample.length);
  let count = 0;
  for (const chunk of chunksOf(sample)) {
    for (let i = 0; i < chunk.length; i++) {
      const distance = Math.abs(((chunk[i]! - centre) - shift) / reach);
      if (distance > 0) logs[count++] = Math.log(distance);
    }
  }
  return logs.subarray(0, count);
}

/** Turns that location and shape take at most. */
const shapeRoundLimit = 30;

/** The maximum for shapes of at least 1: both parameters by Newton's method. */
function climbSmooth(sample: Sample, unit: Unit, start: number): ProfileMaximum {
  const limits = { lower: 1, upper: fitLimits.upper };
  const best = climb(
    sample,
    (part, [offset, logShape]) => profileLogLikelihood(part, unit, offset!, Math.exp(logShape!)),
    {
      starts: [[0, Math.log(Math.max(start, 1.05))]],
      lower: [-1, 0],
      upper: [1, Math.log(limits.upper)],
    },
  );
  const [offset, logShape] = best.point as [number, number];
  const shape = Math.min(Math.exp(logShape), limits.upper);
  // By the location in scales: the profile counts it in the larger reach.
  const locationScore = Math.abs(best.gradient[0]!) * scaleAt({ value: best.value, shape });
  const shapeScore = best.atBound[1] ? 0 : Math.abs(best.gradient[1]!);
  let maximum: ProfileMaximum = {
    value: best.value,
    offset,
    shape,
    iterations: best.iterations,
    score: Math.max(locationScore, shapeScore),
  };
  // Where single values rule the slope by the location, as they do near shape 1, the two parameters take turns.
  for (let round = 0; maximum.score > scoreLimit && round < shapeRoundLimit; round++) {
    const offset = balance(sample, unit, maximum.offset, maximum.shape);
    const next = climbShape(sample, unit, offset, maximum.shape, limits);
    const moved = Math.abs(next.shape - maximum.shape);
    maximum = { ...next, iterations: maximum.iterations + next.iterations };
    if (moved <= 1e-12 * next.shape) break;
  }
  return maximum;
}

/**
 * The offset at which the pulls of both sides are equal, for a shape above 1: they grow with the distance, so there is one. Bisection
 * of a bracket that is grown from `start`, sped up by the secant (Illinois), until neighbouring doubles enclose it or the
 * pull is 0 to its rounding.
 */
function balance(sample: Sample, unit: Unit, start: number, shape: number): number {
  const pullAt = (offset: number) => {
    const [power, , , pull] = powerMeans(sample, unit, offset, shape);
    return pull / power;
  };
  let lower = start, upper = start;
  let lowerPull = pullAt(start), upperPull = lowerPull;
  // A pull of positive sign is upwards.
  for (let reach = 1e-6; lowerPull < 0; reach *= 8) {
    [upper, upperPull] = [lower, lowerPull];
    lower = start - reach;
    lowerPull = pullAt(lower);
  }
  for (let reach = 1e-6; upperPull > 0; reach *= 8) {
    [lower, lowerPull] = [upper, upperPull];
    upper = start + reach;
    upperPull = pullAt(upper);
  }
  let lowerWeight = lowerPull, upperWeight = upperPull;
  for (let step = 0; step < balanceLimit; step++) {
    if (lowerPull === 0) return lower;
    if (upperPull === 0) return upper;
    const secant = lower + ((upper - lower) * lowerWeight) / (lowerWeight - upperWeight);
    const middle = step % 3 === 2 || !(secant > lower && secant < upper)
      ? lower + (upper - lower) / 2
      : secant;
    if (!(middle > lower && middle < upper)) break;
    const pull = pullAt(middle);
    if (Math.abs(pull) <= scoreTolerance) return middle;
    if (pull > 0) {
      [lower, lowerPull, lowerWeight] = [middle, pull, pull];
      upperWeight /= 2;
    } else {
      [upper, upperPull, upperWeight] = [middle, pull, pull];
      lowerWeight /= 2;
    }
  }
  return lowerPull > -upperPull ? upper : lower;
}

/** Every third step halves the bracket: enough for the width of a double. */
const balanceLimit = 400;

/** Turns that location and shape take at most where the likelihood is peaked; each one raises it. */
const peakRoundLimit = 20;

/** The maximum for shapes of at most 1: location and shape take turns until the location stays. */
function climbPeaks(sample: Sample, unit: Unit, start: number): ProfileMaximum {
  const limits = { lower: fitLimits.lower, upper: 1 };
  const values = sortedCopy(thinned(sample));
  const blocks = blocksOf(values);
  const distinct = values.filter((value, i) => i === 0 || value !== values[i - 1]);
  let best = climbShape(sample, unit, 0, Math.min(start, 1), limits);
  let iterations = best.iterations;
  for (let round = 0; round < peakRoundLimit; round++) {
    const offset = (nearestPeak(blocks, distinct, best.shape) - unit.centre) / unit.reach;
    if (offset === best.offset) break;
    const next = climbShape(sample, unit, offset, best.shape, limits);
    iterations += next.iterations;
    if (!(next.value > best.value)) break;
    best = next;
  }
  return { ...best, iterations };
}

/** Distinct values up to which all are tried; above, those of sweeps that close in on the best one. */
const peakCandidates = { all: 512, sweep: 32 } as const;

/** The value about which the sum of `|x - value|^shape` is the least, by a search from coarse to fine over the distinct values. */
function nearestPeak(values: ValueBlocks, distinct: Float64Array, shape: number): number {
  const lossAbout = distancePowers(values, shape);
  const lossAt = (rank: number) => lossAbout(distinct[rank]!);
  let lower = 0, upper = distinct.length - 1;
  let best = upper >> 1;
  let least = lossAt(best);
  for (;;) {
    const count = upper - lower + 1;
    const stride = count <= peakCandidates.all ? 1 : Math.floor(count / peakCandidates.sweep);
    for (let rank = lower; rank <= upper; rank += stride) {
      const loss = lossAt(rank);
      if (loss < least) [best, least] = [rank, loss];
    }
    if (stride === 1) return distinct[best]!;
    lower = Math.max(0, best - stride);
    upper = Math.min(distinct.length - 1, best + stride);
  }
}

/** From the inverse of the expected information: that of the location stands apart by symmetry. */
function expectedErrors(
  { scale, shape }: { readonly scale: number; readonly shape: number },
  size: number,
) {
  const s = 1 / shape;
  // t = |z|^shape follows a gamma law of s. The scores are shape t - 1 by the logarithm of the scale, and 1 + s digamma(s) - t ln(t)
  // by that of the shape.
  const meanLog = digamma(s + 1);
  const scaleShape = -(meanLog + 1);
  const shapeShape = s * (s + 1) * (trigamma(s + 2) + digamma(s + 2) ** 2) - (s * meanLog) ** 2;
  const [logScale, logShape] = standardErrorsOf([
    [size * shape, size * scaleShape],
    [size * scaleShape, size * shapeShape],
  ]) as [number, number];
  const locationInformation = shape > 0.5
    ? (shape * shape * gamma(2 - s)) / (gamma(s) * scale * scale)
    : Infinity;
  return {
    location: 1 / Math.sqrt(size * locationInformation),
    scale: scale * logScale,
    shape: shape * logShape,
  };
}

/** Halvings of the bracket of the shape's logarithm: to its last bits. */
const ratioSteps = 60;

/**
 * Fits a generalized Gaussian law by the method of moments that is usual for wavelet coefficients: the mean, and the shape and scale at
 * which `E|x - mean|` and the variance are the sample's (Mallat, IEEE Trans. PAMI 11, 1989; Sharifi and Leon-Garcia, IEEE Trans. Circuits
 * and Systems for Video Technology 5, 1995). The shape is held to [0.2, 100]. O(n). Standard errors are not given.
 *
 * @throws {RangeError} If the sample has fewer than three values, is constant, or holds a value that is not finite.
 *
 * @example
 * ```ts
 * import { fitGeneralizedGaussianByMoments } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * // Mean absolute deviation 1 and variance 2, as those of a Laplace law of scale 1.
 * const { parameters } = fitGeneralizedGaussianByMoments([-2, 0, 0, 2]);
 * assertAlmostEquals(parameters["shape"]!, 1, 1e-14);
 * assertAlmostEquals(parameters["scale"]!, 1, 1e-14);
 * ```
 */
export function fitGeneralizedGaussianByMoments(sample: Sample): FittedDistribution {
  assertFiniteSample(sample, "fit a generalized Gaussian law by moments");
  assertFittable(sample, "fit a generalized Gaussian law by moments", 3);
  const location = meanOf(sample);
  const magnitude = meanAbsolute(sample, location);
  const deviation = Math.sqrt(meanSquare(sample, location));
  const ratio = (magnitude / deviation) ** 2;
  // (E|z|)^2 / E z^2 rises with the shape, from 0 to 3/4.
  const ratioAt = (shape: number) =>
    gamma(2 / shape) * (gamma(2 / shape) / gamma(1 / shape)) / gamma(3 / shape);
  let lower = Math.log(fitLimits.lower), upper = Math.log(fitLimits.upper);
  for (let step = 0; step < ratioSteps; step++) {
    const middle = (lower + upper) / 2;
    if (ratioAt(Math.exp(middle)) < ratio) lower = middle;
    else upper = middle;
  }
  const shape = Math.min(Math.max(Math.exp(upper), fitLimits.lower), fitLimits.upper);
  const scale = magnitude * (gamma(1 / shape) / gamma(2 / shape));
  const law = generalizedGaussian({ location, scale, shape });
  return withFit(law, {
    size: sample.length,
    estimator: "moments",
    logLikelihood: logLikelihoodOf(law, sample),
    standardErrors: {},
  });
}
