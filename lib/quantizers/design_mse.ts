import type { Codebook } from "../codebooks/codebook.ts";
import { quantizationError } from "../codebooks/quantization_error.ts";
import type { Distribution } from "../distributions/distribution.ts";
import type { CriterionFunction } from "../goodness/select_distribution.ts";
import { lloydMax } from "./lloyd_max.ts";

/** Options for {@linkcode designMse}. */
export interface DesignMseOptions {
  /** An integer in [1, 16]. */
  readonly bits: number;
  /**
   * What designs a candidate's book.
   *
   * @default {lloydMax}
   */
  readonly design?: (law: Distribution, size: { readonly bits: number }) => Codebook;
}

/**
 * Makes a criterion for `selectDistribution`: the mean squared error, on the sample, of the b-bit book that the candidate's law
 * would design. It chooses by what a quantizer costs rather than by how close the law is: the two differ most where the tails
 * do. A law without a finite variance, as a Student t with two degrees of freedom or fewer, has no best book: it scores Infinity,
 * which rules it out.
 *
 * @throws {RangeError} When it scores, if the design refuses `bits` or the law.
 *
 * @example
 * ```ts
 * import { createPrng, designMse, laplace, selectDistribution } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const weights = laplace({ location: 0, scale: 0.02 }).sample(5000, { prng: createPrng(1) });
 * const { chosen } = selectDistribution(weights, { criterion: designMse({ bits: 4 }) });
 * assertEquals(chosen.family, "laplace");
 * ```
 */
export function designMse({ bits, design = lloydMax }: DesignMseOptions): CriterionFunction {
  return (sample, candidate) =>
    candidate.variance < Infinity
      ? quantizationError(sample, design(candidate, { bits })).mse
      : Infinity;
}
