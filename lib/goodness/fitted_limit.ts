import type { FittedDistribution } from "../distributions/fit.ts";
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

/**
 * Where the limit process is drawn: probabilities from 0 to 1, dense at both ends and at the median, where scores vary most. An even
 * number of cells: the median is an edge.
 */
const edges = Float64Array.from({ length: 401 }, (_, i) => {
  const half = i / 200;
  const dense = (x: number) => Math.sin(Math.PI * x / 2) ** 2 / 2;
  return half <= 1 ? dense(half) : 0.5 + dense(half - 1);
});
const cells = edges.length - 1;

/** A score of which so small a share is not a combination of the others can't be told from rounding. */
const leastShare = 1e-9;

/** The law of `sqrt(n) D` for large n, as a generator of draws. */
export interface FittedLimit {
  readonly draw: (prng: Prng) => number;
  /** How many random numbers of the Brownian bridge a draw takes. */
  readonly steps: number;
}

/** Whether {@linkcode fittedLimit} is known for the fits of a family. */
export function isRegularFamily(family: string): boolean {
  return Object.hasOwn(scoresOf, family);
}

/**
 * Whether {@linkcode fittedLimit} is known for a fit: one by maximum likelihood to a regular family that has converged, so that no limit of its
 * shape holds it but a Student t law's of infinite degrees of freedom.
 */
export function hasFittedLimit({ family, fit }: FittedDistribution): boolean {
  return isRegularFamily(family) && fit.estimator === "maximum likelihood" &&
    fit.iteration?.converged !== false;
}

/**
 * Draws from the limit law, for large samples, of `sqrt(n) D` against the law fitted by maximum likelihood: the largest magnitude of
 * a Brownian bridge less its regression on the scores (Durbin, Annals of Statistics 1, 1973). In steps of probability that is
 * the running sum of what remains of white noise after a regression on 1 and the scores, these taken in the middle of each step. Between
 * the ends of a step the largest and the least value of the Brownian bridge that joins them are drawn from their laws, each by itself.
 *
 * It doesn't depend on location and scale. A parameter at its limit, as a Student t law's degrees of freedom on a sample with tails
 * no heavier than a Gaussian's, counts as known, which makes the draws larger: p-values are then upper bounds. O(1) a draw, 400 steps.
 */
export function fittedLimit(law: FittedDistribution): FittedLimit {
  const standard = law.standardForm.standard();
  const scores = Object.entries(scoresOf[law.family]!(law.parameters))
    .filter(([name]) => Number.isFinite(law.fit.standardErrors[name]))
    .map(([, score]) => score);
  const deviations = Float64Array.from(
    { length: cells },
    (_, i) => Math.sqrt(edges[i + 1]! - edges[i]!),
  );
  const middles = deviations.map((_, i) => standard.quantile((edges[i]! + edges[i + 1]!) / 2));
  const basis = orthonormalBasis([
    deviations,
    ...scores.map((score) => middles.map((z, i) => deviations[i]! * score(z))),
  ]);
  const noise = new Float64Array(cells);

  const draw = (prng: Prng) => {
    fillWithNormals(noise, prng);
    for (const direction of basis) subtractProjection(noise, direction);
    let largest = 0;
    let from = 0;
    for (let i = 0; i < cells; i++) {
      const deviation = deviations[i]!;
      const to = from + deviation * noise[i]!;
      largest = Math.max(
        largest,
        topOfBridge(from, to, deviation, largest, prng),
        topOfBridge(-from, -to, deviation, largest, prng),
      );
      from = to;
    }
    return largest;
  };
  return { draw, steps: cells };
}

/** By how many deviations a Brownian bridge goes beyond both its ends with a probability of e^-32. */
const reach = 4;

/** Draws the largest value of a Brownian bridge between two ends; what is too far below `largest` to exceed it is left alone. */
function topOfBridge(a: number, b: number, deviation: number, largest: number, prng: Prng): number {
  if (Math.max(a, b) + reach * deviation <= largest) return -Infinity;
  return (a + b + Math.sqrt((b - a) ** 2 - 2 * deviation ** 2 * Math.log(1 - prng()))) / 2;
}

/** Box and Muller, both numbers of each pair; an even count. */
function fillWithNormals(values: Float64Array, prng: Prng): void {
  for (let i = 0; i < values.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - prng()));
    const angle = 2 * Math.PI * prng();
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle);
  }
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
