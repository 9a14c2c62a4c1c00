import { wilsonInterval } from "../metrics/intervals.ts";

/** How often a network is right; plain data. */
export interface AccuracyReport {
  /** The share of images whose label has the largest logit, in `[0, 1]`. Of equal logits the lower index is first; with a NaN none is. */
  readonly top1: number;
  /** The share of images whose label is among the five largest logits, in `[0, 1]`. */
  readonly top5: number;
  /** For each image in the order of the set 1 for a top-1 hit and 0 for none: what a paired test needs. */
  readonly correct: Uint8Array;
  /** Number of images. */
  readonly size: number;
  /** Wilson's 95 % interval of `top1`. */
  readonly interval95: readonly [lower: number, upper: number];
}

/** The report on images whose labels have these ranks, see `labelRanks`. */
export function accuracyReport(ranks: Uint16Array): AccuracyReport {
  const size = ranks.length;
  const correct = Uint8Array.from(ranks, (rank) => rank === 0 ? 1 : 0);
  const hits = correct.reduce((sum, hit) => sum + hit, 0);
  const hitsOfFive = ranks.reduce((sum, rank) => rank < 5 ? sum + 1 : sum, 0);
  return {
    top1: hits / size,
    top5: hitsOfFive / size,
    correct,
    size,
    interval95: wilsonInterval(hits, size),
  };
}
