import type { Distribution } from "../distributions/distribution.ts";
import { compander } from "./compander.ts";
import type { LevelSolution } from "./level_descent.ts";
import { better, type SearchOptions, searchSegment, type SegmentBook } from "./level_search.ts";

/** What a book of a standard law must keep. */
export interface StandardProblem extends SearchOptions {
  readonly count: number;
  /** A level that must be there. */
  readonly fixedLevel?: number;
  /** Whether the book must be symmetric about the law's centre; the range then is. */
  readonly symmetric: boolean;
}

/** A book of a standard law. */
export interface StandardBook extends Omit<LevelSolution, "fixedDistances"> {
  /** All levels, ascending; relative to the law's centre of symmetry where `isSymmetric`. */
  readonly levels: Float64Array;
  /** The levels are mirrored about the law's centre to the last bit. */
  readonly isSymmetric: boolean;
  /** Whether the first or last level was held at the end of the range. */
  readonly atEnd: readonly [lower: boolean, upper: boolean];
  /** Which level is the fixed one. */
  readonly fixedIndex?: number;
}

/** The best book of a standard law with finite variance. */
export function designStandard(law: Distribution, problem: StandardProblem): StandardBook {
  const { count, fixedLevel, range, restarts } = problem;
  const centre = law.symmetricAbout;
  if (problem.symmetric) return mirroredBook(law, problem);
  const anyBook = (asymmetric = false) =>
    fixedLevel === undefined
      ? wholeLineBook(law, { ...problem, asymmetric })
      : bookAround(law, problem, fixedLevel);
  if (centre === undefined) return anyBook();
  if (fixedLevel !== undefined && (fixedLevel !== centre || count % 2 === 0)) return anyBook();
  const mirrored = mirroredBook(law, problem);
  const leavesRange = mirrored.levels.some((x) => centre + x < range[0] || centre + x > range[1]);
  const isHeldOnOneSide = mirrored.atEnd[1] && centre - range[0] !== range[1] - centre;
  if (leavesRange || isHeldOnOneSide) return anyBook();
  // The only optimum where the density is log-concave. The whole line is no way to it: for a Laplace law with an even count
  // a shift of the whole book changes the conditions in second order only, and Newton's matrix becomes singular.
  return law.logConcave || restarts === 0 ? mirrored : better(mirrored, anyBook(true));
}

function wholeLineBook(law: Distribution, problem: StandardProblem): StandardBook {
  const [lower, upper] = law.support;
  const book = searchSegment(law, { lower, upper }, problem.count, problem);
  return { ...book, isSymmetric: false };
}

/** The best symmetric book: one on the half line above the centre, mirrored. */
function mirroredBook(law: Distribution, problem: StandardProblem): StandardBook {
  const centre = law.symmetricAbout!;
  const { count, range } = problem;
  const hasCentre = count % 2 === 1;
  const half = searchSegment(
    law,
    { lower: centre, upper: law.support[1], ...(hasCentre ? { before: centre } : {}) },
    count >> 1,
    { ...problem, range: [centre, Math.max(range[1], centre)] },
  );
  const distances = half.levels.map((level) => level - centre);
  const levels = new Float64Array(count);
  distances.forEach((distance, i) => {
    levels[(count >> 1) - 1 - i] = -distance;
    levels[((count + 1) >> 1) + i] = distance;
  });
  return {
    ...half,
    levels,
    error: 2 * half.error,
    trace: half.trace.map(({ mse, residual }) => ({ mse: 2 * mse, residual })),
    isSymmetric: true,
    atEnd: [half.atEnd[1], half.atEnd[1]],
    ...(hasCentre ? { fixedIndex: count >> 1 } : {}),
  };
}

/**
 * The best book with a level at `fixed`, which parts the line: the levels below and above it are found separately. The error of the best
 * book on a side is convex in its number of levels (squared distances have the Monge property, as in the one-dimensional k-means), so the
 * best division between the sides is where moving one level over no longer pays.
 */
function bookAround(law: Distribution, problem: StandardProblem, fixed: number): StandardBook {
  const [lower, upper] = law.support;
  const { count, range } = problem;
  const below = { lower, upper: Math.min(Math.max(fixed, lower), upper), after: fixed };
  const above = { lower: below.upper, upper, before: fixed };
  const sides = new Map<string, SegmentBook>();
  const side = (segment: typeof below | typeof above, size: number) => {
    const key = `${segment === below} ${size}`;
    const known = sides.get(key) ?? searchSegment(law, segment, size, problem);
    sides.set(key, known);
    return known;
  };
  const mostBelow = below.lower < below.upper && range[0] < fixed ? count - 1 : 0;
  const leastBelow = above.lower < above.upper && range[1] > fixed ? 0 : mostBelow;
  const error = (size: number) =>
    size < leastBelow || size > mostBelow
      ? Infinity
      : side(below, size).error + side(above, count - 1 - size).error;
  const free = compander(law, { lower, upper }, count, range)();
  const guess = free.findIndex((level) => level >= fixed);
  let size = Math.min(Math.max(guess === -1 ? count : guess, leastBelow), mostBelow);
  while (error(size - 1) < error(size)) size--;
  while (error(size + 1) < error(size)) size++;
  const [first, second] = [side(below, size), side(above, count - 1 - size)];
  return {
    levels: Float64Array.from([...first.levels, fixed, ...second.levels]),
    error: first.error + second.error,
    residual: Math.max(first.residual, second.residual),
    levelError: Math.max(first.levelError, second.levelError),
    iterations: first.iterations + second.iterations,
    converged: first.converged && second.converged,
    trace: joinedTrace(first.trace, second.trace),
    isSymmetric: false,
    atEnd: [first.atEnd[0], second.atEnd[1]],
    fixedIndex: size,
  };
}

/** Two sides' iterations as if they had run at once; the one that ends first stays as it is. */
function joinedTrace(a: StandardBook["trace"], b: StandardBook["trace"]): StandardBook["trace"] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => {
    const [one, other] = [a[i] ?? a.at(-1)!, b[i] ?? b.at(-1)!];
    return { mse: one.mse + other.mse, residual: Math.max(one.residual, other.residual) };
  });
}
