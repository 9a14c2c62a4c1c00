import { stirlingError } from "../numerics/stirling_error.ts";

/** The outcome of a two-sided test of whether a fair coin decided each of a number of pairs: plain data. */
export interface FairCoinTest {
  /** How many pairs there are that differ. */
  readonly size: number;
  /** The probability of a split at least as uneven; 1 where there is no pair. */
  readonly pValue: number;
  /**
   * The same with half the probability of the splits that are as uneven as this one: less conservative than `pValue`, which never
   * rejects more often than its level says.
   */
  readonly midP: number;
}

/** How two ways to decide did on the same cases. */
export interface PairedCounts {
  /** Cases that both had right. */
  readonly both: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
}

/**
 * McNemar's test in its exact form (Psychometrika 12, 1947): whether two classifiers, measured on the same images, are right equally
 * often. Images on which they agree say nothing; of those that only one of them has right, either has as good a chance.
 *
 * Exact, two-sided and without a continuity correction; the mid-p beside it is that of Fagerland, Lydersen and Laake (BMC Medical
 * Research Methodology 13, 2013). Relative error below 1e-12, down to the smallest doubles. O(sqrt(n)) for n counts.
 *
 * @param onlyFirst How many images only the first has right: an integer from 0 on.
 * @param onlySecond How many images only the second has right.
 *
 * @throws {RangeError} If a count is not an integer of at least 0, or their sum isn't safe.
 *
 * @example
 * ```ts
 * import { mcnemarTest } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { pValue, midP } = mcnemarTest(1, 7);
 * assertAlmostEquals(pValue, 2 * (1 + 8) / 2 ** 8, 1e-15);
 * assertAlmostEquals(midP, (2 + 8) / 2 ** 8, 1e-15);
 * ```
 */
export function mcnemarTest(onlyFirst: number, onlySecond: number): FairCoinTest {
  return fairCoinTest(onlyFirst, onlySecond, "run McNemar's test");
}

/**
 * The sign test (Arbuthnott, Philosophical Transactions 27, 1710): whether differences of pairs are positive as often as negative, whatever
 * their size. Pairs without a difference are left out by the caller, and should be reported beside it.
 *
 * Exact and two-sided. Relative error below 1e-12, down to the smallest doubles. O(sqrt(n)) for n differences.
 *
 * @param positives How many differences are above 0: an integer from 0 on.
 * @param negatives How many are below 0.
 *
 * @throws {RangeError} If a count is not an integer of at least 0, or their sum isn't safe.
 *
 * @example
 * ```ts
 * import { signTest } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(signTest(10, 0).pValue, 2 / 2 ** 10);
 * ```
 */
export function signTest(positives: number, negatives: number): FairCoinTest {
  return fairCoinTest(positives, negatives, "run a sign test");
}

/**
 * Counts on which cases two classifiers agree, from a 1 for each case that was right and a 0 for each other. O(n).
 *
 * @throws {TypeError} If the lengths differ.
 *
 * @example
 * ```ts
 * import { pairedCounts } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const counts = pairedCounts(Uint8Array.of(1, 1, 0, 0, 1), Uint8Array.of(1, 0, 1, 0, 0));
 * assertEquals(counts, { both: 1, onlyFirst: 2, onlySecond: 1, neither: 1 });
 * ```
 */
export function pairedCounts(first: ArrayLike<number>, second: ArrayLike<number>): PairedCounts {
  if (first.length !== second.length) {
    throw new TypeError(
      `Cannot compare classifiers as both must have seen the same cases: current lengths are ${first.length} and ${second.length}`,
    );
  }
  let both = 0, onlyFirst = 0, onlySecond = 0;
  for (let i = 0; i < first.length; i++) {
    if (first[i] && second[i]) both++;
    else if (first[i]) onlyFirst++;
    else if (second[i]) onlySecond++;
  }
  return { both, onlyFirst, onlySecond, neither: first.length - both - onlyFirst - onlySecond };
}

function fairCoinTest(heads: number, tails: number, action: string): FairCoinTest {
  const size = heads + tails;
  for (const count of [heads, tails]) {
    if (count >= 0 && Number.isSafeInteger(count) && Number.isSafeInteger(size)) continue;
    throw new RangeError(
      `Cannot ${action} as counts must be integers of at least 0 with a safe sum: current values are ${heads} and ${tails}`,
    );
  }
  const fewer = Math.min(heads, tails);
  const chance = fairCoinChance(fewer, size);
  if (2 * fewer === size) return { size, pValue: 1, midP: 1 - chance / 2 };
  // Rounding may leave the two halves of an odd number of pairs above 1 together.
  const pValue = Math.min(1, 2 * chance * tailOverChance(fewer, size));
  return { size, pValue, midP: pValue - chance };
}

/** `C(size, heads) / 2^size`, by Loader's form: no difference of large logarithms. */
function fairCoinChance(heads: number, size: number): number {
  if (heads === 0) return 2 ** -size;
  const tails = size - heads;
  const skew = (tails - heads) / size;
  const deviance = size / 2 * (2 * skew * Math.atanh(skew) + Math.log1p(-skew * skew));
  const rest = stirlingError(size) - stirlingError(heads) - stirlingError(tails);
  return Math.exp(rest - deviance) * Math.sqrt(size / (2 * Math.PI * heads * tails));
}

/** The chance of at most so many heads, fewer than half, over that of exactly so many. */
function tailOverChance(heads: number, size: number): number {
  let term = 1, sum = 1;
  for (let k = heads; k > 0 && term > sum * Number.EPSILON / 4; k--) {
    term *= k / (size - k + 1);
    sum += term;
  }
  return sum;
}
