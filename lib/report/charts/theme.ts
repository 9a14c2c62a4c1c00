import type { Config } from "vega-lite";

/**
 * Colours for series, one after the other, that people with any colour vision tell apart on white paper: those of Okabe and Ito (2008),
 * without the yellow, which is too light for lines.
 */
export const seriesColours: readonly string[] = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#111111",
];

/** Colours of what is no series. */
export const inks = {
  bars: "#c8ced8",
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
  "#0072b2": "#5b9ee6",
  "#d55e00": "#ff8a4c",
  "#009e73": "#2fc79b",
  "#cc79a7": "#e39ac3",
  "#e69f00": "#f2b632",
  "#56b4e9": "#a5dcff",
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

/** Strokes of lines that share a colour: after the last colour comes the first one again, dashed. */
const seriesDashes: readonly (readonly number[])[] = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3]];

const symbols = [
  "circle",
  "square",
  "triangle-up",
  "diamond",
  "cross",
  "triangle-down",
  "triangle-right",
];

/** Strokes of what series are compared with, and what stands for them in a legend: SVG paths in a square from -1 to 1. */
const references: readonly { readonly dash: readonly number[]; readonly symbol: string }[] = [
  { dash: [5, 4], symbol: "M-1.2,-.15H-.2V.15H-1.2Z M.2,-.15H1.2V.15H.2Z" },
  { dash: [2, 3], symbol: "M-1.2,-.15H-.8V.15H-1.2Z M-.2,-.15H.2V.15H-.2Z M.8,-.15H1.2V.15H.8Z" },
];

/** What every chart has in common. */
const chartConfig: Config = {
  font: "Helvetica, Arial, sans-serif",
  view: { stroke: null },
  title: {
    anchor: "start",
    fontSize: 16,
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
    columnPadding: 18,
    symbolSize: 130,
    symbolStrokeWidth: 0,
  },
};

/**
 * Encodings that tell series apart by colour and symbol, and by stroke where a colour comes again; what they are compared with is grey and
 * dashed.
 */
export function encodeSeries(
  field: string,
  labels: readonly string[],
  compared: readonly string[] = [],
) {
  const cycle = seriesColours.length;
  const series = labels.map((_, i) => ({
    colour: seriesColours[i % cycle]!,
    symbol: symbols[(i + Math.floor(i / cycle)) % symbols.length]!,
    dash: seriesDashes[Math.floor(i / cycle) % seriesDashes.length]!,
  }));
  const others = compared.map((_, i) => ({
    colour: inks.reference,
    ...references[i % references.length]!,
  }));
  const all = [...series, ...others];
  const domain = [...labels, ...compared];
  const base = { field, type: "nominal" as const, title: null };
  const legend = { columns: 4, labelLimit: 220, symbolSize: 90 };
  return {
    color: { ...base, legend, scale: { domain, range: all.map(({ colour }) => colour) } },
    shape: { ...base, legend, scale: { domain, range: all.map(({ symbol }) => symbol) } },
    strokeDash: {
      ...base,
      legend,
      scale: { domain, range: all.map(({ dash }) => [...dash]) },
    },
  };
}

/** What a specification of one picture begins with. */
export function chartFrame(
  { title, subtitle = [], size: [width, height] = [680, 300] }: ChartFrame,
) {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
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

/** The labels that appear, in the order of their first appearance. */
export function labelsOf<Point>(
  points: readonly Point[],
  label: (point: Point) => string,
): string[] {
  return [...new Set(points.map(label))];
}
