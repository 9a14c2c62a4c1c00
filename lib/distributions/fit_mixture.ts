import { cholesky, solveCholesky } from "../numerics/cholesky.ts";
import { mean as meanOf, meanSquare } from "../numerics/moments.ts";
import { createPrng, type Prng } from "../numerics/prng.ts";
import {
  assertFiniteSample,
  extent,
  largestMagnitude,
  type Sample,
  sortedCopy,
} from "../numerics/sample.ts";
import { assertFittable, type FitOptions, type FittedDistribution, withFit } from "./fit.ts";
import { mixture } from "./mixture.ts";
import { climb, type MixtureProgress, snapped } from "./mixture_ascent.ts";
import {
  evaluate,
  type Evaluation,
  kernels,
  maximize,
  type MixtureFamily,
  type Problem,
  type State,
} from "./mixture_likelihood.ts";

/** Options for {@linkcode fitMixture}. */
export interface FitMixtureOptions extends FitOptions {
  /**
   * How many components, from 1 to 16; where `family` is a list, its length.
   *
   * @default {2}
   */
  readonly components?: number;
  /**
   * The family of all components, or one for each.
   *
   * @default {"gaussian"}
   */
  readonly family?: MixtureFamily | readonly MixtureFamily[];
  /**
   * Seed of the random starts, and of the subsample on which starts are compared.
   *
   * @default {1}
   */
  readonly seed?: number;
  /**
   * How many random starts beside the deterministic ones.
   *
   * @default {6}
   */
  readonly restarts?: number;
  /**
   * The relative score at which the fit ends.
   *
   * @default {1e-10}
   */
  readonly tolerance?: number;
  /** Ends the fit, with the signal's reason, before the next pass over the sample. */
  readonly signal?: AbortSignal;
  /** Called after every step that raised the likelihood. */
  readonly onProgress?: (progress: MixtureProgress) => void;
}

/** A smaller scale, beside the sample's standard deviation, would make the likelihood of one repeated value unbounded. */
const leastRelativeScale = 1e-6;
/** A start that leaves a component with fewer values has found an accident of the sample rather than a law. */
const leastMembers = 5;
/** Starts are compared on at most so many values. */
const subsampleSize = 4096;
const startIterations = 10;
/** So many maxima of the subsample are compared on the whole sample: which is the highest may be an accident of the draw. */
const maximaKept = 4;
/**
 * Log-likelihoods that differ by less, in nats, belong to one maximum (or to equally good neighbours, where Laplace has cusps).
 */
const distinctLikelihoods = 0.01;
const subsampleIterationLimit = 100;
const iterationLimit = 1000;
const mostComponents = 16;

/**
 * Fits a finite mixture of Gaussian or Laplace laws by maximum likelihood. The components come heaviest first, or in the order
 * in which `family` lists them. The result says how the iteration ended, and its parameter count (weights less one, locations,
 * scales).
 *
 * Several starts (equal parts of the sorted sample; nested parts about the median, for a peak within wide tails; and random
 * ones in the manner of k-means++) are improved on at most 4,096 values by expectation-maximization (Dempster, Laird and Rubin,
 * J. Royal Statistical Society B 39, 1977) and Newton's method. Of the best four maxima, the one that is likeliest on the whole
 * sample goes on there: Newton steps on the observed information, damped (Levenberg and Marquardt) so that the likelihood never
 * falls by more than rounding, and a step of expectation-maximization where none helps. A pass is O(n components^2); the sample
 * is sorted only where a component is Laplace, whose location moves from value to value.
 *
 * The likelihood of a mixture is unbounded, as a component may shrink onto one value. No scale therefore falls below 1e-6 of
 * the sample's standard deviation: a value that makes up most of a pruned tensor gets a component of that scale. Starts that
 * leave a component with fewer than 5 values are dropped as long as others remain.
 *
 * `fit.iteration` counts passes over the whole sample; its score is per value of each component's own, so that a light component
 * is held to the tolerance like a heavy one.
 *
 * Standard errors are named `weight1`, `mean1`, `standardDeviation1`, ... (`location1`, `scale1` for Laplace) and come from the
 * inverse of the observed information; 0 for a scale held at its least value, and for a location with it; Infinity where the
 * information has no inverse.
 *
 * @throws {RangeError} If the sample is constant or not finite, or has fewer values than the mixture has parameters; if an
 * option is out of its domain.
 *
 * @example Two kinds of weights
 * ```ts
 * import { createPrng, fitMixture, gaussian, mixture } from "@bitbell/bitbell";
 * import { assertAlmostEquals, assertLess } from "@std/assert";
 *
 * const law = mixture([
 *   { weight: 0.7, law: gaussian({ mean: 0, standardDeviation: 0.01 }) },
 *   { weight: 0.3, law: gaussian({ mean: 0, standardDeviation: 0.1 }) },
 * ]);
 * const weights = law.sample(5000, { prng: createPrng(1) });
 * const { parameters, components, fit } = fitMixture(weights);
 * assertAlmostEquals(parameters.weight1!, 0.7, 0.03);
 * assertAlmostEquals(components![1]!.parameters.standardDeviation!, 0.1, 0.01);
 * assertLess(fit.iteration!.score, 1e-9);
 * ```
 */
export function fitMixture(
  sample: Sample,
  options: FitMixtureOptions = {},
): FittedDistribution {
  const { seed = 1, restarts = 6, tolerance = 1e-10, signal, onProgress } = options;
  const families = familiesOf(options);
  assertIntegerOption("restarts", restarts, 0, 1000);
  if (!(tolerance > 0)) {
    throw new RangeError(
      `Cannot fit a mixture as tolerance must be positive: current value is ${tolerance}`,
    );
  }
  assertFiniteSample(sample, "fit a mixture");
  const freeParameters = 3 * families.length - 1;
  assertFittable(sample, "fit a mixture", freeParameters);

  const laws = families.map((family) => kernels[family]);
  const values = laws.some((law) => law.hasCusp) ? sortedCopy(sample) : sample;
  const prng = createPrng(seed);
  const deviation = Math.sqrt(meanSquare(sample, meanOf(sample)));
  const leastScale = Math.max(1 / largestMagnitude, leastRelativeScale * deviation);
  const problem: Problem = { values, laws, leastScale };
  const small = { ...problem, values: subsample(sample, prng) };
  const maxima = bestMaxima(small, families, restarts, prng, { tolerance, signal })
    .map((state) => evaluate(problem, snapped(state, problem)));
  const start = maxima.reduce((best, other) =>
    other.logLikelihood > best.logLikelihood ? other : best
  );
  const { evaluation, iterations } = climb(problem, start.state, {
    tolerance,
    limit: iterationLimit,
    signal,
    onProgress,
  });

  const order = laws.map((_, k) => k);
  if (typeof options.family !== "object") {
    order.sort((a, b) => evaluation.state.weights[b]! - evaluation.state.weights[a]!);
  }
  const { weights, locations, scales } = evaluation.state;
  const law = mixture(order.map((k) => ({
    weight: weights[k]!,
    law: laws[k]!.create(locations[k]!, scales[k]!),
  })));
  return withFit(law, {
    size: sample.length,
    logLikelihood: evaluation.logLikelihood,
    standardErrors: standardErrors(problem, evaluation, order),
    freeParameters,
    iteration: {
      iterations,
      converged: evaluation.score <= tolerance,
      score: evaluation.score,
    },
  });
}

function familiesOf(
  { components, family = "gaussian" }: FitMixtureOptions,
): readonly MixtureFamily[] {
  if (typeof family === "object" && components !== undefined && components !== family.length) {
    throw new RangeError(
      `Cannot fit a mixture as components must be the number of families, ${family.length}: current value is ${components}`,
    );
  }
  const count = typeof family === "object" ? family.length : components ?? 2;
  assertIntegerOption("components", count, 1, mostComponents);
  const families = typeof family === "object"
    ? family
    : Array.from({ length: count }, () => family);
  for (const name of families) {
    if (Object.hasOwn(kernels, name)) continue;
    throw new RangeError(
      `Cannot fit a mixture as family must be one of ${
        Object.keys(kernels).join(", ")
      }: current value is ${name}`,
    );
  }
  return families;
}

function assertIntegerOption(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(
    `Cannot fit a mixture as ${name} must be an integer in [${least}, ${most}]: current value is ${value}`,
  );
}

/** At most `subsampleSize` values, in ascending order: the whole sample, or its extremes and a seeded draw. */
function subsample(sample: Sample, prng: Prng): Float64Array {
  if (sample.length <= subsampleSize) return sortedCopy(sample);
  const values = Float64Array.from(
    { length: subsampleSize },
    () => sample[Math.floor(prng() * sample.length)]!,
  );
  // Where almost all values are equal, a draw may hold no other.
  values.set(extent(sample));
  return values.sort();
}

/** The states of highest likelihood that starts lead to, on a sorted subsample: the best first, each different from the others. */
function bestMaxima(
  problem: Problem,
  families: readonly MixtureFamily[],
  restarts: number,
  prng: Prng,
  options: Pick<FitMixtureOptions, "signal"> & { readonly tolerance: number },
): readonly State[] {
  const sorted = problem.values as Float64Array;
  const starts = [
    ...[equalParts(sorted), nestedParts(sorted)].flatMap((order) => {
      const start = partsAsState(order, problem);
      // With one family the order of the components says nothing.
      return new Set(families).size > 1 ? [start, reversed(start)] : [start];
    }),
    ...Array.from({ length: restarts }, () => randomState(sorted, problem, prng)),
  ];
  const outcomes = starts.map((start) => {
    let state = snapped(start, problem);
    for (let i = 0; i < startIterations; i++) state = maximize(problem, evaluate(problem, state));
    return climb(problem, state, { ...options, limit: subsampleIterationLimit }).evaluation;
  });
  const sound = outcomes.filter(({ counts }) => counts.every((own) => own >= leastMembers));
  return (sound.length > 0 ? sound : outcomes)
    .sort((a, b) => b.logLikelihood - a.logLikelihood)
    .filter(({ logLikelihood }, i, all) =>
      i === 0 || all[i - 1]!.logLikelihood - logLikelihood > distinctLikelihoods
    )
    .slice(0, maximaKept)
    .map(({ state }) => state);
}

const equalParts = (sorted: Float64Array) => sorted;

function nestedParts(sorted: Float64Array): Float64Array {
  const median = sorted[sorted.length >> 1]!;
  return sorted.toSorted((a, b) => Math.abs(a - median) - Math.abs(b - median));
}

/** A component for each of as many equal parts of the values, in the order given. */
function partsAsState(ordered: Float64Array, { laws, leastScale }: Problem): State {
  const size = ordered.length;
  const parts = laws.map((_, k) =>
    ordered.subarray(
      Math.floor((k * size) / laws.length),
      Math.floor(((k + 1) * size) / laws.length),
    )
  );
  const locations = parts.map((part) => meanOf(part));
  return {
    weights: laws.map(() => 1 / laws.length),
    locations,
    scales: parts.map((part, k) => Math.max(leastScale, Math.sqrt(meanSquare(part, locations[k])))),
  };
}

const reversed = ({ weights, locations, scales }: State): State => ({
  weights: weights.toReversed(),
  locations: locations.toReversed(),
  scales: scales.toReversed(),
});

/** Centres drawn far from each other (Arthur and Vassilvitskii, "k-means++", SODA 2007), and scales from a wide range. */
function randomState(sorted: Float64Array, { laws, leastScale }: Problem, prng: Prng): State {
  const locations = [sorted[Math.floor(prng() * sorted.length)]!];
  const deviation = Math.sqrt(meanSquare(sorted, meanOf(sorted)));
  while (locations.length < laws.length) {
    // In units of the deviation, so that the squares neither overflow nor vanish.
    const distances = sorted.map((x) =>
      Math.min(...locations.map((location) => ((x - location) / deviation) ** 2))
    );
    let rest = prng() * distances.reduce((sum, distance) => sum + distance, 0);
    const index = distances.findIndex((distance) => (rest -= distance) < 0);
    locations.push(sorted[index === -1 ? sorted.length - 1 : index]!);
  }
  return {
    weights: laws.map(() => 1 / laws.length),
    locations,
    scales: laws.map(() => Math.max(leastScale, deviation * 2 ** (3 * prng() - 2.5))),
  };
}

/** The standard errors by name, of the components in the given order. */
function standardErrors(
  problem: Problem,
  evaluation: Evaluation,
  order: readonly number[],
): Record<string, number> {
  const { laws, leastScale } = problem;
  const { gradient, hessian, state } = evaluation;
  const { weights, scales } = state;
  const size = gradient.length;
  const last = laws.length - 1;
  // A component at the least scale is one repeated value: its place is known.
  const isFree = (index: number) => index < last || scales[(index - last) >> 1]! > leastScale;
  const free = Array.from({ length: size }, (_, index) => index).filter(isFree);
  const factor = cholesky(free.map((row) => free.map((column) => -hessian[row * size + column]!)));
  /** The standard error of the linear function of the coordinates with these coefficients. */
  const errorOf = (coefficients: (index: number) => number) => {
    const vector = free.map(coefficients);
    if (vector.every((coefficient) => coefficient === 0)) return 0;
    if (factor === undefined) return Infinity;
    const solution = solveCholesky(factor, vector);
    return Math.sqrt(solution.reduce((sum, value, i) => sum + value * vector[i]!, 0));
  };
  return Object.fromEntries(order.flatMap((k, i) => {
    const [location, scale] = laws[k]!.parameterNames;
    const unit = (wanted: number) => (index: number) => index === wanted ? scales[k]! : 0;
    return [
      [
        `weight${i + 1}`,
        errorOf((j) => j < last ? weights[k]! * ((j === k ? 1 : 0) - weights[j]!) : 0),
      ],
      [`${location}${i + 1}`, errorOf(unit(last + 2 * k))],
      [`${scale}${i + 1}`, errorOf(unit(last + 2 * k + 1))],
    ];
  }));
}
