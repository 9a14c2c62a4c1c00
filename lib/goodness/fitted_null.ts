import { gaussian } from "../distributions/gaussian.ts";
import type { NullLaw } from "./null_law.ts";

/**
 * The standard score of the upper tail: row i holds the coefficients of `x^(i - 1)`, x = sqrt(n) D, and column j those of
 * `n^(-j/2)`.
 */
type ScoreTable = readonly (readonly number[])[];

interface FittedNull {
  readonly even: ScoreTable;
  readonly odd: ScoreTable;
  /**
   * Far in the tail P falls as e^(-rate x^2): the rate is half the reciprocal of the limit process's largest variance (its
   * covariance: Durbin, Annals of Statistics 1, 1973).
   */
  readonly tailRate: number;
}

/** Up to here, where the upper tail is about 1e-4, the table is fitted; beyond, the tail goes on at its asymptotic rate. */
const tableEnd = 1.4;
const smallestSize = 20;
const standard = gaussian({ mean: 0, standardDeviation: 1 });

// tests/fixtures/kolmogorov/fit_fitted.py
const gaussianScore: ScoreTable = [
  [-1.65245708, 1.86977056, -5.73994738, 7.643488],
  [1.1650441, -3.99183855, 19.5660876, -28.6529595],
  [2.25302116, 4.37353773, -26.187134, 37.6043762],
  [0.29375284, -1.28579894, 11.9411908, -11.5476721],
];
const laplaceEven: ScoreTable = [
  [-1.68135969, 1.1808884, 3.24305468, -15.13620916],
  [1.31655611, -1.1909906, -16.08207497, 68.5303234],
  [1.83768126, 0.698490519, 22.75364538, -86.250112],
  [0.435851096, 0.156101556, -8.50138457, 43.23973994],
];
const laplaceOdd: ScoreTable = [
  [-1.68135969, 1.1808884, 1.01119878, -9.01821824],
  [1.31655611, -1.1909906, -7.94252783, 42.9287874],
  [1.83768126, 0.698490519, 10.76460822, -58.7410956],
  [0.435851096, 0.156101556, -4.12097793, 31.59971406],
];

const fittedNulls: Readonly<Record<string, FittedNull>> = {
  // The process varies most at the mean: 1/4 - 1 / (2 pi).
  gaussian: { even: gaussianScore, odd: gaussianScore, tailRate: 5.503876 },
  // At the probability u = 0.285 and its mirror: the largest value of u - u^2 (2 + ln(2 u)^2).
  laplace: { even: laplaceEven, odd: laplaceOdd, tailRate: 5.160772 },
};

/** Whether {@linkcode fittedNullLaw} has a table for a family and a size. */
export function hasFittedNullLaw(family: string, size: number): boolean {
  return Object.hasOwn(fittedNulls, family) && size >= smallestSize;
}

/**
 * The null law of the two-sided D of a sample of at least 20 values against the law fitted to it by maximum likelihood: a
 * Gaussian with its mean and standard deviation (Lilliefors, Journal of the American Statistical Association 62, 1967), or a
 * Laplace law with its median and mean absolute deviation. It depends on the family, the estimator and the size, not on the
 * true parameters.
 *
 * A formula in sqrt(n) D and n^(-1/2), fitted to simulated quantiles of sizes from 20 to 5,000 (3,000,000 samples of each up to
 * 201, 1,000,000 up to 1,000, 400,000 beyond; the seeded generator is tests/fixtures/kolmogorov/simulate_fitted.py) and
 * continued to larger ones. Error of sf: at most 0.002, and relative 2 % down to 0.01, 5 % down to 0.001, 20 % down to 1e-4.
 * Below that it goes on as e^(-rate n D^2), and only its order of magnitude counts.
 *
 * @throws {RangeError} If the family has no table, or `size` is not an integer of at least 20.
 *
 * @example Near the 5 % point
 * ```ts
 * import { fittedNullLaw } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const law = fittedNullLaw("gaussian", 1000);
 * assertAlmostEquals(law.sf(0.905 / Math.sqrt(1000)), 0.05, 0.002);
 * ```
 */
export function fittedNullLaw(family: string, size: number): NullLaw {
  const action = "give the null law of a fitted family";
  if (!Object.hasOwn(fittedNulls, family)) {
    throw new RangeError(
      `Cannot ${action} as the family must be one of ${
        Object.keys(fittedNulls).join(", ")
      }: current value is ${family}`,
    );
  }
  if (!(Number.isSafeInteger(size) && size >= smallestSize)) {
    throw new RangeError(
      `Cannot ${action} as the size must be an integer of at least ${smallestSize}: current value is ${size}`,
    );
  }
  const { even, odd, tailRate } = fittedNulls[family]!;
  const step = 1 / Math.sqrt(size);
  // At one size, the coefficients of x^-1, 1, x and x^2.
  const [reciprocal, constant, linear, quadratic] = (size % 2 === 0 ? even : odd)
    .map((row) => row.reduceRight((rest, coefficient) => coefficient + step * rest, 0)) as [
      number,
      number,
      number,
      number,
    ];
  const score = (x: number) => reciprocal / x + constant + x * (linear + x * quadratic);
  const sf = (d: number) => {
    const x = Math.sqrt(size) * d;
    if (d >= 1) return 0;
    if (x <= 0) return 1;
    if (x <= tableEnd) return standard.sf(score(x));
    return standard.sf(score(tableEnd)) * Math.exp(-tailRate * (x * x - tableEnd * tableEnd));
  };
  return {
    cdf(d) {
      const x = Math.sqrt(size) * d;
      return x > 0 && x <= tableEnd ? standard.cdf(score(x)) : 1 - sf(d);
    },
    sf,
  };
}

/** What {@linkcode fittedNullLaw}'s upper tail may be off by. */
export function fittedNullError(upperTail: number): number {
  const relative = upperTail >= 0.01
    ? 0.02
    : upperTail >= 0.001
    ? 0.05
    : upperTail >= 1e-4
    ? 0.2
    : 1;
  return Math.min(0.002, relative * upperTail);
}
