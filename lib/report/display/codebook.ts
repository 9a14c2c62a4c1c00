import type { Codebook, CodebookDesign } from "../../codebooks/codebook.ts";
import type { CodebookRecord } from "../../compression/layer_report.ts";
import { count, percent, significant } from "../format.ts";
import { tabulate } from "../page.ts";
import type { Column } from "../table.ts";
import { hasFields } from "./fields.ts";
import { parametersText } from "./laws.ts";
import { counted, numbersOf, sameDecimals } from "./numbers.ts";
import { tableOf } from "./table_of.ts";
import type { View } from "./view.ts";

export function isCodebook(value: unknown): value is Codebook | CodebookRecord {
  return hasFields(value, "bits", "levels", "thresholds", "design");
}

/** How a book was designed, and its levels with the cells that they stand for. */
export function codebookView(
  { bits, levels, thresholds, design }: Codebook | CodebookRecord,
): View {
  const values = numbersOf(levels);
  const edges = numbersOf(thresholds);
  const format = sameDecimals(values, 4);
  const rows = values.map((level, i) => ({ i, level, from: edges[i - 1], to: edges[i] }));
  return {
    title: `${counted(values.length, "level")} (${counted(bits, "bit")}) by ${design.method}`,
    tables: [
      tableOf([design], designColumns),
      tabulate(rows, [
        { title: "code", value: ({ i }) => i },
        { title: "cell from", value: ({ from }) => from ?? "-∞", format, align: "right" },
        { title: "to", value: ({ to }) => to ?? "∞", format, align: "right" },
        { title: "level", value: ({ level }) => level, format },
      ]),
    ],
    notes: design.converged === false
      ? [`The design did not converge within ${count(design.iterations ?? 0)} iterations.`]
      : [],
  };
}

const designColumns: readonly Column<CodebookDesign>[] = [
  {
    title: "law",
    value: ({ law }) => law && `${law.family}: ${parametersText(law)}`,
  },
  { title: "expected MSE", value: ({ expectedMse }) => expectedMse, format: significant(4) },
  {
    title: "overload",
    unit: "% of the MSE",
    value: ({ overload }) => overload,
    format: percent(1),
  },
  {
    title: "clipping",
    value: ({ clipping }) => clipping.map(significant(4)).join(" to "),
    align: "right",
  },
  { title: "step", value: ({ step }) => step, format: significant(4) },
  { title: "entropy", unit: "bits", value: ({ rate }) => rate, format: significant(4) },
  { title: "stored values", value: ({ storedValues }) => storedValues, format: count },
  { title: "iterations", value: ({ iterations }) => iterations, format: count },
  {
    title: "converged",
    value: ({ converged }) => converged === undefined ? undefined : converged ? "yes" : "no",
  },
];
