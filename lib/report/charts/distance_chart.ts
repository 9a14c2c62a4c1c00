import type { ChartSpec } from "../chart.ts";
import { encodeSeries, labelsOf, seriesOfLaws } from "./series.ts";
import { assertPlaces, type ChartFrame, chartFrame, inks } from "./theme.ts";

/** How far a layer's weights are from a fitted law. */
export interface DistancePoint {
  readonly layer: string;
  /** The law's family. */
  readonly family: string;
  readonly distance: number;
}

/** What {@linkcode distanceChart} shows. */
export interface DistanceChartOptions extends Omit<ChartFrame, "size"> {
  /** Layers from top to bottom in the order of their first appearance. */
  readonly points: readonly DistancePoint[];
  /**
   * What the distance is.
   *
   * @default {"Kolmogorov-Smirnov distance D"}
   */
  readonly measure?: string;
  /**
   * Of the drawing area in pixels; the height follows from the number of layers.
   *
   * @default {560}
   */
  readonly width?: number;
}

/**
 * A chart of the distance from each layer's weights to fitted laws: a line for each layer, a mark on it for each family, and the mark of the
 * nearest family large and full, the others pale.
 *
 * @throws {RangeError} If there is no point, or a distance is not finite.
 *
 * @example
 * ```ts
 * import { distanceChart, renderSvg } from "@bitbell/bitbell/report";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const svg = await renderSvg(distanceChart({
 *   title: "Gaussian or Laplace?",
 *   points: [
 *     { layer: "conv1", family: "gaussian", distance: 0.08 },
 *     { layer: "conv1", family: "laplace", distance: 0.03 },
 *   ],
 * }));
 * assertStringIncludes(svg, "Kolmogorov-Smirnov distance D");
 * ```
 */
export function distanceChart(
  { points, measure = "Kolmogorov-Smirnov distance D", width = 560, ...frame }:
    DistanceChartOptions,
): ChartSpec {
  assertPlaces("a chart of distances", "distances", points.map(({ distance }) => distance));
  const layers = labelsOf(points, ({ layer }) => layer);
  const byLayer = Map.groupBy(points, ({ layer }) => layer);
  const spans = layers.map((layer) => {
    const distances = byLayer.get(layer)!.map(({ distance }) => distance);
    return { layer, nearest: Math.min(...distances), farthest: Math.max(...distances) };
  });
  const nearest = new Map(spans.map(({ layer, nearest }) => [layer, nearest]));
  // The nearest are drawn last, over the others.
  const values = points.map((point) => ({
    ...point,
    nearest: point.distance === nearest.get(point.layer) ? "yes" : "no",
  })).toSorted((a, b) => Number(a.nearest === "yes") - Number(b.nearest === "yes"));
  const families = labelsOf(points, ({ family }) => family);
  const size = [width, 16 * layers.length] as const;
  const { color, shape } = encodeSeries(
    "family",
    seriesOfLaws(families.map((label) => ({ label, law: { family: label } }))),
    size,
  );
  const x = {
    field: "distance",
    type: "quantitative" as const,
    title: measure,
    axis: { grid: true, tickCount: 8 },
  };
  const y = {
    field: "layer",
    type: "nominal" as const,
    title: null,
    scale: { domain: layers },
    axis: { ticks: false, domain: false, labelPadding: 6, labelLimit: 320 },
  };
  return {
    ...chartFrame({ ...frame, size }),
    layer: [
      {
        name: "spans",
        data: { values: spans },
        mark: { type: "rule", color: inks.bars, strokeWidth: 1.5, aria: false },
        encoding: { x: { ...x, field: "nearest" }, x2: { field: "farthest" }, y },
      },
      {
        name: "points",
        data: { values },
        mark: { type: "point", filled: true },
        encoding: {
          x,
          y,
          color,
          shape,
          size: { condition: { test: "datum.nearest === 'yes'", value: 90 }, value: 40 },
          opacity: { condition: { test: "datum.nearest === 'yes'", value: 1 }, value: 0.45 },
          tooltip: [
            { field: "layer", type: "nominal" },
            { field: "family", type: "nominal" },
            { field: "distance", type: "quantitative", title: measure, format: ".4~g" },
            { field: "nearest", type: "nominal", title: "nearest" },
          ],
        },
      },
    ],
  };
}
