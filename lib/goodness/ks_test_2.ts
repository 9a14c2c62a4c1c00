import { assertFiniteSample, type Sample, sortedCopy } from "../numerics/sample.ts";
import { assertAlternative, assertMember, type KsAlternative, limitPValue } from "./ks_test.ts";

/** The most cells of the lattice for which paths are counted unasked. */
const countingLimit = 1e7;
const methods = ["auto", "exact", "limit"] as const;

/** Options for {@linkcode ksTest2}. */
export interface KsTest2Options {
  /**
   * "exact" counts paths, "limit" takes the limit law at the effective size `n m / (n + m)`; "auto" counts where `n m` is at
   * most 10^7.
   *
   * @default {"auto"}
   */
  readonly method?: "auto" | "exact" | "limit";
  /** @default {"two-sided"} */
  readonly alternative?: KsAlternative;
}

/** The outcome of a two-sample Kolmogorov-Smirnov test: plain data. */
export interface KsTest2 {
  /** The largest distance of the two empirical distribution functions in the direction of the alternative, in `[0, 1]`. */
  readonly statistic: number;
  /** The smallest value at which it is attained. */
  readonly location: number;
  /** How many values the first and the second sample have. */
  readonly sizes: readonly [first: number, second: number];
  readonly alternative: KsAlternative;
  /** The probability of a statistic at least as large when both samples come from one continuous law. */
  readonly pValue: number;
  readonly method: "exact" | "limit";
}

/**
 * Tests whether two independent samples come from one continuous law (Smirnov 1939). The alternative "above" is that the first
 * sample's distribution function lies above the second's: its values are smaller.
 *
 * The exact p-value is the share of the lattice paths from (0, 0) to (n, m) that reach the boundary, by the recursion over the
 * cells inside (Hodges, Arkiv for Matematik 3, 1958), which adds positive terms only: relative error 1e-12, O(n m). The limit
 * law's relative error is of the order of `1 / sqrt(min(n, m))` and grows in the tail. Ties between the samples are counted by
 * the distribution functions after all equal values; they make either p-value conservative.
 *
 * @throws {RangeError} If a sample is empty or holds a value that is not finite, an option is unknown, or an exact test has `n
 * m` above 2^53.
 *
 * @example
 * ```ts
 * import { ksTest2 } from "@bitbell/bitbell";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * // 2 of the 20 ways to interleave three and three values keep them apart.
 * const { statistic, pValue } = ksTest2([1, 2, 3], [4, 5, 6]);
 * assertEquals(statistic, 1);
 * assertAlmostEquals(pValue, 0.1, 1e-15);
 * ```
 */
export function ksTest2(
  first: Sample,
  second: Sample,
  { method = "auto", alternative = "two-sided" }: KsTest2Options = {},
): KsTest2 {
  const action = "run a two-sample Kolmogorov-Smirnov test";
  assertMember(action, "method", methods, method);
  assertAlternative(action, alternative);
  assertFiniteSample(first, action);
  assertFiniteSample(second, action);
  const sizes = [first.length, second.length] as const;
  const cells = sizes[0] * sizes[1];
  if (!Number.isSafeInteger(cells)) {
    throw new RangeError(
      `Cannot ${action} as the product of the sizes must be below 2^53: current value is ${cells}`,
    );
  }
  const { distance, location } = largestDistance(
    sortedCopy(first),
    sortedCopy(second),
    alternative,
  );
  const statistic = distance / cells;
  const exact = method === "exact" || (method === "auto" && cells <= countingLimit);
  return {
    statistic,
    location,
    sizes,
    alternative,
    pValue: exact
      ? shareOfPathsReaching(distance, sizes, alternative)
      : limitPValue(statistic, cells / (sizes[0] + sizes[1]), alternative),
    method: exact ? "exact" : "limit",
  };
}

/**
 * The largest difference of the two distribution functions, as an integer of which `n m` are 1, and the smallest value where it
 * is attained.
 */
function largestDistance(
  first: Float64Array,
  second: Float64Array,
  alternative: KsAlternative,
): { distance: number; location: number } {
  const n = first.length, m = second.length;
  let distance = 0, location = Math.min(first[0]!, second[0]!);
  let i = 0, j = 0;
  while (i < n || j < m) {
    const value = Math.min(i < n ? first[i]! : Infinity, j < m ? second[j]! : Infinity);
    while (i < n && first[i] === value) i++;
    while (j < m && second[j] === value) j++;
    const difference = i * m - j * n;
    const directed = alternative === "two-sided"
      ? Math.abs(difference)
      : alternative === "above"
      ? difference
      : -difference;
    if (directed > distance) {
      distance = directed;
      location = value;
    }
  }
  return { distance, location };
}

/**
 * The share of the paths of n steps in i and m steps in j, all equally likely, on which the distance `i m - j n` (its negative,
 * or its magnitude) reaches the given one: `share(i, j) = i / (i + j) share(i - 1, j) + j / (i + j) share(i, j - 1)` inside the
 * boundary, and 1 from there on.
 */
function shareOfPathsReaching(
  distance: number,
  [n, m]: readonly [number, number],
  alternative: KsAlternative,
): number {
  if (distance === 0) return 1;
  // Inside at i: i m - j n < distance and j n - i m < distance, of which a one-sided alternative drops one.
  const lowest = (i: number) =>
    alternative === "below" ? 0 : Math.max(0, Math.floor((i * m - distance) / n) + 1);
  const highest = (i: number) =>
    alternative === "above" ? m : Math.min(m, Math.ceil((i * m + distance) / n) - 1);
  // Shares of row i for every j; cells that no row has come to yet are beyond the boundary.
  const shares = new Float64Array(m + 1).fill(1);
  shares.fill(0, 0, highest(0) + 1);
  for (let i = 1; i <= n; i++) {
    const start = lowest(i), end = highest(i);
    let left = start > 0 ? 1 : 0;
    for (let j = start; j <= end; j++) {
      left = (i * shares[j]! + j * left) / (i + j);
      shares[j] = left;
    }
  }
  return shares[m]!;
}
