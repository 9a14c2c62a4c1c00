import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { mean } from "../numerics/moments.ts";
import { assertFiniteSample, type Sample } from "../numerics/sample.ts";
import { midRiseLevels } from "./uniform.ts";

/** Sums that give the error of any step in O(levels log n): magnitudes in ascending order, and their running sums. */
interface Magnitudes {
  readonly sorted: Float64Array;
  /** `sums[i]` is the sum of the i smallest magnitudes. */
  readonly sums: Float64Array;
  readonly energy: number;
}

/** Starts for the search, spread over the clips in (0, max]; the best few are followed to their local minima. */
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
  for (let k = 0; k < half && start < sorted.length; k++) {
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
 * The error is a piecewise quadratic in the step with many local minima: of 256 candidate clips the best eight are followed
 * by alternating assignment and least-squares step to a fixed point, where the derivative vanishes. O(n log n).
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
  const sorted = Float64Array.from(sample, (value) => Math.abs(value - centre)).sort();
  const largest = sorted[sorted.length - 1]!;
  if (largest === 0) return createCodebook([centre], { method: "omse", storedValues: 1 });
  const sums = new Float64Array(sorted.length + 1);
  let energy = 0;
  sorted.forEach((value, i) => {
    sums[i + 1] = sums[i]! + value;
    energy += value * value;
  });
  const magnitudes = { sorted, sums, energy };
  const half = count / 2;
  const candidates = Array.from({ length: candidateCount }, (_, i) => {
    const step = (largest * (i + 1)) / (candidateCount * half);
    return { step, mse: evaluateStep(magnitudes, step, half).mse };
  }).sort((a, b) => a.mse - b.mse).slice(0, refinedCount);
  const refined = candidates.map((candidate) => followStep(magnitudes, candidate.step, half));
  const { step, iterations, converged } = refined.reduce((a, b) => b.mse < a.mse ? b : a);
  return createCodebook(midRiseLevels(centre, step, count), {
    method: "omse",
    storedValues: 2,
    step,
    iterations,
    converged,
  });
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
