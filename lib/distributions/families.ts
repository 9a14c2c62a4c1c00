import type { Sample } from "../numerics/sample.ts";
import { asymmetricLaplace, fitAsymmetricLaplace } from "./asymmetric_laplace.ts";
import { assertDataNames, type Distribution, type DistributionData } from "./distribution.ts";
import { exponential, fitExponential } from "./exponential.ts";
import type { FitOptions, FittedDistribution } from "./fit.ts";
import { fitMixture, type FitMixtureOptions } from "./fit_mixture.ts";
import { fitGaussian, gaussian } from "./gaussian.ts";
import { fitGeneralizedGaussian, generalizedGaussian } from "./generalized_gaussian.ts";
import { fitHalfGaussian, halfGaussian } from "./half_gaussian.ts";
import { fitLaplace, laplace } from "./laplace.ts";
import { locationScaleFrom } from "./location_scale.ts";
import { fitLogistic, logistic } from "./logistic.ts";
import { mixtureFrom } from "./mixture.ts";
import { fitStudentT, studentT } from "./student_t.ts";
import { truncatedFrom } from "./truncated.ts";
import { fitUniform, uniformOn } from "./uniform.ts";

/** How to make and to fit the laws of one family. Adding a family is one file, and one entry here. */
interface Family {
  /** Makes a law of stored data, whose parameters may be missing or out of their domain. */
  readonly create: (data: DistributionData) => Distribution;
  /** Missing where nobody fits such a law as a whole. */
  readonly fit?: (sample: Sample, options: FitOptions) => FittedDistribution;
}

/** A family whose laws are given by numbers of these names alone. */
function parametric<Name extends string>(
  create: (parameters: Readonly<Record<Name, number>>) => Distribution,
  names: readonly Name[],
  fit: NonNullable<Family["fit"]>,
): Family {
  return {
    create(data) {
      assertDataNames(data, names);
      return create(data.parameters);
    },
    fit,
  };
}

// A law made of others is given `distribution` to make them live: its file can't import this one, which imports it.
const families: Readonly<Record<string, Family>> = {
  gaussian: parametric(gaussian, ["mean", "standardDeviation"], fitGaussian),
  laplace: parametric(laplace, ["location", "scale"], fitLaplace),
  logistic: parametric(logistic, ["location", "scale"], fitLogistic),
  "student-t": parametric(studentT, ["location", "scale", "degreesOfFreedom"], fitStudentT),
  "generalized-gaussian": parametric(
    generalizedGaussian,
    ["location", "scale", "shape"],
    fitGeneralizedGaussian,
  ),
  "asymmetric-laplace": parametric(
    asymmetricLaplace,
    ["location", "scale", "asymmetry"],
    fitAsymmetricLaplace,
  ),
  uniform: parametric(uniformOn, ["lower", "upper"], fitUniform),
  exponential: parametric(exponential, ["location", "scale"], fitExponential),
  "half-gaussian": parametric(halfGaussian, ["location", "scale"], fitHalfGaussian),
  mixture: { create: (data) => mixtureFrom(data, distribution), fit: fitMixture },
  truncated: { create: (data) => truncatedFrom(data, distribution) },
  "location-scale": { create: (data) => locationScaleFrom(data, distribution) },
};

/** The names of all families of laws, in the order in which they are tried. */
export const distributionFamilies: readonly string[] = Object.keys(families);

/** Those of them that have a fit. */
export const fittableFamilies: readonly string[] = distributionFamilies.filter(
  (name) => families[name]!.fit !== undefined,
);

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
 * Makes a stored law live again, and with it the laws that it is made of.
 *
 * @throws {RangeError} If a family is unknown, or a parameter is missing, unknown or out of its domain.
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
export function distribution(data: DistributionData): Distribution {
  return familyNamed(data.family, "create a law").create(data);
}

/**
 * Fits the law of the named family by maximum likelihood.
 *
 * @param options What the family's own fit takes.
 * @throws {RangeError} If the family is unknown or has no fit, or the sample can't be fitted.
 *
 * @example
 * ```ts
 * import { fitFamily } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(fitFamily([1, 3], "gaussian").parameters, { mean: 2, standardDeviation: 1 });
 * ```
 */
export function fitFamily(
  sample: Sample,
  family: string,
  options: FitOptions & FitMixtureOptions = {},
): FittedDistribution {
  const { fit } = familyNamed(family, "fit a law");
  if (fit === undefined) {
    throw new RangeError(
      `Cannot fit a law as the family must have a fit: current value is ${family}`,
    );
  }
  return fit(sample, options);
}
