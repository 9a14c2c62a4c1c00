import type { ChartSpec } from "../chart.ts";
import { type FloatRule, floatRule } from "./float_rule.ts";
import { encodeSeries, labelsOf, seriesOfMethods } from "./series.ts";
import { assertPlaces, type ChartFrame, chartFrame, inks } from "./theme.ts";

/** A network: what it takes and what it gives. */
export interface ParetoPoint {
  /** Points of a series look alike. */
  readonly series: string;
  /** Which point of the series it is: "4 bits". */
  readonly label?: string;
  readonly size: number;
  /** A fraction. */
  readonly accuracy: number;
}

/** What {@linkcode paretoChart} shows. */
export interface ParetoChartOptions extends ChartFrame {
  readonly points: readonly ParetoPoint[];
  /** The network as it was trained, as a line across. */
  readonly float?: FloatRule;
  /**
   * What the size is, with its unit.
   *
   * @default {"bits per weight"}
   */
  readonly sizeTitle?: string;
  /**
   * What was counted.
   *
   * @default {"top-1"}
   */
  readonly measure?: string;
}

/**
 * A chart of accuracy in percent against size, with a staircase through the points of the front: between two of them, nothing that was
 * measured does better.
 *
 * @throws {RangeError} If there is no point, or a number is not finite.
 *
 * @example
 * ```ts
 * import { paretoChart, renderSvg } from "@bitbell/bitbell/report";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const svg = await renderSvg(paretoChart({
 *   title: "ResNet-20",
 *   points: [
 *     { series: "uniform", label: "3 bits", size: 3, accuracy: 0.86 },
 *     { series: "mixed", label: "budget of 3 bits", size: 2.98, accuracy: 0.89 },
 *   ],
 * }));
 * assertStringIncludes(svg, "bits per weight");
 * ```
 */
export function paretoChart(
  {
    points,
    float,
    sizeTitle = "bits per weight",
    measure = "top-1",
    ...frame
  }: ParetoChartOptions,
): ChartSpec {
  assertPlaces(
    "a Pareto chart",
    "sizes and accuracies",
    [
      ...points.flatMap(({ size, accuracy }) => [size, accuracy]),
      ...(float ? [float.accuracy] : []),
    ],
  );
  const front = new Set(paretoFront(points));
  const values = points.map((point) => ({
    ...point,
    accuracy: 100 * point.accuracy,
    front: front.has(point) ? "yes" : "no",
  }));
  const labels = labelsOf(points, ({ series }) => series);
  const { color, shape } = encodeSeries("series", seriesOfMethods(labels), frame.size);
  const x = {
    field: "size",
    type: "quantitative" as const,
    title: sizeTitle,
    axis: { tickCount: 8 },
    scale: { zero: false, padding: 12, nice: false },
  };
  const y = {
    field: "accuracy",
    type: "quantitative" as const,
    title: `${measure} (%)`,
    scale: { zero: false },
  };
  return {
    ...chartFrame(frame),
    layer: [
      ...(float === undefined ? [] : floatRule(float)),
      {
        name: "front",
        data: { values: values.filter((point) => point.front === "yes") },
        mark: {
          type: "line",
          interpolate: "step-after",
          color: inks.reference,
          strokeWidth: 1.4,
          aria: false,
        },
        encoding: { x, y },
      },
      {
        name: "points",
        data: { values },
        mark: { type: "point", filled: true, size: 60 },
        encoding: {
          x,
          y,
          color,
          shape,
          opacity: { condition: { test: "datum.front === 'yes'", value: 1 }, value: 0.5 },
          tooltip: [
            { field: "series", type: "nominal", title: " " },
            { field: "label", type: "nominal", title: "  " },
            { field: "size", type: "quantitative", title: sizeTitle, format: ".4~g" },
            { field: "accuracy", type: "quantitative", title: `${measure} (%)`, format: ".2f" },
            { field: "front", type: "nominal", title: "on the front" },
          ],
        },
      },
    ],
  };
}

/**
 * The points that no other point beats: none is as small and as accurate, and better in one of the two. By ascending size; points that are
 * equal in both are all kept. Takes O(n log n) time.
 *
 * @example
 * ```ts
 * import { paretoFront } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * const points = [
 *   { size: 3, accuracy: 0.8 },
 *   { size: 4, accuracy: 0.7 },
 *   { size: 5, accuracy: 0.9 },
 * ];
 * assertEquals(paretoFront(points).map(({ size }) => size), [3, 5]);
 * ```
 */
export function paretoFront<Point extends Pick<ParetoPoint, "size" | "accuracy">>(
  points: readonly Point[],
): readonly Point[] {
  const front: Point[] = [];
  for (const point of [...points].sort((a, b) => a.size - b.size || b.accuracy - a.accuracy)) {
    const best = front.at(-1);
    const equal = best?.size === point.size && best.accuracy === point.accuracy;
    if (best === undefined || point.accuracy > best.accuracy || equal) front.push(point);
  }
  return front;
}
