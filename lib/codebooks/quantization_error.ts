import type { Codebook } from "./codebook.ts";
import { codeOf } from "./encode.ts";
import { assertFiniteSample, type Sample } from "../numerics/sample.ts";

/** What a codebook costs on given values. */
export interface QuantizationError {
  /** Number of values. */
  readonly size: number;
  /** Mean of `(x - q)^2`, in squared units of the values. */
  readonly mse: number;
  /** `10 log10(sum x^2 / sum (x - q)^2)`; Infinity when nothing is lost. */
  readonly sqnrDb: number;
  /** Largest `|x - q|`. */
  readonly maxAbsolute: number;
  /** Number of values outside the clipping range, that is below the first or above the last level. */
  readonly saturated: number;
}

/**
 * Measures a codebook on values, in one pass and without an array of codes. O(n log levels).
 *
 * @throws {RangeError} If there is no value, or one is not finite, with its index.
 *
 * @example
 * ```ts
 * import { createCodebook, quantizationError } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const codebook = createCodebook([-1, 1], { method: "by hand", storedValues: 2 });
 * const { mse, saturated } = quantizationError([-1, 1, 3], codebook);
 * assertEquals([mse, saturated], [4 / 3, 1]);
 * ```
 */
export function quantizationError(
  values: Sample,
  { levels, thresholds }: Codebook,
): QuantizationError {
  assertFiniteSample(values, "measure a quantization error");
  const size = values.length;
  const lower = levels[0]!, upper = levels[levels.length - 1]!;
  let energy = 0, loss = 0, maxAbsolute = 0, saturated = 0;
  // Blocks keep the rounding error of the two sums independent of the length.
  const blockLength = 1024;
  for (let start = 0; start < size; start += blockLength) {
    const end = Math.min(start + blockLength, size);
    let blockEnergy = 0, blockLoss = 0;
    for (let i = start; i < end; i++) {
      const value = values[i]!;
      const error = value - levels[codeOf(value, thresholds)]!;
      blockEnergy += value * value;
      blockLoss += error * error;
      maxAbsolute = Math.max(maxAbsolute, Math.abs(error));
      if (value < lower || value > upper) saturated++;
    }
    energy += blockEnergy;
    loss += blockLoss;
  }
  return {
    size,
    mse: loss / size,
    sqnrDb: loss === 0 ? Infinity : 10 * Math.log10(energy / loss),
    maxAbsolute,
    saturated,
  };
}
