/** For n = 1 to 15, where the series is too short (40-digit arithmetic). */
const small = [
  0.08106146679532726,
  0.0413406959554093,
  0.02767792568499834,
  0.020790672103765093,
  0.016644691189821193,
  0.013876128823070748,
  0.01189670994589177,
  0.010411265261972096,
  0.009255462182712733,
  0.00833056343336287,
  0.007573675487951841,
  0.00694284010720953,
  0.006408994188004207,
  0.0059513701127588475,
  0.005554733551962801,
];

/**
 * What Stirling's formula leaves over: `ln n! - ln(sqrt(2 pi n) (n / e)^n)`, for a positive integer, or any n of at least 16.
 * Binomial probabilities written with it don't subtract large logarithms (Loader, "Fast and accurate computation of binomial
 * probabilities", 2000).
 */
export function stirlingError(n: number): number {
  if (n < 16) return small[n - 1]!;
  const r = 1 / (n * n);
  return (1 / 12 -
    r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - (r * 691) / 360360))))) / n;
}
