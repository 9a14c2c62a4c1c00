import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { dataOf } from "../distributions/data_of.ts";
import type { Distribution, DistributionData } from "../distributions/distribution.ts";
import { distribution } from "../distributions/families.ts";
import { gaussian } from "../distributions/gaussian.ts";
import { generalizedGaussian } from "../distributions/generalized_gaussian.ts";
import { laplace } from "../distributions/laplace.ts";
import { studentT } from "../distributions/student_t.ts";
import { expectedMse } from "./expected_mse.ts";

/** Of each family's standard law, the law with a density proportional to the cube root of its density. */
const cubeRootLaws: Readonly<Record<string, (parameters: Record<string, number>) => Distribution>> =
  {
    "gaussian": () => gaussian({ mean: 0, standardDeviation: Math.sqrt(3) }),
    "laplace": () => laplace({ location: 0, scale: 3 }),
    "generalized-gaussian": ({ shape }) =>
      generalizedGaussian({ location: 0, scale: 3 ** (1 / shape!), shape: shape! }),
    "student-t": ({ degreesOfFreedom }) => studentTCubeRoot(degreesOfFreedom!),
  };

/** `(1 + x^2 / v)^(-(v + 1) / 6)` is a Student t density of (v - 2) / 3 degrees of freedom, stretched. */
function studentTCubeRoot(degreesOfFreedom: number): Distribution {
  const own = (degreesOfFreedom - 2) / 3;
  if (!(own >= 0.1)) {
    throw new RangeError(
      `Cannot design a compander as a Student t law must have at least 2.3 degrees of freedom: current value is ${degreesOfFreedom}`,
    );
  }
  return studentT({ location: 0, scale: Math.sqrt(degreesOfFreedom / own), degreesOfFreedom: own });
}

/**
 * Designs the compander of a law: levels whose density is proportional to the cube root of the law's density, which is the best at high
 * resolution (Panter and Dite, "Quantization distortion in pulse-count modulation with nonuniform spacing of levels", Proc. IRE 39, 1951). They are the
 * quantiles `(i + 1/2) / 2^bits` of the law whose density is that cube root, brought to unit area: for a Gaussian one of `sqrt(3)` times the deviation, for a
 * Laplace law one of three times the scale. Thresholds lie halfway between levels.
 *
 * Closed forms make it exact, without an iteration; the error approaches that of the optimal book, {@linkcode panterDite}, as levels become many, and
 * exceeds it most at few. O(2^bits); the law's parameters are stored.
 *
 * @param law Gaussian, Laplace, generalized Gaussian, or Student t with at least 2.3 degrees of freedom.
 *
 * @throws {RangeError} If bits is out of [1, 16], or the law is another.
 *
 * @example
 * ```ts
 * import { companderCodebook, laplace } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { levels } = companderCodebook(laplace({ location: 1, scale: 2 }), { bits: 1 });
 * assertAlmostEquals(levels[1]!, 1 + 6 * Math.LN2, 1e-14);
 * ```
 */
export function companderCodebook(
  law: DistributionData,
  { bits }: { readonly bits: number },
): Codebook {
  const count = levelCount({ bits });
  const { family, parameters } = law;
  if (!Object.hasOwn(cubeRootLaws, family)) {
    throw new RangeError(
      `Cannot design a compander as the law must be one of ${
        Object.keys(cubeRootLaws).join(", ")
      }: current value is ${family}`,
    );
  }
  const live = distribution(law);
  const cubeRoot = cubeRootLaws[family]!(parameters);
  const { location, scale } = live.standardForm;
  // All are symmetric about zero: one half is mirrored, so that the book is symmetric to the last bit.
  const distances = Array.from(
    { length: count / 2 },
    (_, i) => -cubeRoot.quantile((i + 0.5) / count) * scale,
  );
  const below = distances.map((distance) => location - distance);
  const above = distances.map((distance) => location + distance).reverse();
  const codebook = createCodebook([...below, ...above], {
    method: "panter-dite",
    storedValues: Object.keys(parameters).length,
    law: dataOf(law),
  });
  const { levels, thresholds, design } = codebook;
  return { ...codebook, design: { ...design, ...expectedMse(live, levels, thresholds) } };
}
