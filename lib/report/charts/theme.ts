import type { Config } from "vega-lite";

/**
 * Colours of series, which people with any colour vision tell apart on white paper: those of Okabe and Ito ("Color universal design", 2008),
 * with a plum in place of the yellow, which is too light for lines.
 */
export const seriesColours: readonly string[] = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#111111",
  "#6a1466",
];

/** Colours of what is no series. */
export const inks = {
  bars: "#c8ced8",
  title: "#111111",
  levels: "#111111",
  thresholds: "#555555",
  reference: "#666666",
  subtitle: "#444444",
  words: "#333333",
  axis: "#888888",
  grid: "#eeeeee",
  paper: "white",
} as const;

/** What stands for each colour on a dark background: a chart is drawn in the dark by putting one for the other. */
export const darkColours: Readonly<Record<string, string>> = {
  "#0072b2": "#6da6d8",
  "#d55e00": "#f3653b",
  "#009e73": "#09f2ae",
  "#cc79a7": "#c05883",
  "#e69f00": "#fac241",
  "#56b4e9": "#a5dcff",
  "#6a1466": "#9b5ad7",
  [inks.levels]: "#f1f1ef",
  [inks.bars]: "#4d5360",
  [inks.thresholds]: "#a9adb5",
  [inks.reference]: "#9a9ea6",
  [inks.subtitle]: "#b8bbc2",
  [inks.words]: "#c9ccd2",
  [inks.axis]: "#7d828b",
  [inks.grid]: "#2c3038",
  [inks.paper]: "transparent",
};

/** What every chart has in common. All words have a colour, as the theme of a dark notebook gives those that have none its own, on white paper too. */
const chartConfig: Config = {
  font: "Helvetica, Arial, sans-serif",
  view: { stroke: null },
  title: {
    anchor: "start",
    fontSize: 16,
    color: inks.title,
    subtitleFontSize: 13,
    subtitleColor: inks.subtitle,
    offset: 14,
  },
  axis: {
    labelFontSize: 12,
    titleFontSize: 13,
    titleFontWeight: "normal",
    titlePadding: 8,
    labelColor: inks.words,
    titleColor: inks.words,
    domainColor: inks.axis,
    tickColor: inks.axis,
    gridColor: inks.grid,
  },
  axisX: { grid: false },
  legend: {
    orient: "top",
    labelFontSize: 13,
    labelColor: inks.words,
    titleColor: inks.words,
    columnPadding: 18,
    symbolSize: 130,
    symbolStrokeWidth: 0,
  },
};

/** Size of a drawing area in pixels, where no other is given. */
export const defaultSize = [680, 300] as const;

/** What a specification of one picture begins with. */
export function chartFrame(
  { title, subtitle = [], size: [width, height] = defaultSize }: ChartFrame,
) {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    background: inks.paper,
    padding: 12,
    width,
    height,
    title: { text: title, subtitle: typeof subtitle === "string" ? subtitle : [...subtitle] },
    config: chartConfig,
  };
}

/** What every chart is told. */
export interface ChartFrame {
  /** Shown above it. More than 55 characters widen the picture. */
  readonly title: string;
  /** Smaller lines under it; more than 70 characters widen the picture. */
  readonly subtitle?: string | readonly string[];
  /**
   * Size of the drawing area in pixels.
   *
   * @default {[680, 300]}
   */
  readonly size?: readonly [width: number, height: number];
}

/**
 * Refuses numbers that have no place on an axis.
 *
 * @throws {RangeError} If there is no number, or one is not finite.
 */
export function assertPlaces(chart: string, name: string, values: readonly number[]): void {
  if (values.length === 0) {
    throw new RangeError(`Cannot draw ${chart} as it needs a point: the number of points is 0`);
  }
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) {
    throw new RangeError(
      `Cannot draw ${chart} as ${name} must be finite: current value is ${wrong}`,
    );
  }
}
