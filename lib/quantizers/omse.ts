import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { blockwiseSum } from "../numerics/blockwise_sum.ts";
import { mean } from "../numerics/moments.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { lowerBound } from "./partition_edges.ts";
import { midRiseLevels } from "./uniform.ts";

/**
 * Sums that give the error of any step in O(min(levels, n) log n): magnitudes in ascending order, as fractions of the largest,
 * and their running sums.
 */
interface Magnitudes {
  readonly sorted: Float64Array;
  /** `sums[i]` is the sum of the i smallest magnitudes. */
  readonly sums: Float64Array;
  readonly energy: number;
}

/** What the assignment of magnitudes to the nearest levels `position step`, position being 1/2, 3/2 and so on, comes to. */
interface Assignment {
  readonly step: number;
  /** The sum of magnitude times position, and that of squared positions. */
  readonly products: number;
  readonly squares: number;
  /** The distance of the magnitudes, as a vector, from their levels. */
  readonly distance: number;
}

/** Steps from one to the other, both evaluated. */
type Interval = readonly [lower: Assignment, upper: Assignment];

/** The first intervals end at so many clips, evenly spread up to the largest magnitude. */
const candidateCount = 64;
/** Below, in units of the largest magnitude, no grid reaches anywhere. */
const leastStep = 2 ** -60;
/** An interval with no more breakpoints is swept, one with more is divided. */
const sweptBreakpoints = 2 ** 14;
/** Where so many steps have been evaluated, the search ends without a proof. */
const evaluationLimit = 2 ** 18;
/** What a bound must exceed the least error by, so that rounding never rules out the best step. */
const errorRounding = 1e-12;

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
  return { sorted, sums, energy: blockwiseSum(sorted.length, (i) => sorted[i]! ** 2) };
}

function assign({ sorted, sums, energy }: Magnitudes, step: number, half: number): Assignment {
  let products = 0, squares = 0;
  let start = 0;
  for (let k = 0; start < sorted.length; k++) {
    // Straight to the level of the next magnitude: those that none takes cost nothing.
    k = Math.min(half - 1, Math.max(k, Math.floor(sorted[start]! / step)));
    const end = k === half - 1
      ? sorted.length
      : lowerBound(sorted, (k + 1) * step, start, sorted.length);
    const position = k + 0.5;
    products += position * (sums[end]! - sums[start]!);
    squares += position * position * (end - start);
    start = end;
  }
  const loss = energy - 2 * step * products + step * step * squares;
  return { step, products, squares, distance: Math.sqrt(Math.max(0, loss)) };
}

/**
 * Designs the uniform quantizer whose clip minimises the mean squared error on the sample: mid-rise, `2^bits` levels, `2 clip /
 * 2^bits` apart, centred on the sample's mean (OMSE; Choukroun, Kravchik, Yang and Kisilev, "Low-bit Quantization of Neural
 * Networks for Efficient Inference", ICCV workshops 2019).
 *
 * The error is a piecewise quadratic in the step with many local minima, and the step found is the best of all, up to rounding:
 * intervals of steps are ruled out by a bound from their ends, or divided, and those with few pieces swept. Sorting takes O(n log
 * n); then each of some thousand steps takes O(min(levels, n) log n). `design.iterations` counts the steps evaluated;
 * `design.converged` is false where their limit ended the search, and the best step so far may be a local optimum.
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

/**
 * The best step of all, by branch and bound. With the assignment of one step another one is no further from the magnitudes than
 * the distance of the first, plus the length of the vector of positions times the difference of the steps. Positions fall as the
 * step rises, so that no step between a and b is nearer than `(distance(a) + distance(b) - (b - a) |positions(a)|) / 2`.
 */
function bestStep(magnitudes: Magnitudes, half: number) {
  const { energy } = magnitudes;
  // An assignment's step of least squares takes products^2 / squares from the energy.
  let gain = 0, step = 1, evaluations = 0;
  const keep = (products: number, squares: number) => {
    const reached = (products * products) / squares;
    if (reached > gain) [gain, step] = [reached, products / squares];
  };
  const evaluate = (at: number) => {
    evaluations++;
    const assignment = assign(magnitudes, at, half);
    keep(assignment.products, assignment.squares);
    return assignment;
  };
  const clips = Array.from({ length: candidateCount }, (_, i) => (i + 1) / (candidateCount * half));
  const ends = [leastStep, ...clips, ...(half > 1 ? [1] : [])].map(evaluate);
  const intervals: Interval[] = ends.slice(1).map((upper, i) => [ends[i]!, upper]);
  while (intervals.length > 0 && evaluations < evaluationLimit) {
    const [lower, upper] = intervals.pop()!;
    const width = upper.step - lower.step;
    const bound = (lower.distance + upper.distance - width * Math.sqrt(lower.squares)) / 2;
    if (bound > 0 && bound * bound > (energy - gain) * (1 + errorRounding)) continue;
    if (countBreakpoints(magnitudes, lower.step, upper.step, half) <= sweptBreakpoints) {
      sweep(magnitudes, [lower, upper], half, keep);
      continue;
    }
    const middle = evaluate(Math.sqrt(lower.step * upper.step));
    intervals.push([lower, middle], [middle, upper]);
  }
  return { step, iterations: evaluations, converged: intervals.length === 0 };
}

/** How often a magnitude passes from one level to the next while the step falls from `upper` to `lower`. */
function countBreakpoints(
  { sorted }: Magnitudes,
  lower: number,
  upper: number,
  half: number,
): number {
  const size = sorted.length;
  let count = 0;
  for (let k = 1; k < half && k * lower <= 1 && count <= sweptBreakpoints; k++) {
    const start = lowerBound(sorted, k * lower, 0, size);
    count += lowerBound(sorted, k * upper, start, size) - start;
  }
  return count;
}

/**
 * All assignments between two steps: as the step falls past `magnitude / k`, this magnitude moves from level k - 1 to level k.
 */
function sweep(
  { sorted }: Magnitudes,
  [lower, upper]: Interval,
  half: number,
  keep: (products: number, squares: number) => void,
): void {
  const size = sorted.length;
  const passages: { readonly step: number; readonly magnitude: number; readonly k: number }[] = [];
  for (let k = 1; k < half && k * lower.step <= 1; k++) {
    const start = lowerBound(sorted, k * lower.step, 0, size);
    const end = lowerBound(sorted, k * upper.step, start, size);
    for (let i = start; i < end; i++) {
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
