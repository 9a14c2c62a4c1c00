import { assertFiniteSample, type Sample } from "../numerics/sample.ts";
import { fitFamily, fittableFamilies } from "./families.ts";
import { assertFittable, type FitOptions, type FittedDistribution } from "./fit.ts";

/** Options for {@linkcode fitAll}. */
export interface FitAllOptions extends FitOptions {
  /**
   * The candidates, by the family's name; each must fit.
   *
   * @default every family that has a fit; those that the sample refuses are left out
   */
  readonly families?: readonly string[];
  /** Hears why a family was left out. */
  readonly onRefusal?: (family: string, reason: RangeError) => void;
}

/**
 * Fits every candidate family by maximum likelihood, and gives the laws in ascending order of Akaike's criterion: the best first,
 * equal ones in the order of the candidates.
 *
 * @throws {RangeError} If the sample has fewer than two values, is constant, or holds a value that is not finite; if a family that
 * was asked for by name is unknown or can't be fitted.
 *
 * @example
 * ```ts
 * import { createPrng, exponential, fitAll } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const activations = exponential({ location: 0, scale: 2 }).sample(1000, { prng: createPrng(1) });
 * const laws = fitAll(activations, { families: ["gaussian", "exponential", "half-gaussian"] });
 * assertEquals(laws.map(({ family }) => family), ["exponential", "half-gaussian", "gaussian"]);
 * ```
 */
export function fitAll(
  sample: Sample,
  { families, onRefusal, ...options }: FitAllOptions = {},
): FittedDistribution[] {
  assertFiniteSample(sample, "fit all families");
  assertFittable(sample, "fit all families", 2);
  const fitted = (families ?? fittableFamilies).flatMap((family) => {
    try {
      return [fitFamily(sample, family, options)];
    } catch (error) {
      if (families !== undefined || !(error instanceof RangeError)) throw error;
      onRefusal?.(family, error);
      return [];
    }
  });
  return fitted.sort((a, b) => a.fit.aic - b.fit.aic);
}
