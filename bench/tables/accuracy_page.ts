import type { Granularity } from "../../lib/compression/granularity.ts";
import { accuracyChart } from "../../lib/report/charts/accuracy_chart.ts";
import { fixed, percent, signed } from "../../lib/report/format.ts";
import { type Page, type PageChart, type PageSection, tabulate } from "../../lib/report/page.ts";
import type { Column } from "../../lib/report/table.ts";
import {
  differencesFrom,
  factOf,
  type Measured,
  type Published,
  type PublishedFigure,
  readPublished,
} from "../published.ts";
import {
  type BenchResults,
  type Cell,
  cellsOf,
  type ImageSetRecord,
  settingName,
  variantName,
} from "../results.ts";
import type { AccuracyResult } from "./accuracy.ts";
import { caveatsOf, describeImages, networksOf, notesOnQuantization } from "./page.ts";
import { comparePaired, formatPValue, type PairedAccuracy } from "./paired.ts";
import { byNetwork } from "./settings.ts";

type AccuracyCell = Cell<AccuracyResult>;

/** A cell, and how it compares with the float32 network. */
interface Row extends AccuracyCell {
  readonly change?: PairedAccuracy;
}

const bytesPerKibibyte = 1024;

const columns: readonly Column<Row>[] = [
  { title: "bits", value: ({ key }) => key.setting?.bits ?? 32 },
  {
    title: "method",
    value: ({ key: { setting } }) => setting ? variantName(setting) : "float32",
  },
  { title: "top-1", unit: "%", value: ({ result }) => result.top1, format: percent(2) },
  {
    title: "95 % interval",
    value: ({ result }) => result.interval95.map(percent(1)).join(" to "),
    align: "right",
  },
  { title: "change", unit: "points", value: ({ change }) => change?.points, format: signed(2) },
  {
    title: "its 95 % interval",
    value: ({ change }) => change?.interval95.map(signed(2)).join(" to "),
    align: "right",
  },
  { title: "p", value: ({ change }) => change?.pValue, format: formatPValue },
  { title: "top-5", unit: "%", value: ({ result }) => result.top5, format: percent(2) },
  { title: "eff. bits", value: ({ result }) => result.effectiveBits, format: fixed(3) },
  { title: "KiB", value: ({ result }) => result.bytes / bytesPerKibibyte, format: fixed(1) },
];

const granularityColumn: Column<Row> = {
  title: "per",
  value: ({ key }) => key.setting?.granularity,
};

/** What the table of accuracies on one data set shows of its cells. */
export function accuracyPage(
  name: string,
  title: string,
  dataset: string,
  results: BenchResults,
  sources: readonly Published[] = readPublished(),
): Page {
  const cells = cellsOf<AccuracyResult>(results, name);
  const set = results.header.sets.find((set) => set.name === dataset);
  const networks = networksOf(results, cells);
  const granularities = new Set(cells.flatMap(({ key }) => key.setting?.granularity ?? []));
  const sections = [...byNetwork(cells)].map(([label, ofNetwork]): PageSection => ({
    heading: granularities.size === 1
      ? `${label}, one codebook per ${[...granularities][0]}`
      : label,
    tables: [
      tabulate(
        rowsOf(ofNetwork),
        granularities.size > 1 ? [granularityColumn, ...columns] : columns,
      ),
    ],
    charts: [...granularities].flatMap((granularity) => chartsOf(label, granularity, ofNetwork)),
  }));
  return {
    name,
    title,
    sections: set === undefined || cells.length === 0
      ? sections
      : [...sections, publishedSection(results, set, cells, sources)],
    footnotes: [
      ...(set === undefined ? [] : [`${describeImages(set)}. 95 % interval: Wilson's, of top-1.`]),
      "Change: top-1 minus that of the float32 weights on the same images, its 95 % interval (Tango's score interval for paired proportions) and " +
      "the p-value of McNemar's exact two-sided test of no change: of each row by itself, not corrected for their number.",
      "Eff. bits: bits per quantized weight with 32 bits for every stored level, scale, offset or parameter of a law. KiB: 1,024 bytes, of all " +
      "tensors: the quantized ones so packed, each in whole bytes, the others (biases, batch norm, buffers) as they are; names and shapes not counted.",
      ...notesOnQuantization(cells),
      ...networks.flatMap(({ label, normalization }) =>
        normalization === undefined ? [] : [`${label}: pixels normalised by ${normalization}.`]
      ),
      ...caveatsOf(results, networks, dataset),
    ],
  };
}

/** The float32 network first. */
function rowsOf(cells: readonly AccuracyCell[]): readonly Row[] {
  const float = cells.find(({ key }) => key.setting === undefined);
  const quantized = cells.filter(({ key }) => key.setting !== undefined);
  if (float === undefined) return quantized;
  return [
    float,
    ...quantized.map((cell) => {
      const change = comparePaired(cell.result, float.result);
      return change === undefined ? cell : { ...cell, change };
    }),
  ];
}

/** A network's accuracy by bits, its float32 weights as a line across. */
function chartsOf(
  label: string,
  granularity: Granularity,
  cells: readonly AccuracyCell[],
): readonly PageChart[] {
  const float = cells.find(({ key }) => key.setting === undefined)?.result;
  const points = cells.flatMap(({ key: { setting }, result: { top1, interval95 } }) =>
    setting?.granularity === granularity
      ? [{ method: variantName(setting), bits: setting.bits, accuracy: top1, interval95 }]
      : []
  );
  if (points.length === 0) return [];
  const title = `${label}, one codebook per ${granularity}`;
  const rule = float && { float: { accuracy: float.top1 } };
  return [{ title: `Top-1 by bits: ${title}`, spec: accuracyChart({ title, points, ...rule }) }];
}

/** A published figure beside ours. */
interface Comparison {
  readonly cell: AccuracyCell;
  readonly figure: PublishedFigure;
  readonly published: number;
  readonly source: Published["source"];
}

const comparisonColumns: readonly Column<Comparison>[] = [
  { title: "network", value: ({ cell }) => cell.key.network },
  {
    title: "setting",
    value: ({ cell: { key } }) => key.setting === undefined ? "float32" : settingName(key.setting),
  },
  { title: "ours", unit: "%", value: ({ cell }) => cell.result.top1, format: percent(2) },
  { title: "published", unit: "%", value: ({ published }) => published, format: fixed(2) },
  {
    title: "difference",
    unit: "points",
    value: ({ cell, published }) => 100 * cell.result.top1 - published,
    format: signed(2),
  },
  { title: "source", value: ({ source }) => `${source.title}: ${source.url}` },
];

/** Published figures beside ours where weights, images and setting agree, and why there is none of the others. */
function publishedSection(
  results: BenchResults,
  set: ImageSetRecord,
  cells: readonly AccuracyCell[],
  sources: readonly Published[],
): PageSection {
  const measured = cells.map((cell) => ({ cell, facts: factsOf(results, set, cell) }));
  const comparisons: Comparison[] = [];
  const text: string[] = [];
  for (const { source, figures } of sources) {
    if ("unknown" in figures) {
      text.push(`${source.title}: ${figures.unknown}.`);
      continue;
    }
    const left: PublishedFigure[] = [];
    for (const figure of figures.filter(({ dataset }) => dataset === set.name)) {
      const published = factOf(figure.top1);
      const same = measured.filter(({ facts }) => differencesFrom(figure, facts).length === 0);
      if (published === undefined || same.length === 0) left.push(figure);
      else comparisons.push(...same.map(({ cell }) => ({ cell, figure, published, source })));
    }
    text.push(...describeLeft(source.title, left, measured.map(({ facts }) => facts)));
  }
  return {
    heading: "Published figures",
    text,
    tables: comparisons.length === 0 ? [] : [tabulate(comparisons, comparisonColumns)],
  };
}

/** Why figures of a source aren't shown: in what they differ from what comes nearest of ours. */
function describeLeft(
  title: string,
  figures: readonly PublishedFigure[],
  measured: readonly Measured[],
): readonly string[] {
  const byReason = Map.groupBy(figures, (figure) => reasonFor(figure, measured));
  return [...byReason].map(([reason, figures]) => {
    const networks = new Set(figures.map(({ network }) => network));
    return `${title}: not shown: ${[...networks].join(", ")} (${figures.length}), ${reason}.`;
  });
}

function reasonFor(figure: PublishedFigure, measured: readonly Measured[]): string {
  if (factOf(figure.top1) === undefined) return "for which the source has no figure";
  const [nearest] = measured.map((facts) => differencesFrom(figure, facts))
    .toSorted((a, b) => a.length - b.length);
  return `which differ from the nearest of ours in ${nearest!.join(", ")}`;
}

function factsOf(results: BenchResults, set: ImageSetRecord, { key }: AccuracyCell): Measured {
  const network = results.header.networks.find(({ label }) => label === key.network)!;
  return { network, set, ...(key.setting && { setting: key.setting }) };
}
