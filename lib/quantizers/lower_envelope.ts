/** The levels that keep a cell where a code's length counts, and the thresholds between them. */
export interface Envelope {
  /** Indices of levels, ascending. */
  readonly kept: readonly number[];
  /** Ascending, one less than levels kept. */
  readonly thresholds: readonly number[];
}

/**
 * For each x the level whose cost `(x - level)^2 + weight * length` is least. Without the common x^2 these costs are lines, and the levels that
 * keep a cell are those on their lower envelope. O(levels).
 *
 * @param levels Strictly ascending.
 * @param lengths The bits of each level's code, 0 or more.
 * @param weight What a bit costs, in squared units of the levels.
 */
export function lowerEnvelope(
  levels: Float64Array,
  lengths: Float64Array,
  weight: number,
): Envelope {
  const kept: number[] = [], thresholds: number[] = [];
  const meeting = (i: number, j: number) =>
    (levels[i]! + levels[j]!) / 2 +
    (weight * (lengths[j]! - lengths[i]!)) / (2 * (levels[j]! - levels[i]!));
  for (let i = 0; i < levels.length; i++) {
    while (kept.length > 1 && meeting(kept.at(-1)!, i) <= thresholds.at(-1)!) {
      kept.pop();
      thresholds.pop();
    }
    if (kept.length > 0) thresholds.push(meeting(kept.at(-1)!, i));
    kept.push(i);
  }
  return { kept, thresholds };
}
