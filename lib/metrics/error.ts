import { blockwiseSum } from "../numerics/blockwise_sum.ts";
import { assertFiniteSample, type Sample } from "../numerics/sample.ts";

function assertPair(a: Sample, b: Sample, action: string): void {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(
      `Cannot ${action} as both arrays must have the same length above 0: current lengths are ${a.length} and ${b.length}`,
    );
  }
  assertFiniteSample(a, action);
  assertFiniteSample(b, action);
}

/**
 * The mean of `(a - b)^2`. O(n).
 *
 * @throws {RangeError} If the lengths differ or are 0, or a value is not finite.
 *
 * @example
 * ```ts
 * import { mse } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(mse([0, 0], [3, 4]), 12.5);
 * ```
 */
export function mse(a: Sample, b: Sample): number {
  assertPair(a, b, "compute the mean squared error");
  return blockwiseSum(a.length, (i) => (a[i]! - b[i]!) ** 2) / a.length;
}

/**
 * The signal-to-quantization-noise ratio in decibels, `10 log10(sum x^2 / sum (x - q)^2)`: about zero, not about the
 * mean. Infinity when the two are equal, -Infinity when only the signal is all zeros. O(n).
 *
 * @throws {RangeError} If the lengths differ or are 0, or a value is not finite.
 *
 * @example
 * ```ts
 * import { sqnrDb } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(sqnrDb([10, 10], [9, 11]), 20);
 * ```
 */
export function sqnrDb(signal: Sample, reconstruction: Sample): number {
  assertPair(signal, reconstruction, "compute the signal-to-quantization-noise ratio");
  const noise = blockwiseSum(signal.length, (i) => (signal[i]! - reconstruction[i]!) ** 2);
  if (noise === 0) return Infinity;
  return 10 * Math.log10(blockwiseSum(signal.length, (i) => signal[i]! ** 2) / noise);
}

/**
 * The largest `|a - b|`. O(n).
 *
 * @throws {RangeError} If the lengths differ or are 0, or a value is not finite.
 *
 * @example
 * ```ts
 * import { maxAbsoluteError } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maxAbsoluteError([0, 0], [3, -4]), 4);
 * ```
 */
export function maxAbsoluteError(a: Sample, b: Sample): number {
  assertPair(a, b, "compute the largest error");
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}
