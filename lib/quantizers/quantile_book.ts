import { type Codebook, levelCount } from "../codebooks/codebook.ts";
import { dataOf } from "../distributions/data_of.ts";
import type { DistributionData } from "../distributions/distribution.ts";
import { distribution } from "../distributions/families.ts";
import { expectedMse } from "./expected_mse.ts";
import { codebookWithThresholds } from "./own_thresholds.ts";
import { parameterCount } from "./parameter_count.ts";

/**
 * Designs the k-quantile quantizer of a law: cells of equal probability, `2^-bits` each, with the cell's median as its level (Baskin et al., "UNIQ:
 * Uniform Noise Injection for Non-Uniform Quantization of Neural Networks", ACM Transactions on Computer Systems 37, 2021, section 3, who take the law to be a
 * Gaussian with the layer's mean and deviation). All codes are equally frequent under the law, so their entropy is the greatest; the error is not
 * the least, as tails get few levels.
 *
 * Thresholds are the law's quantiles `i / 2^bits`, not halfway between the levels, its quantiles `(i + 1/2) / 2^bits`. Being the law's and not the sample's,
 * the book takes no more than the law's parameters to store. O(2^bits). `design.expectedMse` is left out where the law has no finite variance.
 *
 * @throws {RangeError} If bits is out of [1, 16], or the law isn't known.
 *
 * @example
 * ```ts
 * import { laplace, quantileBook } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { levels, thresholds } = quantileBook(laplace({ location: 0, scale: 1 }), { bits: 2 });
 * assertAlmostEquals(thresholds[2]!, Math.LN2, 1e-15);
 * assertAlmostEquals(levels[3]!, Math.log(4), 1e-15);
 * ```
 */
export function quantileBook(
  law: DistributionData,
  { bits }: { readonly bits: number },
): Codebook {
  const count = levelCount({ bits });
  const live = distribution(law);
  const { location, scale, standard } = live.standardForm;
  const standardLaw = standard();
  const centre = standardLaw.symmetricAbout;
  const quantile = (position: number) => {
    const upper = 2 * position > count;
    // About a centre of symmetry the upper half is the lower one's mirror image, to the last bit.
    const z = upper && centre !== undefined
      ? 2 * centre - standardLaw.quantile((count - position) / count)
      : standardLaw.quantile(position / count);
    return location + scale * z;
  };
  const medians = Array.from({ length: count }, (_, i) => quantile(i + 0.5));
  const edges = Array.from({ length: count - 1 }, (_, i) => quantile(i + 1));
  const codebook = codebookWithThresholds(medians, edges, {
    method: "quantile",
    storedValues: parameterCount(law),
    law: dataOf(law),
  });
  if (!(live.variance < Infinity)) return codebook;
  const { levels, thresholds, design } = codebook;
  return { ...codebook, design: { ...design, ...expectedMse(live, levels, thresholds) } };
}
