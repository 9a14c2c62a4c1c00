import { twoProduct } from "../numerics/error_free.ts";
import type { NullLaw } from "./null_law.ts";

/** pi^2 / 8 as the sum of two doubles: an exponent of hundreds needs more digits than one has. */
const eighthOfPiSquared = { high: 1.2337005501361697, low: 7.831619385924639e-17 };
const sqrtTwoPi = Math.sqrt(2 * Math.PI);
/** Near the median, where each series has the advantage over the complement of the other. */
const crossover = 0.8275;
/** Below and above, the lower and the upper tail are nothing beside the smallest double. */
const smallestPoint = 0.04, largestPoint = 20;
/** Newton's convergence is quadratic: after a relative step this small the next is rounding. */
const stepTolerance = 1e-9;
const iterationLimit = 50;

/** A tail as `factor exp(-(high + low))`, and the slope of its logarithm. */
interface Tail {
  readonly factor: number;
  readonly high: number;
  readonly low: number;
  readonly logSlope: number;
}

const valueOf = ({ factor, high, low }: Tail) => factor * Math.exp(-high) * (1 - low);
const logarithmOf = ({ factor, high, low }: Tail) => Math.log(factor) - high - low;

/** The upper tail, `2 (q - q^4 + q^9 - ...)` with q = e^(-2 x^2), for x above 0.8. */
function upperTail(x: number): Tail {
  const [high, low] = twoProduct(x, x);
  const q = Math.exp(-2 * high);
  const sum = 1 - q ** 3 * (1 - q ** 5 * (1 - q ** 7 * (1 - q ** 9)));
  const derivative = 1 - q ** 3 * (4 - q ** 5 * (9 - q ** 7 * (16 - 25 * q ** 9)));
  return { factor: 2 * sum, high: 2 * high, low: 2 * low, logSlope: (-4 * x * derivative) / sum };
}

/** The lower tail, `sqrt(2 pi) / x (q + q^9 + q^25 + ...)` with q = e^(-pi^2 / (8 x^2)), for x from 0.03 to 0.9. */
function lowerTail(x: number): Tail {
  const [high, low] = twoProduct(x, x);
  const quotient = eighthOfPiSquared.high / high;
  const [product, error] = twoProduct(quotient, high);
  const remainder = eighthOfPiSquared.high - product - error + eighthOfPiSquared.low -
    quotient * low;
  const q = Math.exp(-quotient);
  const sum = 1 + q ** 8 * (1 + q ** 16 * (1 + q ** 24));
  const derivative = 1 + q ** 8 * (9 + q ** 16 * (25 + 49 * q ** 24));
  return {
    factor: (sqrtTwoPi / x) * sum,
    high: quotient,
    low: remainder / high,
    logSlope: (2 * quotient * derivative / sum - 1) / x,
  };
}

const lowerValue = (x: number) => x < smallestPoint ? 0 : valueOf(lowerTail(x));
const upperValue = (x: number) => x > largestPoint ? 0 : valueOf(upperTail(x));

/**
 * Kolmogorov's limit law: that of `sqrt(n) D` for a large sample from a fully specified continuous law (Kolmogorov, Giornale
 * dell'Istituto Italiano degli Attuari 4, 1933). Both tails are theta series in the form that converges fast there, with a
 * relative error of at most 1e-14 down to 1e-300.
 *
 * For a sample of n it differs from the exact law by the order of `1 / sqrt(n)`: {@linkcode kolmogorovLaw}.
 *
 * @example The 5 % point
 * ```ts
 * import { kolmogorovLimit } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(kolmogorovLimit.criticalValue(0.05), 1.3580986, 1e-7);
 * assertAlmostEquals(kolmogorovLimit.sf(1.3580986), 0.05, 1e-7);
 * ```
 */
export const kolmogorovLimit: NullLaw & {
  /** The x that is exceeded with the given probability, for p in `[0, 1]`; relative error 1e-14. */
  criticalValue(upperTail: number): number;
  /** The x with `cdf(x) = p`, for p in `[0, 1]`; relative error 1e-14. */
  quantile(p: number): number;
} = {
  cdf: (x) => x < crossover ? lowerValue(x) : 1 - upperValue(x),
  sf: (x) => x < crossover ? 1 - lowerValue(x) : upperValue(x),
  criticalValue(p) {
    assertProbability(p, "give a critical value");
    return p < 0.5 ? solveUpper(p) : solveLower(1 - p);
  },
  quantile(p) {
    assertProbability(p, "give a quantile");
    return p <= 0.5 ? solveLower(p) : solveUpper(1 - p);
  },
};

function assertProbability(p: number, action: string): void {
  if (!(p >= 0 && p <= 1)) {
    throw new RangeError(
      `Cannot ${action} as the probability must be in [0, 1]: current value is ${p}`,
    );
  }
}

/** From the leading term alone, which is exact far in the tail. */
function solveUpper(p: number): number {
  return p === 0 ? Infinity : newton(upperTail, p, Math.sqrt((Math.LN2 - Math.log(p)) / 2));
}

/** From the leading term, its factor `1 / x` taken at the median. */
function solveLower(p: number): number {
  if (p === 0) return 0;
  const exponent = Math.log(sqrtTwoPi / crossover) - Math.log(p);
  return newton(lowerTail, p, Math.sqrt(eighthOfPiSquared.high / exponent));
}

/** Newton's method on the logarithm of a tail. */
function newton(tailAt: (x: number) => Tail, probability: number, start: number): number {
  let x = start;
  for (let i = 0; i < iterationLimit; i++) {
    const tail = tailAt(x);
    const step = (logarithmOf(tail) - Math.log(probability)) / tail.logSlope;
    x -= step;
    if (Math.abs(step) <= stepTolerance * x) return x;
  }
  throw new Error(
    `Cannot invert Kolmogorov's law as Newton's method must converge: after ${iterationLimit} steps for ${probability} it has not`,
  );
}
