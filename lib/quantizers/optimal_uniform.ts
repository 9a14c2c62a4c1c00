import {
  type Codebook,
  type CodebookSize,
  createCodebook,
  levelCount,
} from "../codebooks/codebook.ts";
import { dataOf } from "../distributions/data_of.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { expectedMse } from "./expected_mse.ts";
import { midRiseLevels } from "./uniform.ts";

/** What stands in the middle of a uniform book: a threshold, with an even number of levels, or a level, with an odd number. */
export type GridVariant = "mid-rise" | "mid-tread";

/** Options for {@linkcode optimalUniform}. */
export interface OptimalUniformOptions {
  /**
   * Makes the number of levels even or odd, by one level less than the size where that is needed. By default all levels are used.
   */
  readonly variant?: GridVariant;
  /**
   * Whether the book for a symmetric law is centred on the point of symmetry. The best grid need not be: for a Laplace law with
   * an even number of levels, shifting the kink of the density off the middle threshold lowers the error. Other laws always have
   * the best offset.
   *
   * @default {true}
   */
  readonly centred?: boolean;
}

/** The middle of a uniform book, and the distance from there to its ends: half of count times step. */
interface Grid {
  readonly centre: number;
  readonly reach: number;
}

/** The error of a grid under a law, with half its gradient and Hessian in (centre, reach). */
interface GridConditions {
  readonly error: number;
  readonly gradient: readonly [centre: number, reach: number];
  readonly hessian: SymmetricMatrix;
}

/** A grid from which no step descends. */
interface FollowedGrid {
  readonly grid: Grid;
  readonly error: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** A symmetric 2 by 2 matrix: its diagonal, and the entry beside it. */
type SymmetricMatrix = readonly [first: number, beside: number, second: number];

/** Newton converges quadratically: after a change this small, relative to the reach, the next one is rounding. */
const changeTolerance = 1e-13;
/** Below this a change that no longer shrinks has met the rounding of the conditions. */
const roundingRegime = 1e-8;
const iterationLimit = 200;
/** The relative rounding of the error, generously: a difference this small says nothing. */
const errorRounding = 1e-12;
const leastDamping = 1e-10;
/** Where the curvature in some direction is nothing but rounding, slopes are divided by this; masses add up to 1. */
const leastCurvature = 1e-9;
/** Starts reach from one of these quantiles to the mirrored one; an unsymmetric law takes all pairs. */
const tailShares = [0.2, 0.1, 0.03, 0.01, 3e-3, 1e-3, 1e-4, 1e-6, 1e-9];
/** So many of the best starts are followed. */
const followedStarts = 3;
/** In steps of the grid. */
const gridShifts = [-0.75, -0.5, -0.25, 0.25, 0.5, 0.75];
const shiftRounds = 10;

/**
 * The number of levels that size and variant ask for.
 *
 * @throws {RangeError} If the size or the variant is out of its range, or one level is to be mid-rise.
 */
export function gridCount(size: CodebookSize, variant: GridVariant | undefined): number {
  const count = levelCount(size);
  if (variant === undefined) return count;
  if (variant !== "mid-rise" && variant !== "mid-tread") {
    throw new RangeError(
      `Cannot design a codebook as variant must be mid-rise or mid-tread: current value is ${variant}`,
    );
  }
  if (variant === "mid-rise" && count === 1) {
    throw new RangeError(
      "Cannot design a codebook as mid-rise needs two levels: current number of levels is 1",
    );
  }
  const isEven = count % 2 === 0;
  return isEven === (variant === "mid-rise") ? count : count - 1;
}

/**
 * Designs the uniform quantizer of least mean squared error for a law: the step of the levels, and, unless a symmetric law is to
 * be centred, their offset, both by Newton's method on the derivatives of the expected error (O(levels) an iteration) from the
 * best of several starts. Laws whose density has several peaks may have better local optima than the starts lead to.
 *
 * `design` holds the step, the expected error and the share of the two outer cells in it; the step is accurate to 1e-11 relative,
 * and the error to 1e-11.
 *
 * @param options The size, `{ bits }` in [1, 16] or any count of `{ levels }` from 1 to 65,536; and the variant.
 *
 * @throws {RangeError} If size or variant are out of their ranges, or the law has no variance.
 *
 * @example Eight levels for a Gaussian (Max 1960, Table II)
 * ```ts
 * import { gaussian, optimalUniform } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { design } = optimalUniform(gaussian({ mean: 0, standardDeviation: 1 }), { bits: 3 });
 * assertAlmostEquals(design.step!, 0.586019441, 1e-9);
 * assertAlmostEquals(design.expectedMse!, 0.0374396594, 1e-10);
 * ```
 */
export function optimalUniform(
  law: Distribution,
  options: CodebookSize & OptimalUniformOptions,
): Codebook {
  const count = gridCount(options, options.variant);
  if (!Number.isFinite(law.variance)) {
    throw new RangeError(
      `Cannot design a codebook as the law's variance must be finite: current value is ${law.variance}`,
    );
  }
  const { location, scale, standard } = law.standardForm;
  const standardLaw = standard();
  const isCentred = standardLaw.symmetricAbout !== undefined && options.centred !== false;
  const { grid, iterations, converged } = optimalGrid(standardLaw, count, isCentred);
  const centre = location + scale * grid.centre, step = scale * (2 * grid.reach / count);
  const codebook = createCodebook(midRiseLevels(centre, step, count), {
    method: `optimal-uniform-${law.family}`,
    // The step and the offset, or one level.
    storedValues: Math.min(2, count),
    law: dataOf(law),
    step,
    iterations,
    converged,
  });
  const { levels, thresholds, design } = codebook;
  return { ...codebook, design: { ...design, ...expectedMse(law, levels, thresholds) } };
}

/** The best grid that the starts lead to. */
function optimalGrid(law: Distribution, count: number, isCentred: boolean): FollowedGrid {
  if (count === 1) {
    const grid = { centre: law.mean, reach: 0 };
    return { grid, error: law.variance, iterations: 0, converged: true };
  }
  const starts = startGrids(law)
    .map((grid) => ({ grid, error: gridConditions(law, grid, count).error }))
    .sort((a, b) => a.error - b.error)
    .slice(0, followedStarts);
  const follow = (grid: Grid) => followGrid(law, grid, count, isCentred);
  let best = starts.map(({ grid }) => follow(grid)).reduce(better);
  // Where the density has a kink or a jump, each shift of the grid by a part of a step may have an optimum of its own.
  for (let round = 0; !isCentred && round < shiftRounds; round++) {
    const { centre, reach } = best.grid;
    const shifted = gridShifts.map((shift) =>
      follow({ centre: centre + (shift * 2 * reach) / count, reach })
    );
    const next = shifted.reduce(better, best);
    if (next === best) break;
    best = next;
  }
  return best;
}

/** The one of less error, by more than rounding; else the first. */
function better(best: FollowedGrid, other: FollowedGrid): FollowedGrid {
  return other.error < best.error * (1 - errorRounding) ? other : best;
}

/** Grids that divide the range between two quantiles into cells. */
function startGrids(law: Distribution): Grid[] {
  const between = (lower: number, upper: number) => ({
    centre: law.symmetricAbout ?? (lower + upper) / 2,
    reach: (upper - lower) / 2,
  });
  const grids = tailShares.flatMap((below) =>
    (law.symmetricAbout === undefined ? tailShares : [below]).map((above) =>
      between(law.quantile(below), law.quantile(1 - above))
    )
  );
  const [lower, upper] = law.support;
  return Number.isFinite(lower) && Number.isFinite(upper)
    ? [...grids, between(lower, upper)]
    : grids;
}

/** Newton's method, with the eigenvalues of the Hessian taken by their magnitude, so that a step always descends. */
function followGrid(
  law: Distribution,
  start: Grid,
  count: number,
  isCentred: boolean,
): FollowedGrid {
  let grid = start;
  let conditions = gridConditions(law, grid, count);
  let change = Infinity, previous = Infinity, iterations = 0;
  while (
    change > changeTolerance && iterations < iterationLimit &&
    !(change < roundingRegime && change > previous / 2)
  ) {
    iterations++;
    previous = change;
    const { hessian, gradient } = conditions;
    const direction = isCentred
      ? [0, gradient[1] / Math.abs(hessian[2])] as const
      : descentStep(hessian, gradient);
    let damping = 1;
    let candidate: Grid, next: GridConditions;
    do {
      candidate = {
        centre: grid.centre - damping * direction[0],
        // At most to a tenth: a step may not turn the grid around.
        reach: Math.max(grid.reach - damping * direction[1], grid.reach / 10),
      };
      next = gridConditions(law, candidate, count);
      damping /= 2;
    } while (damping > leastDamping && !(next.error <= conditions.error * (1 + errorRounding)));
    change = Math.max(Math.abs(direction[0]), Math.abs(direction[1])) / grid.reach;
    grid = candidate;
    conditions = next;
  }
  return { grid, error: conditions.error, iterations, converged: change < roundingRegime };
}

/**
 * A level `centre + position reach` moves by (1, position), a threshold likewise; the contributions of moving thresholds to the
 * gradient cancel, and to the Hessian each takes away `step f(threshold)`.
 */
function gridConditions(law: Distribution, { centre, reach }: Grid, count: number): GridConditions {
  const step = (2 * reach) / count;
  let error = 0, centreSlope = 0, reachSlope = 0;
  let first = 0, beside = 0, second = 0;
  const addToHessian = (position: number, weight: number) => {
    first += weight;
    beside += position * weight;
    second += position * position * weight;
  };
  let lower = -Infinity;
  for (let i = 0; i < count; i++) {
    const position = (2 * i + 1 - count) / count;
    const boundary = (2 * i + 2 - count) / count;
    const isLast = i === count - 1;
    const upper = isLast ? Infinity : centre + boundary * reach;
    const [mass, moment, squares] = law.partialMoments(lower, upper, centre + position * reach);
    error += squares;
    centreSlope -= moment;
    reachSlope -= position * moment;
    addToHessian(position, mass);
    if (!isLast) addToHessian(boundary, -step * law.pdf(upper));
    lower = upper;
  }
  return {
    error,
    gradient: [centreSlope, reachSlope],
    hessian: [first, beside, second],
  };
}

/** The change of (centre, reach) that the matrix, with its eigenvalues taken by magnitude, maps to the gradient. */
function descentStep(
  [first, beside, second]: SymmetricMatrix,
  [centreSlope, reachSlope]: readonly [number, number],
): readonly [centre: number, reach: number] {
  const middle = (first + second) / 2, half = (first - second) / 2;
  const radius = Math.hypot(half, beside);
  // The eigenvector of the larger eigenvalue, by the form that doesn't cancel.
  const [x, y] = half >= 0 ? [half + radius, beside] : [beside, radius - half];
  const length = Math.hypot(x, y) || 1;
  const cosine = radius === 0 ? 1 : x / length, sine = radius === 0 ? 0 : y / length;
  const along = (cosine * centreSlope + sine * reachSlope) /
    Math.max(Math.abs(middle + radius), leastCurvature);
  const across = (cosine * reachSlope - sine * centreSlope) /
    Math.max(Math.abs(middle - radius), leastCurvature);
  return [cosine * along - sine * across, sine * along + cosine * across];
}
