import { energyConstants } from "../../lib/metrics/energy.ts";
import { count, fixed, scaled, significant } from "../../lib/report/format.ts";
import { type Page, tabulate } from "../../lib/report/page.ts";
import type { Column } from "../../lib/report/table.ts";
import { type BenchResults, type Cell, cellName, cellsOf, variantName } from "../results.ts";
import type { Cost, CostPart, InferenceCost } from "./cost.ts";
import { caveatsOf, networksOf, notesOnQuantization } from "./page.ts";
import { byNetwork } from "./settings.ts";

type CostColumn = Column<Cell<Cost>>;

export const costTitle = "Cost: bytes, time and energy";

/** What the table of costs shows. */
export function costPage(results: BenchResults): Page {
  const cells = cellsOf<Cost>(results, "cost");
  const { selection } = results.header;
  const several = new Set(cells.flatMap(({ key }) => key.setting?.granularity ?? [])).size > 1;
  const names = [...(several ? [granularityColumn] : []), ...nameColumns];
  const sections = [...byNetwork(cells)].map(([label, rows]) => {
    const quantized = rows.filter(({ key }) => key.setting !== undefined);
    const hasEnergy = rows.some(({ result }) => result.inference !== undefined);
    return {
      heading: label,
      text: textOn(rows, results),
      tables: [
        tabulate(rows, [...names, ...sizeColumns(rows)]),
        ...(quantized.length > 0 ? [tabulate(quantized, [...names, ...timeColumns(results)])] : []),
        ...(hasEnergy ? [tabulate(rows, [...names, ...energyColumns])] : []),
      ],
    };
  });
  return {
    name: "cost",
    title: costTitle,
    sections,
    footnotes: [
      ...sizeNotes,
      `Times are of this machine, one core, and vary from run to run: medians of at least 5 repeats on the largest tensor, over the millions of its weights: from its floats to books ` +
      `(design), from floats to packed codes (encode), and from packed codes to floats (decode). Images per second: backend ` +
      `${selection.backend}, one thread. They and the times alone differ between machines; bytes and energy follow from weights and formulas.`,
      "A quantized network is decoded to floats before it computes, so it classifies as many images per second as the float32 one.",
      ...energyNotes(),
      ...notesOnQuantization(cells),
      ...caveatsOf(results, networksOf(results, cells)),
    ],
  };
}

const granularityColumn: CostColumn = {
  title: "per",
  value: ({ key }) => key.setting?.granularity,
};

const nameColumns: readonly CostColumn[] = [
  { title: "bits", value: ({ key }) => key.setting?.bits ?? 32 },
  { title: "method", value: ({ key: { setting } }) => setting ? variantName(setting) : "float32" },
];

/** Bytes in units of 1,024. */
const kibibytes = scaled(1 / 1024, fixed(1));
/** Joules in millionths. */
const microjoules = scaled(1e6, significant(3));

function sizeColumns(cells: readonly Cell<Cost>[]): readonly CostColumn[] {
  const float = cells.find(({ key }) => key.setting === undefined)?.result.stored.total;
  const size = (title: string, value: (cost: Cost) => number | undefined): CostColumn => ({
    title,
    unit: "KiB",
    value: ({ result }) => value(result),
    format: kibibytes,
  });
  return [
    size("stored", ({ stored }) => stored.total),
    {
      title: "times smaller",
      value: ({ result }) => float && float / result.stored.total,
      format: fixed(2),
    },
    size("codes", ({ stored }) => stored.payload),
    size("books", ({ stored }) => stored.books),
    size("rest", ({ stored }) => stored.rest),
    size("Huffman-coded", ({ huffman }) => huffman),
    size("file", ({ file }) => file),
    size("file.gz", ({ gzip }) => gzip),
    size("resident", ({ resident }) => resident),
    size("decoded", ({ decoded }) => decoded),
  ];
}

function timeColumns(results: BenchResults): readonly CostColumn[] {
  return (["design", "encode", "decode"] as const).map((part) => ({
    title: part,
    unit: "ms per million weights",
    value: (cell) => secondsOf(results, cell, part),
    format: scaled(1000, significant(3)),
  }));
}

const inference =
  (value: (cost: InferenceCost) => number | undefined) => ({ result }: Cell<Cost>) =>
    result.inference && value(result.inference);

const microjouleColumn = (
  title: string,
  joules: (cost: InferenceCost) => number | undefined,
): CostColumn => ({ title, unit: "µJ", value: inference(joules), format: microjoules });

const energyColumns: readonly CostColumn[] = [
  microjouleColumn("arithmetic", ({ energy }) => energy.arithmetic),
  microjouleColumn("DRAM, least", ({ energy }) => energy.dram[0]),
  microjouleColumn("DRAM, most", ({ energy }) => energy.dram[1]),
  microjouleColumn("total, least", ({ energy }) => energy.arithmetic + energy.dram[0]),
  microjouleColumn("total, most", ({ energy }) => energy.arithmetic + energy.dram[1]),
  microjouleColumn("SRAM instead", ({ energy }) => energy.sram),
  microjouleColumn("integer arithmetic", ({ integerArithmetic }) => integerArithmetic),
  {
    title: "bit operations",
    unit: "10^9",
    value: inference(({ bitOperations }) => bitOperations),
    format: scaled(1e-9, significant(3)),
  },
];

/** What is the same for all rows of a network. */
function textOn(rows: readonly Cell<Cost>[], results: BenchResults): readonly string[] {
  const multiplyAdds = rows.find(({ result }) => result.inference)?.result.inference?.multiplyAdds;
  const float = rows.find(({ key }) => key.setting === undefined);
  const seconds = float && secondsOf(results, float, "image");
  return [
    ...(multiplyAdds === undefined ? [] : [`${count(multiplyAdds)} multiply-adds for one image.`]),
    ...(seconds === undefined ? [] : [
      `${
        significant(3)(1 / seconds)
      } images per second on this machine (${results.header.selection.backend}, one thread).`,
    ]),
  ];
}

function secondsOf(
  { timing }: BenchResults,
  { key }: Cell<Cost>,
  part: CostPart,
): number | undefined {
  return timing.cells[cellName(key)]?.parts?.[part];
}

const sizeNotes: readonly string[] = [
  "Stored: packed codes, 4 bytes for each number that a book is made from (a law's parameters where levels follow from them), and " +
  "all other tensors as they are; no header. Huffman-coded: the same with one Huffman code for the codes of each tensor, its table included.",
  "File: a safetensors file of packed codes with every book's levels written out as float32, so that reading it needs no method, " +
  "names and shapes included; file.gz: that file compressed by gzip.",
  "Resident: what that file takes in memory; decoded: all tensors as floats. KiB: 1,024 bytes.",
];

function energyNotes(): readonly string[] {
  const { float32, int8, sramAccess, dramAccess: [least, most] } = energyConstants;
  return [
    `Energy of one image, a rough estimate for 45 nm and 0.9 V: arithmetic is multiply-adds x (${float32.multiply} + ${float32.add}) pJ for ` +
    `floats, and x (${int8.multiply} + ${int8.add}) pJ for 8-bit integers summed in 32 bits; weights are read once, resident bytes / 8 ` +
    `accesses of 64 bits, at ${least} to ${most} pJ from DRAM, or instead ${sramAccess} pJ from SRAM of 8 KiB (1 MiB takes ten times that). The ` +
    `constants are those of M. Horowitz, "Computing's energy problem", ISSCC 2014, as works that cite it give them: the paper was out of reach.`,
    "Left out: activations in memory, decoding (a look-up for each weight), instructions, leakage, and batches. Weights decode to floats, so few " +
    "bits save reads alone, and no arithmetic. Integer arithmetic needs equally spaced levels of at most 8 bits and activations of 8 bits, which " +
    "no accuracy in these tables was measured with: an empty cell means that the method's levels don't allow it.",
    "Bit operations: multiply-adds x bits of a weight x 32 bits of an activation, floats taken for integers: for comparison with papers that " +
    "count them, no measure of energy.",
  ];
}
