/**
 * Coefficients of `a^-1, a^-3, ...` in the asymptotic series of the function below: `-(1 - 4^-k) B_2k / (k (2 k - 1))` with the
 * Bernoulli numbers B (from Stirling's series with the duplication formula; DLMF 5.11.8).
 */
const coefficients = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510]
  .map((bernoulli, i) => -((1 - 0.25 ** (i + 1)) * bernoulli) / ((i + 1) * (2 * i + 1)));

/** From here on eight terms leave less than 1e-17. */
const asymptoticFrom = 12;

/** A function's value and its first two derivatives. */
export interface Derivatives {
  readonly value: number;
  readonly first: number;
  readonly second: number;
}

/**
 * `ln(Gamma(a + 1/2) / (Gamma(a) sqrt(a)))` for a > 0, with its derivatives. It falls to 0 as `-1 / (8 a)`, where the difference of two
 * log-gammas would have lost every digit: an asymptotic series from 12 on, the recurrence of the gamma function below. The error is
 * at most 1e-15 of `max(1, |value|)`, and 1e-13 of each derivative.
 */
export function logHalfStepRatio(a: number): Derivatives {
  let value = 0, first = 0, second = 0;
  let shifted = a;
  if (a < asymptoticFrom) {
    let product = 1;
    for (; shifted < asymptoticFrom; shifted++) {
      const next = shifted + 0.5;
      product *= shifted / next;
      first += 0.5 / (shifted * next);
      second -= (0.5 * (shifted + next)) / (shifted * shifted * next * next);
    }
    const moved = (shifted - a) / (a * shifted);
    value += Math.log(product * Math.sqrt(shifted / a));
    first -= 0.5 * moved;
    second += 0.5 * moved * (1 / a + 1 / shifted);
  }
  const inverse = 1 / shifted;
  const square = inverse * inverse;
  let power = inverse;
  for (let i = 0; i < coefficients.length; i++) {
    const order = 2 * i + 1;
    const term = coefficients[i]! * power;
    value += term;
    first -= order * term * inverse;
    second += order * (order + 1) * term * square;
    power *= square;
  }
  return { value, first, second };
}
