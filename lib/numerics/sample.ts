/** Values to fit, test or quantize. Never modified by any function of Bitbell. */
export type Sample = Float32Array | Float64Array | readonly number[];

/** Largest magnitude of a value or of a law's parameter: up to here squares, and sums of them, stay finite. */
export const largestMagnitude = 1e150;

/**
 * Throws unless the sample has at least one value and all of them are finite and at most 1e150 in magnitude.
 *
 * @param action What the caller set out to do, as it stands in the error: "fit a Gaussian".
 * @throws {RangeError} If the sample is empty, or holds NaN, an infinity or a larger value: the error names the first one and its index.
 */
export function assertFiniteSample(sample: Sample, action: string): void {
  if (sample.length === 0) {
    throw new RangeError(`Cannot ${action} as the sample is empty: its length is 0`);
  }
  for (let i = 0; i < sample.length; i++) {
    if (!Number.isFinite(sample[i])) {
      throw new RangeError(
        `Cannot ${action} as every value must be finite: value ${i} is ${sample[i]}`,
      );
    }
    if (Math.abs(sample[i]!) > largestMagnitude) {
      throw new RangeError(
        `Cannot ${action} as every value must be at most ${largestMagnitude} in magnitude: value ${i} is ${
          sample[i]
        }`,
      );
    }
  }
}

/** The values of the sample in ascending order, as doubles in a new array. O(n log n). */
export function sortedCopy(sample: Sample): Float64Array {
  // float32 keeps its width while it is sorted: half the memory traffic.
  if (sample instanceof Float32Array) return Float64Array.from(sample.toSorted());
  return Float64Array.from(sample).sort();
}

/** The smallest and the largest value of a sample that has at least one. */
export function extent(sample: Sample): readonly [lower: number, upper: number] {
  let lower = Infinity, upper = -Infinity;
  for (let i = 0; i < sample.length; i++) {
    const value = sample[i]!;
    if (value < lower) lower = value;
    if (value > upper) upper = value;
  }
  return [lower, upper];
}
