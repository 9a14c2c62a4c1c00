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

/** Designs a book with 2^bits levels for a sample that holds at least two values. */
type Method = (sample: Sample, bits: number) => Codebook;

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
  "k-means": (sample, bits) => kMeans(sample, { bits }),
};

/** The names of all methods that {@linkcode designCodebook} knows. */
export const quantizerMethods: readonly string[] = Object.keys(methods);

/** Options for {@linkcode designCodebook}. */
export interface DesignOptions {
  /** One of `quantizerMethods`. */
  readonly method: string;
  /** Code width, an integer in [1, 16]. */
  readonly bits: number;
}

/**
 * Designs a codebook for a sample by the named method.
 *
 * - `min-max`, `min-max-symmetric`, `min-max-zero-point`, `min-max-mid-rise`: uniform over the sample's range.
 * - `omse`: uniform, with the clip that minimises the error on the sample.
 * - `aciq-gaussian`, `aciq-laplace`: uniform, with ACIQ's clip for the fitted law; `aciq`: for the law that the KS statistic picks.
 * - `lloyd-max-gaussian`, `lloyd-max-laplace`: the optimal quantizer of the fitted law; `ks-lloyd-max`: of the law that the KS statistic
 *   picks, which is our reading of the abstract of Luqman et al., arXiv:2412.07391.
 * - `k-means`: fitted to the sample itself.
 *
 * A sample of one repeated value gets a book of that one level, whatever the method.
 *
 * @throws {RangeError} If the method is unknown, bits is out of [1, 16], or the sample is empty or not finite.
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
export function designCodebook(sample: Sample, { method, bits }: DesignOptions): Codebook {
  assertMethod(method);
  levelCount({ bits });
  assertFiniteSample(sample, "design a codebook");
  const [lower, upper] = extent(sample);
  const codebook = lower === upper
    ? createCodebook([lower], { method, storedValues: 1 })
    : methods[method]!(sample, bits);
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
