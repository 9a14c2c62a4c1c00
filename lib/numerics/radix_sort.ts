import { highWord, orderedBits } from "./float_bits.ts";

const digitBits = 11;
const radix = 1 << digitBits;

/**
 * Sorts float32 values by their bits, least significant digit first: three passes of 11 bits, fewer where a digit is the same in all
 * values. -0 comes before 0. NaN has no place in the order and must not occur. O(n).
 *
 * @returns The ascending values, in `values` or in an array of the same size.
 */
export function radixSortFloat32(values: Float32Array): Float32Array {
  let source: Int32Array = new Int32Array(values.buffer, values.byteOffset, values.length);
  let target: Int32Array = new Int32Array(values.length);
  for (let shift = 0; shift < 32; shift += digitBits) {
    const starts = new Uint32Array(radix);
    for (let i = 0; i < source.length; i++) {
      starts[(orderedBits(source[i]!) >>> shift) & (radix - 1)]! += 1;
    }
    if (!countsToStarts(starts, source.length)) continue;
    for (let i = 0; i < source.length; i++) {
      const bits = source[i]!;
      const digit = (orderedBits(bits) >>> shift) & (radix - 1);
      const position = starts[digit]!;
      starts[digit] = position + 1;
      target[position] = bits;
    }
    [source, target] = [target, source];
  }
  return new Float32Array(source.buffer, source.byteOffset, source.length);
}

/**
 * {@linkcode radixSortFloat32} of float64 values, in six passes: digits that all values share cost no move, as the low ones of
 * values that were float32.
 */
export function radixSortFloat64(values: Float64Array): Float64Array {
  let source = values;
  let target: Float64Array = new Float64Array(values.length);
  for (let digit = 0; digit < 6; digit++) {
    // Three digits of each word: the low word's sign bit is a digit's highest bit like any other.
    const word = digit < 3 ? 1 - highWord : highWord;
    const shift = (digit % 3) * digitBits;
    const words = new Int32Array(source.buffer, source.byteOffset, 2 * source.length);
    const starts = new Uint32Array(radix);
    for (let i = 0; i < source.length; i++) {
      const flip = (words[2 * i + highWord]! >> 31) | (word === highWord ? -0x80000000 : 0);
      starts[((words[2 * i + word]! ^ flip) >>> shift) & (radix - 1)]! += 1;
    }
    if (!countsToStarts(starts, source.length)) continue;
    for (let i = 0; i < source.length; i++) {
      const flip = (words[2 * i + highWord]! >> 31) | (word === highWord ? -0x80000000 : 0);
      const digitValue = ((words[2 * i + word]! ^ flip) >>> shift) & (radix - 1);
      const position = starts[digitValue]!;
      starts[digitValue] = position + 1;
      target[position] = source[i]!;
    }
    [source, target] = [target, source];
  }
  return source;
}

/** Turns counts into first positions, in place. False, with the counts as they were, when one digit has all values. */
function countsToStarts(counts: Uint32Array, size: number): boolean {
  if (counts.includes(size)) return false;
  let start = 0;
  for (let digit = 0; digit < counts.length; digit++) {
    const count = counts[digit]!;
    counts[digit] = start;
    start += count;
  }
  return true;
}
