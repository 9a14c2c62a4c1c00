import type { LayerReport } from "../compression/layer_report.ts";
import { differenceInterval } from "../metrics/difference_interval.ts";
import { mcnemarTest, pairedCounts } from "../metrics/paired_test.ts";
import type { AccuracyReport } from "./accuracy_report.ts";

/** How one network compares with another on the same images; plain data. */
export interface AccuracyChange {
  /** Top-1 of the second less that of the first: a share of the images. */
  readonly difference: number;
  /** Tango's 95 % interval of it. */
  readonly interval95: readonly [lower: number, upper: number];
  /** Images that only the second has right. */
  readonly gained: number;
  /** Images that only the first has right. */
  readonly lost: number;
  /** Of McNemar's exact test: how likely a split of them at least as uneven is, if both are right equally often. */
  readonly pValue: number;
}

/** A network on the way from one to another. */
export interface MeasuredNetwork {
  readonly name: string;
  readonly accuracy: AccuracyReport;
  /** Of its quantized tensors; empty where none is. */
  readonly layers: readonly Pick<LayerReport, "size" | "effectiveBits">[];
}

/** One step of that way, what it takes and what it gives; plain data. */
export interface AccuracyStep {
  readonly name: string;
  readonly top1: number;
  readonly interval95: readonly [lower: number, upper: number];
  /** Bits per quantized weight, stored levels, scales and offsets included; 32 where nothing is quantized. */
  readonly effectiveBits: number;
  /** Against the step before; undefined for the first. */
  readonly change?: AccuracyChange;
}

/**
 * Compares two networks image by image: images on which they agree say nothing of which is better, so far smaller differences are told from
 * chance than by their two intervals. O(images).
 *
 * @throws {TypeError} If they were not measured on as many images.
 *
 * @example
 * ```ts
 * import { type AccuracyReport, compareAccuracy } from "@bitbell/bitbell/evaluation";
 * import { assertEquals } from "@std/assert";
 *
 * const report = (correct: Uint8Array<ArrayBuffer>): AccuracyReport => (
 *   { top1: 0.5, top5: 1, correct, size: 4, interval95: [0, 1] }
 * );
 * const { difference, gained, lost, pValue } = compareAccuracy(
 *   report(Uint8Array.of(1, 1, 0, 0)),
 *   report(Uint8Array.of(1, 0, 1, 1)),
 * );
 * assertEquals({ difference, gained, lost, pValue }, { difference: 0.25, gained: 2, lost: 1, pValue: 1 });
 * ```
 */
export function compareAccuracy(first: AccuracyReport, second: AccuracyReport): AccuracyChange {
  const { size } = first;
  const { onlyFirst, onlySecond } = pairedCounts(first.correct, second.correct);
  return {
    difference: (onlySecond - onlyFirst) / size,
    interval95: differenceInterval({ onlyFirst: onlySecond, onlySecond: onlyFirst, size }),
    gained: onlySecond,
    lost: onlyFirst,
    pValue: mcnemarTest(onlyFirst, onlySecond).pValue,
  };
}

/**
 * Sums up networks that were measured on the same images, each compared with the one before it ({@linkcode compareAccuracy}). That's one
 * test for each step, none of them corrected for their number (`holm` does that).
 *
 * @throws {TypeError} If two were not measured on as many images.
 *
 * @example
 * ```ts
 * import { type AccuracyReport, accuracySteps } from "@bitbell/bitbell/evaluation";
 * import { assertEquals } from "@std/assert";
 *
 * const report = (top1: number, correct: Uint8Array<ArrayBuffer>): AccuracyReport => (
 *   { top1, top5: 1, correct, size: 2, interval95: [0, 1] }
 * );
 * const [, second] = accuracySteps([
 *   { name: "float32", accuracy: report(1, Uint8Array.of(1, 1)), layers: [] },
 *   { name: "3 bits", accuracy: report(0.5, Uint8Array.of(1, 0)), layers: [{ size: 8, effectiveBits: 3.5 }] },
 * ]);
 * assertEquals([second!.effectiveBits, second!.change!.difference], [3.5, -0.5]);
 * ```
 */
export function accuracySteps(networks: Iterable<MeasuredNetwork>): AccuracyStep[] {
  const all = [...networks];
  return all.map(({ name, accuracy, layers }, i) => {
    const { top1, interval95 } = accuracy;
    const before = all[i - 1];
    return {
      name,
      top1,
      interval95,
      effectiveBits: effectiveBitsOf(layers),
      ...(before && { change: compareAccuracy(before.accuracy, accuracy) }),
    };
  });
}

/** Bits per quantized weight over all layers, each by its size, books included; 32 where no layer is quantized. */
export function effectiveBitsOf(layers: MeasuredNetwork["layers"]): number {
  if (layers.length === 0) return 32;
  const bits = layers.reduce((sum, { size, effectiveBits }) => sum + size * effectiveBits, 0);
  return bits / layers.reduce((sum, { size }) => sum + size, 0);
}
