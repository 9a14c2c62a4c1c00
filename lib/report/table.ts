import type { NumberFormat } from "./format.ts";

/** What a cell may hold: undefined shows as an empty cell. */
export type CellValue = string | number | undefined;

/** One column of a table: what it is called, and what each row shows in it. */
export interface Column<Row> {
  /** The column's heading. */
  readonly title: string;
  /** Follows the title in parentheses: "top-1 (%)". */
  readonly unit?: string;
  /** What the row shows here. */
  readonly value: (row: Row) => CellValue;
  /**
   * How numbers are written; finite ones only, others are written by name.
   *
   * @default {String}
   */
  readonly format?: NumberFormat;
  /**
   * Where the text stands in its column.
   *
   * @default {"right" if a row holds a number there, else "left"}
   */
  readonly align?: "left" | "right";
}

/** Options for {@linkcode markdownTable}. */
export interface TableOptions<Row> {
  /** From left to right. */
  readonly columns: readonly Column<Row>[];
  /** What a reader must know to use the figures; listed under the table. */
  readonly footnotes?: readonly string[];
}

/**
 * Draws rows as a Markdown table whose columns are padded to one width, so that it reads as well in a terminal as on a page.
 *
 * @returns Lines that end with a line feed; nothing is wrapped.
 *
 * @throws {RangeError} If there is no column.
 *
 * @example
 * ```ts
 * import { fixed, markdownTable } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [{ method: "float32", top1: 91.73 }, { method: "k-means", top1: 89.7 }];
 * const text = markdownTable(rows, {
 *   columns: [
 *     { title: "method", value: (row) => row.method },
 *     { title: "top-1", unit: "%", value: (row) => row.top1, format: fixed(1) },
 *   ],
 *   footnotes: ["1,000 images"],
 * });
 * assertEquals(
 *   text,
 *   `| method  | top-1 (%) |
 * | :------ | --------: |
 * | float32 |      91.7 |
 * | k-means |      89.7 |
 *
 * - 1,000 images
 * `,
 * );
 * ```
 */
export function markdownTable<Row>(
  rows: readonly Row[],
  { columns, footnotes = [] }: TableOptions<Row>,
): string {
  if (columns.length === 0) {
    throw new RangeError("Cannot draw a table as it needs a column: the number of columns is 0");
  }
  const drawn = columns.map((column) => drawColumn(rows, column));
  const lines = Array.from(
    { length: rows.length + 2 },
    (_, i) => `| ${drawn.map((cells) => cells[i]!).join(" | ")} |`,
  );
  if (footnotes.length > 0) lines.push("", ...footnotes.map((note) => `- ${note}`));
  return lines.map((line) => `${line}\n`).join("");
}

/** The column's cells, padded to one width: title, rule, and one for each row. */
function drawColumn<Row>(rows: readonly Row[], column: Column<Row>): string[] {
  const { value, format = String } = column;
  const values = rows.map(value);
  const align = alignmentOf(column, values);
  const texts = [
    cellOf(columnTitle(column)),
    ...values.map((value) => cellOf(formatCell(value, format))),
  ];
  // Three characters are the least that every reader of Markdown takes for a rule.
  const width = Math.max(3, ...texts.map(widthOf));
  const padded = texts.map((text) => {
    const padding = " ".repeat(width - widthOf(text));
    return align === "right" ? padding + text : text + padding;
  });
  const rule = align === "right" ? `${"-".repeat(width - 1)}:` : `:${"-".repeat(width - 1)}`;
  return [padded[0]!, rule, ...padded.slice(1)];
}

/** Text that stays on its line and in its column. */
function cellOf(text: string): string {
  return lineOf(text).replaceAll("|", "\\|");
}

/** Text that stays on its line. */
export function lineOf(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

/** A column's heading: its title, and the unit in parentheses. */
export function columnTitle({ title, unit }: Pick<Column<never>, "title" | "unit">): string {
  return unit === undefined ? title : `${title} (${unit})`;
}

/** What stands in a cell, as text: nothing where the value is missing, the name of a number that isn't finite. */
export function formatCell(value: CellValue, format: NumberFormat = String): string {
  if (value === undefined) return "";
  return typeof value === "number" && Number.isFinite(value) ? format(value) : String(value);
}

/** Where the text of a column with these values stands. */
export function alignmentOf(
  { align }: Pick<Column<never>, "align">,
  values: readonly CellValue[],
): "left" | "right" {
  return align ?? (values.some((value) => typeof value === "number") ? "right" : "left");
}

/** Number of characters that a reader sees. */
function widthOf(text: string): number {
  return [...text].length;
}
