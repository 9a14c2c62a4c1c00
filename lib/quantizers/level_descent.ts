import type { DesignIteration } from "../codebooks/codebook.ts";
import {
  type CellLaw,
  largestAbsolute,
  type LevelConditions,
  levelConditions,
  lloydStep,
  newtonStep,
  type Segment,
  weakenedStep,
} from "./level_conditions.ts";

/** The levels that an iteration found on a segment. */
export interface LevelSolution {
  /** The movable levels, ascending. */
  readonly levels: Float64Array;
  /** The squared error over the segment. */
  readonly error: number;
  /** Largest distance of a movable level from the centroid of its cell, in units of `scale`. */
  readonly residual: number;
  /** Largest entry of the Newton step at the levels, in units of `scale`; infinite where the error is not strictly convex. */
  readonly levelError: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly trace: readonly DesignIteration[];
  /** The distances of the fixed levels from the centroids of their cells in the segment. */
  readonly fixedDistances: LevelConditions["fixedDistances"];
}

/** What a descent is told. */
export interface DescentOptions {
  /** The standard deviation of the law: the unit of the tolerances. */
  readonly scale: number;
  readonly signal?: AbortSignal;
}

/** Newton converges quadratically: a step this small, in standard deviations, is rounding. */
const stepTolerance = 1e-13;
const newtonIterationLimit = 200;
/** The relative rounding of a summed error, generously: a change this small says nothing. */
export const errorRounding = 1e-12;
/** A step shortened below this fraction no longer moves anything. */
const smallestFraction = 1e-10;

/**
 * Whether every level lies at the centroid of its cell as far as rounding allows: a few of the level's own last digits. What that leaves of
 * Newton's step can be much larger, as the chain of levels passes it on and amplifies it.
 */
function isMetToRounding(levels: Float64Array, distances: Float64Array, scale: number): boolean {
  return distances.every((distance, i) =>
    Math.abs(distance) <= 64 * Number.EPSILON * Math.max(scale, Math.abs(levels[i]!))
  );
}

/**
 * Newton's method on the conditions of optimality, O(levels) a step, damped so that the error falls and the levels keep their order. Where the
 * error is not convex, a weakened step descends. Stops when Newton's step is rounding: it is reported, not taken.
 */
export function newtonDescent(
  law: CellLaw,
  segment: Segment,
  start: Float64Array,
  { scale, signal }: DescentOptions,
): LevelSolution {
  const trace: DesignIteration[] = [];
  let levels = start;
  let conditions = levelConditions(law, segment, levels);
  let previousSize = Infinity;
  for (let iterations = 0;; iterations++) {
    signal?.throwIfAborted();
    const distances = lloydStep(conditions);
    trace.push(iterationAt(conditions, distances, scale));
    const newton = newtonStep(conditions);
    const levelError = newton === undefined ? Infinity : largestAbsolute(newton) / scale;
    const isMet = levelError < Infinity && isMetToRounding(levels, distances, scale);
    const isRounding = levelError < stepTolerance || (isMet && levelError > previousSize / 2);
    previousSize = levelError;
    const next = isRounding || iterations === newtonIterationLimit
      ? undefined
      : descended(law, segment, levels, conditions, newton ?? weakenedStep(conditions));
    if (next === undefined) {
      return {
        ...solutionAt(levels, conditions, trace, scale),
        levelError,
        iterations,
        converged: isRounding || isMet,
      };
    }
    ({ levels, conditions } = next);
  }
}

/** The levels after as much of a step as lowers the error and keeps their order; undefined where no part of it does. */
function descended(
  law: CellLaw,
  segment: Segment,
  levels: Float64Array,
  { error }: LevelConditions,
  step: Float64Array,
): { levels: Float64Array; conditions: LevelConditions } | undefined {
  for (let fraction = 1; fraction > smallestFraction; fraction /= 2) {
    const candidate = levels.map((level, i) => level - fraction * step[i]!);
    if (!isAscending(candidate, segment)) continue;
    const conditions = levelConditions(law, segment, candidate);
    if (conditions.error <= error * (1 + errorRounding)) return { levels: candidate, conditions };
  }
  return undefined;
}

/** How a plain Lloyd iteration ends. */
export interface LloydLimits {
  /** Stop when no level is further from its centroid than this, in standard deviations. */
  readonly tolerance: number;
  readonly iterationLimit: number;
}

/** Lloyd's iteration (method I of Lloyd 1957/1982): every level to the centroid of its cell, every threshold between its levels. */
export function lloydDescent(
  law: CellLaw,
  segment: Segment,
  start: Float64Array,
  { scale, signal, tolerance, iterationLimit }: DescentOptions & LloydLimits,
): LevelSolution {
  const trace: DesignIteration[] = [];
  let levels = start;
  for (let iterations = 0;; iterations++) {
    signal?.throwIfAborted();
    const conditions = levelConditions(law, segment, levels);
    const step = lloydStep(conditions);
    const iteration = iterationAt(conditions, step, scale);
    trace.push(iteration);
    const converged = iteration.residual <= tolerance;
    if (converged || iterations === iterationLimit) {
      const newton = newtonStep(conditions);
      return {
        ...solutionAt(levels, conditions, trace, scale),
        levelError: newton === undefined ? Infinity : largestAbsolute(newton) / scale,
        iterations,
        converged,
      };
    }
    levels = levels.map((level, i) => level - step[i]!);
  }
}

function iterationAt(
  { error }: LevelConditions,
  distances: Float64Array,
  scale: number,
): DesignIteration {
  return { mse: error, residual: largestAbsolute(distances) / scale };
}

function solutionAt(
  levels: Float64Array,
  { error, fixedDistances }: LevelConditions,
  trace: readonly DesignIteration[],
  scale: number,
) {
  const { residual } = trace.at(-1)!;
  return {
    levels,
    error,
    residual,
    trace,
    fixedDistances: [fixedDistances[0] / scale, fixedDistances[1] / scale] as const,
  };
}

function isAscending(levels: Float64Array, { lower, upper, before, after }: Segment): boolean {
  let previous = before ?? lower;
  for (const level of levels) {
    if (!(level > previous)) return false;
    previous = level;
  }
  return previous < (after ?? upper) || levels.length === 0;
}
