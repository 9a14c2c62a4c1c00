import { lawStyles, methodStyles, type SeriesStyle } from "./styles.ts";
import { defaultSize, inks } from "./theme.ts";

/** A law under a label. */
export interface LabelledLaw<Law> {
  readonly label: string;
  /** The family, where it has one, decides how the law looks; else the label does. */
  readonly law: Law & { readonly family?: string };
}

/** Something drawn, by its name in the legend. */
export interface Series {
  readonly label: string;
  readonly style: SeriesStyle;
}

/** Strokes of what series are compared with, and what stands for them in a legend: SVG paths in a square from -1 to 1. */
const references: readonly SeriesStyle[] = [
  {
    colour: inks.reference,
    dash: [5, 4],
    symbol: "M-1.2,-.15H-.2V.15H-1.2Z M.2,-.15H1.2V.15H.2Z",
  },
  {
    colour: inks.reference,
    dash: [2, 3],
    symbol: "M-1.2,-.15H-.8V.15H-1.2Z M-.2,-.15H.2V.15H-.2Z M.8,-.15H1.2V.15H.8Z",
  },
];

/** Methods as series, each in its own style. */
export function seriesOfMethods(methods: readonly string[]): readonly Series[] {
  const styles = methodStyles(methods);
  return methods.map((label, i) => ({ label, style: styles[i]! }));
}

/** Laws as series, each in the style of its family. */
export function seriesOfLaws(laws: readonly LabelledLaw<unknown>[]): readonly Series[] {
  const styles = lawStyles(laws.map(({ label, law }) => law.family ?? label));
  return laws.map(({ label }, i) => ({ label, style: styles[i]! }));
}

/** What series are compared with: grey and dashed. */
export function seriesOfReferences(labels: readonly string[]): readonly Series[] {
  return labels.map((label, i) => ({ label, style: references[i % references.length]! }));
}

/** Laws as series of lines without points. */
export function seriesOfCurves(laws: readonly LabelledLaw<unknown>[]): readonly Series[] {
  return seriesOfLaws(laws).map(({ label, style }) => ({
    label,
    style: { ...style, symbol: lineSymbol(style.dash) },
  }));
}

/** What is no series of measurements: black, white and grey, so that laws are seen over it. */
const parts = {
  bars: { colour: inks.bars, symbol: "M-.9,.9V-.2H-.3V-.9H.3V-.2H.9V.9Z", dash: [1, 0] },
  backdrop: { colour: inks.bars, symbol: "M-1,.8Q-.3,.8,0,-.8Q.3,.8,1,.8Z", dash: [1, 0] },
  staircase: { colour: inks.words, symbol: "M-1.1,.9V.5H-.2V-.9H1.1V-.5H.2V.9Z", dash: [1, 0] },
  levels: { colour: inks.levels, symbol: "circle", dash: [1, 0] },
  levelTicks: { colour: inks.levels, symbol: "M-1,-.15H1V.15H-1Z", dash: [1, 0] },
  thresholdTicks: { colour: inks.thresholds, symbol: "M-.15,-1H.15V1H-.15Z", dash: [1, 0] },
  thresholds: {
    colour: inks.thresholds,
    symbol: "M-.12,-1.2H.12V-.6H-.12Z M-.12,-.3H.12V.3H-.12Z M-.12,.6H.12V1.2H-.12Z",
    dash: [4, 3],
  },
  diagonal: references[0]!,
} satisfies Record<string, SeriesStyle>;

/** A part of a picture, under its name in the legend. */
export function seriesOfPart(
  part: keyof typeof parts,
  label: string,
  colour: string = parts[part].colour,
): Series {
  return { label, style: { ...parts[part], colour } };
}

/**
 * Encodings that tell series apart by colour, symbol and stroke, under one legend that isn't wider than the drawing area.
 *
 * @param width Of the drawing area in pixels.
 */
export function encodeSeries(
  field: string,
  series: readonly Series[],
  [width]: readonly [width: number, height: number] = defaultSize,
) {
  const domain = series.map(({ label }) => label);
  const legend = {
    columns: legendColumns(domain, width),
    labelLimit: 260,
    symbolSize: 100,
    symbolOpacity: 1,
  };
  const base = { field, type: "nominal" as const, title: null, legend };
  return {
    color: { ...base, scale: { domain, range: series.map(({ style }) => style.colour) } },
    shape: { ...base, scale: { domain, range: series.map(({ style }) => style.symbol) } },
    strokeDash: { ...base, scale: { domain, range: series.map(({ style }) => [...style.dash]) } },
  };
}

/** How many columns of labels stand beside each other in a width. */
function legendColumns(labels: readonly string[], width: number): number {
  // What Vega takes where no browser measures text: 0.8 of the font's size for a letter; and a symbol with the space around it.
  const widths = labels.map((label) => 34 + 0.8 * 13 * label.length);
  const widthOf = (columns: number) =>
    Array.from({ length: columns }, (_, j) => widths.filter((_, i) => i % columns === j))
      .reduce((sum, column) => sum + Math.max(...column), 0);
  let columns = labels.length;
  while (columns > 1 && widthOf(columns) > width) columns -= 1;
  return columns;
}

/** What stands for a line in a legend that holds filled symbols: its strokes, five pixels to the half of the symbol. */
function lineSymbol(dash: readonly number[]): string {
  const strokes: string[] = [];
  let start = -1.1;
  for (let i = 0; start < 1.1; i++) {
    const end = Math.min(1.1, start + dash[i % dash.length]! / 5);
    const [from, to] = [start, end].map((place) => Number(place.toFixed(2)));
    if (i % 2 === 0) strokes.push(`M${from},-.2H${to}V.2H${from}Z`);
    start = end;
  }
  return strokes.join(" ");
}

/** The labels that appear, in the order of their first appearance. */
export function labelsOf<Point>(
  points: readonly Point[],
  label: (point: Point) => string,
): string[] {
  return [...new Set(points.map(label))];
}
