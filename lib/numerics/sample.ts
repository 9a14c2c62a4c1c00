import { chunksOf } from "./chunks.ts";
import { highWord } from "./float_bits.ts";
import { radixSortFloat32, radixSortFloat64 } from "./radix_sort.ts";

/** Values to fit, test or quantize. Never modified by any function of Bitbell. */
export type Sample = Float32Array | Float64Array | readonly number[];

/** Largest magnitude of a value or of a law's parameter: up to here squares, and sums of them, stay finite. */
export const largestMagnitude = 1e150;

/**
 * Throws unless the sample has at least one value and all of them are finite and at most 1e150 in magnitude.
 *
 * @param action What the caller set out to do, as it stands in the error: "fit a Gaussian".
 * @throws {TypeError} If it is no array of numbers.
 * @throws {RangeError} If the sample is empty, or holds NaN, an infinity or a larger value: the error names the first one and its index.
 */
export function assertFiniteSample(sample: Sample, action: string): void {
  if (
    !(sample instanceof Float32Array || sample instanceof Float64Array || Array.isArray(sample))
  ) {
    throw new TypeError(
      `Cannot ${action} as the sample must be a Float32Array, a Float64Array or an array of numbers: current value is ${
        String(sample).slice(0, 40)
      }`,
    );
  }
  if (sample.length === 0) {
    throw new RangeError(`Cannot ${action} as the sample is empty: its length is 0`);
  }
  if (hasSmallExponents(sample)) return;
  const index = sample.findIndex((value) => !(Math.abs(value) <= largestMagnitude));
  if (index < 0) return;
  const condition = Number.isFinite(sample[index])
    ? `at most ${largestMagnitude} in magnitude`
    : "finite";
  throw new RangeError(
    `Cannot ${action} as every value must be ${condition}: value ${index} is ${sample[index]}`,
  );
}

/** The bits of infinity as a float32, and the high word of the largest magnitude as a float64. */
const exponentLimits = {
  float32: 0x7f800000,
  float64: new Int32Array(Float64Array.of(largestMagnitude).buffer)[highWord]!,
};

/** Whether all bits of sign and exponent say that the value is allowed: false for what isn't, and for some values just below 1e150. */
function hasSmallExponents(sample: Sample): boolean {
  if (sample instanceof Float32Array) {
    const words = new Int32Array(sample.buffer, sample.byteOffset, sample.length);
    return allBelow(words, 0, 1, exponentLimits.float32);
  }
  // A list has no bits to look at.
  if (!(sample instanceof Float64Array)) return false;
  const words = new Int32Array(sample.buffer, sample.byteOffset, 2 * sample.length);
  return allBelow(words, highWord, 2, exponentLimits.float64);
}

function allBelow(words: Int32Array, first: number, stride: number, limit: number): boolean {
  for (let i = first; i < words.length; i += stride) {
    if ((words[i]! & 0x7fffffff) >= limit) return false;
  }
  return true;
}

/** From this size on, counting digits is quicker than comparing. */
const radixSize = { float32: 2048, float64: 4096 };

/** The values of the sample in ascending order (-0 before 0), as doubles in a new array. O(n); the sample holds no NaN. */
export function sortedCopy(sample: Sample): Float64Array {
  // float32 keeps its width while it is sorted: half the memory traffic and half the digits.
  if (sample instanceof Float32Array && sample.length >= radixSize.float32) {
    return new Float64Array(radixSortFloat32(sample.slice()));
  }
  const copy = new Float64Array(sample);
  return copy.length < radixSize.float64 ? copy.sort() : radixSortFloat64(copy);
}

/** The smallest and the largest value of a sample that has at least one. */
export function extent(sample: Sample): readonly [lower: number, upper: number] {
  let lower = Infinity, upper = -Infinity;
  for (const chunk of chunksOf(sample)) {
    const [chunkLower, chunkUpper] = extentOfChunk(chunk);
    if (chunkLower < lower) lower = chunkLower;
    if (chunkUpper > upper) upper = chunkUpper;
  }
  return [lower, upper];
}

/** {@linkcode extent} of a chunk. */
export function extentOfChunk(chunk: Float64Array): readonly [lower: number, upper: number] {
  let lower = Infinity, upper = -Infinity;
  for (let i = 0; i < chunk.length; i++) {
    const value = chunk[i]!;
    if (value < lower) lower = value;
    if (value > upper) upper = value;
  }
  return [lower, upper];
}
