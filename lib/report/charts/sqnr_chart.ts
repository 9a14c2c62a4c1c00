import type { ChartSpec } from "../chart.ts";
import { linesByBits } from "./lines_by_bits.ts";
import { assertPlaces, type ChartFrame } from "./theme.ts";

/** How far the signal is above a method's quantization noise at a width. */
export interface SqnrPoint {
  readonly method: string;
  readonly bits: number;
  /** In decibels. */
  readonly sqnrDb: number;
}

/** What {@linkcode sqnrChart} shows. */
export interface SqnrChartOptions extends ChartFrame {
  /** An infinite ratio, that of an error of 0, has no place on the axis, and is left out. */
  readonly points: readonly SqnrPoint[];
  /** What no method goes above, or what it is compared with: dashed lines. */
  readonly bounds?: readonly {
    readonly label: string;
    readonly points: readonly Omit<SqnrPoint, "method">[];
  }[];
  /**
   * What the ratio is, with its unit.
   *
   * @default {"SQNR (dB)"}
   */
  readonly measure?: string;
}

/**
 * A chart of the signal-to-quantization-noise ratio in decibels by bits: a line for each method, and a dashed line for each bound. It is
 * {@linkcode errorChart} upside down, where the ratio is `-10 log10` of the error over the variance.
 *
 * @throws {RangeError} If there is no point, or a number other than an infinite ratio is not finite.
 *
 * @example
 * ```ts
 * import { renderSvg, sqnrChart } from "@bitbell/bitbell/report";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const svg = await renderSvg(sqnrChart({
 *   title: "A normal law",
 *   points: [
 *     { method: "lloyd-max-gaussian", bits: 2, sqnrDb: 9.3 },
 *     { method: "lloyd-max-gaussian", bits: 3, sqnrDb: 14.62 },
 *   ],
 *   bounds: [{
 *     label: "rate-distortion bound",
 *     points: [2, 3].map((bits) => ({ bits, sqnrDb: 20 * bits * Math.log10(2) })),
 *   }],
 * }));
 * assertStringIncludes(svg, "SQNR (dB)");
 * ```
 */
export function sqnrChart(
  { points, bounds = [], measure = "SQNR (dB)", ...frame }: SqnrChartOptions,
): ChartSpec {
  const drawn = <Point extends Omit<SqnrPoint, "method">>(points: readonly Point[]) =>
    points.filter(({ sqnrDb }) => sqnrDb !== Infinity);
  const all = [...points, ...bounds.flatMap((bound) => bound.points)];
  assertPlaces("a chart of SQNR", "bits", all.map(({ bits }) => bits));
  assertPlaces("a chart of SQNR", "ratios", drawn(all).map(({ sqnrDb }) => sqnrDb));
  return linesByBits({
    frame,
    points: drawn(points),
    bounds: bounds.map(({ label, points }) => ({ label, points: drawn(points) })),
    figure: { field: "sqnrDb", title: measure, scale: { zero: false } },
    format: ".2f",
  });
}
