import { blockwiseSum } from "./blockwise_sum.ts";
import type { Sample } from "./sample.ts";

/**
 * The arithmetic mean, to the last bits for any length: Neumaier's compensated sum (Zeitschrift fuer Angewandte Mathematik
 * und Mechanik 54, 1974), divided by the length. NaN for an empty sample.
 */
export function mean(sample: Sample): number {
  let sum = 0, correction = 0;
  for (let i = 0; i < sample.length; i++) {
    const value = sample[i]!;
    const next = sum + value;
    correction += Math.abs(sum) >= Math.abs(value) ? (sum - next) + value : (value - next) + sum;
    sum = next;
  }
  return (sum + correction) / sample.length;
}

/** The mean of `(x - centre)^2`. About the mean this is the population variance (divisor n). */
export function meanSquare(sample: Sample, centre = 0): number {
  return blockwiseSum(sample.length, (i) => (sample[i]! - centre) ** 2) / sample.length;
}

/** The mean of `|x - centre|`: the mean absolute deviation when `centre` is the median. */
export function meanAbsolute(sample: Sample, centre = 0): number {
  return blockwiseSum(sample.length, (i) => Math.abs(sample[i]! - centre)) / sample.length;
}

/** The population variance: the mean of `(x - mean)^2`, in two passes. */
export function populationVariance(sample: Sample): number {
  return meanSquare(sample, mean(sample));
}
