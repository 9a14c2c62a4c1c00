import type { Distribution } from "../distributions/distribution.ts";
import { createPrng } from "../numerics/prng.ts";
import { type CriterionName, selectDistribution } from "./select_distribution.ts";

/** Options for {@linkcode selectionRate}. */
export interface SelectionRateOptions {
  /** Values of a sample. */
  readonly size: number;
  /**
   * How many samples are drawn.
   *
   * @default {200}
   */
  readonly draws?: number;
  /**
   * The same seed draws the same samples, whatever they are judged by.
   *
   * @default {1}
   */
  readonly seed?: number;
  /** @default {["gaussian", "laplace"]} */
  readonly families?: readonly string[];
  /** @default {"ks"} */
  readonly criterion?: CriterionName;
}

/** How often a criterion found the family that samples were drawn from: plain data. */
export interface SelectionRate {
  /** The law's family. */
  readonly family: string;
  readonly criterion: CriterionName;
  readonly size: number;
  readonly draws: number;
  /** In how many of the draws the family was chosen. */
  readonly correct: number;
}

/**
 * Draws samples of a law and counts how often {@linkcode selectDistribution} chooses the law's own family. Where all candidates are families
 * of location and scale, as the Gaussian and the Laplace are, the rate doesn't depend on the law's location and scale.
 *
 * @throws {RangeError} If the law's family is not among the candidates, `size` or `draws` is not a positive integer, or no candidate can be
 * fitted to a sample.
 *
 * @example
 * ```ts
 * import { laplace, selectionRate } from "@bitbell/bitbell";
 * import { assertGreater } from "@std/assert";
 *
 * const law = laplace({ location: 0, scale: 1 });
 * const few = selectionRate(law, { size: 20, draws: 100 });
 * const many = selectionRate(law, { size: 500, draws: 100 });
 * assertGreater(many.correct, few.correct);
 * assertGreater(many.correct, 95);
 * ```
 */
export function selectionRate(
  law: Distribution,
  { size, draws = 200, seed = 1, families = ["gaussian", "laplace"], criterion = "ks" }:
    SelectionRateOptions,
): SelectionRate {
  const action = "count how often a family is found";
  if (!families.includes(law.family)) {
    throw new RangeError(
      `Cannot ${action} as the law's must be among the candidates ${
        families.join(", ")
      }: current value is ${law.family}`,
    );
  }
  for (const [name, value] of Object.entries({ size, draws })) {
    if (!(Number.isInteger(value) && value > 0)) {
      throw new RangeError(
        `Cannot ${action} as ${name} must be a positive integer: current value is ${value}`,
      );
    }
  }
  const prng = createPrng(seed);
  let correct = 0;
  for (let i = 0; i < draws; i++) {
    const { chosen } = selectDistribution(law.sample(size, { prng }), { families, criterion });
    if (chosen.family === law.family) correct++;
  }
  return { family: law.family, criterion, size, draws, correct };
}
