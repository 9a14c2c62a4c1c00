import type { ChartSpec } from "../chart.ts";
import { assertPlaces, type ChartFrame, chartFrame, encodeSeries, inks } from "./theme.ts";

/** What {@linkcode qqChart} shows. */
export interface QqChartOptions extends ChartFrame {
  /** In any order. */
  readonly sample: ArrayLike<number>;
  /** Laws to hold it against, each with all of its parameters. */
  readonly laws: readonly {
    readonly label: string;
    readonly law: { readonly quantile: (p: number) => number };
  }[];
  /**
   * What the values are.
   *
   * @default {"weight"}
   */
  readonly valueTitle?: string;
}

/** How many points of a law are drawn at most. */
const mostPoints = 200;

/** How many of the smallest and of the largest values are drawn, each one: the tails are what such a chart is for. */
const tail = 25;

/**
 * A Q-Q chart: the sample's values in ascending order over the quantiles of laws at (i - 1/2) / n, and the line on which they would lie if
 * they followed the law. Of a large sample 200 values are shown: the 25 smallest and largest, and evenly spaced ranks between.
 *
 * Takes O(n log n) time.
 *
 * @throws {RangeError} If the sample or the list of laws is empty, or a value or a quantile is not finite.
 *
 * @example
 * ```ts
 * import { qqChart, renderSvg } from "@bitbell/bitbell/report";
 * import { createPrng, gaussian, laplace } from "@bitbell/bitbell";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const law = laplace({ location: 0, scale: 1 });
 * const svg = await renderSvg(qqChart({
 *   title: "Laplace or Gaussian?",
 *   sample: law.sample(1000, { prng: createPrng(1) }),
 *   laws: [
 *     { label: "Laplace", law },
 *     { label: "Gaussian", law: gaussian({ mean: 0, standardDeviation: Math.SQRT2 }) },
 *   ],
 * }));
 * assertStringIncludes(svg, "quantile of the law");
 * ```
 */
export function qqChart(
  { sample, laws, valueTitle = "weight", size = [440, 440], ...frame }: QqChartOptions,
): ChartSpec {
  const sorted = Float64Array.from(sample).sort();
  const values = laws.flatMap(({ label, law }) =>
    ranksOf(sorted.length).map((rank) => ({
      law: label,
      quantile: law.quantile((rank + 0.5) / sorted.length),
      value: sorted[rank]!,
    }))
  );
  const places = values.flatMap(({ quantile, value }) => [quantile, value]);
  assertPlaces("a Q-Q chart", "values and quantiles", places);
  const ends = [Math.min(...places), Math.max(...places)].map((end) => ({ end }));
  const { color } = encodeSeries("law", laws.map(({ label }) => label));
  const x = {
    field: "quantile",
    type: "quantitative" as const,
    title: "quantile of the law",
    axis: { tickCount: 8 },
    scale: { zero: false },
  };
  const y = {
    field: "value",
    type: "quantitative" as const,
    title: valueTitle,
    scale: { zero: false },
  };
  return {
    ...chartFrame({ ...frame, size }),
    layer: [
      {
        name: "diagonal",
        data: { values: ends },
        mark: { type: "line", color: inks.reference, strokeDash: [5, 4], aria: false },
        encoding: { x: { ...x, field: "end" }, y: { ...y, field: "end" } },
      },
      {
        name: "points",
        data: { values },
        mark: { type: "point", filled: true, size: 24, opacity: 0.8 },
        encoding: {
          x,
          y,
          color,
          tooltip: [
            { field: "law", type: "nominal" },
            { field: "quantile", type: "quantitative", format: ".4~g" },
            { field: "value", type: "quantitative", title: valueTitle, format: ".4~g" },
          ],
        },
      },
    ],
  };
}

/** The ranks that are shown, from 0. */
function ranksOf(size: number): readonly number[] {
  if (size <= mostPoints) return Array.from({ length: size }, (_, i) => i);
  const between = mostPoints - 2 * tail;
  const step = (size - 2 * tail) / between;
  return [
    ...Array.from({ length: tail }, (_, i) => i),
    ...Array.from({ length: between }, (_, i) => Math.floor(tail + (i + 0.5) * step)),
    ...Array.from({ length: tail }, (_, i) => size - tail + i),
  ];
}
