/** Where a descent ended. */
export interface DescentResult {
  readonly point: Float64Array;
  readonly value: number;
  /** How often the function was evaluated. */
  readonly evaluations: number;
}

/** How far a descent goes. */
export interface DescentLimits {
  /** It ends where the values at the corners differ by less than this share of the least one. */
  readonly tolerance: number;
  readonly evaluationLimit: number;
}

/**
 * Minimises a function of a few variables without derivatives, by the simplex method of Nelder and Mead (Computer Journal 7, 1965, with
 * its coefficients 1, 2 and 1/2): a local minimum, of a smooth function nearly always, of one with many small steps a good one.
 *
 * @param start The first corner; it is not changed.
 * @param steps The others differ from it by one of these each.
 * @param evaluate May give Infinity where the function isn't defined, but not at the start.
 */
export function simplexDescent(
  start: Float64Array,
  steps: readonly number[],
  evaluate: (point: Float64Array) => number,
  { tolerance, evaluationLimit }: DescentLimits,
): DescentResult {
  let evaluations = 0;
  const corner = (point: Float64Array) => {
    evaluations++;
    return { point, value: evaluate(point) };
  };
  const corners = [
    corner(start),
    ...steps.map((step, i) => corner(start.with(i, start[i]! + step))),
  ];
  const size = steps.length;
  while (evaluations < evaluationLimit) {
    corners.sort((a, b) => a.value - b.value);
    const best = corners[0]!, worst = corners[size]!;
    if (!(worst.value - best.value > tolerance * best.value)) break;
    const middle = start.map((_, i) => {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += corners[j]!.point[i]!;
      return sum / size;
    });
    const along = (factor: number) =>
      corner(middle.map((value, i) => value + factor * (value - worst.point[i]!)));
    const reflected = along(1);
    if (reflected.value < best.value) {
      const expanded = along(2);
      corners[size] = expanded.value < reflected.value ? expanded : reflected;
      continue;
    }
    if (reflected.value < corners[size - 1]!.value) {
      corners[size] = reflected;
      continue;
    }
    const contracted = along(reflected.value < worst.value ? 0.5 : -0.5);
    if (contracted.value < Math.min(reflected.value, worst.value)) {
      corners[size] = contracted;
      continue;
    }
    for (let j = 1; j <= size; j++) {
      corners[j] = corner(corners[j]!.point.map((value, i) => (value + best.point[i]!) / 2));
    }
  }
  const { point, value } = corners.reduce((a, b) => b.value < a.value ? b : a);
  return { point, value, evaluations };
}
