import { type Codebook, type CodebookSize, createCodebook } from "../codebooks/codebook.ts";
import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { omse } from "./omse.ts";
import { gridCount, type GridVariant } from "./optimal_uniform.ts";
import { firstAtOrAbove, indexSorted, type SortedIndex } from "./sorted_index.ts";
import { cellMean, type SortedSums, sortedSums } from "./sorted_sums.ts";
import { midRiseLevels } from "./uniform.ts";

/** Options for {@linkcode optimalUniformFit}. */
export interface OptimalUniformFitOptions {
  /**
   * Makes the number of levels even or odd, by one level less than the size where that is needed. By default all levels are used.
   */
  readonly variant?: GridVariant;
}

/** The middle of a grid and its distance to the ends, half of count times step, in the units of the sums. */
interface Grid {
  readonly centre: number;
  readonly reach: number;
}

/** Values in ascending order, with what the error of a grid takes. */
interface IndexedSums extends SortedSums {
  readonly index: SortedIndex;
}

/** Errors of grids take so many levels in all for the starts; at least and at most so many starts are tried. */
const startBudget = 2 ** 17;
const startsPerEnd = { least: 4, most: 40 };
/** Where grids with levels at any two values take no more levels in all, they are starts as well. */
const pairBudget = 2 ** 18;
/** So many of the best starts are followed. */
const followedStarts = 12;
/** For so many steps at first; the best of them go on, and are searched around. */
const firstSteps = 30;
const searchedStarts = 3;
/** Up to so many pairs of a value and a level the best centred grid is a start as well. */
const centredLimit = 2 ** 20;
const iterationLimit = 1000;
/** The pattern search: from this share of a step down to the other. */
const firstShare = 0.25;
const lastShare = 1e-6;
const patternLimit = 1000;

/**
 * Designs a uniform quantizer, step and offset, of least squared error on the sample. The error is piecewise quadratic in both,
 * with very many local optima: ranges between pairs of order statistics are tried (O(levels log n) each), of a small sample also
 * grids with levels at any two values, and the best followed by alternating assignment and least squares, and by a search over
 * small changes. The result is a local optimum, and not proven to be the global one. Beside the sort it takes O(levels log n) for
 * each of some hundred grids, of a small sample some ten thousand.
 *
 * @param options The size, `{ bits }` in [1, 16] or any count of `{ levels }` from 1 to 65,536; and the variant.
 *
 * @throws {RangeError} If the sample is empty or not finite, or size or variant are out of their ranges.
 *
 * @example Equally spaced values are kept
 * ```ts
 * import { optimalUniformFit } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { levels } = optimalUniformFit([2, 5, 8, 11], { bits: 2 });
 * levels.forEach((level, i) => assertAlmostEquals(level, 2 + 3 * i, 1e-9));
 * ```
 */
export function optimalUniformFit(
  sample: Sample,
  options: CodebookSize & OptimalUniformFitOptions,
): Codebook {
  const count = gridCount(options, options.variant);
  assertFiniteSample(sample, "design a codebook");
  const sorted = sortedCopy(sample);
  const data = { ...sortedSums(sorted), index: indexSorted(sorted) };
  const method = "optimal-uniform";
  if (count === 1 || sorted[0] === sorted[sorted.length - 1]) {
    const level = data.centre + cellMean(data, 0, sorted.length) / data.scale;
    return createCodebook([level], { method, storedValues: 1 });
  }
  const starts = [
    ...bestOf(data, [...endGrids(data, count), ...pairGrids(data, count)], count),
    ...centredStart(sample, data, count),
  ];
  const { grid, iterations, converged } = starts
    .map((start) => alternate(data, start, count, firstSteps))
    .sort((a, b) => a.error - b.error)
    .slice(0, searchedStarts)
    .map(({ grid }) => searchPattern(data, alternate(data, grid, count), count))
    .reduce((best, other) => other.error < best.error ? other : best);
  const step = (2 * grid.reach) / count / data.scale;
  const levels = midRiseLevels(data.centre + grid.centre / data.scale, step, count);
  return createCodebook(levels, { method, storedValues: 2, step, iterations, converged });
}

/** The best grid that is centred on the mean, where it costs little. */
function centredStart(sample: Sample, data: IndexedSums, count: number): Grid[] {
  const bits = Math.log2(count);
  if (!Number.isInteger(bits) || sample.length * count > centredLimit) return [];
  const { levels, design } = omse(sample, { bits });
  if (levels.length < count) return [];
  const middle = levels[0]! / 2 + levels[count - 1]! / 2;
  return [{
    centre: (middle - data.centre) * data.scale,
    reach: design.step! * data.scale * count / 2,
  }];
}

/** The grids of least error. */
function bestOf(data: IndexedSums, grids: readonly Grid[], count: number): Grid[] {
  return grids
    .map((grid) => ({ grid, error: assign(data, grid, count).error }))
    .sort((a, b) => a.error - b.error)
    .slice(0, followedStarts)
    .map(({ grid }) => grid);
}

/** Grids that have levels at two values, any two of both; none where there are too many. */
function pairGrids({ sorted, centre, scale }: IndexedSums, count: number): Grid[] {
  const values = [...new Set(sorted)].map((value) => (value - centre) * scale);
  if ((values.length * count) ** 2 * count / 4 > pairBudget) return [];
  const grids: Grid[] = [];
  values.forEach((lower, i) => {
    for (const upper of values.slice(i + 1)) {
      // Beside a huge outlier two values may have become one.
      if (!(upper > lower)) continue;
      for (let apart = 1; apart < count; apart++) {
        const step = (upper - lower) / apart;
        for (let below = 0; below < count - apart; below++) {
          grids.push({
            centre: lower + ((count - 1) / 2 - below) * step,
            reach: (count / 2) * step,
          });
        }
      }
    }
  });
  return grids;
}

/** Grids that divide the range between two order statistics into cells. */
function endGrids(data: IndexedSums, count: number): Grid[] {
  const { sorted, centre, scale } = data;
  const size = sorted.length;
  const perEnd = Math.floor(
    Math.min(Math.max(Math.sqrt(startBudget / count), startsPerEnd.least), startsPerEnd.most),
  );
  // From the extremes inwards, at first by single values, to the quartiles.
  const ranks = Array.from(
    { length: perEnd },
    (_, i) => Math.floor(((size + 4) / 4) ** (i / (perEnd - 1))) - 1,
  );
  const ends = [...new Set(ranks)];
  return ends.flatMap((below) =>
    ends.map((above) => {
      const lower = (sorted[below]! - centre) * scale;
      const upper = (sorted[size - 1 - above]! - centre) * scale;
      // Half a step beyond the outer levels, which stand on the values, as they do where nothing is clipped.
      const reach = ((upper - lower) / 2) * (count / (count - 1));
      return { centre: (lower + upper) / 2, reach };
    })
  ).filter(({ reach }) => reach > 0);
}

/** The error of a grid, and the grid of least squares for its assignment of values to levels. */
function assign(data: IndexedSums, { centre, reach }: Grid, count: number) {
  const { masses, sums, squares, index } = data;
  const size = data.sorted.length;
  const halfStep = reach / count;
  let error = 0, moment = 0, secondMoment = 0, excess = 0, excessMoment = 0;
  let start = 0;
  for (let i = 0; i < count && start < size; i++) {
    const boundary = data.centre + (centre + (2 * i + 2 - count) * halfStep) / data.scale;
    const end = i === count - 1 ? size : firstAtOrAbove(index, boundary);
    if (end === start) continue;
    const position = 2 * i + 1 - count;
    const mass = masses[end]! - masses[start]!;
    const sum = sums[end]! - sums[start]!;
    const mean = sum / mass;
    // What the cell's mean is above its level: sums of these cancel no digits.
    const rest = mean - centre - position * halfStep;
    if (mass > 1) error += squares[end]! - squares[start]! - sum * mean;
    error += mass * rest * rest;
    moment += mass * position;
    secondMoment += mass * position * position;
    excess += mass * rest;
    excessMoment += mass * position * rest;
    start = end;
  }
  const spread = secondMoment - (moment * moment) / size;
  const change = spread > 0 ? (excessMoment - (moment * excess) / size) / spread : 0;
  // Where the values ask for a grid turned around, only its centre moves.
  const slope = halfStep + change > 0 ? change : 0;
  return {
    error,
    best: { centre: centre + (excess - slope * moment) / size, reach: reach + slope * count },
  };
}

/** A grid and its error, and how it was found. */
interface FollowedGrid {
  readonly grid: Grid;
  readonly error: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** Assignment and least squares in turn, while the error falls. */
function alternate(
  data: IndexedSums,
  start: Grid,
  count: number,
  limit = iterationLimit,
): FollowedGrid {
  let grid = start;
  let { error, best } = assign(data, grid, count);
  for (let iterations = 1; iterations <= limit; iterations++) {
    const next = assign(data, best, count);
    if (!(next.error < error)) return { grid, error, iterations, converged: true };
    grid = best;
    ({ error, best } = next);
  }
  return { grid, error, iterations: limit, converged: false };
}

/** Changes of either end of the grid by a share of its step, each followed by {@linkcode alternate}, halved where none helps. */
function searchPattern(data: IndexedSums, start: FollowedGrid, count: number): FollowedGrid {
  let best = start;
  let share = firstShare;
  for (let pattern = 0; pattern < patternLimit && share > lastShare; pattern++) {
    const { centre, reach } = best.grid;
    const change = (share * 2 * reach) / count;
    const rivals = [[1, 0], [-1, 0], [0, 1], [0, -1]].map(([centreSign, reachSign]) =>
      alternate(
        data,
        { centre: centre + centreSign! * change, reach: reach + reachSign! * change },
        count,
      )
    );
    const rival = rivals.reduce((a, b) => b.error < a.error ? b : a);
    if (rival.error < best.error) {
      best = { ...rival, iterations: best.iterations + rival.iterations };
    } else share /= 4;
  }
  return { ...best, converged: best.converged && share <= lastShare };
}
