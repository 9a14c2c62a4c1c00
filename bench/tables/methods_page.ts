import { describeMethod, quantizerMethods } from "../../lib/quantizers/methods.ts";
import type { MethodKind } from "../../lib/quantizers/method.ts";
import { fixed, percent, significant } from "../../lib/report/format.ts";
import { type Page, type TableData, tabulate } from "../../lib/report/page.ts";
import type { Column } from "../../lib/report/table.ts";
import { type BenchResults, type NetworkRecord, type Setting, variantName } from "../results.ts";
import {
  accuracyBits,
  bestVariants,
  boundFamilies,
  exactBound,
  isRowWidth,
  type MethodCell,
  type MethodResult,
  rankedAt,
  shannonBound,
} from "./method_cells.ts";
import { caveatsOf, describeImages, networksOf, notesOnQuantization } from "./page.ts";
import { byNetwork, methodsOf } from "./settings.ts";

const kinds: readonly MethodKind[] = ["uniform", "format", "pattern", "law", "sample", "auto"];

/** One row: a method at all widths, or what it is compared with. */
interface Row {
  readonly title: string;
  /** The method; undefined for float32, a bound, or the name of a kind. */
  readonly method?: string;
  readonly at: (bits: number) => MethodResult | undefined;
}

/** A method that exists for one width only. */
interface OwnWidthRow {
  readonly setting: Setting;
  readonly result: MethodResult;
}

type Figure = "relativeMse" | "top1";

/** What the table shows of its cells: a section for each network and granularity, methods by kind, the best analytic one of each column bold. */
export function methodsPage(
  title: string,
  results: BenchResults,
  cells: readonly MethodCell[],
): Page {
  const { selection } = results.header;
  const networks = networksOf(results, cells);
  const sections = [...byNetwork(cells)].flatMap(([label, ofNetwork]) =>
    selection.granularities.map((granularity) => ({
      heading: `${label}, one codebook per ${granularity}`,
      tables: tablesOf(results, granularity, ofNetwork),
    }))
  );
  return {
    name: "methods",
    title,
    sections,
    footnotes: [
      ...figureNotes(results, networks),
      ...boundNotes(cells),
      ...choiceNotes(results, networks, cells),
      ...cells.flatMap(failureNotes),
      ...notesOnQuantization(cells),
      ...new Set(networks.flatMap((network) => caveatsOf(results, [network], network.dataset))),
    ],
  };
}

function tablesOf(
  results: BenchResults,
  granularity: Setting["granularity"],
  cells: readonly MethodCell[],
): readonly TableData[] {
  const { selection } = results.header;
  const widths = selection.bits.filter((width) => !isRowWidth(width)).toSorted((a, b) => a - b);
  const quantized = cells.filter(({ key }) => key.setting?.granularity === granularity);
  const float = cells.find(({ key }) => key.setting === undefined && key.variant === undefined)
    ?.result;
  const rows = [
    ...boundRows(cells, quantized, granularity, float),
    ...kinds.flatMap((kind) => rowsOfKind(kind, quantized)),
  ];
  const ranked = rankedAt(selection).bits;
  const columns: Column<Row>[] = [
    { title: "method", value: (row) => row.title },
    ...widths.map((bits) => figureColumn(`MSE ${bits}`, "relativeMse", bits, rows)),
    {
      title: "eff.",
      value: ({ at }) => [ranked, ...widths].map(at).find(Boolean)?.effectiveBits,
      format: fixed(2),
    },
    ...widths.filter((bits) => float?.top1 !== undefined && accuracyBits.includes(bits))
      .map((bits) => figureColumn(`top-1 ${bits}`, "top1", bits, rows)),
  ];
  const own = quantized.filter(({ key }) => isRowWidth(key.setting!.bits))
    .map(({ key, result }) => ({ setting: key.setting!, result }));
  return [
    ...(widths.length === 0 ? [] : [tabulate(rows, columns)]),
    ...(own.length === 0 ? [] : [ownWidthsTable(own)]),
  ];
}

/** What the methods are compared with: the float32 weights, and what no method can be better than. */
function boundRows(
  cells: readonly MethodCell[],
  quantized: readonly MethodCell[],
  granularity: Setting["granularity"],
  float: MethodResult | undefined,
): readonly Row[] {
  const rows: Row[] = [];
  if (float !== undefined) {
    rows.push({ title: "float32", at: () => ({ ...float, effectiveBits: 32 }) });
  }
  const shannon = cells.find(({ key }) => key.variant === shannonBound)?.result;
  if (granularity === "tensor" && shannon?.relativeMse !== undefined) {
    const atRateZero = shannon.relativeMse;
    rows.push({
      title: shannonBound,
      at: (bits) => ({ relativeMse: atRateZero * 4 ** -bits }),
    });
  }
  const exact = quantized.filter(({ key }) => key.setting!.method === exactBound);
  if (exact.length > 0) rows.push(rowOf(exactBound, exact));
  return rows;
}

function rowsOfKind(kind: MethodKind, cells: readonly MethodCell[]): readonly Row[] {
  const ofKind = cells.filter(({ key: { setting } }) =>
    setting!.method !== exactBound && !isRowWidth(setting!.bits) &&
    describeMethod(setting!.method).kind === kind
  );
  if (ofKind.length === 0) return [];
  const variants = Map.groupBy(ofKind, ({ key }) => variantName(key.setting!));
  const ordered = [...variants].toSorted(([, [a]], [, [b]]) =>
    quantizerMethods.indexOf(a!.key.setting!.method) -
    quantizerMethods.indexOf(b!.key.setting!.method)
  );
  const heading = { title: `${kind}:`, at: () => undefined };
  return [heading, ...ordered.map(([variant, cells]) => rowOf(variant, cells))];
}

function rowOf(title: string, cells: readonly MethodCell[]): Row {
  const results = new Map(cells.map(({ key, result }) => [key.setting!.bits, result]));
  return {
    title,
    method: cells[0]!.key.setting!.method,
    at: (bits) => results.get(bits),
  };
}

function figureColumn(
  title: string,
  figure: Figure,
  bits: number,
  rows: readonly Row[],
): Column<Row> {
  const best = bestOf(
    figure,
    rows.filter(({ method }) => method !== undefined && describeMethod(method).analytic)
      .map(({ at }) => at(bits)?.[figure]),
  );
  const value = ({ method, at }: Row) => {
    const result = at(bits);
    if (result?.failure !== undefined) return "failed";
    const shown = result?.[figure];
    if (shown === undefined) return undefined;
    const text = formats[figure](shown);
    const analytic = method !== undefined && describeMethod(method).analytic;
    return analytic && shown === best ? `**${text}**` : text;
  };
  return { title, value, align: "right" };
}

const formats: Readonly<Record<Figure, (value: number) => string>> = {
  // No zero before the point: every character counts in a row of twelve columns.
  relativeMse: (value) => significant(3)(1e4 * value).replace(/^0\./, "."),
  top1: percent(1),
};

function bestOf(figure: Figure, values: readonly (number | undefined)[]): number {
  const known = values.filter((value) => value !== undefined);
  return figure === "top1" ? Math.max(...known) : Math.min(...known);
}

function ownWidthsTable(rows: readonly OwnWidthRow[]): TableData {
  const withImages = rows.some(({ result }) => result.top1 !== undefined);
  const columns: Column<OwnWidthRow>[] = [
    { title: "method", value: ({ setting }) => variantName(setting) },
    { title: "bits", value: ({ setting }) => setting.bits },
    {
      title: "MSE",
      value: ({ result }) =>
        result.failure === undefined ? formats.relativeMse(result.relativeMse!) : "failed",
      align: "right",
    },
    { title: "eff.", value: ({ result }) => result.effectiveBits, format: fixed(2) },
  ];
  const top1: Column<OwnWidthRow> = {
    title: "top-1",
    value: ({ result }) => result.top1,
    format: percent(1),
  };
  return tabulate(rows, withImages ? [...columns, top1] : columns);
}

function figureNotes(results: BenchResults, networks: readonly NetworkRecord[]): readonly string[] {
  const sets = results.header.sets.filter(({ name }) =>
    networks.some(({ dataset }) => dataset === name)
  );
  const images = sets.map((set) => `${set.name}: ${describeImages(set)}`);
  return [
    "MSE and a width in bits: 10^4 times the mean over the quantized tensors of each one's MSE over its population variance, whatever " +
    "the granularity.",
    `eff.: effective bits per weight at ${
      rankedAt(results.header.selection).bits
    } bits, or else at the method's least width: ` +
    "the coded weights and 32 bits for every stored level, scale, offset or parameter of a law.",
    ...(images.length === 0 ? [] : [`top-1 and a width: %; ${images.join("; ")}.`]),
    "Bold: the best of the analytic methods, whose books are functions of at most four stored numbers.",
  ];
}

function boundNotes(cells: readonly MethodCell[]): readonly string[] {
  const shannon = cells.filter(({ key, result }) =>
    key.variant === shannonBound && result.laws !== undefined
  );
  const laws = shannon.map(({ key, result }) => {
    const counts = Object.entries(result.laws!).map(([law, count]) => `${law} ${count}`);
    return `${key.network}: ${counts.join(", ")}`;
  });
  return [
    "Bounds: k-means-exact, which no book of as many levels has less error than on the same groups of weights; and, for one codebook per " +
    "tensor, Shannon's lower bound for any code of that rate, however long its blocks. Codes of variable length may have more levels at a rate, and " +
    "less error than k-means-exact.",
    ...(laws.length === 0 ? [] : [
      `Shannon's bound is that of the law, of ${
        boundFamilies.join(", ")
      }, that follows a tensor best by BIC and whose entropy can be integrated; tensors for each law: ` +
      `${laws.join("; ")}.`,
    ]),
  ];
}

/** Which methods were chosen by what, and which data chose the rule of `auto`. */
function choiceNotes(
  results: BenchResults,
  networks: readonly NetworkRecord[],
  cells: readonly MethodCell[],
): readonly string[] {
  const { selection } = results.header;
  const usual = results.header.networks.filter((network) => network.usual)
    .map(({ label }) => label);
  const { bits, granularity } = rankedAt(selection);
  const best = bestVariants(selection, usual, cells);
  const notes: string[] = [];
  if (best !== undefined && networks.some((network) => !network.usual)) {
    notes.push(
      `Networks other than ${usual.join(", ")} are shown with ${
        best.join("; ")
      }: \`auto\`, and the methods with the least mean MSE over ` +
        `the networks named, at ${bits} bits per ${granularity}.`,
    );
  }
  if (methodsOf(cells).includes("auto")) {
    notes.push(
      "The rule of `auto` was chosen on the CIFAR-10 networks with the training subset of CIFAR-10, and then frozen; the test images of " +
        "CIFAR-10, and the networks and images of CIFAR-100, ImageNet and the shapes, judge it. That of `auto, output` is the second one " +
        "to be judged: where a first one fell short there led to it, but none of its constants was chosen on them.",
    );
  }
  return notes;
}

function failureNotes({ key, result }: MethodCell): readonly string[] {
  if (result.failure === undefined) return [];
  const { bits, granularity } = key.setting!;
  return [
    `Failed: ${key.network}, ${
      variantName(key.setting!)
    }, ${bits} bits per ${granularity}: ${result.failure}.`,
  ];
}
