import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import type { DistributionData } from "../distributions/distribution.ts";
import { distribution } from "../distributions/families.ts";
import { gaussian } from "../distributions/gaussian.ts";
import { expectedMse } from "./expected_mse.ts";
import { midRiseLevels } from "./uniform.ts";

/** Newton's method on a monotone equation, from a start on the side from which it approaches without overshooting. */
function newton(start: number, step: (x: number) => number): number {
  let x = start;
  // Quadratic after a few steps; 60 is far beyond what any number of bits needs.
  for (let i = 0; i < 60; i++) {
    const change = step(x);
    x -= change;
    if (Math.abs(change) <= 1e-15 * Math.abs(x)) break;
  }
  return x;
}

const standardGaussian = gaussian({ mean: 0, standardDeviation: 1 });

/**
 * ACIQ's clipping value in units of the law's own scale: alpha / sigma for "gaussian", alpha / b for "laplace". It
 * minimises ACIQ's model of the error, clipping noise plus `alpha^2 / (3 * 4^bits)` (Banner, Nahshan and Soudry, "Post training 4-bit quantization
 * of convolutional networks for rapid-deployment", NeurIPS 2019, section 3). The model's own value is no mean squared error: it lies
 * below the optimum of any uniform quantizer.
 *
 * @param bits An integer in [1, 16].
 *
 * @throws {RangeError} If bits is out of its range, or the family is another.
 *
 * @example
 * ```ts
 * import { aciqClipping } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(aciqClipping("laplace", 4), 5.02864014, 1e-8);
 * ```
 */
export function aciqClipping(family: string, bits: number): number {
  levelCount({ bits });
  const slope = 3 * 4 ** bits;
  switch (family) {
    case "laplace":
      // a exp(a) = 3 * 4^bits, as a + log(a) = log(3 * 4^bits).
      return newton(
        Math.log(slope),
        (a) => (a + Math.log(a) - Math.log(slope)) / (1 + 1 / a),
      );
    case "gaussian":
      // phi(a) - a Q(a) = a / (2 * 3 * 4^bits); the left side is convex and falls, so Newton from 0 rises to the root.
      return newton(0, (a) => {
        const tail = standardGaussian.sf(a);
        const excess = standardGaussian.pdf(a) - a * tail - a / (2 * slope);
        return excess / (-tail - 1 / (2 * slope));
      });
    default:
      throw new RangeError(
        `Cannot compute ACIQ's clipping as the family must be gaussian or laplace: current value is ${family}`,
      );
  }
}

/**
 * Designs ACIQ's uniform quantizer for a Gaussian or a Laplace law: mid-rise, `2^bits` levels `2 alpha / 2^bits` apart,
 * centred on the law's mean, with alpha from {@linkcode aciqClipping}. `design.expectedMse` is the true error of these levels
 * under the law, not ACIQ's model of it.
 *
 * @throws {RangeError} If bits is out of [1, 16], or the law belongs to another family.
 *
 * @example
 * ```ts
 * import { aciq, laplace } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { design } = aciq(laplace({ location: 0, scale: 1 }), { bits: 2 });
 * assertAlmostEquals(design.step!, 2.83068299 / 2, 1e-8);
 * ```
 */
export function aciq(law: DistributionData, { bits }: { readonly bits: number }): Codebook {
  const { family, parameters } = law;
  const count = levelCount({ bits });
  const clipping = aciqClipping(family, bits);
  const live = distribution(law);
  const { location, scale } = live.standardForm;
  const step = (2 * clipping * scale) / count;
  const codebook = createCodebook(midRiseLevels(location, step, count), {
    method: `aciq-${family}`,
    storedValues: Object.keys(parameters).length,
    law: { family, parameters },
    step,
  });
  const { levels, thresholds, design } = codebook;
  return { ...codebook, design: { ...design, ...expectedMse(live, levels, thresholds) } };
}
