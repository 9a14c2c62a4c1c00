import type { Sample } from "../numerics/sample.ts";
import type { Distribution, DistributionData } from "./distribution.ts";
import type { FittedDistribution } from "./fit.ts";
import { fitGaussian, gaussian } from "./gaussian.ts";
import { fitLaplace, laplace } from "./laplace.ts";

/** How to make and to fit the laws of one family. Adding a family is one file, and one entry here. */
interface Family {
  readonly create: (parameters: Readonly<Record<string, number>>) => Distribution;
  readonly fit: (sample: Sample) => FittedDistribution;
}

const families: Readonly<Record<string, Family>> = {
  gaussian: {
    create: ({ mean = NaN, standardDeviation = NaN }) => gaussian({ mean, standardDeviation }),
    fit: fitGaussian,
  },
  laplace: {
    create: ({ location = NaN, scale = NaN }) => laplace({ location, scale }),
    fit: fitLaplace,
  },
};

/** The names of all families of laws, in the order in which they are tried. */
export const distributionFamilies: readonly string[] = Object.keys(families);

function familyNamed(name: string, action: string): Family {
  if (!Object.hasOwn(families, name)) {
    throw new RangeError(
      `Cannot ${action} as the family must be one of ${
        distributionFamilies.join(", ")
      }: current value is ${name}`,
    );
  }
  return families[name]!;
}

/**
 * Makes a stored law live again.
 *
 * @throws {RangeError} If the family is unknown, or a parameter is missing or out of its domain.
 *
 * @example
 * ```ts
 * import { distribution } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const law = distribution({ family: "laplace", parameters: { location: 0, scale: 2 } });
 * assertEquals(law.variance, 8);
 * ```
 */
export function distribution({ family, parameters }: DistributionData): Distribution {
  return familyNamed(family, "create a law").create(parameters);
}

/**
 * Fits the law of the named family by maximum likelihood.
 *
 * @throws {RangeError} If the family is unknown, or the sample can't be fitted.
 *
 * @example
 * ```ts
 * import { fitFamily } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(fitFamily([1, 3], "gaussian").parameters, { mean: 2, standardDeviation: 1 });
 * ```
 */
export function fitFamily(sample: Sample, family: string): FittedDistribution {
  return familyNamed(family, "fit a law").fit(sample);
}
