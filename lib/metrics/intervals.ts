import { gaussian } from "../distributions/gaussian.ts";

/**
 * Wilson's score interval for a proportion, without continuity correction (Wilson, JASA 22, 1927): the set of proportions that
 * a two-sided score test doesn't reject. Unlike the textbook interval it stays within `[0, 1]` and holds its
 * confidence near the ends.
 *
 * @param successes In `[0, size]`.
 * @param size Number of independent trials, finite and at least 1.
 * @param confidence In `(0, 1)`.
 *
 * @throws {RangeError} If an argument is out of its range.
 *
 * @example
 * ```ts
 * import { wilsonInterval } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const [lower, upper] = wilsonInterval(450, 500);
 * assertAlmostEquals(lower, 0.8706, 1e-4);
 * assertAlmostEquals(upper, 0.9233, 1e-4);
 * ```
 */
export function wilsonInterval(
  successes: number,
  size: number,
  confidence = 0.95,
): readonly [lower: number, upper: number] {
  if (!(size >= 1 && size < Infinity) || !(successes >= 0 && successes <= size)) {
    throw new RangeError(
      `Cannot compute an interval as successes must be in [0, size] and size finite and at least 1: current values are ${successes} of ${size}`,
    );
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(
      `Cannot compute an interval as confidence must be in (0, 1): current value is ${confidence}`,
    );
  }
  // The lower tail, as 1 + confidence rounds to 2 next to 1.
  const z = -gaussian({ mean: 0, standardDeviation: 1 }).quantile((1 - confidence) / 2);
  const proportion = successes / size;
  const centre = proportion + (z * z) / (2 * size);
  const spread = z *
    Math.sqrt((proportion * (1 - proportion)) / size + (z * z) / (4 * size * size));
  const denominator = 1 + (z * z) / size;
  // The exact bounds at no success and no failure, which rounding would miss by 1e-17.
  return [
    successes === 0 ? 0 : (centre - spread) / denominator,
    successes === size ? 1 : (centre + spread) / denominator,
  ];
}
