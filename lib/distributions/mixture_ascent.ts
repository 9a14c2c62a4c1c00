import { cholesky, solveCholesky } from "../numerics/cholesky.ts";
import type { Sample } from "../numerics/sample.ts";
import {
  evaluate,
  type Evaluation,
  leastWeight,
  maximize,
  type Problem,
  type State,
} from "./mixture_likelihood.ts";

/** How far {@linkcode fitMixture} has come. */
export interface MixtureProgress {
  /** Passes over the whole sample so far, those of rejected steps included. */
  readonly iterations: number;
  readonly logLikelihood: number;
  /** See {@linkcode FitIteration}: the tolerance ends the fit. */
  readonly score: number;
}

/** How far a Newton step may move a coordinate at first; the radius shrinks where a step fails, down to the least one. */
const largestRadius = 2;
const leastRadius = 1e-12;
const leastDamping = 1e-12;
const dampingLimit = 1e15;
/** A relative change of the log-likelihood this small may be rounding. */
const likelihoodRounding = 1e-13;

/** When {@linkcode climb} ends, and who hears of it. */
export interface ClimbOptions {
  readonly tolerance: number;
  readonly limit: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MixtureProgress) => void;
}

/** Raises the likelihood from a state until the score meets the tolerance, or no step raises it. */
export function climb(
  problem: Problem,
  start: State,
  { tolerance, limit, signal, onProgress }: ClimbOptions,
): { evaluation: Evaluation; iterations: number } {
  let iterations = 0;
  const visit = (state: State) => {
    signal?.throwIfAborted();
    const evaluation = evaluate(problem, state);
    iterations++;
    return evaluation;
  };
  let current = visit(start);
  let radius = largestRadius;
  while (true) {
    onProgress?.({ iterations, logLikelihood: current.logLikelihood, score: current.score });
    if (current.score <= tolerance || iterations >= limit) break;
    let next: Evaluation | undefined;
    while (next === undefined && radius > leastRadius && iterations < limit) {
      const step = newtonStep(problem, current, radius);
      const candidate = visit(moved(problem, current, step));
      if (isBetter(candidate, current, problem.values.length)) next = candidate;
      else radius = largestMagnitudeOf(step) / 4;
    }
    radius = Math.min(largestRadius, 2 * radius);
    if (next === undefined) {
      next = visit(maximize(problem, current));
      if (!isBetter(next, current, problem.values.length)) break;
      radius = largestRadius;
    }
    current = next;
  }
  return { evaluation: current, iterations };
}

/** The likelihood rises, or where it can't be told from rounding, the score falls. */
function isBetter(candidate: Evaluation, current: Evaluation, size: number): boolean {
  const gain = candidate.logLikelihood - current.logLikelihood;
  const rounding = likelihoodRounding * (Math.abs(current.logLikelihood) + size);
  return gain > rounding || (gain >= -rounding && candidate.score < current.score);
}

/** The coordinates that may move: a cusp holds a location, the least scale holds a scale. */
function freeCoordinates({ laws, leastScale }: Problem, { state, gradient }: Evaluation): number[] {
  const free = laws.slice(1).map((_, j) => j);
  laws.forEach((law, k) => {
    const location = laws.length - 1 + 2 * k;
    if (!(law.hasCusp && gradient[location] === 0)) free.push(location);
    if (state.scales[k]! > leastScale || gradient[location + 1]! > 0) free.push(location + 1);
  });
  return free;
}

/** The Newton step in all coordinates, damped until none moves further than the radius. */
function newtonStep(problem: Problem, evaluation: Evaluation, radius: number): Float64Array {
  const { gradient, hessian, counts } = evaluation;
  const free = freeCoordinates(problem, evaluation);
  const size = gradient.length;
  const last = counts.length - 1;
  // How much the data can say of a coordinate: of a ratio of weights, as much as the smaller of the two.
  const ownCount = (index: number) =>
    index < last ? Math.min(counts[index]!, counts[last]!) : counts[(index - last) >> 1]!;
  const step = new Float64Array(size);
  for (let damping = 0; damping < dampingLimit; damping = Math.max(leastDamping, 4 * damping)) {
    const factor = cholesky(
      free.map((row) =>
        free.map((column) =>
          -hessian[row * size + column]! + (row === column ? damping * ownCount(row) : 0)
        )
      ),
    );
    if (factor === undefined) continue;
    const solution = solveCholesky(factor, free.map((index) => gradient[index]!));
    if (largestMagnitudeOf(solution) > radius) continue;
    free.forEach((index, i) => step[index] = solution[i]!);
    break;
  }
  return step;
}

const largestMagnitudeOf = (values: Iterable<number>) =>
  Math.max(0, ...Array.from(values, Math.abs));

/** The state after a step; a location with a cusp lands on a value, and on another one if it was to move at all. */
function moved(
  { values, laws, leastScale }: Problem,
  { state, gradient }: Evaluation,
  step: Float64Array,
): State {
  const last = laws.length - 1;
  const ratios = state.weights.map((weight, k) => k < last ? weight * Math.exp(step[k]!) : weight);
  const total = ratios.reduce((sum, ratio) => sum + ratio, 0);
  return {
    weights: ratios.map((ratio) => Math.max(leastWeight, ratio / total)),
    locations: state.locations.map((location, k) => {
      const target = location + state.scales[k]! * step[last + 2 * k]!;
      if (!laws[k]!.hasCusp) return target;
      const pull = gradient[last + 2 * k]!;
      const nearest = nearestValue(values, target);
      if (nearest !== location || pull === 0) return nearest;
      return pull > 0
        ? values[Math.min(values.length - 1, firstAtLeast(values, location, true))]!
        : values[Math.max(0, firstAtLeast(values, location, false) - 1)]!;
    }),
    scales: state.scales.map((scale, k) =>
      Math.max(leastScale, scale * Math.exp(step[last + 2 * k + 1]!))
    ),
  };
}

/** The state with the locations of laws with a cusp on the values nearest to them. */
export const snapped = (state: State, { values, laws }: Problem): State => ({
  ...state,
  locations: state.locations.map((location, k) =>
    laws[k]!.hasCusp ? nearestValue(values, location) : location
  ),
});

function nearestValue(sorted: Sample, target: number): number {
  const index = firstAtLeast(sorted, target, false);
  const above = sorted[Math.min(index, sorted.length - 1)]!;
  const below = sorted[Math.max(0, index - 1)]!;
  return target - below < above - target ? below : above;
}

/** The index of the first value that is at least (or, strictly, above) the target. */
function firstAtLeast(sorted: Sample, target: number, strictly: boolean): number {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle]!;
    if (value < target || (strictly && value === target)) low = middle + 1;
    else high = middle;
  }
  return low;
}
