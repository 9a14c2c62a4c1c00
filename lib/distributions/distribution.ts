import type { Prng } from "../numerics/prng.ts";
import type { PartialMoments } from "../numerics/gauss_legendre.ts";
import { largestMagnitude } from "../numerics/sample.ts";

/** A law as plain data, for results that are stored or sent to a worker; `distribution(data)` makes it live again. */
export interface DistributionData {
  /** The family's name, such as "gaussian". */
  readonly family: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** The laws that this one is made of, in order: those of a mixture, the one that is truncated. */
  readonly components?: readonly DistributionData[];
}

/** Where the random numbers of a sample come from. */
export interface SampleOptions {
  /** Uniform random numbers in `[0, 1)`. */
  readonly prng: Prng;
}

/**
 * A continuous probability law on the real line. All values are in the unit of the sample it describes. Every function takes
 * infinities, and gives NaN for NaN.
 */
export interface Distribution extends DistributionData {
  readonly mean: number;
  readonly variance: number;
  /** The smallest interval of probability 1; its ends may be infinite. */
  readonly support: readonly [lower: number, upper: number];
  /** The points strictly inside the support, ascending, where the density or one of its derivatives jumps or is infinite. */
  readonly breakpoints: readonly number[];
  /** The logarithm of the density is concave on the support: then every count of levels has one optimal book. */
  readonly logConcave: boolean;
  /** The law is symmetric about this point; undefined where it isn't symmetric. */
  readonly symmetricAbout?: number;
  /**
   * The law is that of `location + scale * z`, with z following `standard()`, a law without location and scale. Designs are made
   * once for the standard law.
   */
  readonly standardForm: {
    readonly location: number;
    readonly scale: number;
    readonly standard: () => Distribution;
  };
  /** The density at x. */
  pdf(x: number): number;
  /** The natural logarithm of the density at x, finite where the density underflows. */
  logPdf(x: number): number;
  /** P(X <= x), with full relative precision in the lower tail. */
  cdf(x: number): number;
  /** P(X > x), with full relative precision in the upper tail, where `1 - cdf(x)` has none. */
  sf(x: number): number;
  /** The smallest x with `cdf(x) >= p`, for p in `[0, 1]`; the ends give the ends of the support. NaN for p outside. */
  quantile(p: number): number;
  /**
   * The integrals of f, `(x - about) f` and `(x - about)^2 f` over `(lower, upper)`, either of which may be infinite; zeros
   * when `lower >= upper`. Accurate relative to the integral of `|x - about|^k f`, in narrow and far cells too.
   */
  partialMoments(lower: number, upper: number, about?: number): PartialMoments;
  /** `size` independent draws. */
  sample(size: number, options: SampleOptions): Float64Array;
}

/** The family's name with the article that it is spoken with. */
const withArticle = (family: string) => `${/^[aeio]/.test(family) ? "an" : "a"} ${family}`;

/**
 * Throws unless stored data have a parameter of each of these names and no other but the optional ones, and as many components.
 *
 * @throws {RangeError} If a parameter is missing or unknown, or the number of components differs.
 */
export function assertDataNames(
  { family, parameters, components = [] }: DistributionData,
  names: readonly string[],
  { optional = [], componentCount = 0 }: {
    readonly optional?: readonly string[];
    readonly componentCount?: number;
  } = {},
): void {
  const given = Object.keys(parameters);
  const isComplete = names.every((name) => given.includes(name));
  if (!isComplete || given.some((name) => !names.includes(name) && !optional.includes(name))) {
    const wanted = [...names, ...optional.map((name) => `${name} (optional)`)].join(", ");
    throw new RangeError(
      `Cannot create ${withArticle(family)} law as its parameters must be ${
        wanted || "none"
      }: current value is ${given.join(", ") || "none"}`,
    );
  }
  if (components.length !== componentCount) {
    throw new RangeError(
      `Cannot create ${
        withArticle(family)
      } law as it must have ${componentCount} components: current value is ${components.length}`,
    );
  }
}

/** Throws unless each parameter is finite, none is above 1e150, and those named in `positive` are at least 1e-150. */
export function assertParameters(
  family: string,
  parameters: Readonly<Record<string, number>>,
  positive: readonly string[],
): void {
  for (const [name, value] of Object.entries(parameters)) {
    const refuse = (condition: string) => {
      throw new RangeError(
        `Cannot create ${
          withArticle(family)
        } law as ${name} must be ${condition}: current value is ${value}`,
      );
    };
    if (!Number.isFinite(value)) refuse("finite");
    if (Math.abs(value) > largestMagnitude) refuse(`at most ${largestMagnitude} in magnitude`);
    if (!positive.includes(name)) continue;
    if (!(value > 0)) refuse("positive");
    // Below, its square has lost digits, or is 0.
    if (value < 1 / largestMagnitude) refuse(`at least ${1 / largestMagnitude}`);
  }
}

/** Throws unless `size` can be the length of an array of draws. */
export function assertSampleSize(size: number): void {
  if (!Number.isInteger(size) || size < 0) {
    throw new RangeError(
      `Cannot draw a sample as its size must be a non-negative integer: current value is ${size}`,
    );
  }
}
