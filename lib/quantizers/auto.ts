import {
  type Codebook,
  type CodebookDesign,
  createCodebook,
  type DesignRecord,
  levelCount,
} from "../codebooks/codebook.ts";
import { dataOf } from "../distributions/data_of.ts";
import {
  assertFiniteSample,
  largestMagnitude,
  type Sample,
  sortedCopy,
} from "../numerics/sample.ts";
import { expectedMse } from "./expected_mse.ts";
import { fitLevels, levelFamilies } from "./fit_levels.ts";
import { kMeans } from "./k_means.ts";
import type { LevelFamily } from "./level_families.ts";
import { sortedSums } from "./sorted_sums.ts";

/** The numbers of a book, and the rule that makes levels of them. */
export interface AutoNumbers {
  /**
   * - `"levels"`: the numbers are the levels.
   * - `"range"`, `"split"`, `"atom"`: levels over a range of a law, over two sides of it of different widths, or over both sides beside
   *   one value that has a level of its own. The numbers are a location, a width (negative where the mirror image is meant) and two of the shape.
   */
  readonly rule: "levels" | "range" | "split" | "atom";
  /** At most four. */
  readonly numbers: readonly number[];
  /** The law over which levels are spread: a generalized Gaussian law of this shape, or Student's of these degrees of freedom. */
  readonly density?: { readonly family: string; readonly shape: number };
}

/** What `autoCodebook` records of a design. */
export interface AutoDesign extends CodebookDesign, AutoNumbers {}

/** A book of `autoCodebook`. */
export interface AutoCodebook extends Codebook {
  readonly design: AutoDesign;
}

/** A book has so many numbers: with no more levels than that they are the levels. */
const mostNumbers = 4;
/** Narrower books have no law: at its least, and beside the values. */
const leastLawWidth = 1e-120;
const leastLawShare = 1e-9;
/** A law's ends may lie somewhat beyond its levels. */
const mostLawReach = largestMagnitude / 1000;

/**
 * Bitbell's own choice of a book that is a function of at most four numbers: the one whose mean squared error on the sample itself is the
 * least that a search finds.
 *
 * The rule. At high resolution levels are best placed with a density proportional to the cube root of the law's (Panter and Dite, Proc. IRE
 * 39, 1951). Levels are spread over such a density of a generalized Gaussian law of shape 0.4, 0.55, 0.75, 1, 1.4, 2 or 4, or of Student's law
 * of 2, 3, 4, 6 or 10 degrees of freedom, and four numbers say how:
 *
 * - `"range"`: over any range of it, whose both ends are free: all of the law with as much of its tails as pays, one side of it, or, where
 *   the range is narrow, nearly equal steps;
 * - `"split"`: over two sides of different widths, for skewed weights;
 * - `"atom"`: one level for a value that much of the sample has, and on both sides a gap and then the levels, for pruned weights;
 * - `"levels"`: up to four levels, or four distinct values, are stored as they are (the k-means optimum, or a local one of a large sample).
 *
 * Each family starts where it comes nearest to the density that the sample's own gaps show; the best starts are followed by a descent in all
 * four numbers (Nelder and Mead), the best of them further, and location and width then take the least squares of the final assignment.
 *
 * Why so: likelihood and the Kolmogorov-Smirnov statistic look where the weights are, and squared error from six bits on where the tail is;
 * the two ends of the range put the tail into the search. Clipping, and the deviations from the cube root at few levels, come out of it too.
 *
 * Where it loses: to k-means with few weights for each level, where that fits each value; on samples of several clusters, or with a few values
 * many times as far out as all others, which no four numbers follow; and to closed forms in time, as some thousand books are evaluated on the
 * sample. The result is a local minimum. With few weights for each level there are very many, and a longer search finds one that is better by
 * some per cent, with fewer than ten weights for each by ten and more. The same goes for very heavy tails, where a few far weights make up
 * much of the error, however many weights there are.
 *
 * Storage: four 32-bit numbers. Which family they are for, one of 27, isn't counted, as it isn't where another method picks a law. `design.numbers`
 * keeps the numbers in double precision, and {@linkcode autoLevels} makes the levels again. Of samples that differ by a power of two, or by the sign, books differ by
 * the same to the last bit.
 *
 * `design.law` is the law for which the levels' density is best, cut off at the ends of their range (for `"split"` a mixture of its sides), and
 * `design.expectedMse` what the levels cost under it; both are left out for `"levels"` and `"atom"`, and where a width below 1e-120, or below
 * 1e-9 of the values, leaves a law no digits. `design.iterations` counts the books evaluated, and `design.converged` says whether the last descent met
 * its tolerance.
 *
 * O(n) for the sort and the running sums, then O(levels log n) for each of some thousand books on the sample condensed to some 16 values a level, fewer
 * books for samples below a thousand values; more than 512 levels are adapted from 512.
 *
 * @param options `bits` in [1, 16].
 *
 * @throws {TypeError} If the sample is no array of numbers.
 * @throws {RangeError} If the sample is empty or not finite, or bits is out of its range.
 *
 * @example
 * ```ts
 * import { autoCodebook, autoLevels, createPrng, laplace, quantizationError } from "@bitbell/bitbell";
 * import { assertEquals, assertLess } from "@std/assert";
 *
 * const weights = laplace({ location: 0, scale: 1 }).sample(20_000, { prng: createPrng(1) });
 * const codebook = autoCodebook(weights, { bits: 4 });
 * // The least error of 16 levels for this law is 0.0154 of the variance, 2.
 * assertLess(quantizationError(weights, codebook).mse, 0.0154 * 2 * 1.03);
 * assertEquals(codebook.design.numbers.length, 4);
 * assertEquals(autoLevels(codebook.design, 16), codebook.levels);
 * ```
 */
export function autoCodebook(
  sample: Sample,
  { bits }: { readonly bits: number },
): AutoCodebook {
  const count = levelCount({ bits });
  assertFiniteSample(sample, "design a codebook");
  const sorted = sortedCopy(sample);
  const unit = unitOf(sorted);
  const scaled = sorted.map((value) => value / unit);
  const values = unit < 0 ? scaled.reverse() : scaled;
  if (count <= mostNumbers || hasAtMost(values, mostNumbers)) {
    const { levels, design } = kMeans(values, { levels: Math.min(count, mostNumbers) });
    const { iterations, converged } = design;
    const numbers = Array.from(levels, (level) => unit * level).sort((a, b) => a - b);
    const record = { storedValues: numbers.length, iterations, converged };
    return codebookOf(numbers, { rule: "levels", numbers }, record);
  }
  const sums = sortedSums(values);
  const { family, numbers, evaluations, converged } = fitLevels(sums, count);
  const { density } = family;
  const book: AutoNumbers = {
    rule: family.kind,
    numbers: [
      unit * (sums.centre + numbers[0]! / sums.scale),
      unit * (numbers[1]! / sums.scale),
      numbers[2]!,
      numbers[3]!,
    ],
    density: { family: density.family, shape: density.shape },
  };
  const record = { storedValues: mostNumbers, iterations: evaluations, converged };
  return withLaw(codebookOf(autoLevels(book, count), book, record), family);
}

function codebookOf(
  levels: ArrayLike<number>,
  numbers: AutoNumbers,
  record: Omit<DesignRecord, "method">,
): AutoCodebook {
  const codebook = createCodebook(levels, { ...record, method: "auto" });
  return { ...codebook, design: { ...codebook.design, ...numbers } };
}

/** The law that the levels stand for, and what they cost under it, as far as there is one. */
function withLaw(codebook: AutoCodebook, family: LevelFamily): AutoCodebook {
  const { levels, thresholds, design } = codebook;
  const [lower, upper] = design.clipping;
  const largest = Math.max(-lower, upper);
  const isTooNarrow = upper - lower < Math.max(leastLawWidth, leastLawShare * largest);
  if (isTooNarrow || largest > mostLawReach) return codebook;
  const law = family.law(Float64Array.from(design.numbers));
  if (law === undefined) return codebook;
  const error = expectedMse(law, levels, thresholds);
  return { ...codebook, design: { ...design, law: dataOf(law), ...error } };
}

/**
 * Makes the levels of a book of {@linkcode autoCodebook} from its numbers. O(count).
 *
 * @param numbers The rule and the numbers, as `design` holds them.
 * @param count How many levels the book was designed with, 2^bits. The numbers of `"levels"` are all levels whatever the count.
 *
 * @throws {RangeError} If there is no such rule, or the numbers are out of its domain.
 *
 * @example Levels that grow outwards, over the whole of a Laplace law as far as 10 scales
 * ```ts
 * import { autoLevels } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const density = { family: "generalized-gaussian", shape: 1 };
 * const numbers = [0, 1, -Math.asinh(10), Math.asinh(10)];
 * const [outer, inner] = autoLevels({ rule: "range", density, numbers }, 4);
 * // Of the density exp(-|z|) on [-10, 10], in units of 10.
 * assertAlmostEquals(inner!, Math.log(1 - 0.25 * (1 - Math.exp(-10))) / 10, 1e-7);
 * assertAlmostEquals(outer!, Math.log(1 - 0.75 * (1 - Math.exp(-10))) / 10, 1e-7);
 * ```
 */
export function autoLevels(
  { rule, numbers, density }: AutoNumbers,
  count: number,
): Float64Array {
  if (rule === "levels") return Float64Array.from(numbers);
  const family = levelFamilies().find((candidate) =>
    candidate.kind === rule && candidate.density.family === density?.family &&
    candidate.density.shape === density.shape
  );
  const levels = new Float64Array(count);
  const isBook = numbers.length === mostNumbers && numbers.every(Number.isFinite) &&
    family?.place(Float64Array.from(numbers), levels);
  if (!isBook) {
    throw new RangeError(
      `Cannot make levels of numbers as they must be those of a book of the method auto: current value is ${
        JSON.stringify({ rule, numbers, density })
      }`,
    );
  }
  return numbers[1]! < 0 ? levels.reverse() : levels;
}

function hasAtMost(sorted: Float64Array, limit: number): boolean {
  let distinct = 1;
  for (let i = 1; i < sorted.length && distinct <= limit; i++) {
    if (sorted[i] !== sorted[i - 1]) distinct++;
  }
  return distinct <= limit;
}

/**
 * A power of two near the largest magnitude, negative where the values reach further down than up: divided by it, samples that differ by a
 * power of two or by the sign are the same.
 */
function unitOf(sorted: Float64Array): number {
  const size = sorted.length;
  const largest = Math.max(-sorted[0]!, sorted[size - 1]!);
  let unit = 2 ** Math.max(-1000, Math.floor(Math.log2(largest)));
  // Below a power of two the logarithm may be rounded up to it.
  if (unit > largest && unit > 2 ** -1000) unit /= 2;
  let rank = 0;
  while (rank < size >> 1 && sorted[rank]! + sorted[size - 1 - rank]! === 0) rank++;
  return sorted[rank]! + sorted[size - 1 - rank]! < 0 ? -unit : unit;
}
