import type { Codes } from "../codebooks/encode.ts";
import { blockwiseSum } from "../numerics/blockwise_sum.ts";

/**
 * How often each code occurs. Codes that come in chunks are counted by handing the counts on. O(n).
 *
 * @param levels How many codes there are: an integer in [1, 65536], above each of them.
 * @param counts Where to add, as long as `levels`; an array of zeros otherwise.
 *
 * @throws {RangeError} If `levels` is out of its range, `counts` has another length, or a code is not below `levels`: the error names it.
 *
 * @example
 * ```ts
 * import { countCodes } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const counts = countCodes(Uint8Array.of(0, 2, 2), 4);
 * assertEquals([...countCodes(Uint8Array.of(3), 4, counts)], [1, 0, 2, 1]);
 * ```
 */
export function countCodes(
  codes: Codes,
  levels: number,
  counts: Float64Array = new Float64Array(levelsIn(levels)),
): Float64Array {
  if (counts.length !== levelsIn(levels)) {
    throw new RangeError(
      `Cannot count codes as there must be ${levels} counts: their number is ${counts.length}`,
    );
  }
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code >= levels) {
      throw new RangeError(
        `Cannot count codes as every code must be below ${levels}: code ${i} is ${code}`,
      );
    }
    counts[code]! += 1;
  }
  return counts;
}

/** The number of levels, where it is one that a book can have. */
function levelsIn(levels: number): number {
  if (Number.isInteger(levels) && levels >= 1 && levels <= 2 ** 16) return levels;
  throw new RangeError(
    `Cannot count codes as levels must be an integer in [1, 65536]: current value is ${levels}`,
  );
}

/**
 * The entropy of symbols that occur so often, `-sum p log2 p`, in bits per symbol: what no code for single symbols can beat on these very symbols.
 * 0 where there is none. O(symbols).
 *
 * It is the entropy of the counts themselves, the plug-in (maximum-likelihood) estimate where they are a sample of a law: low by about
 * `(symbols - 1) / (2 n ln 2)` bits then, which the correction of Miller and Madow would add and this function does not.
 *
 * @param counts Non-negative integers, up to 2^53 in all.
 *
 * @throws {RangeError} If a count is negative or no integer, with its position, or their sum is past 2^53.
 *
 * @example
 * ```ts
 * import { entropyOfCounts } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(entropyOfCounts([2, 1, 1, 0]), 1.5);
 * assertEquals(entropyOfCounts([7]), 0);
 * ```
 */
export function entropyOfCounts(counts: ArrayLike<number>): number {
  const total = totalOf(counts, "compute an entropy");
  // -0 log 0 is 0, and -1 log 1 is not to be -0.
  if (total === 0) return 0;
  const entropy = blockwiseSum(counts.length, (i) => {
    const count = counts[i]!;
    return count === 0 ? 0 : -count * log2OfShare(count, total);
  });
  return Math.max(0, entropy / total);
}

/** The logarithm of `count / total`: near 1 by way of the rest, which the quotient would round away. */
function log2OfShare(count: number, total: number): number {
  return 2 * count > total
    ? Math.log1p(-(total - count) / total) / Math.LN2
    : Math.log2(count / total);
}

/** The sum of counts; throws unless they are counts. */
export function totalOf(counts: ArrayLike<number>, action: string): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(
        `Cannot ${action} as every count must be an integer of at least 0: count ${i} is ${count}`,
      );
    }
    total += count;
  }
  if (Number.isSafeInteger(total)) return total;
  throw new RangeError(`Cannot ${action} as counts must add up to less than 2^53: sum is ${total}`);
}

/**
 * The entropy of codes in bits per code: {@linkcode entropyOfCounts} of how often each occurs. O(n).
 *
 * @example
 * ```ts
 * import { entropyOfCodes } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(entropyOfCodes(Uint8Array.of(0, 1, 2, 3)), 2);
 * ```
 */
export function entropyOfCodes(codes: Codes): number {
  return entropyOfCounts(countCodes(codes, codes instanceof Uint8Array ? 2 ** 8 : 2 ** 16));
}
