import { laplace } from "../distributions/laplace.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { createPrng, type Prng } from "../numerics/prng.ts";
import { compander } from "./compander.ts";
import type { CellLaw, Segment } from "./level_conditions.ts";
import { errorRounding, type LevelSolution } from "./level_descent.ts";
import { bestPartitionOf } from "./local_partition.ts";
import { cellMean, sortedSums } from "./sorted_sums.ts";

/** From levels on a segment to better ones. */
export type Descent = (law: CellLaw, segment: Segment, start: Float64Array) => LevelSolution;

/** What a search is told. */
export interface SearchOptions {
  readonly descend: Descent;
  /** Where the levels may lie. */
  readonly range: readonly [lower: number, upper: number];
  /** How many further starts are tried where more than one book may be locally optimal. */
  readonly restarts: number;
  readonly seed: number;
  /** The symmetric books of a symmetric law are known: look for others. */
  readonly asymmetric?: boolean;
}

/** A book of a segment: all levels that the segment itself does not fix. */
export interface SegmentBook extends LevelSolution {
  /** Whether the first or last level lies at the end of the range, and would leave it. */
  readonly atEnd: readonly [lower: boolean, upper: boolean];
}

/** How far, in standard deviations, the centroid of a level at the end of the range may lie inside by rounding. */
const violationTolerance = 1e-10;

/** The better of two books: the first where rounding decides. */
export function better<Book extends { readonly error: number }>(known: Book, other: Book): Book {
  return other.error < known.error * (1 - errorRounding) ? other : known;
}

/** Past this count the compander's start lies so close to the best book that continuation leads nowhere else. */
const continuationLimit = 64;
/** The cells that a best partition is looked for on: so many for each level, and at least. */
const gridCellsPerLevel = 8;
const leastGridCells = 1024;
/** Up to this count it is looked for where the law is made of others, among which the levels must be divided; up to the continuation's for others. */
const gridLimit = 512;
/** Cells of less of the mass are none that a level is spent on. */
const smallestGridMass = 1e-15;

/**
 * The best book with `count` movable levels on a segment. For a log-concave law there is one local optimum (Fleischer 1964; Trushkin 1982).
 * For others the best is kept of a descent from the compander, one from the optimum of a Laplace law that is blended into this one, one from the
 * best partition of a fine grid, which dynamic programming finds among all of them, and seeded restarts: companders of other exponents and
 * shifts, and the best book so far with one level moved to elsewhere.
 */
export function searchSegment(
  law: Distribution,
  segment: Segment,
  count: number,
  { descend, range, restarts, seed, asymmetric = false }: SearchOptions,
): SegmentBook {
  const start = compander(law, segment, count, range);
  const descent = (levels: Float64Array) => boundedDescent(law, segment, levels, range, descend);
  // Half a shift turns a book without a central level into one that has it. From a symmetric start a descent hardly ever leaves symmetry.
  let best = descent(start({ shift: asymmetric ? 0.5 : 0 }));
  if (law.logConcave || restarts === 0 || count === 0) return best;
  if (!asymmetric && count <= continuationLimit) {
    best = better(best, descent(continuedLevels(law, segment, count, range, descend)));
  }
  if (count <= (law.components === undefined ? continuationLimit : gridLimit)) {
    const levels = gridLevels(law, segment, count, range);
    if (levels !== undefined) best = better(best, descent(levels));
  }
  const prng = createPrng(seed);
  for (let restart = 0; restart < restarts; restart++) {
    const levels = restart % 2 === 0
      ? start({ exponent: 0.2 + 0.4 * prng(), shift: 2 * prng() - 1 })
      : withLevelMoved(best.levels, prng);
    best = better(best, descent(levels));
  }
  return best;
}

/**
 * The levels of the best partition of the segment whose boundaries lie on a fine grid, each cell as one value; undefined where too few cells have
 * any mass. The cells of fixed levels are taken for free ones.
 */
function gridLevels(
  law: Distribution,
  segment: Segment,
  count: number,
  range: SearchOptions["range"],
): Float64Array | undefined {
  const cells = Math.max(leastGridCells, gridCellsPerLevel * count);
  const points = compander(law, segment, cells, range)();
  const values: number[] = [], masses: number[] = [];
  points.forEach((point, i) => {
    const start = i === 0 ? segment.lower : (points[i - 1]! + point) / 2;
    const end = i === cells - 1 ? segment.upper : (point + points[i + 1]!) / 2;
    const [mass, moment] = law.partialMoments(start, end, point);
    if (!(mass > smallestGridMass)) return;
    values.push(point + moment / mass);
    masses.push(mass);
  });
  const size = values.length;
  const below = segment.before === undefined ? 0 : 1;
  const wanted = count + below + (segment.after === undefined ? 0 : 1);
  if (size < wanted) return undefined;
  const unit = Math.min(...masses);
  const data = sortedSums(Float64Array.from(values), Float64Array.from(masses, (x) => x / unit));
  const positions = Int32Array.from({ length: size - 1 }, (_, i) => i + 1);
  const bounds = bestPartitionOf(data, positions, wanted);
  return Float64Array.from({ length: count }, (_, i) => {
    const cell = i + below;
    return data.centre + cellMean(data, bounds[cell]!, bounds[cell + 1]!) / data.scale;
  });
}

/** Continuation: the optimum of a Laplace law of the same quartiles, followed while that law turns into this one. */
function continuedLevels(
  law: Distribution,
  segment: Segment,
  count: number,
  range: SearchOptions["range"],
  descend: Descent,
): Float64Array {
  const location = law.symmetricAbout ?? law.quantile(0.5);
  const scale = (law.quantile(0.75) - law.quantile(0.25)) / (2 * Math.LN2);
  const simple = laplace({ location, scale });
  return [0, 0.5, 0.9].reduce(
    (levels, share) =>
      boundedDescent(blend(simple, law, share), segment, levels, range, descend).levels,
    compander(simple, segment, count, range)(),
  );
}

/** The mixture that has the share of `to`. */
function blend(from: CellLaw, to: CellLaw, share: number): CellLaw {
  const mix = (a: number, b: number) => (1 - share) * a + share * b;
  return {
    pdf: (x) => mix(from.pdf(x), to.pdf(x)),
    partialMoments(lower, upper, about) {
      const a = from.partialMoments(lower, upper, about);
      const b = to.partialMoments(lower, upper, about);
      return [mix(a[0], b[0]), mix(a[1], b[1]), mix(a[2], b[2])];
    },
  };
}

/** The levels with one of them taken away and one put between two others; with fewer than three nothing changes. */
function withLevelMoved(levels: Float64Array, prng: Prng): Float64Array {
  if (levels.length < 3) return levels;
  const moved = [...levels];
  moved.splice(Math.floor(prng() * moved.length), 1);
  const gap = Math.floor(prng() * (moved.length - 1));
  moved.splice(gap + 1, 0, (moved[gap]! + moved[gap + 1]!) / 2);
  return Float64Array.from(moved);
}

/**
 * A descent whose levels stay in the range: one that would leave it is fixed at its end. The error's mixed derivatives are not positive, so a
 * level that is held back holds its neighbours back too: none that was fixed would return, and one at each end is enough.
 */
function boundedDescent(
  law: CellLaw,
  segment: Segment,
  start: Float64Array,
  range: SearchOptions["range"],
  descend: Descent,
): SegmentBook {
  let fixed = segment, levels = start;
  const atEnd: [boolean, boolean] = [false, false];
  for (;;) {
    const solution = descend(law, fixed, levels);
    const found = solution.levels;
    const leavesBelow = found.length > 0 && fixed.before === undefined && found[0]! < range[0];
    const leavesAbove = found.length > 0 && fixed.after === undefined && found.at(-1)! > range[1];
    if (!leavesBelow && !leavesAbove) return wholeBook(solution, segment, fixed, atEnd);
    if (leavesBelow) {
      fixed = { ...fixed, before: range[0] };
      levels = levels.subarray(1);
      atEnd[0] = true;
    } else {
      fixed = { ...fixed, after: range[1] };
      levels = levels.subarray(0, -1);
      atEnd[1] = true;
    }
  }
}

/** The book of a descent, with the levels that were fixed for it; its residual counts those that should have returned from an end. */
function wholeBook(
  solution: LevelSolution,
  segment: Segment,
  fixed: Segment,
  atEnd: SegmentBook["atEnd"],
): SegmentBook {
  const before = segment.before === undefined ? fixed.before : undefined;
  const after = segment.after === undefined ? fixed.after : undefined;
  const [distanceBefore, distanceAfter] = solution.fixedDistances;
  // Positive where the error would fall if a level came back from the end of the range.
  const violation = Math.max(atEnd[0] ? -distanceBefore : 0, atEnd[1] ? distanceAfter : 0);
  return {
    ...solution,
    levels: Float64Array.from([
      ...(before === undefined ? [] : [before]),
      ...solution.levels,
      ...(after === undefined ? [] : [after]),
    ]),
    residual: Math.max(solution.residual, violation),
    converged: solution.converged && violation <= violationTolerance,
    atEnd,
  };
}
