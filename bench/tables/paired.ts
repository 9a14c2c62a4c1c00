import { differenceInterval } from "../../lib/metrics/difference_interval.ts";
import { mcnemarTest, pairedCounts } from "../../lib/metrics/paired_test.ts";
import { unpackHits } from "../hits.ts";
import type { Accuracy } from "./accuracy.ts";

/** How two networks compare that saw the same images. */
export interface PairedAccuracy {
  /** Top-1 of the first less that of the second, in points. */
  readonly points: number;
  /** The 95 % interval of that, in points: Tango's. */
  readonly interval95: readonly [lower: number, upper: number];
  /** McNemar's exact one. */
  readonly pValue: number;
}

/** Compares two networks image by image; undefined where they didn't see the same number of images. */
export function comparePaired(first: Accuracy, second: Accuracy): PairedAccuracy | undefined {
  const counts = countPairs(first, second);
  if (counts === undefined) return undefined;
  const { onlyFirst, onlySecond, size } = counts;
  return {
    points: 100 * (onlyFirst - onlySecond) / size,
    interval95: intervalOf(counts, 0.95),
    pValue: mcnemarTest(onlyFirst, onlySecond).pValue,
  };
}

/** Tango's interval for the difference of top-1 in points, as {@linkcode comparePaired} has it at 95 %. */
export function pairedInterval(
  first: Accuracy,
  second: Accuracy,
  confidence: number,
): readonly [lower: number, upper: number] | undefined {
  const counts = countPairs(first, second);
  return counts && intervalOf(counts, confidence);
}

type Counts = Parameters<typeof differenceInterval>[0];

function countPairs(first: Accuracy, second: Accuracy): Counts | undefined {
  const { size } = first;
  if (size !== second.size) return undefined;
  const counts = pairedCounts(unpackHits(first.correct, size), unpackHits(second.correct, size));
  return { ...counts, size };
}

function intervalOf(
  counts: Counts,
  confidence: number,
): readonly [lower: number, upper: number] {
  const [lower, upper] = differenceInterval(counts, confidence);
  return [100 * lower, 100 * upper];
}

/** A p-value in a table: three decimals, or a power of ten that it is below; next to 5 % as many as tell on which side of it. */
export function formatPValue(p: number): string {
  if (Math.abs(p - 0.05) < 0.0005 && p !== 0.05) {
    return p.toPrecision(Math.ceil(-Math.log10(Math.abs(p - 0.05))) - 1);
  }
  if (p >= 0.0005) return p.toFixed(3);
  return p === 0 ? "<1e-300" : `<1e${Math.floor(Math.log10(p)) + 1}`;
}
