import type { DistributionData } from "../distributions/distribution.ts";

/** Largest supported code width, in bits. */
export const maxBits = 16;

/** One iteration of a design, before its step. */
export interface DesignIteration {
  /** The mean squared error under the law, in squared units of the values. */
  readonly mse: number;
  /** How far the conditions of optimality were from being met, as `CodebookDesign.residual` measures it. */
  readonly residual: number;
}

/** How a codebook came about, and what is known of it: plain data. */
export interface CodebookDesign {
  /** The method's name, as in `quantizerMethods`. */
  readonly method: string;
  /** The first and the last level: no output leaves this range. */
  readonly clipping: readonly [number, number];
  /** How many 32-bit numbers must be stored to rebuild the book: levels, or a law's parameters, or a scale and an offset. */
  readonly storedValues: number;
  /** The law that the book was designed for. */
  readonly law?: DistributionData;
  /** The mean squared error that the law implies, in squared units of the values; outer cells reach to infinity. */
  readonly expectedMse?: number;
  /** The share of `expectedMse` that arises in the two outer cells, in `[0, 1]`. */
  readonly overload?: number;
  /** Distance between neighbouring levels of a uniform quantizer. */
  readonly step?: number;
  /** Number of steps that an iterative design took. */
  readonly iterations?: number;
  /** Largest distance of a level from the centroid of its cell, in standard deviations of the law. */
  readonly residual?: number;
  /**
   * Size of Newton's step at the levels, the largest in any of them, in standard deviations of the law: an estimate of the levels' error.
   * Left out where the error isn't strictly convex.
   */
  readonly levelError?: number;
  /** Whether an iterative design met its tolerance within its limit of iterations. */
  readonly converged?: boolean;
  /** The entropy of the codes in bits, where the design took it into account: under the law, or on the sample of a method without one. */
  readonly rate?: number;
  /**
   * How the codes are stored: each in `Codebook.bits` bits, or by a Huffman code of their own, whose table is counted with them (`codedSize`).
   *
   * @default {"fixed"}
   */
  readonly coding?: "fixed" | "huffman";
  /** The iterations, where they were asked for. */
  readonly trace?: readonly DesignIteration[];
}

/**
 * A scalar quantizer: its reconstruction levels and the decision thresholds between them. Plain data, which survives
 * `structuredClone`; after JSON, `Float64Array.from(Object.values(levels))` makes an array of the levels again, and of the thresholds alike.
 */
export interface Codebook {
  /** Bits of a fixed-length code: `max(1, ceil(log2(levels.length)))`. */
  readonly bits: number;
  /** Strictly increasing, finite. */
  readonly levels: Float64Array;
  /** `thresholds[i]` separates level i from level i + 1; a value equal to it takes the upper level. */
  readonly thresholds: Float64Array;
  readonly design: CodebookDesign;
}

/** What a method reports of its design; the clipping range follows from the levels. */
export type DesignRecord = Omit<CodebookDesign, "clipping">;

/**
 * Makes a codebook from levels, with the thresholds halfway between neighbours, the nearest-level rule, unless others are given.
 *
 * @param levels Ascending, 65,536 at most. Equal neighbours become one level.
 * @param ownThresholds One less than levels, threshold i above level i and at most level i + 1; levels may not be equal then.
 *
 * @throws {RangeError} If there is no level or are too many, levels descend or aren't finite, or a threshold doesn't lie between its levels: the
 * error names the first one.
 *
 * @example
 * ```ts
 * import { createCodebook } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { thresholds, bits } = createCodebook([-1, 0, 2], { method: "by hand", storedValues: 3 });
 * assertEquals([...thresholds, bits], [-0.5, 1, 2]);
 * ```
 */
export function createCodebook(
  levels: ArrayLike<number>,
  design: DesignRecord,
  ownThresholds?: ArrayLike<number>,
): Codebook {
  if (levels.length === 0) {
    throw new RangeError("Cannot create a codebook as it needs a level: the number of levels is 0");
  }
  if (levels.length > 2 ** maxBits) {
    throw new RangeError(
      `Cannot create a codebook as it holds at most ${
        2 ** maxBits
      } levels: their number is ${levels.length}`,
    );
  }
  const distinct = new Float64Array(levels.length);
  const thresholds = new Float64Array(levels.length - 1);
  let count = 0;
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i]!;
    const previous = count === 0 ? -Infinity : distinct[count - 1]!;
    if (!Number.isFinite(level) || level < previous) {
      throw new RangeError(
        `Cannot create a codebook as levels must be finite and ascending: level ${i} is ${level}`,
      );
    }
    if (level === previous) continue;
    if (count > 0) {
      // Halves of denormals would be rounded, and a sum of the largest doubles overflows.
      const sum = previous + level;
      const middle = Number.isFinite(sum) ? sum / 2 : previous / 2 + level / 2;
      // Where no double lies between the two, the middle may round to the lower one, which is to keep its own code.
      thresholds[count - 1] = middle > previous ? middle : level;
    }
    distinct[count++] = level;
  }
  if (ownThresholds !== undefined) assertThresholds(ownThresholds, levels);
  return {
    bits: Math.max(1, Math.ceil(Math.log2(count))),
    // Copies, as the arrays may be longer.
    levels: distinct.slice(0, count),
    thresholds: ownThresholds ? Float64Array.from(ownThresholds) : thresholds.slice(0, count - 1),
    design: { ...design, clipping: [distinct[0]!, distinct[count - 1]!] },
  };
}

/** Throws unless each threshold separates its two levels. */
function assertThresholds(thresholds: ArrayLike<number>, levels: ArrayLike<number>): void {
  if (thresholds.length !== levels.length - 1) {
    throw new RangeError(
      `Cannot create a codebook as there must be one threshold less than levels: their numbers are ${thresholds.length} and ${levels.length}`,
    );
  }
  for (let i = 0; i < thresholds.length; i++) {
    const threshold = thresholds[i]!;
    if (threshold > levels[i]! && threshold <= levels[i + 1]!) continue;
    throw new RangeError(
      `Cannot create a codebook as threshold ${i} must be above ${levels[i]} and at most ${
        levels[i + 1]
      }: current value is ${threshold}`,
    );
  }
}

/**
 * Throws unless a book has the lengths of one: what JSON makes of it has none, until its arrays are made again.
 *
 * @throws {TypeError} If there isn't one threshold less than levels.
 */
export function assertCodebook(
  { levels, thresholds }: Pick<Codebook, "levels" | "thresholds">,
  action: string,
): void {
  if (thresholds.length === levels.length - 1) return;
  throw new TypeError(
    `Cannot ${action} as a codebook must have one threshold less than levels: their numbers are ${thresholds.length} and ${levels.length}`,
  );
}

/** The number of levels that options ask for: `levels`, or 2^bits. */
export type CodebookSize = { readonly bits: number } | { readonly levels: number };

/**
 * The number of levels that the options ask for.
 *
 * @throws {RangeError} Unless bits is an integer in [1, 16], or levels one in [1, 65536].
 */
export function levelCount(size: CodebookSize): number {
  const [name, value, lower, upper] = "levels" in size
    ? ["levels", size.levels, 1, 2 ** maxBits] as const
    : ["bits", size.bits, 1, maxBits] as const;
  if (!Number.isInteger(value) || value < lower || value > upper) {
    throw new RangeError(
      `Cannot design a codebook as ${name} must be an integer in [${lower}, ${upper}]: current value is ${value}`,
    );
  }
  return name === "levels" ? value : 2 ** value;
}
