import erfc from "@stdlib/math-base-special-erfc";
import { logHalfStepRatio } from "./gamma_ratio.ts";

/** A relative change below this is rounding. */
const tolerance = 1e-17;
const termLimit = 10_000;
/** From this first argument on the large-parameter expansion below reaches full precision for x >= 1/2. */
const expansionFrom = 20;

/** The coefficients p_n of DiDonato and Morris's expansion (their equation 9.2), for the second argument 1/2. */
const expansionCoefficients = (() => {
  const inverseFactorials = [1];
  for (let m = 1; m < 16; m++) {
    inverseFactorials.push(inverseFactorials[m - 1]! / (2 * m * (2 * m + 1)));
  }
  const coefficients = [1];
  for (let n = 1; n < 16; n++) {
    let sum = 0;
    for (let m = 1; m < n; m++) {
      sum += (0.5 * m - n) * inverseFactorials[m]! * coefficients[n - m]!;
    }
    coefficients.push(-0.5 * inverseFactorials[n]! + sum / n);
  }
  return coefficients;
})();

/** `ln(1 + (z / unit)^2)` for z >= 0, also where the square or the quotient would overflow. */
export function logOnePlusSquare(z: number, unit = 1): number {
  const y = z / unit;
  return y < 1e8 ? Math.log1p(y * y) : 2 * (Math.log(z) - Math.log(unit));
}

/**
 * The regularized incomplete beta function `I_x(a, 1/2)` at `x = 1 / (1 + y^2)`, for a > 0 and y >= 0: the probability beyond y on
 * both sides of a Student t law with 2 a degrees of freedom and scale `1 / sqrt(2 a)`.
 *
 * Every term is positive or far below the first: a few units in the last place, plus the rounding of `a ln(x)`, down to the smallest
 * doubles. Below x = 1/2 it sums the power series (DLMF 8.17.7); above, a recurrence that raises `a` to 20 (DLMF 8.17.20) and there the
 * expansion for large a of DiDonato and Morris (ACM TOMS 18, 1992, section 9), which becomes erfc as a grows.
 *
 * @param logX The logarithm of x, for a caller whose y overflows.
 */
export function incompleteBetaBeyond(a: number, y: number, logX = -logOnePlusSquare(y)): number {
  if (logX === -Infinity) return 0;
  if (y > 1) {
    const x = Math.exp(logX);
    let term = 1;
    let sum = 1 / a;
    for (let n = 1; n < termLimit; n++) {
      term *= (x * (n - 0.5)) / n;
      sum += term / (a + n);
      if (term <= tolerance * sum * a) break;
    }
    return Math.exp(a * logX + logHalfStepRatio(a).value) * Math.sqrt(a / Math.PI) * sum;
  }
  const steps = Math.max(0, Math.ceil(expansionFrom - a));
  return Math.min(1, recurrenceSum(a, y, logX, steps) + largeParameterExpansion(a + steps, logX));
}

/** `I_x(a, 1/2) - I_x(a + steps, 1/2)`. */
function recurrenceSum(a: number, y: number, logX: number, steps: number): number {
  if (steps === 0) return 0;
  const x = 1 / (1 + y * y);
  let term = 1;
  let sum = 1;
  for (let i = 1; i < steps; i++) {
    term *= (x * (a + i - 0.5)) / (a + i);
    sum += term;
  }
  const leading = Math.exp(a * logX + logHalfStepRatio(a).value) * y * Math.sqrt(x / (Math.PI * a));
  return leading * sum;
}

/** `I_x(a, 1/2)` for a >= 20 and x >= 1/2. */
function largeParameterExpansion(a: number, logX: number): number {
  const shifted = a - 0.25;
  const u = -shifted * logX;
  const quarter = 1 / (4 * shifted * shifted);
  const halfLogSquare = (logX / 2) ** 2;
  const edge = Math.exp(-u) * Math.sqrt(u / Math.PI);
  let integral = erfc(Math.sqrt(u));
  let power = edge;
  let sum = integral;
  for (let n = 0; n < expansionCoefficients.length - 1; n++) {
    integral = quarter *
      ((2 * n + 0.5) * (2 * n + 1.5) * integral + (u + 2 * n + 1.5) * power);
    power *= halfLogSquare;
    const term = expansionCoefficients[n + 1]! * integral;
    sum += term;
    if (Math.abs(term) <= tolerance * sum) break;
  }
  return Math.exp(logHalfStepRatio(a).value) * Math.sqrt(a / shifted) * sum;
}

/**
 * The complement `I_(1-x)(1/2, a)` of the function above, with full relative precision down to y = 0: the probability within y. For
 * y <= 1 and where the result is at most about 1/2: elsewhere the number of terms grows, or the complement has every digit.
 */
export function incompleteBetaWithin(a: number, y: number): number {
  const share = (y * y) / (1 + y * y);
  let term = 1;
  let sum = 1;
  for (let n = 0; n < termLimit; n++) {
    const ratio = (share * (a + 0.5 + n)) / (1.5 + n);
    term *= ratio;
    sum += term;
    if (ratio < 1 && term <= tolerance * sum * (1 - ratio)) break;
  }
  const leading = Math.exp(-a * logOnePlusSquare(y) + logHalfStepRatio(a).value);
  return 2 * leading * Math.sqrt((a * share) / Math.PI) * sum;
}
