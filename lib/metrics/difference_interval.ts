import { gaussian } from "../distributions/gaussian.ts";

/** Two neighbouring doubles in [-1, 1] are met after fewer halvings, unless they are subnormal. */
const halvingLimit = 1100;

/**
 * Tango's score interval for the difference of two proportions that were measured on the same cases (Statistics in Medicine 17, 1998): the
 * set of differences that a two-sided score test doesn't reject, with the other parameter at its constrained maximum likelihood. It stays
 * in [-1, 1], has a width above 0 also where the two never differ, and excludes 0 exactly where McNemar's asymptotic test rejects.
 *
 * @param counts `onlyFirst` and `onlySecond`: on how many cases only the one or only the other was right; `size`: all cases.
 * @param confidence In `(0, 1)`.
 *
 * @returns The ends of the interval of the first's share less the second's, to a relative 1e-12.
 *
 * @throws {RangeError} If an argument is out of its range.
 *
 * @example One case for, seven against, of 21
 * ```ts
 * import { differenceInterval } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const [lower, upper] = differenceInterval({ onlyFirst: 1, onlySecond: 7, size: 21 });
 * assertAlmostEquals(lower, -0.517, 5e-4);
 * assertAlmostEquals(upper, -0.026, 5e-4);
 * ```
 */
export function differenceInterval(
  { onlyFirst, onlySecond, size }: {
    readonly onlyFirst: number;
    readonly onlySecond: number;
    readonly size: number;
  },
  confidence = 0.95,
): readonly [lower: number, upper: number] {
  const action = "compute an interval";
  if (
    !(onlyFirst >= 0 && onlySecond >= 0 && onlyFirst + onlySecond <= size) ||
    !(size >= 1 && size < Infinity)
  ) {
    throw new RangeError(
      `Cannot ${action} as both counts must be at least 0 and their sum at most size, which is finite and at least 1: ` +
        `current values are ${onlyFirst} and ${onlySecond} of ${size}`,
    );
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(
      `Cannot ${action} as confidence must be in (0, 1): current value is ${confidence}`,
    );
  }
  const z = -gaussian({ mean: 0, standardDeviation: 1 }).quantile((1 - confidence) / 2);
  const upper = (first: number, second: number) =>
    upperEnd(first / size, second / size, z * z / size);
  // Not -0.
  return [0 - upper(onlySecond, onlyFirst), upper(onlyFirst, onlySecond)];
}

/** The largest difference that isn't rejected: at most 1, where the score's variance vanishes. */
function upperEnd(first: number, second: number, squaredQuantile: number): number {
  const isRejected = (difference: number) => {
    const excess = difference - (first - second);
    return excess * excess > squaredQuantile * scoreVariance(first, second, difference);
  };
  let inner = first - second, outer = 1;
  for (let i = 0; i < halvingLimit; i++) {
    const middle = (inner + outer) / 2;
    if (middle <= inner || middle >= outer) break;
    if (isRejected(middle)) outer = middle;
    else inner = middle;
  }
  return inner;
}

/**
 * The variance of the difference of shares for a single case, where the true difference is the one given: the share of cases that only
 * the second has right is at its maximum likelihood, the root of a quadratic that is written without cancellation.
 */
function scoreVariance(first: number, second: number, difference: number): number {
  // Of a negative difference rounding might leave a negative discriminant; mirrored, it is a sum of terms that aren't.
  if (difference < 0) return scoreVariance(second, first, -difference);
  const linear = 2 * difference - (first + second) - (first - second) * difference;
  const product = second * difference * (1 - difference);
  const root = Math.sqrt(linear * linear + 8 * product);
  const share = linear > 0 ? 2 * product / (linear + root) : (root - linear) / 4;
  return 2 * share + difference * (1 - difference);
}
