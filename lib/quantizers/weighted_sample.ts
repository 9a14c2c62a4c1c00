import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { lowerBound } from "./partition_edges.ts";

/** Values in ascending order and the mass of each. */
export interface WeightedSample {
  readonly sorted: Float64Array;
  /** In units of the smallest positive weight. */
  readonly masses: Float64Array;
}

/** Beyond this ratio of weights their sums would lose the smallest ones or overflow. */
const largestRatio = 1e150;

/**
 * The values of positive weight in ascending order, those that are equal as one with the sum of their weights. O(n log n), but for a sort
 * in O(n).
 *
 * @throws {TypeError} If the number of weights is another than that of the values.
 * @throws {RangeError} If a weight is negative, not finite, or 1e150 times another positive one, or none is positive.
 */
export function sortWeighted(sample: Sample, weights: Sample): WeightedSample {
  if (weights.length !== sample.length) {
    throw new TypeError(
      `Cannot design a codebook as there must be a weight for each of ${sample.length} values: current number is ${weights.length}`,
    );
  }
  assertFiniteSample(weights, "weigh values");
  let smallest = Infinity, largest = 0, size = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (weight < 0) {
      throw new RangeError(
        `Cannot weigh values as no weight may be negative: weight ${i} is ${weight}`,
      );
    }
    if (weight === 0) continue;
    size++;
    smallest = Math.min(smallest, weight);
    largest = Math.max(largest, weight);
  }
  if (size === 0) {
    throw new RangeError("Cannot weigh values as a weight must be positive: all are 0");
  }
  if (!(largest / smallest <= largestRatio)) {
    throw new RangeError(
      `Cannot weigh values as the largest weight must be at most ${largestRatio} times the smallest positive one: they are ${largest} and ${smallest}`,
    );
  }
  const values = new Float64Array(size);
  for (let i = 0, next = 0; i < weights.length; i++) {
    if (weights[i]! > 0) values[next++] = sample[i]!;
  }
  const sorted = distinctOf(sortedCopy(values));
  const masses = new Float64Array(sorted.length);
  for (let i = 0; i < weights.length; i++) {
    if (!(weights[i]! > 0)) continue;
    masses[lowerBound(sorted, sample[i]!, 0, sorted.length)]! += weights[i]! / smallest;
  }
  return { sorted, masses };
}

/** The distinct values of an ascending array, in that array. */
function distinctOf(ascending: Float64Array): Float64Array {
  let last = 0;
  for (let i = 1; i < ascending.length; i++) {
    if (ascending[i]! > ascending[last]!) ascending[++last] = ascending[i]!;
  }
  return ascending.subarray(0, last + 1);
}
