/** A relative change below this is rounding. */
const tolerance = 1e-17;
/** Far beyond what the arguments of a law need: the series takes about `t + 40` terms, the fraction fewer. */
const termLimit = 100_000;

/**
 * The lower incomplete gamma function without its leading factor: `e^t t^-s gamma(s, t) = sum of t^n / (s (s + 1) ... (s + n))` for
 * s > 0, t >= 0 (DLMF 8.7.1). All terms are positive, so nothing cancels: a few units in the last place. O(t) terms.
 */
export function scaledLowerGamma(s: number, t: number): number {
  let term = 1 / s;
  let sum = term;
  for (let n = 1; n < termLimit; n++) {
    term *= t / (s + n);
    sum += term;
    // Beyond n = t the terms fall at least as fast as a geometric series.
    if (term * t <= tolerance * sum * (s + n + 1 - t)) break;
  }
  return sum;
}

/**
 * The upper incomplete gamma function without its leading factor: `e^t t^-s Gamma(s, t)` for `t >= s + 1`, by Legendre's continued
 * fraction (DLMF 8.9.2, even part) in the forward form of Steed, which needs no rescaling. A few units in the last place.
 */
export function scaledUpperGamma(s: number, t: number): number {
  let denominator = t + 1 - s;
  let inverse = 1 / denominator;
  let term = inverse;
  let sum = term;
  for (let n = 1; n < termLimit; n++) {
    const numerator = n * (s - n);
    denominator += 2;
    inverse = 1 / (denominator + numerator * inverse);
    term *= denominator * inverse - 1;
    sum += term;
    if (Math.abs(term) <= tolerance * sum) break;
  }
  return sum;
}
