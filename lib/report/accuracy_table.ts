import type { AccuracyReport } from "../evaluation/accuracy_report.ts";
import type { AccuracyChange } from "../evaluation/accuracy_steps.ts";
import { accuracyColumns, rangeText } from "./display/accuracy.ts";
import { pValueFormat } from "./display/numbers.ts";
import { tableOf } from "./display/table_of.ts";
import { fixed, scaled, signed } from "./format.ts";
import type { TableData } from "./page.ts";

/** One row of {@linkcode accuracyTable}. */
export interface AccuracyRow {
  /** What was measured: "float32", a method, a network. */
  readonly label: string;
  readonly report: AccuracyReport;
  /** The code width, in bits. */
  readonly bits?: number;
  /** What a weight takes with its share of books and scales, in bits. */
  readonly effectiveBits?: number;
}

/** Options for {@linkcode accuracyTable}. */
export interface AccuracyTableOptions {
  /**
   * What the labels are.
   *
   * @default {"network"}
   */
  readonly title?: string;
  /** Compares the first row with another image by image, as `compareAccuracy` of the evaluation does. Without it there are no such columns. */
  readonly compare?: (first: AccuracyReport, other: AccuracyReport) => AccuracyChange;
}

/**
 * Accuracies as a table: top-1 with Wilson's 95 % interval, top-5, and against the first row, usually the float network, the change of top-1 in
 * points with the paired 95 % interval and McNemar's p-value. A row of another number of images isn't compared.
 *
 * @throws {RangeError} If there is no row.
 *
 * @example
 * ```ts
 * import { accuracyTable } from "@bitbell/bitbell/report";
 * import { compareAccuracy } from "@bitbell/bitbell/evaluation";
 * import { assertEquals } from "@std/assert";
 *
 * const float = { top1: 0.75, top5: 1, correct: Uint8Array.of(1, 1, 1, 0), size: 4, interval95: [0.30, 0.95] } as const;
 * const coarse = { top1: 0.5, top5: 1, correct: Uint8Array.of(1, 1, 0, 0), size: 4, interval95: [0.15, 0.85] } as const;
 * const rows = [{ label: "float32", report: float }, { label: "2 bits", report: coarse }];
 * const table = accuracyTable(rows, { compare: compareAccuracy });
 * assertEquals(table.rows[1]!.slice(0, 6), ["2 bits", 0.5, "15.00 to 85.00", 1, 4, -0.25]);
 * ```
 */
export function accuracyTable(
  rows: readonly AccuracyRow[],
  { title = "network", compare }: AccuracyTableOptions = {},
): TableData {
  const [first] = rows;
  if (first === undefined) {
    throw new RangeError("Cannot make a table of accuracies as it needs a row: their number is 0");
  }
  const compared = rows.map((row) => {
    const isComparable = row !== first && row.report.size === first.report.size;
    return { ...row, change: isComparable ? compare?.(first.report, row.report) : undefined };
  });
  return tableOf(compared, [
    { title, value: ({ label }) => label },
    { title: "bits", value: ({ bits }) => bits },
    { title: "effective bits", value: ({ effectiveBits }) => effectiveBits, format: fixed(3) },
    ...accuracyColumns.map((column) => ({
      ...column,
      value: ({ report }: AccuracyRow) => column.value(report),
    })),
    {
      title: "change of top-1",
      unit: "points",
      value: ({ change }) => change?.difference,
      format: scaled(100, signed(2)),
    },
    {
      title: "95 % interval of the change",
      unit: "points",
      value: ({ change }) => change && rangeText(change.interval95, 100, 2),
      align: "right",
    },
    { title: "McNemar's p", value: ({ change }) => change?.pValue, format: pValueFormat(2) },
  ]);
}
