import { emptyMoments } from "../numerics/gauss_legendre.ts";
import { dataOf } from "./data_of.ts";
import {
  assertDataNames,
  assertParameters,
  assertSampleSize,
  type Distribution,
  type DistributionData,
} from "./distribution.ts";

/** Where a law is cut off. */
export interface TruncationEnds {
  /** @default {-Infinity} */
  readonly lower?: number;
  /** @default {Infinity} */
  readonly upper?: number;
}

/** Below, the probability of an interval has lost digits, or is 0. */
const smallestMass = 1e-290;
/** A step of the quantile this small, beside its distance from the end, is rounding. */
const stepTolerance = 2 ** -50;
/** Below this size a step that no longer shrinks has met the rounding of the probabilities. */
const roundingRegime = 1e-10;
/** How far a search outwards goes at once, in units of the distance so far. */
const expansion = 16;
/** Enough to leave the range of doubles by expansion, or to halve any bracket in it down to its last digit. */
const iterationLimit = 2000;

/**
 * The given law on an interval, its density divided by the interval's probability. Probabilities inside are differences on the side
 * where they keep their digits, and integrals where neither does, so an interval far out in a tail is as good as any.
 *
 * Each `cdf`, `sf` and `partialMoments` costs a few calls of the law's own, a `quantile` some ten times that.
 *
 * @throws {RangeError} If an end is not a number, lies above the other, or the interval has less than 1e-290 of the law's probability.
 *
 * @example
 * ```ts
 * import { gaussian, truncated } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const tail = truncated(gaussian({ mean: 0, standardDeviation: 1 }), { lower: 30 });
 * assertAlmostEquals(tail.mean, 30.0332596674336, 1e-12);
 * assertAlmostEquals(tail.quantile(0.5), 30.0230704678273, 1e-12);
 * ```
 */
export function truncated(
  law: Distribution,
  { lower = -Infinity, upper = Infinity }: TruncationEnds,
): Distribution {
  const parameters: Readonly<Record<string, number>> = {
    ...(lower !== -Infinity && { lower }),
    ...(upper !== Infinity && { upper }),
  };
  assertParameters("truncated", parameters, []);
  const start = Math.max(lower, law.support[0]), end = Math.min(upper, law.support[1]);
  const { location, scale, standard } = law.standardForm;

  /** The law's own probability of `(from, to)`. */
  const probability = (from: number, to: number) => {
    const below = law.cdf(from);
    const [less, more] = below < 0.5 ? [below, law.cdf(to)] : [law.sf(to), law.sf(from)];
    return less <= 0.5 * more ? more - less : law.partialMoments(from, to)[0];
  };
  const mass = start < end ? probability(start, end) : 0;
  if (!(mass >= smallestMass)) {
    throw new RangeError(
      `Cannot create a truncated law as the interval must hold a probability of at least ${smallestMass}: current value is ${mass} on (${lower}, ${upper})`,
    );
  }
  const logMass = Math.log(mass);
  const isOutside = (x: number) => x < start || x > end;
  const confine = (x: number) => Math.min(Math.max(x, start), end);
  const cdf = (x: number) => x >= end ? 1 : Math.min(probability(start, confine(x)) / mass, 1);
  const sf = (x: number) => x <= start ? 1 : Math.min(probability(confine(x), end) / mass, 1);

  /** Newton's method on the logarithm of the smaller of cdf and sf, kept between the nearest values known to be too low and too high. */
  const quantile = (p: number): number => {
    if (!(p >= 0 && p <= 1)) return NaN;
    if (p === 0) return start;
    if (p === 1) return end;
    const isLower = p <= 0.5;
    const target = isLower ? p : 1 - p;
    const tail = isLower ? cdf : sf;
    const origin = isLower ? start : end;
    let tooLow = start, tooHigh = end, previousStep = Infinity;
    let x = firstGuess(p);
    for (let iteration = 0; iteration < iterationLimit; iteration++) {
      if (!(x > tooLow && x < tooHigh)) {
        x = between(tooLow, tooHigh);
        // No double lies between the two.
        if (x === tooLow || x === tooHigh) return x;
      }
      const reached = tail(x);
      const excess = Math.log(reached / target);
      if (excess > 0 === isLower) tooHigh = x;
      else tooLow = x;
      const next = x - (isLower ? 1 : -1) * (excess * reached * mass) / law.pdf(x);
      const distance = Math.abs(x - origin);
      const step = Math.abs(next - x) / (distance < Infinity ? distance : scale);
      const isRounding = step <= roundingRegime && step > previousStep / 2;
      if (step <= stepTolerance || isRounding) return confine(next);
      previousStep = step;
      x = next;
    }
    return confine(x);
  };
  /** The law's own quantile, taken on the side where its probability is the smaller one, if it can be. */
  const firstGuess = (p: number) => {
    const below = law.cdf(start) + p * mass;
    if (below <= 0.5 || law.symmetricAbout === undefined) return law.quantile(below);
    const mirrored = law.quantile(law.sf(end) + (1 - p) * mass);
    return law.symmetricAbout + (law.symmetricAbout - mirrored);
  };
  /** Some value between two, either of which may be infinite. */
  const between = (low: number, high: number) => {
    if (low > -Infinity && high < Infinity) return low / 2 + high / 2;
    if (low < location && location < high) return location;
    return low > -Infinity
      ? low + expansion * Math.max(scale, low - location)
      : high - expansion * Math.max(scale, location - high);
  };

  const partialMoments: Distribution["partialMoments"] = (from, to, about = 0) => {
    const [low, high] = [Math.max(from, start), Math.min(to, end)];
    if (!(low < high)) return emptyMoments(from, to);
    const [zeroth, first, second] = law.partialMoments(low, high, about);
    return [zeroth / mass, first / mass, second / mass];
  };
  // About the nearest point to the law's centre first: then the mean is a short step, and the variance central.
  const nearest = confine(location);
  const [whole, first] = partialMoments(start, end, nearest);
  const mean = nearest + first / whole;
  const [again, remainder, second] = partialMoments(start, end, mean);
  const centre = law.symmetricAbout;
  return {
    family: "truncated",
    parameters,
    components: [dataOf(law)],
    mean,
    variance: Number.isFinite(mean) ? second / again - (remainder / again) ** 2 : Infinity,
    support: [start, end],
    breakpoints: law.breakpoints.filter((x) => x > start && x < end),
    logConcave: law.logConcave,
    ...(centre !== undefined && centre - start === end - centre && { symmetricAbout: centre }),
    standardForm: {
      location,
      scale,
      standard: () =>
        truncated(standard(), {
          lower: (lower - location) / scale,
          upper: (upper - location) / scale,
        }),
    },
    pdf: (x) => isOutside(x) ? 0 : law.pdf(x) / mass,
    logPdf: (x) => isOutside(x) ? -Infinity : law.logPdf(x) - logMass,
    cdf,
    sf,
    quantile,
    partialMoments,
    sample(size, { prng }) {
      assertSampleSize(size);
      // 0 would be the lower end, which may be infinite.
      return Float64Array.from({ length: size }, () => quantile(Math.max(prng(), 2 ** -54)));
    },
  };
}

/**
 * Makes a stored truncated law live again.
 *
 * @param revive Makes the law inside live.
 */
export function truncatedFrom(
  data: DistributionData,
  revive: (data: DistributionData) => Distribution,
): Distribution {
  assertDataNames(data, [], { optional: ["lower", "upper"], componentCount: 1 });
  return truncated(revive(data.components![0]!), data.parameters);
}
