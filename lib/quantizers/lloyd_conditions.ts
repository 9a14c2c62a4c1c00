import { assertCodebook, type Codebook } from "../codebooks/codebook.ts";
import type { Distribution } from "../distributions/distribution.ts";

/** How well a book meets the two conditions of optimality under a law: plain data. */
export interface LloydConditions {
  /** The probability of each level. */
  readonly masses: Float64Array;
  /** The mean of the law in each cell; the level itself where the cell has no mass. */
  readonly centroids: Float64Array;
  /** The largest distance of a level from the centroid of its cell, in the law's unit. */
  readonly centroidGap: number;
  /** The largest distance of a threshold from the middle of its two levels, in the law's unit. */
  readonly middleGap: number;
  /** The entropy of the codes, in bits: what an ideal code for them takes. */
  readonly rate: number;
}

/**
 * The conditions that a book of least mean squared error meets under a law (Lloyd 1957/1982, Max 1960): every threshold is the middle of
 * its levels, and every level is the centroid of its cell. Both gaps are then 0, up to rounding; for a log-concave law no other book of as
 * many levels has that (Kieffer, IEEE Trans. Inf. Theory 29, 1983). For a law without a mean the outer centroids and their gap are infinite.
 * O(levels).
 *
 * @param codebook Any book, for this law or another; only its levels and thresholds count.
 *
 * @throws {TypeError} If there isn't one threshold less than levels.
 *
 * @example The middle of a Gaussian's upper half is not its centroid
 * ```ts
 * import { createCodebook, gaussian, lloydConditions, lloydMax } from "@bitbell/bitbell";
 * import { assertAlmostEquals, assertLess } from "@std/assert";
 *
 * const law = gaussian({ mean: 0, standardDeviation: 1 });
 * const best = lloydConditions(law, lloydMax(law, { bits: 3 }));
 * assertLess(Math.max(best.centroidGap, best.middleGap), 1e-14);
 * assertAlmostEquals(best.rate, 2.825, 1e-3); // bits, as in Max's table
 *
 * const ones = createCodebook([-1, 1], { method: "sign", storedValues: 0 });
 * const { centroids, middleGap } = lloydConditions(law, ones);
 * assertAlmostEquals(centroids[1]!, Math.sqrt(2 / Math.PI), 1e-15);
 * assertLess(middleGap, 1e-15);
 * ```
 */
export function lloydConditions(
  law: Distribution,
  codebook: Pick<Codebook, "levels" | "thresholds">,
): LloydConditions {
  assertCodebook(codebook, "tell how well a codebook is made");
  const { levels, thresholds } = codebook;
  const { location, scale, standard } = law.standardForm;
  const standardLaw = standard();
  const standardize = (x: number) => (x - location) / scale;
  const masses = new Float64Array(levels.length);
  const centroids = levels.map((level, i) => {
    const lower = i === 0 ? -Infinity : standardize(thresholds[i - 1]!);
    const upper = i === thresholds.length ? Infinity : standardize(thresholds[i]!);
    const [mass, moment] = standardLaw.partialMoments(lower, upper, standardize(level));
    masses[i] = mass;
    return mass > 0 ? level + scale * moment / mass : level;
  });
  const middles = thresholds.map((_, i) => levels[i]! + (levels[i + 1]! - levels[i]!) / 2);
  return {
    masses,
    centroids,
    centroidGap: largestGap(levels, centroids),
    middleGap: largestGap(thresholds, middles),
    rate: masses.reduce((bits, mass) => mass > 0 ? bits - mass * Math.log2(mass) : bits, 0),
  };
}

function largestGap(a: Float64Array, b: Float64Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}
