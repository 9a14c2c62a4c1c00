import {
  fitPattern,
  type MagnitudePattern,
  type Magnitudes,
  type PatternFit,
} from "./pattern_error.ts";

/** Points of the scan, how many of its minima are narrowed down, and the points of each narrower scan. */
const scanOf = {
  few: { points: 128, minima: 6, narrowing: 8 },
  many: { points: 32, minima: 2, narrowing: 8 },
} as const;
/** From so many levels on the error varies smoothly with the scale, and each evaluation costs more. */
const manyLevels = 512;
/** A minimum is narrowed down to this relative width. */
const scaleTolerance = 1e-4;
/** Then assignment and scale are improved in turn until a step lowers the error by less than this share of it. */
const errorTolerance = 1e-7;
const stepLimit = 100;

/** A scale, and what was done to find it. */
export interface PatternScale {
  /** In the magnitudes' unit. */
  readonly scale: number;
  /** How many scales were evaluated. */
  readonly iterations: number;
  /** Whether the last improvements met their tolerance from every minimum. */
  readonly converged: boolean;
}

/**
 * The scale of a pattern whose largest level is 1 that leaves magnitudes the least squared error.
 *
 * The error is a piecewise quadratic in the scale with many local minima. None lies below the mean magnitude: levels ascend with magnitudes and are at
 * most 1, so that `sum(w t) / sum(t^2)`, the best scale of an assignment t, is at least the mean. From there to twice the largest magnitude scales are
 * scanned, evenly in their logarithm, each with the best scale for its assignment. The lowest minima of the scan are narrowed down, and improved by
 * assigning magnitudes and solving for the scale in turn. The best of them is kept, with no proof that it is the best of all.
 */
export function leastErrorScale(magnitudes: Magnitudes, pattern: MagnitudePattern): PatternScale {
  const { sorted, mean } = magnitudes;
  const { points, minima, narrowing } = pattern.levels.length < manyLevels
    ? scanOf.few
    : scanOf.many;
  let iterations = 0, converged = true;
  const evaluate = (scale: number) => {
    iterations++;
    return { scale, ...fitPattern(magnitudes, pattern, scale) };
  };
  const spacing = ((2 * sorted[sorted.length - 1]!) / mean) ** (1 / (points - 1));
  const scanned = Array.from({ length: points }, (_, i) => evaluate(mean * spacing ** i));
  let best = lowest(scanned);
  for (const minimum of lowestMinima(scanned, minima)) {
    let fit = minimum;
    for (let ratio = spacing; ratio > 1 + scaleTolerance;) {
      // Within one point's distance on both sides.
      const centre = fit.scale;
      const step = ratio ** (2 / (narrowing + 1));
      for (let i = 1; i <= narrowing; i++) {
        fit = lowest([fit, evaluate(centre / ratio * step ** i)]);
      }
      ratio = step;
    }
    let isSettled = false;
    for (let i = 0; i < stepLimit && !isSettled; i++) {
      const next = evaluate(fit.bestScale);
      isSettled = !(next.leastError < fit.leastError * (1 - errorTolerance));
      fit = lowest([fit, next]);
    }
    converged &&= isSettled;
    best = lowest([best, fit]);
  }
  return { scale: best.bestScale, iterations, converged };
}

/** The fit of least error, the first of equal ones. */
function lowest<T extends PatternFit>(fits: readonly T[]): T {
  return fits.reduce((best, fit) => fit.leastError < best.leastError ? fit : best);
}

/** The fits that no neighbour undercuts, the best of them first, `most` at most. */
function lowestMinima<T extends PatternFit>(fits: readonly T[], most: number): T[] {
  const errorAt = (i: number) => fits[i]?.leastError ?? Infinity;
  return fits
    .filter(({ leastError }, i) => leastError <= errorAt(i - 1) && leastError <= errorAt(i + 1))
    .sort((a, b) => a.leastError - b.leastError)
    .slice(0, most);
}
