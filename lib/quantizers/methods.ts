import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { fitGaussian } from "../distributions/gaussian.ts";
import { distribution } from "../distributions/families.ts";
import { fitLaplace } from "../distributions/laplace.ts";
import { selectDistribution } from "../goodness/select_distribution.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { aciq } from "./aciq.ts";
import { kMeans } from "./k_means.ts";
import { lloydMax } from "./lloyd_max.ts";
import { omse } from "./omse.ts";
import { uniformMinMax } from "./uniform.ts";

/**
 * Designs a book with 2^bits levels for a sample that holds at least two values, and uses their importance where the method can.
 */
type Method = (sample: Sample, bits: number, weights?: Sample) => Codebook;

/** Every method by its name. Adding a method is one file, and one entry here. */
const methods: Readonly<Record<string, Method>> = {
  "min-max": (sample, bits) => uniformMinMax(sample, { bits }),
  "min-max-symmetric": (sample, bits) => uniformMinMax(sample, { bits, variant: "symmetric" }),
  "min-max-zero-point": (sample, bits) => uniformMinMax(sample, { bits, variant: "zero-point" }),
  "min-max-mid-rise": (sample, bits) => uniformMinMax(sample, { bits, variant: "mid-rise" }),
  "omse": (sample, bits) => omse(sample, { bits }),
  "aciq": (sample, bits) => aciq(selectDistribution(sample).chosen, { bits }),
  "aciq-gaussian": (sample, bits) => aciq(fitGaussian(sample), { bits }),
  "aciq-laplace": (sample, bits) => aciq(fitLaplace(sample), { bits }),
  "lloyd-max-gaussian": (sample, bits) => lloydMax(fitGaussian(sample), { bits }),
  "lloyd-max-laplace": (sample, bits) => lloydMax(fitLaplace(sample), { bits }),
  "ks-lloyd-max": (sample, bits) =>
    lloydMax(distribution(selectDistribution(sample).chosen), { bits }),
  "k-means": (sample, bits, weights) => kMeans(sample, { bits, ...weighted(weights) }),
  "k-means-exact": (sample, bits, weights) =>
    kMeans(sample, { bits, method: "exact", ...weighted(weights) }),
};

/** The methods that take the importance of each value into account. */
const importanceMethods: readonly string[] = ["k-means", "k-means-exact"];

function weighted(weights: Sample | undefined) {
  return weights === undefined ? {} : { weights };
}

/** The names of all methods that {@linkcode designCodebook} knows. */
export const quantizerMethods: readonly string[] = Object.keys(methods);

/** Options for {@linkcode designCodebook}. */
export interface DesignOptions {
  /** One of `quantizerMethods`. */
  readonly method: string;
  /** Code width, an integer in [1, 16]. */
  readonly bits: number;
  /** Seeds the random numbers of methods that draw some. The methods listed so far draw none. */
  readonly seed?: number;
  /** How much each value's squared error counts, non-negative, for k-means and k-means-exact. All count alike by default. */
  readonly importance?: Sample;
}

/**
 * Designs a codebook for a sample by the named method.
 *
 * - `min-max`, `min-max-symmetric`, `min-max-zero-point`, `min-max-mid-rise`: uniform over the sample's range.
 * - `omse`: uniform, with the clip that minimises the error on the sample.
 * - `aciq-gaussian`, `aciq-laplace`: uniform, with ACIQ's clip for the fitted law; `aciq`: for the law that the KS statistic
 *   picks.
 * - `lloyd-max-gaussian`, `lloyd-max-laplace`: the optimal quantizer of the fitted law; `ks-lloyd-max`: of the law that the KS
 *   statistic picks, which is our reading of the abstract of Luqman et al., arXiv:2412.07391.
 * - `k-means`: fitted to the sample itself, the optimum where values times levels are at most 2^22 and a local one else;
 *   `k-means-exact`: the optimum however large the sample, as far as {@linkcode kMeans} has the memory to prove it.
 *
 * A sample of one repeated value gets a book of that one level, whatever the method.
 *
 * @throws {TypeError} If the number of importances is another than that of the values.
 * @throws {RangeError} If the method is unknown or takes no importance that is given, bits is out of [1, 16], the sample is empty
 * or not finite, or an importance is negative or not finite.
 *
 * @example
 * ```ts
 * import { designCodebook, quantizerMethods } from "@bitbell/bitbell";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const codebook = designCodebook([-0.3, -0.1, 0, 0.1, 0.4], { method: "ks-lloyd-max", bits: 2 });
 * assertEquals(codebook.levels.length, 4);
 * assert(quantizerMethods.includes("ks-lloyd-max"));
 * ```
 */
export function designCodebook(
  sample: Sample,
  { method, bits, importance }: DesignOptions,
): Codebook {
  assertMethod(method);
  levelCount({ bits });
  if (importance !== undefined && !importanceMethods.includes(method)) {
    throw new RangeError(
      `Cannot design a codebook with importance as method must be one of ${
        importanceMethods.join(", ")
      }: current value is ${method}`,
    );
  }
  assertFiniteSample(sample, "design a codebook");
  const [lower, upper] = extent(sample);
  const codebook = lower === upper && importance === undefined
    ? createCodebook([lower], { method, storedValues: 1 })
    : methods[method]!(sample, bits, importance);
  return { ...codebook, design: { ...codebook.design, method } };
}

/**
 * Throws unless there is a method of this name.
 *
 * @throws {RangeError} Naming the method, and those that there are.
 */
export function assertMethod(method: string): void {
  if (!Object.hasOwn(methods, method)) {
    throw new RangeError(
      `Cannot design a codebook as method must be one of ${
        quantizerMethods.join(", ")
      }: current value is ${method}`,
    );
  }
}
