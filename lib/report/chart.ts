import type { View } from "vega";
import type { TopLevelSpec } from "vega-lite";
import { encodeSeries, type LabelledLaw, seriesOfCurves, seriesOfPart } from "./charts/series.ts";
import { type ChartFrame, chartFrame, inks } from "./charts/theme.ts";
import type { Histogram } from "./histogram.ts";

/** A Vega-Lite specification with its data inside: a front end that knows Vega-Lite draws it as it is. */
export type ChartSpec = TopLevelSpec;

/** What {@linkcode histogramChart} shows. */
export interface HistogramChartOptions extends ChartFrame {
  /** The sample: its values drawn as a density, so that the laws can be compared with it. */
  readonly histogram: Histogram;
  /** Laws to draw over it by their densities, each under its own label. */
  readonly laws?: readonly LabelledLaw<{ readonly pdf: (x: number) => number }>[];
  /** A quantizer's levels and thresholds, with a label for each of the two. */
  readonly codebook?: {
    readonly levels: ArrayLike<number>;
    readonly thresholds: ArrayLike<number>;
    readonly levelsLabel?: string;
    readonly thresholdsLabel?: string;
  };
  /**
   * What the values are.
   *
   * @default {"weight"}
   */
  readonly valueTitle?: string;
}

/**
 * A chart of a sample's histogram as a density, the densities of laws over it, and the levels (dots on the axis) and thresholds
 * (dashed lines) of a quantizer.
 *
 * The same input gives the same specification. Every law is sampled at 201 points and wherever two bars meet.
 *
 * @example
 * ```ts
 * import { histogram, histogramChart, renderSvg } from "@bitbell/bitbell/report";
 * import { createPrng, laplace, lloydMax } from "@bitbell/bitbell";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const law = laplace({ location: 0, scale: 1 });
 * const sample = law.sample(1000, { prng: createPrng(1) });
 * const svg = await renderSvg(histogramChart({
 *   title: "A thousand draws",
 *   histogram: histogram(sample, { bins: 40 }),
 *   laws: [{ label: "Laplace", law }],
 *   codebook: lloydMax(law, { bits: 3 }),
 * }));
 * assertStringIncludes(svg, "A thousand draws");
 * ```
 */
export function histogramChart(
  {
    histogram,
    laws = [],
    codebook,
    valueTitle = "weight",
    ...frame
  }: HistogramChartOptions,
): ChartSpec {
  const { edges, counts, size } = histogram;
  const lower = edges[0]!, upper = edges.at(-1)!;
  const barsLabel = "histogram";
  const levelsLabel = codebook?.levelsLabel ?? "levels";
  const thresholdsLabel = codebook?.thresholdsLabel ?? "thresholds";

  const bars = counts.map((count, i) => ({
    from: edges[i]!,
    to: edges[i + 1]!,
    density: count / (size * (edges[i + 1]! - edges[i]!)),
    series: barsLabel,
  }));
  const places = curvePlaces(edges);
  const curves = laws.flatMap(({ label, law }) =>
    places.map((value) => ({ value, density: law.pdf(value), series: label }))
  );
  const inView = (value: number) => value >= lower && value <= upper;
  const levels = Array.from(codebook?.levels ?? []).filter(inView)
    .map((value) => ({ value, density: 0, series: levelsLabel }));
  const thresholds = Array.from(codebook?.thresholds ?? []).filter(inView)
    .map((value) => ({ value, series: thresholdsLabel }));

  const { color, shape, strokeDash } = encodeSeries("series", [
    seriesOfPart("bars", barsLabel),
    ...seriesOfCurves(laws),
    ...(codebook === undefined ? [] : [
      seriesOfPart("levels", levelsLabel),
      seriesOfPart("thresholds", thresholdsLabel),
    ]),
  ], frame.size);
  const x = {
    field: "value",
    type: "quantitative" as const,
    title: valueTitle,
    scale: { domain: [lower, upper], nice: false },
  };
  const y = {
    field: "density",
    type: "quantitative" as const,
    title: `density (1 / ${valueTitle})`,
  };
  return {
    ...chartFrame(frame),
    layer: [
      {
        data: { values: bars },
        mark: { type: "bar", binSpacing: 0.5, aria: false },
        encoding: { x: { ...x, field: "from", bin: "binned" }, x2: { field: "to" }, y, color },
      },
      {
        data: { values: thresholds },
        mark: { type: "rule", strokeDash: [4, 3], strokeWidth: 1.2, aria: false },
        encoding: { x, color },
      },
      {
        data: { values: curves },
        mark: { type: "line", strokeWidth: 2.2, aria: false },
        encoding: { x, y, color, strokeDash },
      },
      {
        data: { values: levels },
        mark: {
          type: "point",
          filled: true,
          size: 85,
          opacity: 1,
          stroke: inks.paper,
          strokeWidth: 1.5,
          clip: false,
        },
        encoding: { x, y, color, shape },
      },
    ],
  };
}

/** Where a law is drawn. */
function curvePlaces(edges: readonly number[]): readonly number[] {
  const lower = edges[0]!, upper = edges.at(-1)!;
  const even = Array.from({ length: 200 }, (_, i) => lower + i * (upper - lower) / 200);
  return [...new Set([...even, ...edges])].sort((a, b) => a - b);
}

/**
 * Draws a Vega-Lite specification as SVG, here and without a browser: Vega runs in this process. Places are rounded to
 * a hundredth of a pixel, so the same specification gives the same text on every machine.
 *
 * @throws {TypeError} If Vega-Lite doesn't understand the specification.
 *
 * @example
 * ```ts
 * import { renderSvg } from "@bitbell/bitbell/report";
 * import { assertMatch } from "@std/assert";
 *
 * const svg = await renderSvg({
 *   data: { values: [{ bits: 2, mse: 0.1175 }, { bits: 3, mse: 0.0345 }] },
 *   mark: "point",
 *   encoding: { x: { field: "bits" }, y: { field: "mse", type: "quantitative" } },
 * });
 * assertMatch(svg, /^<svg/);
 * ```
 */
export async function renderSvg(spec: ChartSpec): Promise<string> {
  // Loaded when a chart is drawn: they take half a second, which a table need not wait for.
  const [vegaLite, vega] = await Promise.all([import("vega-lite"), import("vega")]);
  let view: View;
  try {
    view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: "none" });
  } catch (error) {
    throw new TypeError(
      `Cannot draw a chart as Vega-Lite doesn't understand it: ${
        (error as Error).message.split("\n")[0]
      }`,
      { cause: error },
    );
  }
  try {
    return roundPlaces(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/** Rounds the numbers in attributes that place something; text stays as it is. */
function roundPlaces(svg: string): string {
  return svg.replaceAll(
    / (?:d|transform|points|[xy][12]?|width|height)="[^"]*"/g,
    (attribute) =>
      attribute.replaceAll(
        /-?\d+\.\d{3,}(?:e-?\d+)?/g,
        (number) => String(Math.round(100 * Number(number)) / 100 + 0),
      ),
  );
}
