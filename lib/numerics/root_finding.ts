/** A relative step of this size is rounding. */
const stepTolerance = 2e-16;
/** Below this a step that no longer shrinks has met the rounding of the probability. */
const roundingRegime = 1e-11;
/** Concavity makes every step after the first one safe, and the last ones quadratic: some ten are taken from a good guess. */
const iterationLimit = 400;
/** The largest change of `ln z` in a step: enough to cross the range of doubles within the limit. */
const largestStep = 4;

/**
 * The z > 0 at which a probability has the target value, by Newton's method on its logarithm as a function of `ln z`. Where that is
 * concave, as it is for a law whose density is log-concave in `ln z`, the steps approach the root from one side after the first; a step
 * that would leave what is known to hold the root, as from a probability that underflows, is replaced by a bisection in `ln z`.
 *
 * @param probability Falls or rises with z; `slope(z)` is the magnitude of its derivative by `ln z`: z times the density, which
 * alone may underflow.
 * @param start A guess above 0.
 * @returns Infinity where the root lies beyond the doubles.
 */
export function solveProbability(
  target: number,
  { probability, slope, falls }: {
    readonly probability: (z: number) => number;
    readonly slope: (z: number) => number;
    readonly falls: boolean;
  },
  start: number,
): number {
  let z = Math.min(Math.max(start, Number.MIN_VALUE), Number.MAX_VALUE);
  let inner = 0, outer = Infinity;
  let previous = Infinity;
  for (let iteration = 0; iteration < iterationLimit; iteration++) {
    const value = probability(z);
    const relativeSlope = slope(z) / value;
    const newton = Math.log(value / target) / relativeSlope;
    // An underflow to 0 has no slope: it lies too far out where the probability falls, too far in where it rises.
    const outward = value > 0 && relativeSlope > 0 ? (falls ? newton : -newton) : falls ? -2 : 2;
    if (outward > 0) inner = z;
    else outer = z;
    const next = z * Math.exp(Math.min(Math.max(outward, -largestStep), largestStep));
    if (next === Infinity && outer === Infinity) return next;
    const size = Math.abs(outward);
    const isInside = next >= inner && next <= outer;
    z = isInside ? next : Math.sqrt(inner) * Math.sqrt(outer);
    if (size <= stepTolerance || (size < roundingRegime && size >= previous / 2)) break;
    previous = size;
  }
  return z;
}
