import type { Distribution } from "../distributions/distribution.ts";
import { solveTridiagonal } from "../numerics/tridiagonal.ts";

/** What a design needs of a law. */
export type CellLaw = Pick<Distribution, "pdf" | "partialMoments">;

/** A stretch of the line, with the levels at its ends that stay where they are; all others lie between them. */
export interface Segment {
  readonly lower: number;
  readonly upper: number;
  /** A fixed level below the movable ones. */
  readonly before?: number;
  /** A fixed level above the movable ones. */
  readonly after?: number;
}

/** The conditions of optimality at given levels, and how they change. */
export interface LevelConditions {
  /** The integral of `(level_i - x) f` over cell i: half the slope of the error in level i. */
  readonly gradient: Float64Array;
  /** Half the second derivatives of the error: the diagonal and the entries beside it. */
  readonly diagonal: Float64Array;
  readonly offDiagonal: Float64Array;
  /** The mass of each cell. */
  readonly masses: Float64Array;
  /** The squared error over the segment, the cells of the fixed levels included. */
  readonly error: number;
  /** The distances of the fixed levels from the centroids of their cells in the segment, level - centroid; 0 where there is none. */
  readonly fixedDistances: readonly [before: number, after: number];
}

/** Terms per block: the blocks' sums are added in turn, so that 65,536 terms round like a thousand. */
const blockSize = 1024;

/**
 * The conditions of optimality for levels whose thresholds lie halfway between them (Lloyd 1957/1982, Max 1960): each is the centroid of its
 * cell. A threshold moves by half of what its levels move, so the second derivatives are `mass_i - (p_{i-1} + p_i)` on the diagonal and `-p_i`
 * beside it, with `p_i = f(threshold_i) (level_{i+1} - level_i) / 4`.
 *
 * @param levels The movable levels, ascending, between the fixed ones.
 */
export function levelConditions(
  law: CellLaw,
  { lower, upper, before, after }: Segment,
  levels: Float64Array,
): LevelConditions {
  const size = levels.length;
  const gradient = new Float64Array(size);
  const diagonal = new Float64Array(size);
  const offDiagonal = new Float64Array(Math.max(0, size - 1));
  const masses = new Float64Array(size);
  const fixedDistances: [number, number] = [0, 0];
  let start = lower, pull = 0, error = 0, block = 0;
  const first = before === undefined ? 0 : -1;
  const last = after === undefined ? size - 1 : size;
  let level = before ?? levels[0] ?? after!;
  for (let i = first; i <= last; i++) {
    const next = i + 1 < size ? levels[i + 1]! : after!;
    const gap = next - level;
    const middle = level + gap / 2;
    const end = i < last ? Math.min(Math.max(middle, lower), upper) : upper;
    const [mass, moment, second] = law.partialMoments(start, end, level);
    // A threshold beyond the segment (of a fixed level out there) moves no mass.
    const ownPull = i < last && middle === end ? (law.pdf(end) * gap) / 4 : 0;
    if (i >= 0 && i < size) {
      masses[i] = mass;
      gradient[i] = -moment;
      diagonal[i] = mass - pull - ownPull;
      if (i < size - 1) offDiagonal[i] = -ownPull;
    } else if (mass > 0) {
      fixedDistances[i < 0 ? 0 : 1] = -moment / mass;
    }
    block += second;
    if ((i & (blockSize - 1)) === blockSize - 1) {
      error += block;
      block = 0;
    }
    pull = ownPull;
    start = end;
    level = next;
  }
  return { gradient, diagonal, offDiagonal, masses, error: error + block, fixedDistances };
}

/** The step that Newton's method subtracts from the levels; undefined where the error is not strictly convex. */
export function newtonStep(
  { diagonal, offDiagonal, gradient }: LevelConditions,
): Float64Array | undefined {
  return solveTridiagonal(diagonal, offDiagonal, gradient);
}

/** The distances of the levels from their centroids, which Lloyd's iteration subtracts; 0 in a cell without mass. */
export function lloydStep({ gradient, masses }: LevelConditions): Float64Array {
  return gradient.map((slope, i) => masses[i]! > 0 ? slope / masses[i]! : 0);
}

/**
 * A step between the two for where the error is not convex: Newton's with the pull of the neighbours weakened as far as needed. It descends,
 * as its matrix is positive definite.
 */
export function weakenedStep(conditions: LevelConditions): Float64Array {
  const { diagonal, offDiagonal, gradient, masses } = conditions;
  for (const share of [0.999, 0.99, 0.9, 0.5]) {
    const step = solveTridiagonal(
      diagonal.map((entry, i) => share * entry + (1 - share) * masses[i]!),
      offDiagonal.map((entry) => share * entry),
      gradient,
    );
    if (step !== undefined) return step;
  }
  return lloydStep(conditions);
}

/** The largest magnitude in `values`; 0 when there is none. */
export function largestAbsolute(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}
