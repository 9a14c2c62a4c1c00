import type { ChartSpec } from "../chart.ts";
import { assertPlaces, type ChartFrame, chartFrame, inks, seriesColours } from "./theme.ts";

/** One image before and after. */
export interface MarginPoint {
  /** What it is, for who points at it. */
  readonly label: string;
  /** The largest logit less the second largest, before; at least 0. */
  readonly margin: number;
  /** By how much the logit that moved most has moved, at least 0. */
  readonly shift: number;
  /** Whether its class is another afterwards. */
  readonly changed: boolean;
}

/** What {@linkcode marginChart} shows. */
export interface MarginChartOptions extends ChartFrame {
  readonly points: readonly MarginPoint[];
}

const kept = "keeps its class", changed = "changes its class";

/**
 * A chart of which images change their class: a point for each at how far its logits moved and the margin that it had before, and the line
 * above which no class can change, margin = 2 shift.
 *
 * @throws {RangeError} If there is no point, or a number is not finite.
 *
 * @example
 * ```ts
 * import { marginChart, renderSvg } from "@bitbell/bitbell/report";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const svg = await renderSvg(marginChart({
 *   title: "4 bits",
 *   points: [
 *     { label: "image 0", margin: 5, shift: 0.4, changed: false },
 *     { label: "image 1", margin: 0.3, shift: 0.5, changed: true },
 *   ],
 * }));
 * assertStringIncludes(svg, "changes its class");
 * ```
 */
export function marginChart({ points, ...frame }: MarginChartOptions): ChartSpec {
  assertPlaces(
    "a chart of margins",
    "margins and shifts",
    points.flatMap(({ margin, shift }) => [margin, shift]),
  );
  // Those that change are drawn last, over the others.
  const values = points
    .toSorted((a, b) => Number(a.changed) - Number(b.changed))
    .map(({ changed: isChanged, ...point }) => ({ ...point, outcome: isChanged ? changed : kept }));
  const widest = Math.max(...points.map(({ shift }) => shift));
  const highest = Math.max(...points.map(({ margin }) => margin), 0);
  const end = Math.min(widest, highest / 2);
  const scale = { domain: [kept, changed] };
  const legend = { labelLimit: 200 };
  const x = {
    field: "shift",
    type: "quantitative" as const,
    title: "largest change of a logit",
    axis: { grid: true },
  };
  const y = {
    field: "margin",
    type: "quantitative" as const,
    title: "margin before quantization",
  };
  return {
    ...chartFrame(frame),
    layer: [
      {
        name: "points",
        data: { values },
        mark: { type: "point", filled: true, size: 45, opacity: 0.75 },
        encoding: {
          x,
          y,
          color: {
            field: "outcome",
            type: "nominal",
            title: null,
            legend,
            scale: { ...scale, range: [seriesColours[5]!, seriesColours[1]!] },
          },
          shape: {
            field: "outcome",
            type: "nominal",
            title: null,
            legend,
            scale: { ...scale, range: ["circle", "triangle-up"] },
          },
          tooltip: [
            { field: "label", type: "nominal", title: "image" },
            { field: "margin", type: "quantitative", format: ".4~g" },
            { field: "shift", type: "quantitative", title: x.title, format: ".4~g" },
            { field: "outcome", type: "nominal", title: "class" },
          ],
        },
      },
      {
        name: "bound",
        data: { values: [{ shift: 0, margin: 0 }, { shift: end, margin: 2 * end }] },
        mark: {
          type: "line",
          color: inks.reference,
          strokeDash: [5, 4],
          strokeWidth: 1.2,
          aria: false,
        },
        encoding: { x, y },
      },
    ],
  };
}
