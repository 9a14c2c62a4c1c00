import { dataOf } from "../distributions/data_of.ts";
import type { DistributionData } from "../distributions/distribution.ts";
import { fitFamily } from "../distributions/families.ts";
import { createPrng, type Prng } from "../numerics/prng.ts";
import type { Sample } from "../numerics/sample.ts";
import type { FittedDistribution } from "../distributions/fit.ts";
import { fittedLimit, hasFittedLimit, isRegularFamily } from "./fitted_limit.ts";
import { fittedNullError, fittedNullLaw, hasFittedNullLaw } from "./fitted_null.ts";
import { ksStatistic } from "./ks_statistic.ts";
import { assertMember } from "./ks_test.ts";

/** Between two turns of the caller's timers and signals, about so many values are simulated. */
const valuesPerTurn = 500_000;
/** Of two samples with the same D, as all pairs of values have against a fitted Gaussian, rounding must not make one larger. */
const comparisonTolerance = 1e-12;
/** From here on "auto" takes the limit law for large samples. */
const largeSample = 1000;
const methods = ["auto", "bootstrap", "limit", "table"] as const;

/** Options for {@linkcode ksTestFitted}. */
export interface KsTestFittedOptions {
  /**
   * Where the p-value comes from: "table" is {@linkcode fittedNullLaw}, for a Gaussian or a Laplace law and at least 20 values; "limit"
   * simulates the law of D for large samples, of a Gaussian, Laplace, logistic, Student t or generalized Gaussian law; "bootstrap"
   * simulates samples of the size at hand, and fits them. "auto" takes the table where there is one, else the limit from 1,000 values on
   * where there is one, else the bootstrap.
   *
   * @default {"auto"}
   */
  readonly method?: "auto" | "bootstrap" | "limit" | "table";
  /**
   * How many samples the bootstrap simulates, or draws the limit.
   *
   * @default {999}
   */
  readonly replicates?: number;
  /**
   * Seed of the simulation: the same one gives the same p-value.
   *
   * @default {1}
   */
  readonly seed?: number;
  /** Stops between two simulated samples or draws; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told now and then, and at the end, how many samples or draws have been simulated. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The outcome of a Kolmogorov-Smirnov test of a law whose parameters were fitted to the sample: plain data. */
export interface KsTestFitted {
  /** The two-sided D of the sample against the law fitted to it. */
  readonly statistic: number;
  /** The value of the sample at which it is attained. */
  readonly location: number;
  readonly size: number;
  /** The fitted law. */
  readonly law: DistributionData;
  /** The probability of a D at least as large when the sample comes from the family and the same fit is made. */
  readonly pValue: number;
  /**
   * The standard error of a simulated p-value, by how far the limit law is from that of the sample's size not counted; for a table, the
   * stated bound of its error.
   */
  readonly pValueError: number;
  readonly method: "bootstrap" | "limit" | "table";
  /** The p-value belongs to a law that was fitted to the sample. */
  readonly null: "fitted";
  /** The law that was simulated, how often, the seed, and how many of the bootstrap's samples couldn't be fitted. */
  readonly simulation?: {
    readonly law: DistributionData;
    readonly replicates: number;
    readonly seed: number;
    readonly refused: number;
  };
}

/**
 * Tests whether a sample comes from some law of a family: fits the family to it and takes D against the fit. D is then smaller
 * than against a law known beforehand, so that {@linkcode ksTest} would hardly ever reject; here the null accounts for the fit.
 *
 * The parametric bootstrap draws samples from the fitted law, fits each of them and takes D again (Stute, Gonzalez Manteiga and
 * Presedo Quindimil, Metrika 40, 1993): `p = (1 + how many D are at least as large) / (replicates + 1)`. Location and scale
 * don't enter into D, so it draws from the law's standard form; where these are all of its parameters, the p-value is that of
 * an exact Monte Carlo test (Lilliefors). O(replicates n log n) and the cost of the fits. Simulated samples that can't be fitted
 * (of a small one an asymmetric Laplace law may have no best) are left out and counted: as the sample itself could be, its null
 * is the law of D among those that can.
 *
 * The limit draws what `sqrt(n) D` tends to: the largest magnitude of a Brownian bridge less its regression on the scores of the fitted
 * parameters (Durbin, Annals of Statistics 1, 1973). O(n) for the fit and O(1) a draw. A shape that the fit held at its limit, as a Student
 * t law's degrees of freedom at infinity, counts as known: the p-value is then an upper bound.
 *
 * @param family The family's name, as `fitFamily` takes it.
 *
 * @throws {RangeError} If the sample can't be fitted, if an option is unknown or out of its range, or if there is no table or no limit.
 *
 * @example
 * ```ts
 * import { createPrng, ksTestFitted, laplace } from "@bitbell/bitbell";
 * import { assertGreater, assertLess } from "@std/assert";
 *
 * const sample = laplace({ location: 3, scale: 0.1 }).sample(300, { prng: createPrng(2) });
 * assertGreater((await ksTestFitted(sample, "laplace")).pValue, 0.05);
 * const gaussian = await ksTestFitted(sample, "gaussian", { method: "bootstrap", replicates: 199, seed: 7 });
 * assertLess(gaussian.pValue, 0.01);
 * ```
 */
export async function ksTestFitted(
  sample: Sample,
  family: string,
  options: KsTestFittedOptions = {},
): Promise<KsTestFitted> {
  const { method = "auto", replicates = 999, seed = 1 } = options;
  const action = "run a Kolmogorov-Smirnov test of a fitted law";
  assertMember(action, "method", methods, method);
  if (!(Number.isSafeInteger(replicates) && replicates > 0)) {
    throw new RangeError(
      `Cannot ${action} as replicates must be a positive integer: current value is ${replicates}`,
    );
  }
  options.signal?.throwIfAborted();
  const fitted = fitFamily(sample, family);
  const { statistic, location, size } = ksStatistic(sample, fitted);
  const result = { statistic, location, size, law: dataOf(fitted), null: "fitted" } as const;
  if (method === "table" || (method === "auto" && hasFittedNullLaw(family, size))) {
    const pValue = fittedNullLaw(family, size).sf(statistic);
    return { ...result, pValue, pValueError: fittedNullError(pValue), method: "table" };
  }
  if (method === "limit") assertFittedLimit(action, fitted);
  const takesLimit = method === "limit" ||
    (method === "auto" && size >= largeSample && hasFittedLimit(fitted));
  const simulation = takesLimit ? limitOf(fitted, size) : bootstrapOf(fitted, size);
  const statistics = simulate(simulation, { ...options, replicates, seed });
  let exceedances = 0, refused = 0;
  for await (const value of statistics) {
    if (value === undefined) refused++;
    else if (value >= statistic * (1 - comparisonTolerance)) exceedances++;
  }
  const simulated = replicates - refused;
  const pValue = (1 + exceedances) / (simulated + 1);
  return {
    ...result,
    pValue,
    pValueError: Math.sqrt(pValue * (1 - pValue) / (simulated + 1)),
    method: takesLimit ? "limit" : "bootstrap",
    simulation: { law: dataOf(fitted.standardForm.standard()), replicates, seed, refused },
  };
}

function assertFittedLimit(action: string, fitted: FittedDistribution): void {
  const { family, parameters } = fitted;
  if (!isRegularFamily(family)) {
    throw new RangeError(
      `Cannot ${action} by its limit as the family must be one whose fit is asymptotically Gaussian: current value is ${family}`,
    );
  }
  if (!hasFittedLimit(fitted)) {
    const values = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
    throw new RangeError(
      `Cannot ${action} by its limit as the fit must converge inside the family: current value is ${family} of ${
        values.join(", ")
      }`,
    );
  }
}

/** A way to draw D under the null. */
interface Simulation {
  /** Undefined for a sample that has no fit. */
  readonly draw: (prng: Prng) => number | undefined;
  /** How many values a draw takes. */
  readonly size: number;
}

/** The D of a sample of the law against the law of the family fitted to it. */
function bootstrapOf({ family, standardForm }: FittedDistribution, size: number): Simulation {
  const law = standardForm.standard();
  return { size, draw: (prng) => statisticOfFit(law.sample(size, { prng }), family) };
}

/**
 * D of a large sample: its limit, less what the steps of a sample's distribution function take from it (Vrbik, Pioneer Journal of
 * Theoretical and Applied Statistics 15, 2018).
 */
function limitOf(fitted: FittedDistribution, size: number): Simulation {
  const { draw, steps } = fittedLimit(fitted);
  const root = Math.sqrt(size);
  return { size: steps, draw: (prng) => (draw(prng) - 1 / (6 * root)) / root };
}

/** Draws as often as asked, and lets others have their turn now and then. */
async function* simulate(
  { draw, size }: Simulation,
  { replicates, seed, signal, onProgress }:
    & Required<Pick<KsTestFittedOptions, "replicates" | "seed">>
    & KsTestFittedOptions,
): AsyncGenerator<number | undefined> {
  const prng = createPrng(seed);
  const replicatesPerTurn = Math.max(1, Math.floor(valuesPerTurn / size));
  for (let done = 1; done <= replicates; done++) {
    signal?.throwIfAborted();
    yield draw(prng);
    if (done % replicatesPerTurn !== 0 && done !== replicates) continue;
    onProgress?.(done, replicates);
    // Lets the caller's timers and signals through.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

function statisticOfFit(sample: Sample, family: string): number | undefined {
  try {
    return ksStatistic(sample, fitFamily(sample, family)).statistic;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
