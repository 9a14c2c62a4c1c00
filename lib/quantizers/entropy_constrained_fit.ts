import { type Codebook, createCodebook, maxBits } from "../codebooks/codebook.ts";
import { mean } from "../numerics/moments.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { hullAt } from "./entropy_hull.ts";
import { lowerEnvelope } from "./lower_envelope.ts";
import { lowerBound } from "./partition_edges.ts";
import {
  cellMeans,
  levelOf,
  partitionWith,
  type SamplePartition,
  thresholdBetween,
} from "./sample_partition.ts";
import { type SortedSums, sortedSums } from "./sorted_sums.ts";
import { exchangeThresholds } from "./threshold_exchange.ts";

/** Options for {@linkcode entropyConstrained}. */
export interface EntropyConstrainedOptions {
  /** The rate: the most that the entropy of the codes may be, in bits per value, in (0, 16]; it need not be an integer. */
  readonly bits: number;
}

/** A descent ends when a step lowers the error by no more than this share. */
const fallTolerance = 1e-6;
const iterationLimit = 200;
/** So many steps are taken from each start, and the others from the best end. */
const trialLimit = 8;
/** How sharply the weight of the rate is found in each step. */
const weightTolerance = 1e-6;
/** By how much the weight is first moved from that of the step before. */
const weightFactor = 1.01;
/** What a search for the weight starts from at least, in squared units of the sums, so that it can grow. */
const leastWeight = 2 ** -300;
/** Past this factor below its start a weight is as good as none. */
const smallestWeight = 2 ** -60;
/** Halvings of the logarithm of a uniform quantizer's step. */
const stepHalvings = 16;
/** How many octaves below the sample's range a uniform quantizer's step may lie: outliers may be so much larger than the rest. */
const stepOctaves = 1000;

/**
 * Designs a scalar quantizer for entropy-coded output on the sample itself: the least squared error of the codes whose entropy is at most `bits`, up to rounding (Chou,
 * Lookabaugh and Gray, "Entropy-constrained vector quantization", IEEE Trans. ASSP 37, 1989; Sullivan, "Efficient scalar quantization of exponential
 * and Laplacian random variables", IEEE Trans. Inf. Theory 42, 1996).
 *
 * `bits` is the rate, not the width of a code: the book may have more than 2^bits levels, and `Codebook.bits` is what a fixed-length code would
 * take. Codes are to be stored by a Huffman code (`design.coding`), which takes less than 1 bit more than their entropy `design.rate` (1 bit
 * where one level is left), and its table; `codedSize` counts both. At low rates, where most values share one level, that may be much of
 * the rate. Values count once each in the rate.
 *
 * Levels are the means of their cells. Thresholds are not halfway: a value takes the level whose squared distance plus weight times code length is least,
 * and each threshold of the book lies between the neighbouring values of two cells.
 *
 * Descents start from the partitions of least Lagrangian over some hundred positions, on either side of the rate, and from uniform quantizers, near which
 * the best lies at high rates (Gish and Pierce 1968). A step takes centroids and code lengths as they are, and for them the cells of least error whose mean
 * length is within the rate; neither can the error rise then, nor the rate leave its limit. On small samples single thresholds are moved, added and
 * taken away as long as that helps. The result is a local optimum, the best of those found. The error can't be
 * lower than the lower convex hull of all quantizers of the sample. O(n) for the sort, and O(levels log n) for a step.
 *
 * Storage: a 32-bit number for each level (a decoder needs no thresholds), and the Huffman table.
 *
 * @throws {RangeError} If the sample is empty or not finite, or bits is not in (0, 16].
 *
 * @example Below the error of the best 2-bit code, at the same 2 bits
 * ```ts
 * import { createPrng, encode, entropyConstrained, entropyOfCodes, kMeans, laplace, quantizationError } from "@bitbell/bitbell";
 * import { assertLess, assertLessOrEqual } from "@std/assert";
 *
 * const weights = laplace({ location: 0, scale: 1 }).sample(2000, { prng: createPrng(1) });
 * const codebook = entropyConstrained(weights, { bits: 2 });
 * assertLessOrEqual(entropyOfCodes(encode(weights, codebook)), 2);
 * assertLess(4, codebook.levels.length);
 * const fixedLength = quantizationError(weights, kMeans(weights, { bits: 2 })).mse;
 * assertLess(quantizationError(weights, codebook).mse, 0.65 * fixedLength);
 * ```
 */
export function entropyConstrained(sample: Sample, { bits }: EntropyConstrainedOptions): Codebook {
  if (!(bits > 0 && bits <= maxBits)) {
    throw new RangeError(
      `Cannot design a codebook as bits must be above 0 and at most ${maxBits}: current value is ${bits}`,
    );
  }
  assertFiniteSample(sample, "design a codebook");
  const sorted = sortedCopy(sample);
  const data = sortedSums(sorted);
  const lossless = distinctPartition(data);
  if (lossless !== undefined && lossless.rate <= bits) {
    return codebookOf(data, { partition: lossless, iterations: 0, converged: true });
  }
  const starts = [
    ...hullAt(data, bits),
    ...[0, 0.5].map((phase) => uniformPartition(data, bits, phase)),
  ];
  const trials = starts
    .map((start) => start.rate <= bits ? start : constrainedStep(data, start, bits)?.partition)
    .filter((start) => start !== undefined)
    .map((start) => constrainedDescent(data, start, bits, trialLimit));
  const best = trials.reduce((best, other) =>
    other.partition.mse < best.partition.mse ? other : best
  );
  const rest = best.converged
    ? { ...best, iterations: 0 }
    : constrainedDescent(data, best.partition, bits, iterationLimit - trialLimit);
  return codebookOf(data, {
    partition: exchangeThresholds(data, rest.partition, bits),
    iterations: best.iterations + rest.iterations,
    converged: rest.converged,
  });
}

/** Where a descent ended. */
interface Descent {
  readonly partition: SamplePartition;
  readonly iterations: number;
  readonly converged: boolean;
}

function codebookOf(data: SortedSums, { partition, iterations, converged }: Descent): Codebook {
  const { sorted } = data;
  const { bounds, rate } = partition;
  const levels = Float64Array.from(
    { length: bounds.length - 1 },
    (_, i) => levelOf(sorted.subarray(bounds[i]!, bounds[i + 1]!)),
  );
  const thresholds = Float64Array.from(
    bounds.subarray(1, -1),
    (bound) => thresholdBetween(sorted[bound - 1]!, sorted[bound]!),
  );
  return createCodebook(levels, {
    method: "entropy-constrained",
    storedValues: levels.length,
    coding: "huffman",
    rate,
    iterations,
    converged,
  }, thresholds);
}

/** A cell for each value, unless there are more than a book can hold. */
function distinctPartition(data: SortedSums): SamplePartition | undefined {
  const { sorted } = data;
  const bounds = [0];
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i] === sorted[i - 1]) continue;
    bounds.push(i);
    if (bounds.length > 2 ** maxBits) return undefined;
  }
  return partitionWith(data, Int32Array.from([...bounds, sorted.length]));
}

/** Takes steps until the error hardly falls. */
function constrainedDescent(
  data: SortedSums,
  start: SamplePartition,
  rate: number,
  limit: number,
): Descent {
  let partition = start;
  let weight: number | undefined;
  for (let iterations = 0; iterations < limit; iterations++) {
    const step = constrainedStep(data, partition, rate, weight);
    if (step === undefined || !(step.partition.mse < partition.mse * (1 - fallTolerance))) {
      return { partition, iterations, converged: true };
    }
    ({ partition, weight } = step);
  }
  return { partition, iterations: limit, converged: false };
}

/**
 * The cells of least error for the present means and code lengths whose mean code length is at most `rate`, by the least weight of the rate that does it.
 * Undefined where even the shortest code is too long.
 */
function constrainedStep(
  data: SortedSums,
  { bounds, mse }: SamplePartition,
  rate: number,
  weight = Math.max(2 * Math.LN2 * mse, leastWeight),
): { partition: SamplePartition; weight: number } | undefined {
  const size = data.sorted.length;
  const levels = cellMeans(data, bounds);
  const lengths = levels.map((_, i) => -Math.log2((bounds[i + 1]! - bounds[i]!) / size));
  const cellsAt = (weight: number) => cellsOf(data, levels, lengths, weight);
  const isWithin = (cells: Cells) => cells.meanLength <= rate;
  let high = weight, best = cellsAt(high);
  let low = high;
  if (isWithin(best)) {
    for (let factor = weightFactor; low > weight * smallestWeight; factor *= factor) {
      low = high / factor;
      const cells = cellsAt(low);
      if (!isWithin(cells)) break;
      [high, best] = [low, cells];
    }
  } else {
    if (!(Math.min(...lengths) <= rate)) return undefined;
    for (let factor = weightFactor; !isWithin(best); factor *= factor) {
      low = high;
      high *= factor;
      // The shortest code has everything, however little shorter it is.
      if (!(high < Infinity)) return undefined;
      best = cellsAt(high);
    }
  }
  while (high > low * (1 + weightTolerance)) {
    const middle = Math.sqrt(low) * Math.sqrt(high);
    const cells = cellsAt(middle);
    if (isWithin(cells)) [high, best] = [middle, cells];
    else low = middle;
  }
  return { partition: partitionWith(data, best.bounds), weight: high };
}

/** Cells of levels, and the mean length of these levels' codes. */
interface Cells {
  readonly bounds: Int32Array;
  readonly meanLength: number;
}

function cellsOf(
  { sorted, centre, scale }: SortedSums,
  levels: Float64Array,
  lengths: Float64Array,
  weight: number,
): Cells {
  const size = sorted.length;
  const { kept, thresholds } = lowerEnvelope(levels, lengths, weight);
  const bounds = [0];
  let meanLength = 0, start = 0;
  kept.forEach((level, i) => {
    const end = i < thresholds.length
      ? lowerBound(sorted, centre + thresholds[i]! / scale, start, size)
      : size;
    if (end === start) return;
    meanLength += ((end - start) / size) * lengths[level]!;
    bounds.push(end);
    start = end;
  });
  return { bounds: Int32Array.from(bounds), meanLength };
}

/** The uniform quantizer of about the smallest step that keeps the rate; `phase` says where in its cell the mean lies. */
function uniformPartition(data: SortedSums, rate: number, phase: number): SamplePartition {
  const { sorted } = data;
  const centre = mean(sorted);
  const range = sorted.at(-1)! - sorted[0]!;
  let best = partitionWith(data, Int32Array.of(0, sorted.length));
  /** Whether the step, so many octaves below the range, keeps the rate. */
  const isWithin = (octaves: number) => {
    const bounds = uniformBounds(sorted, centre, range / 2 ** octaves, phase);
    const partition = bounds && partitionWith(data, bounds);
    if (partition === undefined || partition.rate > rate) return false;
    if (partition.rate >= best.rate) best = partition;
    return true;
  };
  let low = 0, high = 1;
  while (high < stepOctaves && isWithin(high)) [low, high] = [high, 2 * high];
  for (let halving = 0; halving < stepHalvings; halving++) {
    const middle = (low + high) / 2;
    if (isWithin(middle)) low = middle;
    else high = middle;
  }
  return best;
}

/** The cells of a uniform quantizer that hold values; undefined where they are more than a book can hold. */
function uniformBounds(
  sorted: Float64Array,
  centre: number,
  step: number,
  phase: number,
): Int32Array | undefined {
  const bounds = [0];
  for (let start = 0; start < sorted.length;) {
    const cell = Math.floor((sorted[start]! - centre) / step + phase);
    const end = centre + (cell + 1 - phase) * step;
    // Where the step is below the spacing of doubles, a cell is one value; equal ones stay together.
    start = lowerBound(sorted, end, start + 1, sorted.length);
    while (start < sorted.length && sorted[start] === sorted[start - 1]) start++;
    bounds.push(start);
    if (bounds.length > 2 ** maxBits + 1) return undefined;
  }
  return Int32Array.from(bounds);
}
