/** The law of a test's statistic under the null hypothesis; it is continuous. NaN gives NaN. */
export interface NullLaw {
  /** P(statistic < x): 0 below the support, 1 above it. */
  cdf(x: number): number;
  /** P(statistic >= x), the p-value of a statistic of x, with full relative precision in the upper tail. */
  sf(x: number): number;
}
