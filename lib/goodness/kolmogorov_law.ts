import { twoProduct } from "../numerics/error_free.ts";
import { stirlingError } from "../numerics/stirling_error.ts";
import type { NullLaw } from "./null_law.ts";
import { pelzGoodCdf } from "./pelz_good.ts";
import { assertSize, smirnovLaw } from "./smirnov.ts";

/** The largest sample whose law {@linkcode kolmogorovLaw} computes without an expansion. */
export const exactSizeLimit = 10_000;
/** Where the expansion for larger samples is compared with the exact law. */
const referenceSize = 4096;
/**
 * From this `n d^2` on, the probability that D+ and D- are both that large is left out: of the probability that one of them is,
 * it is e^(-6 n d^2) = 1.1e-11 at most, in the limit law and in the exact ones.
 */
const tailStart = 4.2;
/** A Poisson step of more than this is left out: its weight is 1 / 23!, about 4e-23. */
const longestStep = 22;
/** The vector grows by at most a factor e a step: far from overflow after so many. */
const stepsPerScaling = 64;
/** ln 2 in two parts, the first of 32 bits, so that small multiples of it are exact. */
const logTwo = { high: 6.93147180369123816490e-1, low: 1.9082149292705877e-10 };

/**
 * The null law of the two-sided statistic `D = sup |F_n - F|` of a sample of `size` values from a fully specified continuous law.
 *
 * For `n d^2 < 4.2`, cdf is Durbin's ("Distribution Theory for Tests Based on the Sample Distribution Function", 1973): n! /
 * n^n times the central entry of the n-th power of Marsaglia, Tsang and Wang's matrix (Journal of Statistical Software 8(18),
 * 2003), applied n / 2 times to a vector; O(n^2 d) a call. Above 10,000 values Pelz and Good's expansion takes its place,
 * corrected by its error at 4,096 values. From 4.2 on, sf is twice the {@linkcode smirnovLaw one-sided one} (Simard and
 * L'Ecuyer, Journal of Statistical Software 39(11), 2011, section 2.2), which is exact from d = 1/2. In each part the other
 * function is the complement.
 *
 * Relative error of sf, down to 1e-300: 1e-10 up to 2,000 values, 1e-9 beyond. Error of cdf: 1e-10 relative up to 2,000 values,
 * 1e-11 absolute beyond.
 *
 * @throws {RangeError} If `size` is not a positive integer.
 *
 * @example The example of Marsaglia, Tsang and Wang
 * ```ts
 * import { kolmogorovLaw } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(kolmogorovLaw(10).cdf(0.274), 0.6284796154565043, 1e-14);
 * ```
 */
export function kolmogorovLaw(size: number): NullLaw {
  assertSize(size);
  const oneSided = smirnovLaw(size);
  const inTail = (d: number) => d >= 0.5 || size * d * d >= tailStart;
  const upper = (d: number) => Math.min(1, 2 * oneSided.sf(d));
  const lower = (d: number) => bodyCdf(size, d);
  return {
    cdf: (d) => inTail(d) ? 1 - upper(d) : lower(d),
    sf: (d) => inTail(d) ? upper(d) : 1 - lower(d),
  };
}

function bodyCdf(n: number, d: number): number {
  if (Number.isNaN(d)) return NaN;
  const [t, tLow] = twoProduct(n, d);
  // The empirical distribution function jumps by 1/n, half of which D can't go below.
  if (!(t > 0.5 || (t === 0.5 && tLow > 0))) return 0;
  if (t <= 1) {
    // Every value has an interval of its own: n! (2 d - 1 / n)^n.
    const width = (2 * t - 1) + 2 * tLow;
    let product = 1;
    for (let i = 1; i <= n && product > 0; i++) product *= (i * width) / n;
    return product;
  }
  return n <= exactSizeLimit ? durbinCdf(n, t) : expandedCdf(n, d * Math.sqrt(n));
}

/**
 * P(sqrt(n) D_n < z) by Pelz and Good's expansion, less its error: that falls as n^-2, with a factor that depends on z and
 * hardly on n, and at a smaller size the exact law tells it.
 */
function expandedCdf(n: number, z: number): number {
  const exact = bodyCdf(referenceSize, z / Math.sqrt(referenceSize));
  const error = (pelzGoodCdf(referenceSize, z) - exact) * (referenceSize / n) ** 2;
  return Math.min(1, Math.max(0, pelzGoodCdf(n, z) - error));
}

/** A vector times a power of two. */
interface ScaledVector {
  readonly values: Float64Array;
  readonly exponent: number;
}

/** P(n D_n < t), by the matrix of Marsaglia, Tsang and Wang, for t above 1. */
function durbinCdf(n: number, t: number): number {
  const centre = Math.ceil(t);
  const step = matrixStep(centre, centre - t);
  const start = new Float64Array(2 * centre - 1);
  start[centre - 1] = 1;
  // The matrix is symmetric about its other diagonal, so a row of a power is a column of it, reversed.
  const half = n >> 1;
  const column = repeat(step, { values: start, exponent: 0 }, half);
  const row = n % 2 === 0 ? column : repeat(step, column, 1);
  const size = start.length;
  let product = 0;
  for (let i = 0; i < size; i++) product += column.values[i]! * row.values[size - 1 - i]!;
  // n! / n^n is sqrt(2 pi n) e^-n but for Stirling's error; e^-n meets the power of two in the exponent, where both are nearly
  // one.
  const exponent = column.exponent + row.exponent;
  const logRest = (exponent * logTwo.high - n) + exponent * logTwo.low + stirlingError(n);
  return product * Math.sqrt(2 * Math.PI * n) * Math.exp(logRest);
}

function repeat(
  step: (from: Float64Array, to: Float64Array) => void,
  { values, exponent }: ScaledVector,
  count: number,
): ScaledVector {
  let from: Float64Array = values.slice(), to: Float64Array = new Float64Array(values.length);
  let scaled = exponent;
  for (let i = 1; i <= count; i++) {
    step(from, to);
    [from, to] = [to, from];
    if (i % stepsPerScaling !== 0 && i !== count) continue;
    let largest = 0;
    for (const value of from) if (value > largest) largest = value;
    if (largest === 0) break;
    const shift = Math.floor(Math.log2(largest));
    const factor = 2 ** -shift;
    for (let j = 0; j < from.length; j++) from[j] = from[j]! * factor;
    scaled += shift;
  }
  return { values: from, exponent: scaled };
}

/**
 * Multiplies a vector by the matrix H for `n d = centre - gap`: 1 / (i - j + 1)! on and below the first superdiagonal, except
 * for the first column and the last row, where the corridor cuts the steps short. O(size).
 */
function matrixStep(centre: number, gap: number): (from: Float64Array, to: Float64Array) => void {
  const size = 2 * centre - 1;
  const weights = new Float64Array(longestStep + 1).fill(1);
  for (let j = 2; j <= longestStep; j++) weights[j] = weights[j - 1]! / j;
  const weight = (j: number) => weights[j] ?? 0;
  // Row i of the first column, which is entry size - 1 - i of the last row.
  const first = Float64Array.from(
    { length: size },
    (_, i) => (1 - gap ** (i + 1)) * weight(i + 1),
  );
  const corner = (1 - 2 * gap ** size + Math.max(0, 2 * gap - 1) ** size) * weight(size);
  return (from, to) => {
    for (let i = 0; i < size - 1; i++) {
      const lowest = Math.max(1, i + 1 - longestStep);
      let sum = first[i]! * from[0]!;
      for (let j = lowest; j <= i + 1; j++) sum += weights[i - j + 1]! * from[j]!;
      to[i] = sum;
    }
    let sum = corner * from[0]!;
    for (let j = Math.max(1, size - longestStep); j < size; j++) {
      sum += first[size - 1 - j]! * from[j]!;
    }
    to[size - 1] = sum;
  };
}
