import { type Codebook, createCodebook, type DesignRecord } from "../codebooks/codebook.ts";

/**
 * Makes a codebook with the thresholds of a method's own. Where rounding has made neighbouring levels equal they become one; a threshold
 * that isn't above its lower level, as that level itself belongs below, or that lies beyond its upper one, moves to the nearest allowed double.
 *
 * @param levels Ascending.
 * @param thresholds One between neighbours.
 */
export function codebookWithThresholds(
  levels: ArrayLike<number>,
  thresholds: ArrayLike<number>,
  record: DesignRecord,
): Codebook {
  const distinct: number[] = [];
  const between: number[] = [];
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i]!, previous = distinct.at(-1);
    if (level === previous) continue;
    distinct.push(level);
    if (previous === undefined) continue;
    between.push(Math.min(Math.max(thresholds[i - 1]!, justAbove(previous)), level));
  }
  return createCodebook(distinct, record, between);
}

/** A double above the given one by a rounding. */
function justAbove(x: number): number {
  return x + Math.max(Math.abs(x) * Number.EPSILON, Number.MIN_VALUE);
}
