/**
 * Holm's step-down adjustment (Scandinavian Journal of Statistics 6, 1979) of the p-values of a family of tests: rejecting where an adjusted
 * one is at most `level` keeps the chance of any wrong rejection at `level` or below, however the tests depend on each other. The i-th
 * smallest of m is multiplied by `m - i + 1`; none is then below a smaller one's, nor above 1. O(m log m).
 *
 * @returns In the order of `pValues`.
 *
 * @throws {RangeError} If a p-value is not in [0, 1].
 *
 * @example
 * ```ts
 * import { holm } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(holm([0.25, 0.01, 0.03]), [0.25, 0.03, 0.06]);
 * ```
 */
export function holm(pValues: readonly number[]): number[] {
  for (const [i, value] of pValues.entries()) {
    if (value >= 0 && value <= 1) continue;
    throw new RangeError(
      `Cannot adjust p-values as each must be in [0, 1]: current value at ${i} is ${value}`,
    );
  }
  const adjusted = new Array<number>(pValues.length);
  const ascending = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  let largest = 0;
  for (const [rank, i] of ascending.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[i]!));
    adjusted[i] = largest;
  }
  return adjusted;
}
