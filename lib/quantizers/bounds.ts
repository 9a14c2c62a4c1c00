import { type CodebookSize, levelCount } from "../codebooks/codebook.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { distribution } from "../distributions/families.ts";
import { integratePieces } from "../numerics/double_exponential.ts";

/** Quantiles from the lower tail to the median, mirrored above it: between them a density is smooth enough for one rule. */
const knotShares = [1e-12, 1e-9, 1e-6, 1e-3, 0.02, 0.1, 0.25, 0.5];

/** Widths of a component at which the pieces outside of it end, as another component may be so much wider. */
const outerWidths = Array.from({ length: 10 }, (_, i) => 4 ** i);

/** Breakpoints and quantiles of a law, and of the laws that it is made of, whose scales may be many. */
function knotsOf(law: Distribution): number[] {
  const quantiles = knotShares.flatMap((share) => [law.quantile(share), law.quantile(1 - share)]);
  const inner = (law.components ?? []).flatMap((component) => {
    const knots = knotsOf(distribution(component)).filter(Number.isFinite);
    const first = Math.min(...knots), last = Math.max(...knots);
    return [
      ...knots,
      ...outerWidths.flatMap((width) => [
        first - width * (last - first),
        last + width * (last - first),
      ]),
    ];
  });
  return [...law.breakpoints, ...quantiles, ...inner];
}

/**
 * Integrates a function of the logarithm of the standard law's density over its support, split at breakpoints and quantiles.
 *
 * @throws {RangeError} If the integral doesn't settle.
 */
function integrateOverStandard(
  law: Distribution,
  integrand: (logDensity: number) => number,
): number {
  const { location, scale, standard } = law.standardForm;
  const standardLaw = standard();
  const [lower, upper] = standardLaw.support;
  const inner = knotsOf(law).map((x) => (x - location) / scale)
    .filter((x) => x > lower && x < upper)
    .sort((a, b) => a - b);
  const knots = [lower, ...inner, upper].filter((x, i, all) => i === 0 || x > all[i - 1]!);
  const { value, converged } = integratePieces((x) => integrand(standardLaw.logPdf(x)), knots);
  if (!converged) {
    throw new RangeError(
      `Cannot integrate over a ${law.family} law as its density varies too fast: parameters are ${
        JSON.stringify(law.parameters)
      }`,
    );
  }
  return value;
}

/** The differential entropy of the standard law. */
function standardEntropy(law: Distribution): number {
  return integrateOverStandard(
    law,
    (logDensity) => logDensity === -Infinity ? 0 : -logDensity * Math.exp(logDensity),
  );
}

/**
 * The differential entropy of a law, minus the integral of `f ln f`, in nats. Accurate to 1e-11, or 1e-11 of its magnitude.
 *
 * @throws {RangeError} If the integral doesn't settle.
 *
 * @example That of a Gaussian is half of ln(2 pi e variance)
 * ```ts
 * import { differentialEntropy, gaussian } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const law = gaussian({ mean: 1, standardDeviation: 3 });
 * assertAlmostEquals(differentialEntropy(law), Math.log(2 * Math.PI * Math.E * 9) / 2, 1e-12);
 * ```
 */
export function differentialEntropy(law: Distribution): number {
  return Math.log(law.standardForm.scale) + standardEntropy(law);
}

/**
 * Shannon's lower bound of the mean squared error of any code, however long its blocks, at a rate: `exp(2 h) / (2 pi e) 4^-rate`
 * for a law of differential entropy h ("Coding theorems for a discrete source with a fidelity criterion", IRE National Convention
 * Record 7, 1959). For a Gaussian it is the distortion-rate function itself, `variance 4^-rate`; the best scalar quantizer with
 * entropy-coded levels stays 0.254614 bit, or 1.53293 dB, above it at high rates (Gish and Pierce, IEEE Trans. Inf. Theory 14,
 * 1968).
 *
 * @param rate Bits per value, at least 0. A book of so many levels has no more than the logarithm of their number.
 * @returns In squared units of the values, accurate to 1e-11 relative.
 *
 * @throws {RangeError} If the rate is negative or not finite, or the entropy's integral doesn't settle.
 *
 * @example No book with four levels has less error
 * ```ts
 * import { laplace, lloydMax, shannonLowerBound } from "@bitbell/bitbell";
 * import { assertLess } from "@std/assert";
 *
 * const law = laplace({ location: 0, scale: 1 });
 * assertLess(shannonLowerBound(law, 2), lloydMax(law, { bits: 2 }).design.expectedMse!);
 * ```
 */
export function shannonLowerBound(law: Distribution, rate: number): number {
  if (!(rate >= 0 && Number.isFinite(rate))) {
    throw new RangeError(
      `Cannot bound the error as the rate must be finite and not negative: current value is ${rate}`,
    );
  }
  const { scale } = law.standardForm;
  return (scale * scale * Math.exp(2 * standardEntropy(law) - 1) / (2 * Math.PI)) * 4 ** -rate;
}

/**
 * The error that the optimal book of a law tends to as its levels become many: `(integral of f^(1/3))^3 / (12 levels^2)` (Panter
 * and Dite, Proc. IRE 39, 1951). No bound at any finite number of levels, but their limit. Infinity where the law has no
 * variance.
 *
 * @returns In squared units of the values, accurate to 1e-11 relative.
 *
 * @throws {RangeError} If the size is out of its range, or the integral doesn't settle.
 *
 * @example 4.5 times 4^-bits of the variance for a Laplace law
 * ```ts
 * import { laplace, panterDite } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const law = laplace({ location: 0, scale: Math.SQRT1_2 });
 * assertAlmostEquals(panterDite(law, { bits: 4 }) * 4 ** 4, 4.5, 1e-11);
 * ```
 */
export function panterDite(law: Distribution, size: CodebookSize): number {
  const count = levelCount(size);
  if (!Number.isFinite(law.variance)) return Infinity;
  const { scale } = law.standardForm;
  const integral = integrateOverStandard(law, (logDensity) => Math.exp(logDensity / 3));
  return scale * scale * integral ** 3 / (12 * count * count);
}
