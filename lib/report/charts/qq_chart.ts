import type { ChartSpec } from "../chart.ts";
import { evenRanks } from "./ranks.ts";
import { encodeSeries, type LabelledLaw, seriesOfLaws } from "./series.ts";
import { assertPlaces, type ChartFrame, chartFrame, inks } from "./theme.ts";

/** What {@linkcode qqChart} shows. */
export interface QqChartOptions extends ChartFrame {
  /** In any order, where `probabilities` are left out. */
  readonly sample: ArrayLike<number>;
  /**
   * What share of the law should lie below each value, in (0, 1), where the values are themselves chosen quantiles of a sample: all of them
   * are shown.
   *
   * @default {(i - 1/2) / n of the values in ascending order}
   */
  readonly probabilities?: ArrayLike<number>;
  /** Laws to hold it against, each with all of its parameters. */
  readonly laws: readonly LabelledLaw<{ readonly quantile: (p: number) => number }>[];
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
 * @throws {RangeError} If the sample or the list of laws is empty, a value or a quantile is not finite, or there isn't a probability for each
 * value.
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
  { sample, probabilities, laws, valueTitle = "weight", size = [440, 440], ...frame }:
    QqChartOptions,
): ChartSpec {
  const points = probabilities === undefined ? pointsOf(sample) : pairPoints(sample, probabilities);
  const values = laws.flatMap(({ label, law }) =>
    points.map(({ probability, value }) => ({
      law: label,
      quantile: law.quantile(probability),
      value,
    }))
  );
  const places = values.flatMap(({ quantile, value }) => [quantile, value]);
  assertPlaces("a Q-Q chart", "values and quantiles", places);
  const ends = [Math.min(...places), Math.max(...places)].map((end) => ({ end }));
  const { color, shape } = encodeSeries("law", seriesOfLaws(laws), size);
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
          shape,
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

/** A value of the sample, and what share of a law should lie below it. */
interface QqPoint {
  readonly probability: number;
  readonly value: number;
}

function pointsOf(sample: ArrayLike<number>): readonly QqPoint[] {
  const sorted = Float64Array.from(sample).sort();
  return ranksOf(sorted.length).map((rank) => ({
    probability: (rank + 0.5) / sorted.length,
    value: sorted[rank]!,
  }));
}

function pairPoints(
  sample: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): readonly QqPoint[] {
  if (sample.length !== probabilities.length) {
    throw new RangeError(
      `Cannot draw a Q-Q chart as there must be a probability for each value: their numbers are ${probabilities.length} and ${sample.length}`,
    );
  }
  return Array.from(sample, (value, i) => ({ probability: probabilities[i]!, value }));
}

/** The ranks that are shown, from 0. */
function ranksOf(size: number): readonly number[] {
  if (size <= mostPoints) return Array.from({ length: size }, (_, i) => i);
  return [
    ...Array.from({ length: tail }, (_, i) => i),
    ...evenRanks(size - 2 * tail, mostPoints - 2 * tail).map((rank) => tail + rank),
    ...Array.from({ length: tail }, (_, i) => size - tail + i),
  ];
}
