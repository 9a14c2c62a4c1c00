import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { blockwiseSum } from "../numerics/blockwise_sum.ts";
import { mean } from "../numerics/moments.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { firstAtOrAbove, indexSorted, type SortedIndex } from "./sorted_index.ts";
import { midRiseLevels } from "./uniform.ts";

/** Magnitudes, as fractions of the largest, and sums that give the error of any step in O(min(levels, n)) where they spread out. */
interface Magnitudes {
  readonly index: SortedIndex;
  /** `sums[i]` is the sum of the i smallest magnitudes. */
  readonly sums: Float64Array;
  readonly energy: number;
}

/**
 * The assignment of magnitudes to the nearest levels `position step`, position being 1/2, 3/2 and so on. With another step it has the
 * loss `energy - 2 step products + step^2 squares`.
 */
interface Assignment {
  readonly step: number;
  /** The sums of positions, of magnitude times position, and of squared positions. */
  readonly positions: number;
  readonly products: number;
  readonly squares: number;
}

/** Steps from one to the other, at most its double, both evaluated. */
type Interval = readonly [lower: Assignment, upper: Assignment];

/** Below 2^-60 of the largest magnitude no grid reaches anywhere. */
const octaves = 60;
/** An interval in which magnitudes pass from one level to the next no more often is swept, another one divided. */
const sweptPassages = 256;
/** Where assignments of so many levels have been made, the search ends without a proof. */
const workLimit = 2 ** 27;
/** The share of the energy by which a bound must exceed the least error, so that rounding never rules out the best step. */
const errorRounding = 1e-14;

/** @param sorted Ascending, in units of the largest, so that squares neither overflow nor vanish. */
function magnitudesOf(sorted: Float64Array): Magnitudes {
  const sums = new Float64Array(sorted.length + 1);
  let sum = 0, carry = 0;
  for (let i = 0; i < sorted.length; i++) {
    // Kahan's compensation.
    const addend = sorted[i]! - carry;
    const next = sum + addend;
    carry = (next - sum) - addend;
    sum = next;
    sums[i + 1] = sum;
  }
  const energy = blockwiseSum(sorted.length, (i) => sorted[i]! ** 2);
  return { index: indexSorted(sorted), sums, energy };
}

function assign({ index, sums }: Magnitudes, step: number, half: number): Assignment {
  const { sorted } = index;
  let positions = 0, products = 0, squares = 0;
  let start = 0;
  for (let k = 0; start < sorted.length; k++) {
    // Straight to the level of the next magnitude: those that none takes cost nothing.
    k = Math.min(half - 1, Math.max(k, Math.floor(sorted[start]! / step)));
    const end = k === half - 1 ? sorted.length : firstAtOrAbove(index, (k + 1) * step);
    const position = k + 0.5;
    positions += position * (end - start);
    products += position * (sums[end]! - sums[start]!);
    squares += position * position * (end - start);
    start = end;
  }
  return { step, positions, products, squares };
}

/**
 * Designs the uniform quantizer whose clip minimises the mean squared error on the sample: mid-rise, `2^bits` levels, `2 clip /
 * 2^bits` apart, centred on the sample's mean (OMSE; Choukroun, Kravchik, Yang and Kisilev, "Low-bit Quantization of Neural
 * Networks for Efficient Inference", ICCV workshops 2019).
 *
 * The error is a piecewise quadratic in the step with many local minima, and the step found is the best of all, up to rounding:
 * intervals of steps are ruled out by a bound from their ends, or divided, and those with few pieces swept. Sorting takes O(n log
 * n); then each of some hundred steps takes O(min(levels, n)), more of them as the levels become as many as the values.
 * `design.iterations` counts the steps evaluated; `design.converged` is false where a limit of the work ended the search, and the best
 * step so far may be a local optimum.
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
  const distances = new Float64Array(sample.length);
  for (let i = 0; i < sample.length; i++) distances[i] = Math.abs(sample[i]! - centre);
  const sorted = sortedCopy(distances);
  const largest = sorted[sorted.length - 1]!;
  if (largest === 0) return createCodebook([centre], { method: "omse", storedValues: 1 });
  const magnitudes = magnitudesOf(sorted.map((distance) => distance / largest));
  const half = count / 2;
  const best = bestStep(magnitudes, half);
  const step = best.step * largest;
  return createCodebook(midRiseLevels(centre, step, count), {
    method: "omse",
    storedValues: 2,
    step,
    iterations: best.iterations,
    converged: best.converged,
  });
}

/** The best step of all, by branch and bound. */
function bestStep(magnitudes: Magnitudes, half: number) {
  const { energy, index } = magnitudes;
  // An assignment's step of least squares takes products^2 / squares from the energy.
  let gain = 0, best = 1, evaluations = 0;
  const keep = (products: number, squares: number) => {
    const reached = (products * products) / squares;
    if (reached > gain) [gain, best] = [reached, products / squares];
  };
  const evaluate = (at: number) => {
    evaluations++;
    const assignment = assign(magnitudes, at, half);
    keep(assignment.products, assignment.squares);
    return assignment;
  };
  const ends = Array.from({ length: octaves + 1 }, (_, i) => evaluate(2 ** (i - octaves)));
  const intervals: Interval[] = ends.slice(1).map((upper, i) => [ends[i]!, upper]);
  const evaluationLimit = workLimit / Math.min(half, index.sorted.length);
  while (intervals.length > 0 && evaluations < evaluationLimit) {
    const interval = intervals.pop()!;
    const [lower, upper] = interval;
    if (lossBound(interval, energy) > energy * (1 + errorRounding) - gain) continue;
    const step = Math.sqrt(lower.step * upper.step);
    const isDivisible = step > lower.step && step < upper.step;
    if (lower.positions - upper.positions <= sweptPassages || !isDivisible) {
      sweep(magnitudes, interval, half, keep);
      continue;
    }
    const middle = evaluate(step);
    intervals.push([lower, middle], [middle, upper]);
  }
  return { step: best, iterations: evaluations, converged: intervals.length === 0 };
}

/**
 * What the loss of no step between two is below. As the step s falls past `magnitude / k`, this magnitude moves from level k - 1 to
 * level k, from which on that saves `2 s (magnitude - k s)`. From the upper step down, the assignment of the upper one keeps its loss less
 * these savings; each of them grows all the way to the lower step, if that is at least half of the upper one, and what they amount
 * to there is known. From the lower step up it is the same with the savings of moving back.
 */
function lossBound([lower, upper]: Interval, energy: number): number {
  const loss = ({ products, squares }: Assignment, step: number) =>
    energy - 2 * step * products + step * step * squares;
  const least = (assignment: Assignment) => {
    const best = assignment.products / assignment.squares;
    return loss(assignment, Math.min(Math.max(best, lower.step), upper.step));
  };
  const savedByLower = loss(upper, lower.step) - loss(lower, lower.step);
  const savedByUpper = loss(lower, upper.step) - loss(upper, upper.step);
  return Math.max(least(upper) - savedByLower, least(lower) - savedByUpper);
}

/** All assignments between two steps. */
function sweep(
  { index }: Magnitudes,
  [lower, upper]: Interval,
  half: number,
  keep: (products: number, squares: number) => void,
): void {
  const { sorted } = index;
  const passages: { readonly step: number; readonly magnitude: number; readonly k: number }[] = [];
  for (let k = 1; k < half; k++) {
    const next = firstAtOrAbove(index, k * lower.step);
    if (next === sorted.length) break;
    // Straight to the level that the next magnitude passes to.
    k = Math.max(k, Math.floor(sorted[next]! / upper.step));
    if (k >= half) break;
    const end = firstAtOrAbove(index, k * upper.step);
    for (let i = firstAtOrAbove(index, k * lower.step); i < end; i++) {
      passages.push({ step: sorted[i]! / k, magnitude: sorted[i]!, k });
    }
  }
  let { products, squares } = upper;
  for (const { magnitude, k } of passages.sort((a, b) => b.step - a.step)) {
    products += magnitude;
    squares += 2 * k;
    keep(products, squares);
  }
}
