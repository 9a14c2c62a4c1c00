import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { mean } from "../numerics/moments.ts";
import { assertFiniteSample, type Sample } from "../numerics/sample.ts";
import { midRiseLevels } from "./uniform.ts";

/**
 * Sums that give the error of any step in O(min(levels, n) log n): magnitudes in ascending order, as fractions of the largest, and their
 * running sums.
 */
interface Magnitudes {
  readonly sorted: Float64Array;
  /** `sums[i]` is the sum of the i smallest magnitudes. */
  readonly sums: Float64Array;
  readonly energy: number;
}

/** Up to so many pairs of a magnitude and a level the exact sweep is taken; it costs about 60 ns for each. */
const sweepLimit = 2 ** 20;
/** Above: starts for the search, spread over the clips in (0, max]; the best few are followed to their local minima. */
const candidateCount = 256;
const refinedCount = 8;
const iterationLimit = 1000;

/**
 * For a given step, what the assignment of magnitudes to levels `(k + 1/2) step`, k in `[0, half)`, comes to: the error
 * per value, and the step that is best for this assignment.
 */
function evaluateStep({ sorted, sums, energy }: Magnitudes, step: number, half: number) {
  let products = 0, squares = 0;
  let start = 0;
  for (let k = 0; start < sorted.length; k++) {
    // Straight to the level of the next magnitude: those that none takes cost nothing.
    k = Math.min(half - 1, Math.max(k, Math.floor(sorted[start]! / step)));
    const end = k === half - 1 ? sorted.length : lowerBound(sorted, (k + 1) * step, start);
    const position = k + 0.5;
    products += position * (sums[end]! - sums[start]!);
    squares += position * position * (end - start);
    start = end;
  }
  const loss = energy - 2 * step * products + step * step * squares;
  return { mse: Math.max(0, loss) / sorted.length, best: products / squares };
}

/** The first index in `[from, length]` whose value is at or above `value`. */
function lowerBound(sorted: Float64Array, value: number, from: number): number {
  let low = from, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Designs the uniform quantizer whose clip minimises the mean squared error on the sample: mid-rise, `2^bits` levels, `2 clip / 2^bits`
 * apart, centred on the sample's mean (OMSE; Choukroun, Kravchik, Yang and Kisilev, "Low-bit Quantization of Neural Networks for
 * Efficient Inference", ICCV workshops 2019).
 *
 * The error is a piecewise quadratic in the step with many local minima. Where n times the levels is at most 2^21, all pieces are
 * visited, in O(n levels log levels), and the step is the best of all. Above that, of 256 candidate clips the best eight are followed by
 * alternating assignment and least-squares step to a fixed point, where the derivative vanishes, in O(n log n): on samples of
 * both laws, at up to 8 bits, an error within 1e-3 of the best.
 *
 * @throws {RangeError} If the sample is empty or not finite, or bits is out of [1, 16].
 *
 * @example Values that are mid-rise levels already are kept
 * ```ts
 * import { omse, quantizationError } from "@bitbell/bitbell";
 * import { assertLess } from "@std/assert";
 *
 * const sample = [-3, -1, 1, 3];
 * assertLess(quantizationError(sample, omse(sample, { bits: 2 })).mse, 1e-28);
 * ```
 */
export function omse(sample: Sample, { bits }: { readonly bits: number }): Codebook {
  const count = levelCount({ bits });
  assertFiniteSample(sample, "design a codebook");
  const centre = mean(sample);
  const distances = Float64Array.from(sample, (value) => Math.abs(value - centre)).sort();
  const largest = distances[distances.length - 1]!;
  if (largest === 0) return createCodebook([centre], { method: "omse", storedValues: 1 });
  // In units of the largest, so that squares neither overflow nor vanish.
  const sorted = distances.map((distance) => distance / largest);
  const sums = new Float64Array(sorted.length + 1);
  let energy = 0;
  sorted.forEach((value, i) => {
    sums[i + 1] = sums[i]! + value;
    energy += value * value;
  });
  const magnitudes = { sorted, sums, energy };
  const half = count / 2;
  const best = sorted.length * half <= sweepLimit
    ? sweepSteps(magnitudes, half)
    : searchSteps(magnitudes, half);
  const step = best.step * largest;
  return createCodebook(midRiseLevels(centre, step, count), {
    method: "omse",
    storedValues: 2,
    step,
    iterations: best.iterations,
    converged: best.converged,
  });
}

/**
 * The best step of all. While the step falls from infinity, each time that it passes `magnitude / k` this magnitude moves from level
 * k - 1 to level k; the least-squares step of an assignment is `products / squares`, and lowers the error by `products^2 / squares`. For each
 * k the breakpoints fall with the magnitudes, so a heap of one for each k gives them in order.
 */
function sweepSteps({ sorted, sums }: Magnitudes, half: number) {
  const size = sorted.length;
  let products = sums[size]! / 2, squares = size / 4;
  let gain = products * products / squares, step = products / squares, iterations = 0;
  // Entry k - 1 of each array belongs to k; the next breakpoint of k is that of the magnitude at position[k - 1].
  const position = new Int32Array(half - 1).fill(size - 1);
  const breakpoint = Float64Array.from(position, (last, i) => sorted[last]! / (i + 1));
  const heap = Int32Array.from(position.keys());
  while (heap.length > 0 && breakpoint[heap[0]!]! > 0) {
    const entry = heap[0]!;
    const next = position[entry]!--;
    products += sorted[next]!;
    squares += 2 * (entry + 1);
    iterations++;
    const reached = products * products / squares;
    if (reached > gain) [gain, step] = [reached, products / squares];
    breakpoint[entry] = next > 0 ? sorted[next - 1]! / (entry + 1) : 0;
    siftDown(heap, breakpoint);
  }
  return { step, iterations, converged: true };
}

/** Restores the order of a heap, largest key first, whose first entry's key has fallen. */
function siftDown(heap: Int32Array, keys: Float64Array): void {
  const moved = heap[0]!;
  let parent = 0;
  for (let child = 1; child < heap.length; child = 2 * parent + 1) {
    if (child + 1 < heap.length && keys[heap[child + 1]!]! > keys[heap[child]!]!) child++;
    if (keys[heap[child]!]! <= keys[moved]!) break;
    heap[parent] = heap[child]!;
    parent = child;
  }
  heap[parent] = moved;
}

/** The best of the local minima that a grid of candidates leads to. */
function searchSteps(magnitudes: Magnitudes, half: number) {
  const candidates = Array.from({ length: candidateCount }, (_, i) => {
    const step = (i + 1) / (candidateCount * half);
    return { step, mse: evaluateStep(magnitudes, step, half).mse };
  }).sort((a, b) => a.mse - b.mse).slice(0, refinedCount);
  const refined = candidates.map((candidate) => followStep(magnitudes, candidate.step, half));
  return refined.reduce((a, b) => b.mse < a.mse ? b : a);
}

/** Alternates assignment and least-squares step until the step repeats; the error falls each time. */
function followStep(magnitudes: Magnitudes, start: number, half: number) {
  let step = start;
  let { mse, best } = evaluateStep(magnitudes, step, half);
  for (let iterations = 1; iterations <= iterationLimit; iterations++) {
    const next = evaluateStep(magnitudes, best, half);
    if (best === step || next.mse >= mse) return { step, mse, iterations, converged: true };
    step = best;
    mse = next.mse;
    best = next.best;
  }
  return { step, mse, iterations: iterationLimit, converged: false };
}
