import type { ChartSpec } from "../chart.ts";
import {
  encodeSeries,
  labelsOf,
  seriesOfLaws,
  seriesOfMethods,
  seriesOfReferences,
} from "./series.ts";
import { assertPlaces, type ChartFrame, chartFrame } from "./theme.ts";

/** A value of a series at a place. */
export interface LinePoint {
  readonly series: string;
  readonly x: number;
  readonly y: number;
}

/** What {@linkcode lineChart} shows. */
export interface LineChartOptions extends ChartFrame {
  readonly points: readonly LinePoint[];
  /** What the numbers are, with their unit. */
  readonly xTitle: string;
  readonly yTitle: string;
  /** @default {"linear"} */
  readonly xScale?: "linear" | "log";
  /** @default {"linear"} */
  readonly yScale?: "linear" | "log";
  /** What the series are compared with: dashed lines. */
  readonly references?: readonly {
    readonly label: string;
    readonly points: readonly Omit<LinePoint, "series">[];
  }[];
  /**
   * Whose style a series has by its name. Names that are neither get a free one.
   *
   * @default {"method"}
   */
  readonly style?: "method" | "law";
}

/**
 * A chart of how something depends on a number that isn't the bits: a line with a dot at each point for each series, on linear or
 * logarithmic axes, and dashed lines for what they are compared with.
 *
 * @throws {RangeError} If there is no point, a number is not finite, or one on a logarithmic axis is not above 0.
 *
 * @example
 * ```ts
 * import { lineChart, renderSvg } from "@bitbell/bitbell/report";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const svg = await renderSvg(lineChart({
 *   title: "A chain of levels settles",
 *   points: [0, 1, 2, 3].map((step) => ({ series: "lloyd", x: step, y: 0.6 ** step })),
 *   xTitle: "step",
 *   yTitle: "distance (standard deviations)",
 *   yScale: "log",
 * }));
 * assertStringIncludes(svg, "distance (standard deviations)");
 * ```
 */
export function lineChart(
  {
    points,
    xTitle,
    yTitle,
    xScale = "linear",
    yScale = "linear",
    references = [],
    style = "method",
    ...frame
  }: LineChartOptions,
): ChartSpec {
  const compared = references.flatMap(({ label, points }) =>
    points.map(({ x, y }) => ({ series: label, x, y }))
  );
  const all = [...points, ...compared];
  assertOnAxis("x", xScale, all.map(({ x }) => x));
  assertOnAxis("y", yScale, all.map(({ y }) => y));
  const labels = labelsOf(points, ({ series }) => series);
  const series = style === "law"
    ? seriesOfLaws(labels.map((label) => ({ label, law: {} })))
    : seriesOfMethods(labels);
  const { color, shape, strokeDash } = encodeSeries("series", [
    ...series,
    ...seriesOfReferences(references.map(({ label }) => label)),
  ], frame.size);
  const axis = (field: "x" | "y", title: string, type: "linear" | "log") => ({
    field,
    type: "quantitative" as const,
    title,
    axis: { tickCount: 8, ...(type === "log" && { format: "~g" }) },
    scale: type === "log" ? { type, nice: false, padding: 10 } : { type, zero: false },
  });
  const x = axis("x", xTitle, xScale), y = axis("y", yTitle, yScale);
  const rows = points.map(({ series, x, y }) => ({ series, x, y }));
  const lines = { type: "line" as const, aria: false };
  return {
    ...chartFrame(frame),
    data: { values: rows },
    layer: [
      // Vega warns of a layer without data.
      ...(compared.length === 0 ? [] : [{
        name: "references",
        data: { values: compared },
        mark: { ...lines, strokeWidth: 1.3 },
        encoding: { x, y, color, strokeDash },
      }]),
      {
        name: "lines",
        mark: { ...lines, strokeWidth: 1.8 },
        encoding: { x, y, color, strokeDash },
      },
      {
        name: "points",
        mark: { type: "point", filled: true, size: 32, opacity: 1 },
        encoding: {
          x,
          y,
          color,
          shape,
          tooltip: [
            { field: "series", type: "nominal", title: null },
            { field: "x", type: "quantitative", title: xTitle, format: ".4~g" },
            { field: "y", type: "quantitative", title: yTitle, format: ".4~g" },
          ],
        },
      },
    ],
  };
}

function assertOnAxis(name: string, scale: "linear" | "log", values: readonly number[]): void {
  assertPlaces("a chart of lines", `${name} values`, values);
  const wrong = scale === "log" ? values.find((value) => !(value > 0)) : undefined;
  if (wrong !== undefined) {
    throw new RangeError(
      `Cannot draw a chart of lines as ${name} values on a logarithmic axis must be above 0: current value is ${wrong}`,
    );
  }
}
