import { emptyMoments, type PartialMoments } from "../numerics/gauss_legendre.ts";
import { dataOf } from "./data_of.ts";
import {
  assertDataNames,
  assertParameters,
  assertSampleSize,
  type Distribution,
  type DistributionData,
} from "./distribution.ts";
import { standardized } from "./location_scale.ts";

/** One law of a mixture, and its share. */
export interface MixtureComponent {
  /** The probability that a draw comes from this law: positive, and all of them sum to 1. */
  readonly weight: number;
  readonly law: Distribution;
}

/** How far from 1 the sum of the weights may lie: a slip of the last digits, not another unit. */
const weightTolerance = 1e-9;

/** A step of the quantile's iteration halves the bracket or is half of the one before: doubles end long before this limit. */
const quantileIterationLimit = 3000;

/**
 * A finite mixture: each draw comes from one of the laws, picked by weight. Its density is `sum of weight_i f_i(x)`. The
 * components may be any laws, mixtures and truncated ones among them. `parameters` hold the weights as `weight1`, `weight2`,
 * ...; `components` the laws' data in the same order.
 *
 * Weights that sum to 1 within 1e-9 are divided by their sum, unless that changes nothing but rounding.
 *
 * Tails, densities and partial moments are sums of the components' own, which are all of one sign, so they keep the components'
 * accuracy. The quantile solves for the mass between x and the components' far ends, so it is as accurate as the mixture's
 * probabilities allow in both tails, and between components that lie far apart.
 *
 * `symmetricAbout` is defined where every component is symmetric about one point, or has a mirror image of equal weight.
 * `standardForm` has the mean as its location and the standard deviation as its scale; where they aren't finite, those of the
 * first component.
 *
 * @throws {RangeError} If there is no component, a weight isn't positive, or the weights don't sum to 1.
 *
 * @example A narrow and a wide Gaussian about one centre
 * ```ts
 * import { gaussian, mixture } from "@bitbell/bitbell";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const law = mixture([
 *   { weight: 0.75, law: gaussian({ mean: 0, standardDeviation: 1 }) },
 *   { weight: 0.25, law: gaussian({ mean: 0, standardDeviation: 3 }) },
 * ]);
 * assertEquals([law.mean, law.variance, law.symmetricAbout], [0, 3, 0]);
 * assertAlmostEquals(law.sf(9), 0.25 * 0.0013498980316300946, 1e-15);
 * ```
 */
export function mixture(components: readonly MixtureComponent[]): Distribution {
  const weights = normalizedWeights(components);
  const laws = components.map(({ law }) => law);
  const parameters = Object.fromEntries(weights.map((weight, i) => [`weight${i + 1}`, weight]));
  /** The weighted sum of a figure of every component. */
  const total = (figure: (law: Distribution) => number) =>
    laws.reduce((sum, law, i) => sum + weights[i]! * figure(law), 0);

  const pdf = (x: number) => total((law) => law.pdf(x));
  // Rounding of the weights may take a sum of ones an ulp above 1.
  const cdf = (x: number) => Math.min(1, total((law) => law.cdf(x)));
  const sf = (x: number) => Math.min(1, total((law) => law.sf(x)));
  const symmetricAbout = centreOfSymmetry(laws, weights);
  // From the first mean on, so that components about one centre have exactly that mean.
  const firstMean = laws[0]!.mean;
  const ownMean = Number.isFinite(firstMean)
    ? firstMean + total(({ mean }) => mean - firstMean)
    : total(({ mean }) => mean);
  const mean = Number.isFinite(ownMean) ? symmetricAbout ?? ownMean : ownMean;
  const variance = laws.some((law) => law.variance === Infinity)
    ? Infinity
    : total((law) => law.variance + (law.mean - mean) ** 2);
  const support = [
    Math.min(...laws.map((law) => law.support[0])),
    Math.max(...laws.map((law) => law.support[1])),
  ] as const;
  const breakpoints = [...new Set(laws.flatMap((law) => [...law.support, ...law.breakpoints]))]
    .filter((point) => point > support[0] && point < support[1])
    .sort((a, b) => a - b);
  const medians = laws.map((law) => law.quantile(0.5));

  /**
   * `cdf(x) - p`, as the difference of what lies on either side of x: each component counts by its smaller tail, and the weights
   * of those that x has passed are taken off p exactly. `rounding` is the size of the rounding error.
   */
  const excessOver = (p: number, x: number) => {
    const upperHalf = p > 0.5;
    let level = upperHalf ? 1 - p : -p;
    let tails = 0, magnitude = 0;
    laws.forEach((law, i) => {
      const weight = weights[i]!;
      const below = x < medians[i]!;
      const tail = weight * (below ? law.cdf(x) : -law.sf(x));
      // In the upper half the level counts down from all weights above x; in the lower half up from none below it.
      if (below && upperHalf) level -= weight;
      if (!below && !upperHalf) level += weight;
      tails += tail;
      magnitude += Math.abs(tail);
    });
    const rounding = 0.5 * Number.EPSILON * (Math.abs(level) + magnitude);
    return { excess: level + tails, rounding };
  };

  const quantile = (p: number): number => {
    if (!(p >= 0 && p <= 1)) return NaN;
    if (p === 0) return support[0];
    if (p === 1) return support[1];
    if (laws.length === 1) return laws[0]!.quantile(p);
    // The mixture reaches p no sooner than its first component and no later than its last, or than a component alone does.
    const own = laws.map((law) => law.quantile(p));
    const alone = laws.map((law, i) => p <= weights[i]! ? law.quantile(p / weights[i]!) : Infinity);
    let lower = Math.min(...own);
    let upper = Math.min(Math.max(...own), ...alone);
    let x = lower + (upper - lower) / 2;
    let previousWidth = Infinity;
    for (let iteration = 0; iteration < quantileIterationLimit; iteration++) {
      const { excess, rounding } = excessOver(p, x);
      const density = pdf(x);
      if (Math.abs(excess) <= rounding && density > 0) return x;
      if (excess >= 0) upper = x;
      else lower = x;
      const middle = lower + (upper - lower) / 2;
      if (middle <= lower || middle >= upper) return upper;
      // Newton's step on the logarithm of the smaller tail, which is nearly straight or concave far out.
      const step = p <= 0.5
        ? -Math.log1p(excess / p) * (cdf(x) / density)
        : Math.log1p(-excess / (1 - p)) * (sf(x) / density);
      const width = upper - lower;
      const newton = x + step;
      if (newton === x) return x;
      const helps = newton > lower && newton < upper && Math.abs(step) < previousWidth / 2;
      previousWidth = helps ? Math.abs(step) : width;
      x = helps ? newton : middle;
    }
    return x;
  };

  const isStandardizable = Number.isFinite(mean) && Number.isFinite(variance);
  const form = isStandardizable
    ? { location: mean, scale: Math.sqrt(variance) }
    : laws[0]!.standardForm;

  return {
    family: "mixture",
    parameters,
    components: laws.map(dataOf),
    mean,
    variance,
    support,
    breakpoints,
    logConcave: laws.length === 1 && laws[0]!.logConcave,
    ...(symmetricAbout !== undefined && { symmetricAbout }),
    standardForm: {
      location: form.location,
      scale: form.scale,
      standard: () =>
        mixture(
          laws.map((law, i) => ({
            weight: weights[i]!,
            law: standardized(law, form.location, form.scale),
          })),
        ),
    },
    pdf,
    logPdf(x) {
      const logs = laws.map((law, i) => Math.log(weights[i]!) + law.logPdf(x));
      const largest = Math.max(...logs);
      if (!Number.isFinite(largest)) return largest;
      return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0));
    },
    cdf,
    sf,
    quantile,
    partialMoments(lower, upper, about = 0): PartialMoments {
      if (!(lower < upper)) return emptyMoments(lower, upper);
      let mass = 0, first = 0, second = 0;
      laws.forEach((law, i) => {
        // An integral costs more than a tail, and a component that lies far away has none here.
        const isBeyond = upper < medians[i]!
          ? law.cdf(upper) === 0
          : lower > medians[i]! && law.sf(lower) === 0;
        if (isBeyond) return;
        const moments = law.partialMoments(lower, upper, about);
        mass += weights[i]! * moments[0];
        first += weights[i]! * moments[1];
        second += weights[i]! * moments[2];
      });
      return [mass, first, second];
    },
    sample(size, { prng }) {
      assertSampleSize(size);
      const picks = Array.from({ length: size }, () => pick(weights, prng()));
      const draws = laws.map((law, i) =>
        law.sample(picks.reduce((count, index) => count + (index === i ? 1 : 0), 0), { prng })
      );
      const used = laws.map(() => 0);
      return Float64Array.from(picks, (index) => draws[index]![used[index]!++]!);
    },
  };
}

/**
 * Makes a stored mixture live again.
 *
 * @param makeLive Makes a law of a component's data.
 * @throws {RangeError} If the data don't describe a mixture.
 */
export function mixtureFrom(
  data: DistributionData,
  makeLive: (data: DistributionData) => Distribution,
): Distribution {
  const { parameters, components = [] } = data;
  const names = Array.from({ length: Math.max(1, components.length) }, (_, i) => `weight${i + 1}`);
  assertDataNames(data, names, { componentCount: names.length });
  return mixture(
    components.map((component, i) => ({
      weight: parameters[names[i]!]!,
      law: makeLive(component),
    })),
  );
}

/** The index of the component whose share of `[0, 1)` holds u. */
function pick(weights: readonly number[], u: number): number {
  let rest = u;
  for (let i = 0; i < weights.length - 1; i++) {
    if (rest < weights[i]!) return i;
    rest -= weights[i]!;
  }
  return weights.length - 1;
}

function normalizedWeights(components: readonly MixtureComponent[]): readonly number[] {
  if (components.length === 0) {
    throw new RangeError("Cannot create a mixture law as it must have a component: it has 0");
  }
  const given = Object.fromEntries(components.map(({ weight }, i) => [`weight${i + 1}`, weight]));
  assertParameters("mixture", given, Object.keys(given));
  const weights = components.map(({ weight }) => weight);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (Math.abs(sum - 1) > weightTolerance) {
    throw new RangeError(
      `Cannot create a mixture law as its weights must sum to 1: their sum is ${sum}`,
    );
  }
  // Within its own rounding the sum is 1: then weights that were stored come back unchanged.
  const rounding = weights.length * Number.EPSILON;
  return Math.abs(sum - 1) <= rounding ? weights : weights.map((weight) => weight / sum);
}

/** The point about which the mixture is symmetric because its components are, or because they come in mirrored pairs. */
function centreOfSymmetry(
  laws: readonly Distribution[],
  weights: readonly number[],
): number | undefined {
  const centres = laws.map((law) => law.symmetricAbout);
  if (!centres.every((centre) => centre !== undefined)) return undefined;
  const first = Math.min(...centres), last = Math.max(...centres);
  const middle = first + (last - first) / 2;
  if (first === last) return first;
  const shapes = laws.map((law, i) => JSON.stringify([weights[i], shapeOf(law)]));
  const hasMirrorImage = (i: number) =>
    laws.some((_, j) => shapes[j] === shapes[i] && centres[j]! - middle === middle - centres[i]!);
  // Among equal components, as many must lie on one side as on the other: one law per place makes that sure.
  const places = new Set(centres.map((centre, i) => `${shapes[i]} at ${centre}`));
  return places.size === laws.length && laws.every((_, i) => hasMirrorImage(i))
    ? middle
    : undefined;
}

/** What is left of a law when its location is taken away. */
const shapeOf = (law: Distribution) => [
  law.standardForm.scale,
  law.symmetricAbout! - law.standardForm.location,
  dataOf(law.standardForm.standard()),
];
