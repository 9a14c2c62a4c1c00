import {
  type Codebook,
  type CodebookSize,
  createCodebook,
  type DesignRecord,
  levelCount,
} from "../codebooks/codebook.ts";
import { dataOf } from "../distributions/data_of.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { designEntropyConstrained, type EntropyBook } from "./entropy_constrained.ts";
import { expectedMse } from "./expected_mse.ts";
import { type DescentOptions, lloydDescent, newtonDescent } from "./level_descent.ts";
import { parameterCount } from "./parameter_count.ts";
import { designStandard, type StandardBook, type StandardProblem } from "./standard_design.ts";

/** How `lloydMax` designs, and what the book must keep. */
export interface LloydMaxOptions {
  /** No level lies outside `[lower, upper]`; either may be infinite. */
  readonly range?: readonly [lower: number, upper: number];
  /** One level is exactly 0. */
  readonly includeZero?: boolean;
  /** Only books that are symmetric about the law's centre, where others might be better. */
  readonly symmetric?: boolean;
  /** The output has the variance of the input. */
  readonly varianceMatched?: boolean;
  /** What a bit of rate costs, in squared units of the values: the book then minimises error plus weight times entropy of the codes. */
  readonly entropyWeight?: number;
  /** Newton's method (the default), or the plain iteration of Lloyd. */
  readonly solver?: "newton" | "lloyd";
  /** Where the plain iteration stops: the largest distance of a level from its centroid, in standard deviations; 1e-8 by default. */
  readonly tolerance?: number;
  /** The most iterations of the plain iteration; 100,000 by default. */
  readonly iterationLimit?: number;
  /** How many further starts are tried for laws that may have several local optima; by default 8, fewer past 64 levels. */
  readonly restarts?: number;
  /** An integer that the restarts are drawn from; 1 by default. */
  readonly seed?: number;
  /** Keep every iteration's error and residual in `design.trace`. */
  readonly trace?: boolean;
  readonly signal?: AbortSignal;
}

/** Steps of an entropy-constrained design by Newton's method, which begins with some of the alternating iteration. */
const entropyIterationLimit = 1000;

/** A restart costs as much as a design: past 64 levels their number falls, so that levels times restarts doesn't grow. */
const defaultRestarts = (count: number) => Math.min(8, Math.floor(512 / count));

type Settings = ReturnType<typeof settingsOf>;

function settingsOf(count: number, options: LloydMaxOptions) {
  const {
    includeZero = false,
    symmetric = false,
    varianceMatched = false,
    solver = "newton",
    tolerance = 1e-8,
    iterationLimit = 100_000,
    restarts = defaultRestarts(count),
    seed = 1,
    trace = false,
    range,
    entropyWeight,
    signal,
  } = options;
  return {
    includeZero,
    symmetric,
    varianceMatched,
    solver,
    tolerance,
    iterationLimit,
    restarts,
    seed,
    trace,
    range,
    entropyWeight,
    signal,
  };
}

/**
 * Designs the quantizer of least mean squared error for a law (Lloyd 1957/1982, Max 1960): levels at the centroids of their cells, thresholds
 * halfway between levels. Newton's method takes O(levels) a step and some five steps.
 *
 * A symmetric log-concave law gives a book that is symmetric about its centre, to the last bit of each distance. A log-concave law has
 * one optimum; for others (Student t, mixtures, a generalized Gaussian of shape below 1) the best is kept of several descents, from
 * the best partition of a fine grid (to 64 levels; to 512 for laws made of others) and seeded restarts among other starts, and it need not
 * be symmetric for a symmetric law.
 *
 * - `range` confines the levels: those that would leave it lie at its end, the others are optimal beside them.
 * - `includeZero` makes one level exactly 0, and finds the best number of levels below it.
 * - `varianceMatched` keeps the thresholds and stretches the levels about the mean by `sqrt(variance / (variance - mse))`, which gives the
 *   output the mean and variance of the input. Of all books with that property it has the least error: among levels of given variance those
 *   proportional to the centroids' deviations correlate best with the input, and their error rises with that of the thresholds' centroids.
 * - `entropyWeight` designs for entropy-coded output (Chou, Lookabaugh and Gray 1989): `expectedMse + entropyWeight * rate` is least, with
 *   thresholds off the middle. `design.rate` is the entropy in bits; there may be fewer levels than asked for.
 * - `solver: "lloyd"` runs the plain iteration from the same start, without restarts; `trace` keeps the way of either solver.
 *
 * The latest books of standard laws are kept, as the channels of a tensor ask for the same ones over and over; a new `seed` has one made anew.
 *
 * `design` holds the expected error (each cell's about its own level), the share of the two outer cells in it, the clipping range, and how well the
 * conditions are met. `levelError` is the size of Newton's step at the levels, left out where the error isn't strictly convex there. Levels are accurate to
 * about 1e-11 of the deviation at 4,096 levels, or of themselves where a heavy tail has them lie many deviations out.
 *
 * @param law A law of finite variance. A fitted law will do.
 * @param options `bits` in [1, 16] or any count of `levels` from 1 to 65,536, and how to design.
 *
 * @throws {RangeError} If the size or an option is out of its range, the law's variance is not finite, the range has no part of the law's support, or
 * options don't go together: `symmetric` needs a symmetric law (and, with `includeZero`, an odd count about 0); `varianceMatched` two levels, and
 * neither `range` nor `includeZero`; `entropyWeight` none of `range`, `includeZero`, `symmetric` and `varianceMatched`; `tolerance` and
 * `iterationLimit` the solver "lloyd".
 *
 * @example The 2-bit quantizer of a Gaussian (Max 1960, Table I)
 * ```ts
 * import { gaussian, lloydMax } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { levels, thresholds, design } = lloydMax(gaussian({ mean: 0, standardDeviation: 1 }), { bits: 2 });
 * assertAlmostEquals(levels[3]!, 1.510417608, 1e-9);
 * assertAlmostEquals(thresholds[2]!, 0.9815988216, 1e-9);
 * assertAlmostEquals(design.expectedMse!, 0.117481847829, 1e-12);
 * ```
 *
 * @example A level at 0, and the plain iteration beside Newton's method
 * ```ts
 * import { laplace, lloydMax } from "@bitbell/bitbell";
 * import { assert, assertAlmostEquals } from "@std/assert";
 *
 * const law = laplace({ location: 0.1, scale: 1 });
 * assert(lloydMax(law, { bits: 3, includeZero: true }).levels.includes(0));
 *
 * const newton = lloydMax(law, { bits: 4 }).design;
 * const lloyd = lloydMax(law, { bits: 4, solver: "lloyd", trace: true }).design;
 * assertAlmostEquals(lloyd.expectedMse!, newton.expectedMse!, 1e-12);
 * assert(lloyd.trace!.length > 10 * newton.iterations!);
 * ```
 */
export function lloydMax(law: Distribution, options: CodebookSize & LloydMaxOptions): Codebook {
  const count = levelCount(options);
  const settings = settingsOf(count, options);
  assertSettings(law, count, settings, options);
  if (settings.entropyWeight !== undefined) return entropyCodebook(law, count, settings);
  const codebook = distortionCodebook(law, count, settings);
  return settings.varianceMatched ? withVarianceOf(law, codebook) : codebook;
}

function distortionCodebook(law: Distribution, count: number, settings: Settings): Codebook {
  const { location, scale, standard } = law.standardForm;
  const range = levelRange(law, settings);
  const standardLaw = standard();
  const { solver, tolerance, iterationLimit, signal, restarts, seed, symmetric } = settings;
  const descent: DescentOptions = { scale: Math.sqrt(standardLaw.variance), signal };
  const problem: StandardProblem = {
    count,
    range: [(range[0] - location) / scale, (range[1] - location) / scale],
    fixedLevel: settings.includeZero ? -location / scale : undefined,
    symmetric,
    restarts: solver === "lloyd" ? 0 : restarts,
    seed,
    descend: (cells, segment, start) =>
      solver === "lloyd"
        ? lloydDescent(cells, segment, start, { ...descent, tolerance, iterationLimit })
        : newtonDescent(cells, segment, start, descent),
  };
  const book = solver === "lloyd"
    ? designStandard(standardLaw, problem)
    : knownOr(standardLaw, problem, () => designStandard(standardLaw, problem));
  const origin = book.isSymmetric ? law.symmetricAbout! : location;
  const levels = book.levels.map((level) => origin + scale * level);
  // What is fixed is so to the last bit, and a rounded level doesn't leave the range.
  if (book.atEnd[0]) levels[0] = range[0];
  if (book.atEnd[1]) levels[count - 1] = range[1];
  if (settings.includeZero) levels[book.fixedIndex!] = 0;
  const inRange = levels.map((level) => Math.min(Math.max(level, range[0]), range[1]));
  const codebook = createCodebook(inRange, record(law, book, settings));
  return withExpectedMse(law, codebook);
}

function entropyCodebook(law: Distribution, count: number, settings: Settings): Codebook {
  const { location, scale, standard } = law.standardForm;
  const { solver, tolerance, iterationLimit, signal, restarts, seed, entropyWeight } = settings;
  const book = designEntropyConstrained(standard(), {
    count,
    weight: entropyWeight! / scale / scale,
    newton: solver === "newton",
    iterationLimit: solver === "newton" ? entropyIterationLimit : iterationLimit,
    tolerance,
    restarts: solver === "lloyd" ? 0 : restarts,
    seed,
    signal,
  });
  const place = (x: number) => location + scale * x;
  const codebook = createCodebook(book.levels.map(place), {
    ...record(law, book, settings),
    method: `entropy-constrained-${law.family}`,
    rate: book.rate,
  });
  return withExpectedMse(law, withThresholds(codebook, book.thresholds.map(place)));
}

/** The book with its levels stretched about the law's mean until their variance is the law's; thresholds stay. */
function withVarianceOf(law: Distribution, codebook: Codebook): Codebook {
  const { levels, thresholds, design } = codebook;
  if (levels.length < 2) {
    throw new RangeError(
      `Cannot design a Lloyd-Max quantizer as doubles about ${
        levels[0]
      } must be finer for varianceMatched: the number of levels is 1`,
    );
  }
  const { mean, variance } = law;
  const factor = 1 / Math.sqrt(1 - design.expectedMse! / variance);
  const stretched = createCodebook(levels.map((level) => mean + factor * (level - mean)), design);
  return withExpectedMse(law, withThresholds(stretched, thresholds));
}

/** The book with thresholds of its own, for as many levels as it has kept. */
function withThresholds(codebook: Codebook, thresholds: Float64Array): Codebook {
  // Levels that rounding has made one have no threshold between them: then those halfway are as good.
  return thresholds.length === codebook.thresholds.length ? { ...codebook, thresholds } : codebook;
}

/** Of the levels as they are: about a huge centre doubles are far apart, and some levels may have become one. */
function withExpectedMse(law: Distribution, codebook: Codebook): Codebook {
  const { levels, thresholds, design } = codebook;
  return { ...codebook, design: { ...design, ...expectedMse(law, levels, thresholds) } };
}

/** What is known of a book of the standard law, in units of the law. */
function record(
  law: Distribution,
  { iterations, residual, levelError, converged, trace }: StandardBook | EntropyBook,
  settings: Settings,
): DesignRecord {
  const { scale } = law.standardForm;
  const optionCount = (settings.range === undefined ? 0 : 2) +
    (settings.entropyWeight === undefined ? 0 : 1);
  return {
    method: `lloyd-max-${law.family}`,
    storedValues: parameterCount(law) + optionCount,
    law: dataOf(law),
    iterations,
    residual,
    // JSON has no Infinity.
    ...(levelError < Infinity ? { levelError } : {}),
    converged,
    ...(settings.trace
      ? { trace: trace.map(({ mse, residual }) => ({ mse: scale * scale * mse, residual })) }
      : {}),
  };
}

/** Where the levels may lie; about the law's centre where the book must be symmetric. */
function levelRange(law: Distribution, { range, symmetric }: Settings): readonly [number, number] {
  if (range === undefined) return [-Infinity, Infinity];
  if (!symmetric) return range;
  const centre = law.symmetricAbout!;
  const reach = Math.min(centre - range[0], range[1] - centre);
  return [centre - reach, centre + reach];
}

/** Books of standard laws, the latest last: quantizing channel by channel asks for the same ones over and over. */
const knownBooks = new Map<string, StandardBook>();
const mostKnownBooks = 64;
/** Larger books are not kept. */
const mostKnownLevels = 4096;

/** The book that is known for the law and the problem, or else the one that `design` makes. */
function knownOr(
  law: Distribution,
  { count, range, fixedLevel, symmetric, restarts, seed }: StandardProblem,
  design: () => StandardBook,
): StandardBook {
  if (count > mostKnownLevels) return design();
  // Infinite ends are null in JSON, on either side alike.
  const key = JSON.stringify([dataOf(law), count, range, fixedLevel, symmetric, restarts, seed]);
  const book = knownBooks.get(key) ?? design();
  knownBooks.delete(key);
  knownBooks.set(key, book);
  if (knownBooks.size > mostKnownBooks) knownBooks.delete(knownBooks.keys().next().value!);
  return book;
}

/** Throws unless every option is in its range and they go together. */
function assertSettings(
  law: Distribution,
  count: number,
  settings: Settings,
  given: LloydMaxOptions,
): void {
  const refuse = (condition: string, value: unknown): never => {
    throw new RangeError(
      `Cannot design a Lloyd-Max quantizer as ${condition}: current value is ${value}`,
    );
  };
  const { range, includeZero, symmetric, varianceMatched, entropyWeight, solver } = settings;
  if (!(law.variance < Infinity)) refuse("the law's variance must be finite", law.variance);
  if (solver !== "newton" && solver !== "lloyd") {
    refuse('solver must be "newton" or "lloyd"', solver);
  }
  if (symmetric && law.symmetricAbout === undefined) {
    refuse("symmetric needs a law that is symmetric", law.family);
  }
  if (range !== undefined) {
    const [lower, upper] = range;
    if (!(lower < upper)) refuse("range must ascend", `[${lower}, ${upper}]`);
    if (!(lower < law.support[1] && upper > law.support[0])) {
      refuse("range must meet the law's support", `[${lower}, ${upper}]`);
    }
    const centre = law.symmetricAbout;
    if (symmetric && !(centre! > lower && centre! < upper)) {
      refuse("range must hold the centre of a symmetric book", `[${lower}, ${upper}]`);
    }
    if (includeZero && !(lower <= 0 && upper >= 0)) {
      refuse("range must hold 0 with includeZero", `[${lower}, ${upper}]`);
    }
  }
  if (includeZero && symmetric && law.symmetricAbout !== 0) {
    refuse("includeZero of a symmetric book needs a law about 0", law.symmetricAbout);
  }
  if (includeZero && symmetric && count % 2 === 0) {
    refuse("includeZero of a symmetric book needs an odd count of levels", count);
  }
  if (varianceMatched) {
    if (count < 2) refuse("varianceMatched needs at least 2 levels", count);
    for (const name of ["range", "includeZero"] as const) {
      if (given[name]) refuse(`varianceMatched can't be kept with ${name}`, given[name]);
    }
  }
  if (entropyWeight !== undefined) {
    if (!(entropyWeight >= 0 && entropyWeight < Infinity)) {
      refuse("entropyWeight must be finite and not negative", entropyWeight);
    }
    for (const name of ["range", "includeZero", "symmetric", "varianceMatched"] as const) {
      if (given[name]) refuse(`entropyWeight can't be used with ${name}`, given[name]);
    }
  }
  for (const name of ["tolerance", "iterationLimit"] as const) {
    if (given[name] !== undefined && solver !== "lloyd") {
      refuse(`${name} needs the solver "lloyd"`, solver);
    }
  }
  if (!(settings.tolerance > 0)) refuse("tolerance must be positive", settings.tolerance);
  for (const name of ["iterationLimit", "restarts"] as const) {
    if (!(Number.isInteger(settings[name]) && settings[name] >= 0)) {
      refuse(`${name} must be a non-negative integer`, settings[name]);
    }
  }
  if (!Number.isInteger(settings.seed)) refuse("seed must be an integer", settings.seed);
}
