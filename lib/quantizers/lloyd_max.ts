import {
  type Codebook,
  type CodebookSize,
  createCodebook,
  levelCount,
} from "../codebooks/codebook.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { solveTridiagonal } from "../numerics/tridiagonal.ts";
import { expectedMse } from "./expected_mse.ts";

/** The best book of a standard law, on the half line above its centre of symmetry. */
interface HalfLineDesign {
  /** The levels above the centre, ascending; an odd count has one more at the centre. */
  readonly levels: Float64Array;
  readonly iterations: number;
  readonly residual: number;
  readonly levelError: number;
  readonly converged: boolean;
}

/** Newton converges quadratically: after a step this small, in standard deviations, the next one is rounding. */
const stepTolerance = 1e-13;
/** Below this size a step that no longer shrinks has met the rounding of the conditions, and the design has converged. */
const roundingRegime = 1e-9;
const iterationLimit = 100;
/** The relative rounding of the summed error, generously: a change this small says nothing about a step. */
const errorRounding = 1e-12;

const designs = new Map<string, HalfLineDesign>();

/** The design for a standard law and a count of levels, made once. */
function designHalfLine(law: Distribution, count: number): HalfLineDesign {
  const key = JSON.stringify([law.family, law.parameters, count]);
  const known = designs.get(key);
  if (known !== undefined) return known;
  const design = newtonOnHalfLine(law, count);
  designs.set(key, design);
  return design;
}

/**
 * Newton's method on the optimality conditions of a symmetric book, half of whose levels are unknowns: every level is the
 * centroid of its cell, every threshold lies halfway between its levels. The Jacobian is tridiagonal, so a step is O(levels).
 *
 * On the whole line it would be singular at the optimum of a Laplace law with an even count, as a shift of the whole book changes
 * the conditions in second order only; mirroring takes that freedom away.
 */
function newtonOnHalfLine(law: Distribution, count: number): HalfLineDesign {
  const size = count >> 1;
  const centred = count % 2 === 1;
  const scale = Math.sqrt(law.variance);
  let levels = companderLevels(law, count);
  let conditions = optimalityConditions(law, levels, centred);
  let iterations = 0, levelError = size === 0 ? 0 : Infinity, previousError = Infinity;
  while (
    levelError > stepTolerance && iterations < iterationLimit &&
    !(levelError < roundingRegime && levelError > previousError / 2)
  ) {
    iterations++;
    previousError = levelError;
    const { gradient, diagonal, offDiagonal, masses } = conditions;
    // Where the curvature is not positive, Lloyd's step (each level to its centroid) still descends.
    const step = solveTridiagonal(diagonal, offDiagonal, gradient) ??
      gradient.map((slope, i) => slope / masses[i]!);
    levelError = largestAbsolute(step) / scale;
    let damping = 1;
    let candidate: Float64Array, next: typeof conditions;
    // Halve a step that would cross levels or raise the error by more than its rounding.
    do {
      candidate = levels.map((level, i) => level - damping * step[i]!);
      next = optimalityConditions(law, candidate, centred);
      damping /= 2;
    } while (
      damping > 1e-10 &&
      (!isAscending(candidate) || next.error > conditions.error * (1 + errorRounding))
    );
    levels = candidate;
    conditions = next;
  }
  const centroidDistances = conditions.gradient.map((slope, i) => slope / conditions.masses[i]!);
  return {
    levels,
    iterations,
    residual: largestAbsolute(centroidDistances) / scale,
    levelError,
    converged: levelError < roundingRegime,
  };
}

/**
 * Levels above the centre for a start: at high resolution the optimal ones have density proportional to `f^(1/3)` (Panter and Dite,
 * Proc. IRE 39, 1951), whose integral is taken on a grid and inverted.
 */
function companderLevels(law: Distribution, count: number): Float64Array {
  const size = count >> 1;
  const cells = 8 * size + 64;
  // f^(1/3) has a tail of up to three times the width.
  const width = (3 * law.quantile(1 - 1e-9)) / cells;
  const cumulative = new Float64Array(cells + 1);
  for (let i = 0; i < cells; i++) {
    cumulative[i + 1] = cumulative[i]! + Math.exp(law.logPdf((i + 0.5) * width) / 3);
  }
  const levels = new Float64Array(size);
  let cell = 0;
  for (let i = 0; i < size; i++) {
    // Of the 2 cumulative[cells] in all, a share of 1 / count belongs to each level, half of it on either side.
    const target = (2 * cumulative[cells]! * (i + (count % 2 === 1 ? 1 : 0.5))) / count;
    while (cumulative[cell + 1]! < target) cell++;
    const within = (target - cumulative[cell]!) / (cumulative[cell + 1]! - cumulative[cell]!);
    levels[i] = (cell + within) * width;
  }
  return levels;
}

function largestAbsolute(values: Float64Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/**
 * The conditions at given levels: `gradient[i] = integral of (level_i - x) f` over cell i (half the slope of the error), its
 * Jacobian in the levels, the mass of each cell, and the error of the half line.
 */
function optimalityConditions(law: Distribution, levels: Float64Array, centred: boolean) {
  const size = levels.length;
  const gradient = new Float64Array(size);
  const diagonal = new Float64Array(size);
  const offDiagonal = new Float64Array(Math.max(0, size - 1));
  const masses = new Float64Array(size);
  // The cell below the first: that of the centre level, or, mirrored at 0, none.
  let lower = centred && size > 0 ? levels[0]! / 2 : 0;
  let pull = centred && size > 0 ? (law.pdf(lower) * levels[0]!) / 4 : 0;
  let error = centred ? law.partialMoments(0, size > 0 ? lower : Infinity, 0)[2] : 0;
  for (let i = 0; i < size; i++) {
    const level = levels[i]!;
    const gap = i < size - 1 ? levels[i + 1]! - level : 0;
    const upper = i < size - 1 ? level + gap / 2 : Infinity;
    const [mass, first, second] = law.partialMoments(lower, upper, level);
    masses[i] = mass;
    gradient[i] = -first;
    diagonal[i] = mass - pull;
    if (i < size - 1) {
      // A threshold moves by half of what its level moves, and lies gap / 2 away from it.
      pull = (law.pdf(upper) * gap) / 4;
      diagonal[i] = diagonal[i]! - pull;
      offDiagonal[i] = -pull;
    }
    error += second;
    lower = upper;
  }
  return { gradient, diagonal, offDiagonal, masses, error };
}

function isAscending(levels: Float64Array): boolean {
  let previous = 0;
  for (const level of levels) {
    if (!(level > previous)) return false;
    previous = level;
  }
  return true;
}

/**
 * Designs the quantizer of least mean squared error for a law (Lloyd 1957/1982, Max 1960): levels at the centroids of
 * their cells, thresholds halfway between levels, found by Newton's method in O(levels) a step. The book is symmetric about
 * the law's centre, to the last bit of each distance.
 *
 * `design` holds the expected error (each cell's about its own level), the share of the two unbounded outer cells in it, the
 * clipping range, and how well the conditions are met.
 *
 * @param law A Gaussian or a Laplace law. A fitted law will do.
 * @param size `{ bits }` in [1, 16], or any count of `{ levels }` from 1 to 65,536.
 *
 * @throws {RangeError} If the size is out of its range, or the law is not symmetric.
 *
 * @example The 2-bit quantizer of a Gaussian (Max 1960, Table I)
 * ```ts
 * import { gaussian, lloydMax } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { levels, thresholds, design } = lloydMax(gaussian({ mean: 0, standardDeviation: 1 }), { bits: 2 });
 * assertAlmostEquals(levels[3]!, 1.510417608, 1e-9);
 * assertAlmostEquals(thresholds[2]!, 0.9815988216, 1e-9);
 * assertAlmostEquals(design.expectedMse!, 0.117481847829, 1e-12);
 * ```
 */
export function lloydMax(law: Distribution, size: CodebookSize): Codebook {
  const count = levelCount(size);
  if (law.symmetricAbout === undefined) {
    throw new RangeError(
      `Cannot design a Lloyd-Max quantizer as the law must be symmetric: its family is ${law.family}`,
    );
  }
  const { scale, standard } = law.standardForm;
  const { levels: upper, iterations, residual, levelError, converged } = designHalfLine(
    standard(),
    count,
  );
  const standardLevels = [
    ...upper.toReversed().map((level) => -level),
    ...(count % 2 === 1 ? [0] : []),
    ...upper,
  ];
  const centre = law.symmetricAbout;
  const codebook = createCodebook(standardLevels.map((level) => centre + scale * level), {
    method: `lloyd-max-${law.family}`,
    storedValues: Object.keys(law.parameters).length,
    law: { family: law.family, parameters: law.parameters },
    iterations,
    residual,
    levelError,
    converged,
  });
  const { levels, thresholds, design } = codebook;
  // Of the levels as they are: about a huge centre doubles are far apart, and some levels may have become one.
  return { ...codebook, design: { ...design, ...expectedMse(law, levels, thresholds) } };
}
