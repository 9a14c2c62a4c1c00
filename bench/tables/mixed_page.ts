import { paretoChart, paretoFront } from "../../lib/report/charts/pareto_chart.ts";
import { fixed, percent, signed } from "../../lib/report/format.ts";
import { type Page, type PageSection, tabulate } from "../../lib/report/page.ts";
import type { Column } from "../../lib/report/table.ts";
import { type BenchResults, type Cell, cellsOf, type Setting } from "../results.ts";
import type { Accuracy } from "./accuracy.ts";
import { type Budget, budgetOf, type MixedResult } from "./mixed_cells.ts";
import { caveatsOf, describeImages, networksOf, notesOnQuantization } from "./page.ts";
import { comparePaired, formatPValue, type PairedAccuracy } from "./paired.ts";
import { byNetwork } from "./settings.ts";

export const mixedTitle = "Mixed widths: accuracy against size";

/** A row of the table. */
interface Row {
  /** Undefined: float32. */
  readonly setting?: Setting | undefined;
  /** Undefined: one width for all. */
  readonly budget?: Budget | undefined;
  readonly result: MixedResult;
  /** Undefined where there is nothing to compare. */
  readonly place?: Place | undefined;
}

/** What a network takes and gives. */
interface Place {
  readonly size: number;
  readonly accuracy: number;
}

/** What the table of mixed widths shows. */
export function mixedPage(results: BenchResults): Page {
  const cells = cellsOf<MixedResult>(results, "mixed");
  const networks = networksOf(results, cells);
  const datasets = new Set(networks.map(({ dataset }) => dataset));
  const sets = results.header.sets.filter(({ name }) => datasets.has(name));
  const short = cells.filter(({ result }) => result.bytes === undefined);
  return {
    name: "mixed",
    title: mixedTitle,
    sections: [...byNetwork(cells)].map(([label, rows]) => sectionOf(label, rows)),
    footnotes: [
      ...sets.map((set) =>
        `${set.name}: ${describeImages(set)}. 95 % interval: Wilson's, of top-1.`
      ),
      "Widths: one for all tensors (equal), or one of 1 to 8 bits for each, chosen such that the sum of the tensors' errors is least while the " +
      "weights take no more than the budget in the mean, books included (`allocateBits`). Squared error: of weights. Output error: the " +
      "mean square of the errors that reach a layer's outputs over that of the outputs, as expected from the network's numbers alone, without images.",
      "Front: nothing in the network's table is as small and as accurate, and better in one of the two. Which row is on it is itself " +
      "uncertain where accuracies differ by less than the intervals.",
      "Change: top-1 minus that of the float32 weights on the same images. Over equal: top-1 minus that of the same method with the budget as the " +
      "width of all tensors, whose books come on top of it; p: McNemar's exact two-sided test of that, of each row by itself.",
      "Stored: packed codes, 4 bytes for each number that a book is made from, and all other tensors as they are. KiB: 1,024 bytes.",
      ...(short.length === 0 ? [] : [
        "Without accuracy: the budget is below what the least widths and their books take, which stands under effective bits.",
      ]),
      "No published figures stand beside these: bench/published has none of mixed widths. Those of float32 and of equal widths stand in the tables of " +
      "the data sets, where network, data and setting agree.",
      ...notesOnQuantization(cells),
      ...new Set([
        ...sets.flatMap(({ name }) => caveatsOf(results, networks, name)),
        ...caveatsOf(results, networks),
      ]),
    ],
  };
}

function sectionOf(label: string, cells: readonly Cell<MixedResult>[]): PageSection {
  const rows = cells.map(({ key, result }): Row => ({
    setting: key.setting,
    budget: budgetOf(key),
    result,
    place: placeOf(result),
  }));
  const points = rows.flatMap((row) =>
    row.setting === undefined || row.place === undefined
      ? []
      : [{ series: widthsName(row)!, label: labelOf(row), ...row.place, row }]
  );
  const front = new Set(paretoFront(points).map(({ row }) => row));
  const float = rows.find(({ setting }) => setting === undefined)?.place;
  return {
    heading: label,
    tables: [tabulate(rows, columnsOf(rows, front))],
    charts: points.length === 0 ? [] : [{
      title: `${label}: accuracy against size`,
      spec: paretoChart({
        title: `${label}: accuracy against size`,
        points: points.map(({ row: _, ...point }) => point),
        ...(float && { float: { accuracy: float.accuracy } }),
        sizeTitle: "stored (KiB)",
      }),
    }],
  };
}

function placeOf({ bytes, accuracy }: MixedResult): Place | undefined {
  return bytes === undefined || accuracy === undefined
    ? undefined
    : { size: bytes / 1024, accuracy: accuracy.top1 };
}

function columnsOf(
  rows: readonly Row[],
  front: ReadonlySet<Row>,
): readonly Column<Row>[] {
  const float = rows.find(({ setting }) => setting === undefined);
  return [
    { title: "per", value: ({ setting }) => setting?.granularity },
    { title: "method", value: ({ setting }) => setting?.method ?? "float32" },
    { title: "bits", value: bitsOf },
    { title: "widths", value: widthsName },
    { title: "effective bits", value: ({ result }) => result.effectiveBits, format: fixed(3) },
    { title: "stored", unit: "KiB", value: ({ place }) => place?.size, format: fixed(1) },
    { title: "top-1", unit: "%", value: ({ place }) => place?.accuracy, format: percent(2) },
    {
      title: "95 % interval",
      value: ({ result }) => result.accuracy && interval(result.accuracy),
      align: "right",
    },
    {
      title: "change",
      unit: "points",
      value: (row) => row === float ? undefined : compare(row, float)?.points,
      format: signed(2),
    },
    {
      title: "over equal",
      unit: "points",
      value: (row) => compare(row, equalTo(row, rows))?.points,
      format: signed(2),
    },
    {
      title: "p",
      value: (row) => compare(row, equalTo(row, rows))?.pValue,
      format: formatPValue,
    },
    { title: "front", value: (row) => front.has(row) ? "yes" : undefined },
    { title: "tensors by width", value: ({ result }) => countWidths(result) },
  ];
}

function bitsOf({ setting, budget }: Row): number {
  return budget?.averageBits ?? setting?.bits ?? 32;
}

function widthsName({ setting, budget }: Row): string | undefined {
  return budget?.criterion ?? (setting && "equal");
}

/** A row in the chart. */
function labelOf(row: Row): string {
  const { method, granularity } = row.setting!;
  const width = `${bitsOf(row)} bits${row.budget === undefined ? "" : " on average"}`;
  return `${method} per ${granularity}, ${width}`;
}

/** The same method with the budget as the width of all tensors. */
function equalTo({ setting, budget }: Row, rows: readonly Row[]): Row | undefined {
  return budget &&
    rows.find((row) =>
      row.budget === undefined && row.setting?.method === setting?.method &&
      row.setting?.granularity === setting?.granularity && row.setting?.bits === budget.averageBits
    );
}

/** How a row compares with another, image by image. */
function compare({ result }: Row, other: Row | undefined): PairedAccuracy | undefined {
  const against = other?.result.accuracy;
  return result.accuracy && against && comparePaired(result.accuracy, against);
}

function interval({ interval95 }: Accuracy): string {
  return interval95.map(percent(1)).join(" to ");
}

/** "2 x 3, 5 x 4": how many tensors have which width. */
function countWidths({ widths }: MixedResult): string | undefined {
  if (widths === undefined) return undefined;
  const byWidth = [...Map.groupBy(Object.values(widths), (width) => width)];
  return byWidth.sort(([a], [b]) => a - b)
    .map(([width, tensors]) => `${tensors.length} x ${width}`).join(", ");
}
