import type { ChartSpec } from "../chart.ts";
import { encodeSeries, labelsOf, seriesOfMethods, seriesOfReferences } from "./series.ts";
import { type ChartFrame, chartFrame } from "./theme.ts";

/** A figure at a width, under the figure's own name. */
type BitsPoint<Field extends string> = { readonly bits: number } & Readonly<Record<Field, number>>;

/** What {@linkcode linesByBits} draws. */
interface LinesByBitsOptions<Field extends string> {
  readonly frame: ChartFrame;
  readonly points: readonly (BitsPoint<Field> & { readonly method: string })[];
  /** Dashed lines. */
  readonly bounds: readonly {
    readonly label: string;
    readonly points: readonly BitsPoint<Field>[];
  }[];
  /** The figure, its title with its unit, how it is placed on its axis, and how a tooltip writes it. */
  readonly figure: {
    readonly field: Field;
    readonly title: string;
    readonly axis?: { readonly format: string; readonly values?: number[] };
    readonly scale: { readonly type?: "log"; readonly zero?: boolean };
  };
  readonly format: string;
}

/** A chart of a figure by bits: a line with points for each method, and a dashed line for each bound. */
export function linesByBits<Field extends string>(
  { frame, points, bounds, figure, format }: LinesByBitsOptions<Field>,
): ChartSpec {
  const all = [...points, ...bounds.flatMap((bound) => bound.points)];
  const { color, shape, strokeDash } = encodeSeries("method", [
    ...seriesOfMethods(labelsOf(points, ({ method }) => method)),
    ...seriesOfReferences(bounds.map(({ label }) => label)),
  ], frame.size);
  const x = bitsAxis("bits", all.map(({ bits }) => bits));
  // Rows may be whole results, of which a chart is to hold no more than it draws.
  const drawn = (method: string, { bits, [figure.field]: value }: BitsPoint<Field>) => ({
    method,
    bits,
    [figure.field]: value,
  });
  const y = { type: "quantitative" as const, ...figure };
  return {
    ...chartFrame(frame),
    data: { values: points.map((point) => drawn(point.method, point)) },
    layer: [
      // Vega warns of a layer without data.
      ...(bounds.length === 0 ? [] : [{
        name: "bounds",
        data: {
          values: bounds.flatMap(({ label, points }) => points.map((point) => drawn(label, point))),
        },
        mark: { type: "line" as const, strokeWidth: 1.3, aria: false },
        encoding: { x, y, color, strokeDash },
      }]),
      {
        name: "lines",
        mark: { type: "line", strokeWidth: 1.8, aria: false },
        encoding: { x, y, color, strokeDash },
      },
      {
        name: "points",
        mark: { type: "point", filled: true, size: 55, opacity: 1 },
        encoding: {
          x,
          y,
          color,
          shape,
          tooltip: [
            { field: "method", type: "nominal" },
            { field: "bits", type: "quantitative" },
            { field: figure.field, type: "quantitative", title: figure.title, format },
          ],
        },
      },
    ],
  };
}

/** An axis that is labelled at the widths that appear. */
export function bitsAxis(field: string, bits: readonly number[]) {
  const widths = [...new Set(bits)].sort((a, b) => a - b);
  return {
    field,
    type: "quantitative" as const,
    title: "bits",
    axis: { values: widths, format: "~g" },
    scale: { domain: [widths[0]! - 0.3, widths.at(-1)! + 0.3], nice: false },
  };
}
