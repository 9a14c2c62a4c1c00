/** A function's value, gradient and Hessian (row by row, symmetric) at a point. */
export interface SecondOrder {
  readonly value: number;
  readonly gradient: readonly number[];
  readonly hessian: readonly (readonly number[])[];
}

/** How a search for a maximum ended. */
export interface Maximum extends SecondOrder {
  readonly point: readonly number[];
  readonly iterations: number;
  /** Which coordinates ended at a bound, against which the function still rises. */
  readonly atBound: readonly boolean[];
  /** The largest component of the gradient in a coordinate that is not at a bound. */
  readonly score: number;
}

export interface MaximizeOptions {
  readonly start: readonly number[];
  /** Bounds of each coordinate; without them none. */
  readonly lower?: readonly number[];
  readonly upper?: readonly number[];
  /** The search ends once no free component of the gradient is larger. */
  readonly tolerance: number;
}

const iterationLimit = 200;
/** A change of the value below this share of it is rounding, and says nothing about a step. */
const valueRounding = 1e-13;
/** No coordinate moves further in one step: those below are logarithms and locations in units of the scale. */
const longestStep = 2;

/**
 * A local maximum of a smooth function of a few variables within a box, by Newton's method: the Hessian is damped (Levenberg) until
 * the step climbs, and a coordinate that is pushed against its bound stays there.
 *
 * It stops at `tolerance`, at the limit of 200 iterations, or where steps have met the rounding of the function; `score` tells.
 */
export function maximize(
  evaluate: (point: readonly number[]) => SecondOrder,
  { start, lower, upper, tolerance }: MaximizeOptions,
): Maximum {
  const bounded = (value: number, i: number) =>
    Math.min(Math.max(value, lower?.[i] ?? -Infinity), upper?.[i] ?? Infinity);
  let point: readonly number[] = start.map(bounded);
  let current = evaluate(point);
  let damping = 0;
  let iterations = 0;
  const describe = () => {
    const atBound = point.map((value, i) => {
      const slope = current.gradient[i]!;
      return (slope > 0 && value >= (upper?.[i] ?? Infinity)) ||
        (slope < 0 && value <= (lower?.[i] ?? -Infinity));
    });
    const free = current.gradient.map((slope, i) => atBound[i] ? 0 : Math.abs(slope));
    return { atBound, score: Math.max(...free) };
  };
  let state = describe();
  while (state.score > tolerance && iterations < iterationLimit) {
    iterations++;
    const step = ascentStep(current, state.atBound, damping);
    const candidate = point.map((value, i) => bounded(value + step[i]!, i));
    if (candidate.every((value, i) => value === point[i])) break;
    const next = evaluate(candidate);
    const isHigher = next.value >= current.value - valueRounding * (1 + Math.abs(current.value));
    if (!isHigher || !(next.value > -Infinity)) {
      damping = Math.max(10 * damping, 1e-3);
      if (damping > 1e12) break;
      continue;
    }
    const before = state.score;
    const rises = next.value > current.value + valueRounding * (1 + Math.abs(current.value));
    const previous = { point, current };
    point = candidate;
    current = next;
    state = describe();
    // Steps that neither climb nor flatten the gradient have met its rounding.
    if (!rises && state.score >= before) {
      ({ point, current } = previous);
      state = describe();
      break;
    }
    damping = damping < 1e-6 ? 0 : damping / 10;
  }
  return { ...current, point, iterations, ...state };
}

/** `(damping D - H)^-1 gradient` on the free coordinates, where D is the magnitude of the diagonal; damped more until it is positive. */
function ascentStep(
  { gradient, hessian }: SecondOrder,
  fixed: readonly boolean[],
  damping: number,
): number[] {
  const size = gradient.length;
  for (let extra = damping;; extra = Math.max(4 * extra, 1e-3)) {
    const matrix = hessian.map((row, i) =>
      row.map((value, j) => {
        if (fixed[i] || fixed[j]) return i === j ? 1 : 0;
        return i === j ? -value + extra * Math.max(Math.abs(value), 1e-3) : -value;
      })
    );
    const inverse = invertPositive(matrix);
    if (inverse === undefined) continue;
    const step = new Array<number>(size).fill(0);
    for (let i = 0; i < size; i++) {
      if (fixed[i]) continue;
      for (let j = 0; j < size; j++) {
        if (!fixed[j]) step[i]! += inverse[i]![j]! * gradient[j]!;
      }
    }
    const longest = Math.max(...step.map(Math.abs));
    return longest > longestStep ? step.map((value) => (value * longestStep) / longest) : step;
  }
}

/** The standard errors that an information matrix gives: the roots of its inverse's diagonal, Infinity where it has none. */
export function standardErrorsOf(information: readonly (readonly number[])[]): number[] {
  const inverse = invertPositive(information);
  return information.map((_, i) => inverse ? Math.sqrt(inverse[i]![i]!) : Infinity);
}

/** The inverse of a small symmetric matrix by Cholesky's decomposition; undefined unless it is positive definite. */
function invertPositive(
  matrix: readonly (readonly number[])[],
): number[][] | undefined {
  const size = matrix.length;
  const factor = matrix.map((row) => [...row]);
  for (let j = 0; j < size; j++) {
    let pivot = factor[j]![j]!;
    for (let k = 0; k < j; k++) pivot -= factor[j]![k]! ** 2;
    // A pivot that is all rounding doesn't tell its sign.
    if (!(pivot > 1e-14 * Math.abs(matrix[j]![j]!))) return undefined;
    factor[j]![j] = Math.sqrt(pivot);
    for (let i = j + 1; i < size; i++) {
      let sum = factor[i]![j]!;
      for (let k = 0; k < j; k++) sum -= factor[i]![k]! * factor[j]![k]!;
      factor[i]![j] = sum / factor[j]![j]!;
    }
  }
  return Array.from({ length: size }, (_, unit) => {
    const column = Array.from({ length: size }, (_, i) => i === unit ? 1 : 0);
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < i; k++) column[i]! -= factor[i]![k]! * column[k]!;
      column[i]! /= factor[i]![i]!;
    }
    for (let i = size - 1; i >= 0; i--) {
      for (let k = i + 1; k < size; k++) column[i]! -= factor[k]![i]! * column[k]!;
      column[i]! /= factor[i]![i]!;
    }
    return column;
  });
}
