import type { FittedDistribution } from "../distributions/fit.ts";
import { gaussian } from "../distributions/gaussian.ts";
import type { Prng } from "../numerics/prng.ts";

/** Of the derivatives of a standard law's log-density by its parameters, what isn't a combination of the others and 1. */
type Scores = Readonly<Record<string, (z: number) => number>>;

/** By the family of a fit by maximum likelihood that is asymptotically Gaussian, the scores of its parameters. */
const scoresOf: Readonly<Record<string, (parameters: Readonly<Record<string, number>>) => Scores>> =
  {
    gaussian: () => ({ mean: (z) => z, standardDeviation: (z) => z * z }),
    laplace: () => ({ location: Math.sign, scale: Math.abs }),
    logistic: () => ({
      location: (z) => Math.tanh(z / 2),
      scale: (z) => z * Math.tanh(z / 2),
    }),
    "student-t": ({ degreesOfFreedom }) => {
      const v = degreesOfFreedom!;
      return {
        location: (z) => z / (v + z * z),
        scale: (z) => z * z / (v + z * z),
        degreesOfFreedom: (z) => Math.log1p(z * z / v),
      };
    },
    "generalized-gaussian": ({ shape }) => {
      const b = shape!;
      return {
        // Up to shape 1/2 the location is estimated faster than the rest, and takes no part in the limit.
        ...(b > 0.5 && { location: (z: number) => Math.sign(z) * Math.abs(z) ** (b - 1) }),
        scale: (z) => Math.abs(z) ** b,
        shape: (z) => Math.abs(z) ** b * Math.log(Math.abs(z)),
      };
    },
  };

/** Cells of equal probability on which the limit process is drawn. Even: no cell's middle is the median. */
const cells = 400;

/** A score of which so small a share is not a combination of the others can't be told from rounding. */
const leastShare = 1e-9;

/** The law of `sqrt(n) D` for large n, as a generator of draws. */
export interface FittedLimit {
  readonly draw: (prng: Prng) => number;
  /** How many random numbers of the Brownian bridge a draw takes. */
  readonly steps: number;
}

/** Whether {@linkcode fittedLimit} knows the limit for a fit: that of a regular family, not held by a limit of its shape. */
export function hasFittedLimit({ family, fit }: FittedDistribution): boolean {
  return Object.hasOwn(scoresOf, family) && fit.iteration?.converged !== false;
}

/**
 * Draws from the limit law, for large samples, of `sqrt(n) D` against the law fitted by maximum likelihood: the largest magnitude of
 * a Brownian bridge less its regression on the scores (Durbin, Annals of Statistics 1, 1973). In steps of equal probability that is
 * the running sum of what remains of white noise after a regression on 1 and the scores; between two steps the extremes of the
 * Brownian bridge that joins them are drawn from their law, so that the grid does not make the largest magnitude too small.
 *
 * It doesn't depend on location and scale. A parameter at its limit, as a Student t law's degrees of freedom on a sample with tails
 * no heavier than a Gaussian's, counts as known, which makes the draws larger: p-values are then upper bounds. O(1) a draw, 400 steps.
 */
export function fittedLimit(law: FittedDistribution): FittedLimit {
  const standard = law.standardForm.standard();
  const middles = Float64Array.from(
    { length: cells },
    (_, i) => standard.quantile((i + 0.5) / cells),
  );
  const scores = Object.entries(scoresOf[law.family]!(law.parameters))
    .filter(([name]) => Number.isFinite(law.fit.standardErrors[name]))
    .map(([, score]) => middles.map(score));
  const basis = orthonormalBasis([new Float64Array(cells).fill(1), ...scores]);
  const step = 1 / cells;
  const white = gaussian({ mean: 0, standardDeviation: Math.sqrt(step) });
  // It is so improbable, e^-32, that the bridge over one step goes further beyond its ends.
  const reach = 4 * Math.sqrt(step);

  const draw = (prng: Prng) => {
    const noise = white.sample(cells, { prng });
    for (const direction of basis) subtractProjection(noise, direction);
    let largest = 0;
    let from = 0;
    for (const increment of noise) {
      const to = from + increment;
      for (const sign of [1, -1]) {
        const a = sign * from, b = sign * to;
        if (Math.max(a, b) + reach <= largest) continue;
        const top = (a + b + Math.sqrt((b - a) ** 2 - 2 * step * Math.log(1 - prng()))) / 2;
        largest = Math.max(largest, top);
      }
      from = to;
    }
    return largest;
  };
  return { draw, steps: cells };
}

/** Gram and Schmidt, twice over; vectors that the ones before them span are left out. */
function orthonormalBasis(vectors: readonly Float64Array[]): readonly Float64Array[] {
  const basis: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = Float64Array.from(vector);
    for (const direction of [...basis, ...basis]) subtractProjection(rest, direction);
    const length = Math.sqrt(dot(rest, rest));
    if (length <= leastShare * Math.sqrt(dot(vector, vector))) continue;
    basis.push(rest.map((x) => x / length));
  }
  return basis;
}

function subtractProjection(vector: Float64Array, direction: Float64Array): void {
  const share = dot(vector, direction);
  for (let i = 0; i < vector.length; i++) vector[i]! -= share * direction[i]!;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
