import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { fitFamily } from "../distributions/families.ts";
import { truncated } from "../distributions/truncated.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { lloydMax, type LloydMaxOptions } from "./lloyd_max.ts";

/** Options for {@linkcode lloydMaxFit}. */
export interface LloydMaxFitOptions extends Pick<LloydMaxOptions, "restarts" | "seed"> {
  /** The family's name, as in `fittableFamilies`. */
  readonly family: string;
  /** Code width, an integer in [1, 16]. */
  readonly bits: number;
}

/**
 * Fits a law to a sample by maximum likelihood and designs its Lloyd-Max quantizer with {@linkcode lloydMax}.
 *
 * The best fit may be a law without a finite variance, a Student t of at most two degrees of freedom, for which no book is best: every one loses
 * infinitely much in its outer cells. Weights have a range, however, and the law is then truncated where the sample ends: at the largest distance from its
 * centre, on both sides, which is one more number to store. Two values are their own levels.
 * No other system's figures were at hand for the truncated case: its tests hold it to its range and its conditions.
 *
 * @throws {TypeError} If the sample is no array of numbers.
 * @throws {RangeError} If the sample is empty, not finite or refuses the family, the family is unknown, or an option is out of its range.
 *
 * @example
 * ```ts
 * import { createPrng, lloydMaxFit, studentT } from "@bitbell/bitbell";
 * import { assertEquals, assertLessOrEqual } from "@std/assert";
 *
 * const law = studentT({ location: 0, scale: 1, degreesOfFreedom: 1 });
 * const weights = law.sample(2000, { prng: createPrng(1) });
 * const { levels, design } = lloydMaxFit(weights, { family: "student-t", bits: 3 });
 * assertEquals([design.law!.family, design.storedValues], ["truncated", 4]);
 * assertLessOrEqual(levels.at(-1)!, Math.max(...weights.map(Math.abs)) + 1);
 * ```
 */
export function lloydMaxFit(
  sample: Sample,
  { family, bits, restarts, seed }: LloydMaxFitOptions,
): Codebook {
  assertFiniteSample(sample, "design a codebook");
  const [lower, upper] = extent(sample);
  const method = `lloyd-max-${family}`;
  if (lower === upper) return createCodebook([lower], { method, storedValues: 1 });
  // No family has fewer parameters, and some need three values.
  if (sample.length === 2 && levelCount({ bits }) >= 2) {
    return createCodebook([lower, upper], { method, storedValues: 2 });
  }
  const law = fitFamily(sample, family, seed === undefined ? {} : { seed });
  const options = {
    bits,
    ...(restarts !== undefined && { restarts }),
    ...(seed !== undefined && { seed }),
  };
  if (law.variance < Infinity) return lloydMax(law, options);
  const codebook = lloydMax(atReach(law, lower, upper), options);
  const storedValues = Object.keys(law.parameters).length + 1;
  return {
    ...codebook,
    design: { ...codebook.design, method, storedValues },
  };
}

/** A symmetric law up to the further end of the sample, on both sides of its centre. */
function atReach(law: Distribution, lower: number, upper: number): Distribution {
  const centre = law.symmetricAbout!;
  const reach = Math.max(upper - centre, centre - lower);
  return truncated(law, { lower: centre - reach, upper: centre + reach });
}
