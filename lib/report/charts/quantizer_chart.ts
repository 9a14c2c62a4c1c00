import type { ChartSpec } from "../chart.ts";
import { encodeSeries, seriesOfPart } from "./series.ts";
import { methodStyles, type SeriesStyle } from "./styles.ts";
import { assertPlaces, type ChartFrame, chartFrame, inks } from "./theme.ts";

/** What {@linkcode quantizerChart} shows. */
export interface QuantizerChartOptions extends ChartFrame {
  readonly codebook: {
    /** Ascending. */
    readonly levels: ArrayLike<number>;
    /** One less than levels: `thresholds[i]` separates level i from level i + 1. */
    readonly thresholds: ArrayLike<number>;
    /** The method's name, which decides the colour. */
    readonly design?: { readonly method: string };
  };
  /** The law whose density is drawn behind the staircase, on a scale of its own. */
  readonly law?: { readonly family?: string; readonly pdf: (x: number) => number };
  /**
   * The values that are quantized.
   *
   * @default {The levels, and an eighth of their range on either side}
   */
  readonly range?: readonly [lower: number, upper: number];
  /**
   * What the values are.
   *
   * @default {"weight"}
   */
  readonly valueTitle?: string;
}

/**
 * A chart of what a quantizer does to a value: the staircase x -> q(x) beside the diagonal on which nothing is lost, and below it the error
 * q(x) - x. Up to 16 levels are dots where the staircase meets the diagonal, and their thresholds are dashed lines; more are ticks on the axes. Of
 * more than 1,000 in view, 1,000 evenly spaced ones are drawn, the outer two among them.
 *
 * @throws {RangeError} If there is no level, a level or threshold is not finite, there isn't one threshold less than levels, or the range is empty or
 * not finite.
 *
 * @example
 * ```ts
 * import { quantizerChart, renderSvg } from "@bitbell/bitbell/report";
 * import { gaussian, lloydMax } from "@bitbell/bitbell";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const law = gaussian({ mean: 0, standardDeviation: 1 });
 * const svg = await renderSvg(quantizerChart({
 *   title: "Lloyd-Max at 2 bits",
 *   codebook: lloydMax(law, { bits: 2 }),
 *   law,
 * }));
 * assertStringIncludes(svg, "q(x) - x (weight)");
 * ```
 */
export function quantizerChart(
  {
    codebook,
    law,
    range,
    valueTitle = "weight",
    size: [width, height] = [560, 360],
    ...frame
  }: QuantizerChartOptions,
): ChartSpec {
  const levels = Array.from(codebook.levels), thresholds = Array.from(codebook.thresholds);
  assertPlaces("a quantizer", "levels", levels);
  if (thresholds.length !== levels.length - 1) {
    throw new RangeError(
      `Cannot draw a quantizer as there must be one threshold less than levels: their numbers are ${thresholds.length} and ${levels.length}`,
    );
  }
  assertPlaces("a quantizer", "levels and thresholds", [...levels, ...thresholds]);
  const [lower, upper] = range ?? rangeOf(levels);
  if (!(Number.isFinite(lower) && Number.isFinite(upper) && lower < upper)) {
    throw new RangeError(
      `Cannot draw a quantizer as its range must be finite and not empty: current value is [${lower}, ${upper}]`,
    );
  }
  const size = [width, height] as const;
  const steps = stepsOf(levels, thresholds, [lower, upper]);
  const inView = (value: number) => value >= lower && value <= upper;
  const shownLevels = thinned(levels.filter(inView));
  const shownThresholds = thinned(thresholds.filter(inView));
  const few = shownLevels.length <= 16;

  const [{ colour }] = methodStyles([codebook.design?.method ?? "unknown"]) as [SeriesStyle];
  const densityLabel = law?.family === undefined ? "density" : `density, ${law.family}`;
  const { color, shape } = encodeSeries("series", [
    seriesOfPart("staircase", "q(x)", colour),
    seriesOfPart("diagonal", "x"),
    seriesOfPart(few ? "levels" : "levelTicks", "levels"),
    seriesOfPart(few ? "thresholds" : "thresholdTicks", "thresholds"),
    ...(law === undefined ? [] : [seriesOfPart("backdrop", densityLabel)]),
  ], size);
  const x = {
    field: "x",
    type: "quantitative" as const,
    title: `x (${valueTitle})`,
    scale: { domain: [lower, upper], nice: false },
  };
  const bareX = { ...x, title: null, axis: { labels: false } };
  const y = {
    field: "level",
    type: "quantitative" as const,
    title: `q(x) (${valueTitle})`,
    scale: { domain: extentOf([lower, upper, ...steps.map(({ level }) => level)]), nice: false },
  };
  const error = {
    field: "error",
    type: "quantitative" as const,
    title: `q(x) - x (${valueTitle})`,
    axis: { tickCount: 5 },
  };
  const tooltip = [
    { field: "x", type: "quantitative" as const, format: ".4~g" },
    { field: "level", type: "quantitative" as const, title: "q(x)", format: ".4~g" },
    { field: "error", type: "quantitative" as const, title: "q(x) - x", format: ".4~g" },
  ];
  const thresholdRules = {
    data: { values: shownThresholds.map((x) => ({ x, series: "thresholds" })) },
    mark: {
      type: "rule" as const,
      color: inks.thresholds,
      strokeDash: [4, 3],
      opacity: 0.6,
      aria: false,
    },
  };
  const ticks = { type: "point" as const, filled: true, size: 36, opacity: 1, aria: false };

  const staircase = {
    width,
    height,
    layer: [
      ...(law === undefined ? [] : [densityOf(law, densityLabel, { x: bareX, color })]),
      {
        layer: [
          few ? { name: "thresholds", ...thresholdRules, encoding: { x: bareX, color } } : {
            name: "thresholds",
            data: thresholdRules.data,
            mark: ticks,
            encoding: { x: bareX, y: { value: height - 3 }, color, shape },
          },
          {
            name: "diagonal",
            data: { values: [lower, upper].map((x) => ({ x, level: x, series: "x" })) },
            mark: { type: "line" as const, strokeDash: [5, 4], strokeWidth: 1.3, aria: false },
            encoding: { x: bareX, y, color },
          },
          {
            name: "staircase",
            mark: { type: "line" as const, strokeWidth: few ? 2 : 1.2 },
            encoding: { x: bareX, y, color, tooltip },
          },
          {
            name: "levels",
            data: {
              values: shownLevels.map((level) => ({ x: level, level, series: "levels" })),
            },
            mark: few ? { ...ticks, size: 60, stroke: inks.paper, strokeWidth: 1 } : ticks,
            encoding: { x: few ? bareX : { value: 3 }, y, color, shape },
          },
        ],
      },
    ],
    resolve: { scale: { y: "independent" as const } },
  };
  const errors = {
    width,
    height: Math.round(height / 3),
    layer: [
      ...(few ? [{ name: "jumps", ...thresholdRules, encoding: { x } }] : []),
      {
        name: "zero",
        data: { values: [{ error: 0 }] },
        mark: {
          type: "rule" as const,
          color: inks.reference,
          strokeDash: [5, 4],
          strokeWidth: 1.3,
          aria: false,
        },
        encoding: { y: error },
      },
      {
        name: "error",
        mark: { type: "line" as const, color: colour, strokeWidth: few ? 1.6 : 1 },
        encoding: { x, y: error, tooltip },
      },
    ],
  };
  const { width: _, height: __, ...top } = chartFrame({ ...frame, size });
  return {
    ...top,
    data: { values: steps },
    bounds: "flush",
    spacing: 24,
    vconcat: [staircase, errors],
  };
}

/** The law's density on an axis of its own, which isn't shown. */
function densityOf<Encoding extends object>(
  law: { readonly pdf: (x: number) => number },
  series: string,
  { x, color }: {
    readonly x: Encoding & { readonly scale: { readonly domain: number[] } };
    readonly color: object;
  },
) {
  const [lower, upper] = x.scale.domain as [number, number];
  const values = Array.from({ length: 301 }, (_, i) => {
    const x = lower + i * (upper - lower) / 300;
    return { x, density: law.pdf(x), series };
  }).filter(({ density }) => Number.isFinite(density));
  return {
    name: "density",
    data: { values },
    mark: { type: "area" as const, opacity: 0.6, aria: false },
    encoding: {
      x,
      y: {
        field: "density",
        type: "quantitative" as const,
        axis: null,
        scale: { nice: false },
      },
      color,
    },
  };
}

/** The staircase from end to end: both ends of each cell in view, with the level and the error there. */
function stepsOf(
  levels: readonly number[],
  thresholds: readonly number[],
  [lower, upper]: readonly [number, number],
) {
  const cells = levels.map((level, i) => ({
    level,
    from: Math.max(lower, thresholds[i - 1] ?? -Infinity),
    to: Math.min(upper, thresholds[i] ?? Infinity),
  })).filter(({ from, to }) => from <= to);
  return thinned(cells).flatMap(({ level, from, to }) =>
    [from, to].map((x) => ({ x, level, error: level - x, series: "q(x)" }))
  );
}

/** How many levels a picture has room for. */
const mostLevels = 1000;

/** All, or evenly spaced ones, the outer two among them. */
function thinned<Item>(items: readonly Item[]): readonly Item[] {
  if (items.length <= mostLevels) return items;
  const step = (items.length - 1) / (mostLevels - 1);
  return Array.from({ length: mostLevels }, (_, i) => items[Math.round(i * step)]!);
}

/** The levels, and what lies beyond the outer ones: there, the error grows without bound. */
function rangeOf(levels: readonly number[]): readonly [number, number] {
  const lowest = levels[0]!, highest = levels.at(-1)!;
  const margin = (highest - lowest) / 8 || Math.abs(lowest) || 1;
  return [lowest - margin, highest + margin];
}

function extentOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
