import { errorChart } from "../../lib/report/charts/error_chart.ts";
import { layerHeatMap } from "../../lib/report/charts/layer_heat_map.ts";
import { count, fixed, significant } from "../../lib/report/format.ts";
import {
  type Page,
  type PageChart,
  type PageSection,
  type TableData,
  tabulate,
} from "../../lib/report/page.ts";
import type { Column } from "../../lib/report/table.ts";
import { type BenchResults, type Cell, cellsOf, type Setting, variantName } from "../results.ts";
import { expectedCost, isPickedLaw, type PickedLaw, shannonCost } from "./law_costs.ts";
import { exactBound, rankedAt } from "./method_cells.ts";
import { mismatchNote, mismatchSection } from "./mismatch_page.ts";
import { type LayerError, meanOf, type NetworkError } from "./network_error.ts";
import { caveatsOf, networksOf, notesOnQuantization } from "./page.ts";
import { byNetwork } from "./settings.ts";

type MseCell = Cell<NetworkError>;

/** A method, or what none is better than. */
interface Row extends Pick<Setting, "bits" | "granularity"> {
  readonly title: string;
  readonly relativeMse: number;
  readonly result?: NetworkError;
  /** The network's `relativeMse` over that of k-means. */
  readonly overKMeans?: number;
  /** Over what is expected of the laws: of their Lloyd-Max quantizers, and by Shannon's lower bound. */
  readonly overLloydMax?: number;
  readonly overShannon?: number;
}

const columns: readonly Column<Row>[] = [
  { title: "bits", value: ({ bits }) => bits },
  { title: "method", value: ({ title }) => title },
  { title: "MSE / variance", value: ({ relativeMse }) => relativeMse, format: significant(3) },
  {
    title: "weighted",
    value: ({ result }) => result?.weightedRelativeMse,
    format: significant(3),
  },
  { title: "over k-means", value: ({ overKMeans }) => overKMeans, format: fixed(3) },
  { title: "over Lloyd-Max", value: ({ overLloydMax }) => overLloydMax, format: fixed(3) },
  { title: "over Shannon", value: ({ overShannon }) => overShannon, format: fixed(3) },
  { title: "SQNR", unit: "dB", value: ({ result }) => result?.sqnrDb, format: fixed(2) },
  { title: "effective bits", value: ({ result }) => result?.effectiveBits, format: fixed(3) },
];

const granularityColumn: Column<Row> = { title: "per", value: ({ granularity }) => granularity };

/** What the table of squared errors shows of its cells. */
export function msePage(title: string, results: BenchResults): Page {
  const cells = cellsOf<NetworkError>(results, "mse");
  const granularities = new Set(cells.map(({ key }) => key.setting!.granularity));
  const ranked = rankedAt(results.header.selection);
  const sections = [...byNetwork(cells)].map(([label, ofNetwork]): PageSection => {
    const rows = rowsOf(ofNetwork);
    const ofLayers = ofNetwork.filter(({ key: { setting } }) =>
      setting!.bits === ranked.bits && setting!.granularity === ranked.granularity
    );
    return {
      heading: granularities.size > 1
        ? label
        : `${label}, one codebook per ${[...granularities][0]}`,
      tables: [
        tabulate(rows, granularities.size > 1 ? [granularityColumn, ...columns] : columns),
        ...layersTable(ofLayers, ranked.bits),
      ],
      charts: [
        ...[...granularities].flatMap((granularity) =>
          errorCharts(label, granularity, rows.filter((row) => row.granularity === granularity))
        ),
        ...heatMaps(`${label}, ${ranked.bits} bits per ${ranked.granularity}`, ofLayers),
      ],
    };
  });
  const mismatch = mismatchSection(cells);
  return {
    name: "mse",
    title,
    sections: mismatch === undefined ? sections : [...sections, mismatch],
    footnotes: [
      "MSE / variance: mean over the quantized tensors of each one's MSE over its population variance, whatever the granularity; " +
      "weighted: the same mean weighted by the tensors' sizes.",
      ...referenceNotes(cells),
      "Expected rows, for one codebook per tensor: the mean over tensors of what the law that D picks for each, Gaussian or Laplace, allows if the " +
      "weights follow it: its Lloyd-Max quantizer, the least of all books with as many levels, and Shannon's lower bound for any code of that rate. " +
      "Actual weights follow neither law exactly, and may cost less. Over Lloyd-Max, over Shannon: MSE / variance over these.",
      "SQNR: 10 log10 of the sum of all squared weights over the sum of all squared errors.",
      "Effective bits: bits per weight with 32 bits for every stored level, scale, offset or parameter of a law.",
      `The second table of a network: MSE / variance of each tensor at ${ranked.bits} bits per ${ranked.granularity}; -10 log10 of it is the SQNR of a ` +
      "tensor in dB, if its mean is 0. The results file has all widths and granularities.",
      ...(mismatch === undefined ? [] : [mismatchNote]),
      ...notesOnQuantization(cells),
      ...caveatsOf(results, networksOf(results, cells)),
    ],
  };
}

/** The network's rows by granularity and bits: what is expected of the laws, then the methods. */
function rowsOf(cells: readonly MseCell[]): readonly Row[] {
  const groups = Map.groupBy(cells, ({ key: { setting } }) => placeOf(setting!));
  return [...groups.values()].flatMap((group) => {
    const { bits, granularity } = group[0]!.key.setting!;
    const reference = referenceOf(group)?.result.relativeMse;
    const laws = granularity === "tensor" ? lawsOf(group[0]!.result.layers) : undefined;
    const lloydMax = laws && meanOf(laws, (law) => expectedCost(law, law, bits));
    const shannon = laws && meanOf(laws, (law) => shannonCost(law, bits));
    const row = (title: string, relativeMse: number, result?: NetworkError): Row => ({
      bits,
      granularity,
      title,
      relativeMse,
      ...(result && { result }),
      ...(reference && { overKMeans: relativeMse / reference }),
      ...(lloydMax && { overLloydMax: relativeMse / lloydMax }),
      ...(shannon && { overShannon: relativeMse / shannon }),
    });
    return [
      ...(shannon ? [row("expected: Shannon", shannon)] : []),
      ...(lloydMax ? [row("expected: Lloyd-Max", lloydMax)] : []),
      ...group.map(({ key, result }) => row(variantName(key.setting!), result.relativeMse, result)),
    ];
  });
}

/** The law of each tensor; undefined where one has none. */
function lawsOf(layers: readonly LayerError[]): readonly PickedLaw[] | undefined {
  const laws = layers.flatMap(({ law }) => isPickedLaw(law) ? [law] : []);
  return laws.length === layers.length ? laws : undefined;
}

/** k-means of the same width and granularity: the exact one where it was measured. */
function referenceOf(group: readonly MseCell[]): MseCell | undefined {
  const named = (method: string) => group.find(({ key }) => key.setting!.method === method);
  return named(exactBound) ?? named("k-means");
}

/** What the ratio is to, and how far that is the optimum. */
function referenceNotes(cells: readonly MseCell[]): readonly string[] {
  const groups = Map.groupBy(
    cells,
    ({ key: { network, setting } }) => `${network}: ${placeOf(setting!)}`,
  );
  const references = [...groups.values()].flatMap((group) => referenceOf(group) ?? []);
  if (references.length === 0) return [];
  const layers = references.flatMap(({ result }) => result.layers);
  const exact = layers.filter((layer) => layer.exact).length;
  const local = exact === layers.length
    ? "which is exact here: no book of as many levels has less error."
    : `which is exact for ${count(exact)} of ${
      count(layers.length)
    } tensors and widths, where no book of as many levels has less error, ` +
      "and for the others a local optimum, which can be slightly above it.";
  return [
    `Over k-means: MSE / variance over that of k-means on the same groups of weights, ${local}`,
  ];
}

/** Each tensor's figure by every method, where there are some. */
function layersTable(cells: readonly MseCell[], bits: number): readonly TableData[] {
  if (cells.length === 0) return [];
  const table = tabulate(cells[0]!.result.layers, [
    { title: `tensor at ${bits} bits`, value: ({ name }) => name },
    { title: "weights", value: ({ size }) => size, format: count },
    { title: "law by D", value: ({ law }) => law ?? "constant" },
    ...cells.map(({ key, result }): Column<LayerError> => {
      const errors = new Map(result.layers.map((layer) => [layer.name, layer.relativeMse]));
      return {
        title: variantName(key.setting!),
        value: ({ name }) => errors.get(name),
        format: significant(3),
      };
    }),
  ]);
  return [{ ...table, isDetail: true }];
}

/** A network's errors by bits, with what is expected of the laws as dashed lines. */
function errorCharts(
  label: string,
  granularity: Setting["granularity"],
  rows: readonly Row[],
): readonly PageChart[] {
  const finite = rows.filter(({ relativeMse }) => Number.isFinite(relativeMse));
  const points = finite.filter(({ result }) => result !== undefined)
    .map(({ title, bits, relativeMse }) => ({ method: title, bits, relativeError: relativeMse }));
  if (points.length === 0) return [];
  const expected = Map.groupBy(
    finite.filter(({ result }) => result === undefined),
    (row) => row.title,
  );
  const bounds = [...expected].map(([label, rows]) => ({
    label,
    points: rows.map(({ bits, relativeMse }) => ({ bits, relativeError: relativeMse })),
  }));
  const title = `${label}, one codebook per ${granularity}`;
  return [{ title: `MSE by bits: ${title}`, spec: errorChart({ title, points, bounds }) }];
}

/** Where in a network the error is, by method. */
function heatMaps(title: string, cells: readonly MseCell[]): readonly PageChart[] {
  const fields = cells.flatMap(({ key, result }) =>
    result.layers.map(({ name, relativeMse }) => ({
      layer: name,
      column: variantName(key.setting!),
      value: relativeMse,
    }))
  ).filter(({ value }) => Number.isFinite(value));
  if (fields.length === 0) return [];
  return [{ title: `MSE by tensor: ${title}`, spec: layerHeatMap({ title, cells: fields }) }];
}

function placeOf({ bits, granularity }: Setting): string {
  return `${granularity} ${bits}`;
}
