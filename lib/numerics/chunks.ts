import type { Sample } from "./sample.ts";

/** Doubles in a chunk, which then stays in a first-level cache. */
export const chunkSize = 2048;

/**
 * The `count` values of a sample from `start` on, as doubles: a view where they are doubles, otherwise a copy in `scratch`. So the loops
 * behind it see one type of array whatever the sample is, which keeps them compiled for that one.
 */
export function doublesOf(
  sample: Sample,
  start: number,
  count: number,
  scratch: Float64Array,
): Float64Array {
  if (sample instanceof Float64Array) return sample.subarray(start, start + count);
  const doubles = firstOf(scratch, count);
  if (sample instanceof Float32Array) {
    doubles.set(sample.subarray(start, start + count));
  } else {
    for (let i = 0; i < count; i++) doubles[i] = sample[start + i]!;
  }
  return doubles;
}

/** The first `count` entries of an array: itself, where that is all of it. */
export function firstOf<A extends Float64Array | Uint16Array>(array: A, count: number): A {
  return count === array.length ? array : array.subarray(0, count) as A;
}

/**
 * The values of a sample as doubles ({@linkcode doublesOf}), in order, in chunks of 2,048; the last one is shorter. A chunk holds until
 * the next one is asked for, and is not to be written to.
 */
export function* chunksOf(sample: Sample): Generator<Float64Array, void, void> {
  const scratch = new Float64Array(Math.min(chunkSize, sample.length));
  for (let start = 0; start < sample.length; start += chunkSize) {
    yield doublesOf(sample, start, Math.min(chunkSize, sample.length - start), scratch);
  }
}
