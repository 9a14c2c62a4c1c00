import type { ChartSpec } from "../chart.ts";
import { labelsOf } from "./series.ts";
import { assertPlaces, type ChartFrame, chartFrame } from "./theme.ts";

/** One field of the map. */
export interface LayerCell {
  readonly layer: string;
  /** A method, or a number of bits. */
  readonly column: string;
  readonly value: number;
}

/** What {@linkcode layerHeatMap} shows. */
export interface LayerHeatMapOptions extends Omit<ChartFrame, "size"> {
  /** Layers from top to bottom and columns from left to right in the order of their first appearance. */
  readonly cells: readonly LayerCell[];
  /**
   * What the rows are.
   *
   * @default {"layer"}
   */
  readonly rowTitle?: string;
  /**
   * What the columns are.
   *
   * @default {"method"}
   */
  readonly columnTitle?: string;
  /**
   * What the colours mean.
   *
   * @default {"MSE / variance"}
   */
  readonly valueTitle?: string;
  /**
   * Whether equal ratios or equal differences look alike.
   *
   * @default {"log"}
   */
  readonly scale?: "log" | "linear";
  /**
   * Of the drawing area in pixels; the height follows from the number of layers.
   *
   * @default {560}
   */
  readonly width?: number;
}

/**
 * A map of layers by methods, or by bits, whose colours are a figure of each layer: where in a network the error is. On a logarithmic scale
 * a field of 0 stays empty.
 *
 * @throws {RangeError} If there is no cell, a value is not finite, or one is below 0 on a logarithmic scale.
 *
 * @example
 * ```ts
 * import { layerHeatMap, renderSvg } from "@bitbell/bitbell/report";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const svg = await renderSvg(layerHeatMap({
 *   title: "Where the error is",
 *   cells: [
 *     { layer: "conv1", column: "omse", value: 0.012 },
 *     { layer: "linear", column: "omse", value: 0.019 },
 *   ],
 * }));
 * assertStringIncludes(svg, "conv1");
 * ```
 */
export function layerHeatMap(
  {
    cells,
    rowTitle = "layer",
    columnTitle = "method",
    valueTitle = "MSE / variance",
    scale = "log",
    width = 560,
    ...frame
  }: LayerHeatMapOptions,
): ChartSpec {
  assertPlaces("a map of layers", "values", cells.map(({ value }) => value));
  const negative = cells.find(({ value }) => value < 0);
  if (scale === "log" && negative !== undefined) {
    throw new RangeError(
      `Cannot draw a map of layers as values on a logarithmic scale must not be below 0: current value is ${negative.value}`,
    );
  }
  const layers = labelsOf(cells, ({ layer }) => layer);
  const columns = labelsOf(cells, ({ column }) => column);
  return {
    ...chartFrame({ ...frame, size: [width, 18 * layers.length] }),
    data: {
      values: cells.filter(({ value }) => scale === "linear" || value > 0).map((cell) => ({
        ...cell,
      })),
    },
    mark: { type: "rect" },
    encoding: {
      x: {
        field: "column",
        type: "nominal",
        title: columnTitle,
        scale: { domain: columns },
        axis: { labelAngle: columns.some((label) => label.length > 3) ? -40 : 0, ticks: false },
      },
      y: {
        field: "layer",
        type: "nominal",
        title: null,
        scale: { domain: layers },
        axis: { ticks: false, domain: false, labelPadding: 6, labelLimit: 320 },
      },
      color: {
        field: "value",
        type: "quantitative",
        title: valueTitle,
        scale: { type: scale, scheme: "viridis" },
        legend: { format: ".2~g", gradientLength: 240, titleFontWeight: "normal", titleLimit: 240 },
      },
      tooltip: [
        { field: "layer", type: "nominal", title: rowTitle },
        { field: "column", type: "nominal", title: columnTitle },
        { field: "value", type: "quantitative", title: valueTitle, format: ".4~g" },
      ],
    },
  };
}
