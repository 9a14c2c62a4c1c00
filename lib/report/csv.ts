import type { Page, TableData } from "./page.ts";
import type { NumberFormat } from "./format.ts";
import { type CellValue, columnTitle } from "./table.ts";

/**
 * Writes a table as comma-separated values by RFC 4180: a line of headings, then one for each row, each ended by CR LF.
 *
 * Numbers have all of their digits, in the unit of the heading; those that aren't finite are words: Infinity, -Infinity, NaN. A text that a
 * spreadsheet would take for a formula gets an apostrophe in front, as spreadsheets write such texts themselves.
 *
 * @example
 * ```ts
 * import { csvOf, percent } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * const columns = [{ title: "method" }, { title: "top-1", unit: "%", format: percent(1) }];
 * const rows = [["auto, output", 0.91734], ["k-means", undefined]];
 * assertEquals(
 *   csvOf({ columns, rows }),
 *   'method,top-1 (%)\r\n"auto, output",91.734\r\nk-means,\r\n',
 * );
 * ```
 */
export function csvOf({ columns, rows }: TableData): string {
  const lines = [
    columns.map((column) => textField(columnTitle(column))),
    ...rows.map((row) => columns.map(({ format }, j) => field(row[j], format))),
  ];
  return lines.map((fields) => `${fields.join(",")}\r\n`).join("");
}

/**
 * Writes all tables of a page as one table of comma-separated values, as {@linkcode csvOf} does. The first column is the heading of the
 * section, and where a section has several tables, the second one is the table's number in it. Then come the columns of all tables, those
 * of one title as one: a row is empty where its own table has no such column.
 *
 * @example
 * ```ts
 * import { csvPage } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * const page = {
 *   name: "mse",
 *   title: "MSE",
 *   sections: [
 *     { heading: "a", tables: [{ columns: [{ title: "bits" }], rows: [[2]] }] },
 *     { heading: "b", tables: [{ columns: [{ title: "mse" }, { title: "bits" }], rows: [[0.5, 1]] }] },
 *   ],
 *   footnotes: [],
 * };
 * assertEquals(csvPage(page), "section,bits,mse\r\na,2,\r\nb,1,0.5\r\n");
 * ```
 */
export function csvPage({ sections }: Page): string {
  const severalTables = sections.some(({ tables }) => tables.length > 1);
  const ownColumns = [{ title: "section" }, ...(severalTables ? [{ title: "table" }] : [])];
  const allTables = sections.flatMap(({ tables }) => tables);
  const titles = [...new Set(allTables.flatMap(({ columns }) => columns.map(columnTitle)))];
  const lines = sections.flatMap(({ heading, tables }) =>
    tables.flatMap(({ columns, rows }, number) => {
      const places = titles.map((title) =>
        columns.findIndex((column) => columnTitle(column) === title)
      );
      return rows.map((row) => [
        heading,
        ...(severalTables ? [number + 1] : []),
        ...places.map((place) =>
          place === -1 ? undefined : inUnit(row[place], columns[place]!.format)
        ),
      ]);
    })
  );
  return csvOf({ columns: [...ownColumns, ...titles.map((title) => ({ title }))], rows: lines });
}

function field(value: CellValue, format: NumberFormat | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? textField(value) : String(inUnit(value, format));
}

/** The number that the format would round. */
function inUnit(value: CellValue, { scale = 1 }: Pick<NumberFormat, "scale"> = {}): CellValue {
  if (typeof value !== "number" || scale === 1 || !Number.isFinite(value)) return value;
  // 15 digits are what a product of two numbers is good for: 0.57 in percent is 57, not 56.99999999999999.
  return Number((scale * value).toPrecision(15));
}

function textField(text: string): string {
  const safe = isFormula(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Whether a spreadsheet might compute it. What begins with a number, as an interval does, and goes on in words is none. */
function isFormula(text: string): boolean {
  return /^[=@\t\r]/.test(text) || /^[+-](?!$|\s|[\d.]+(?:\s[\w\s.%,-]*)?$)/.test(text);
}
