import type { ChartSpec } from "./chart.ts";
import { count } from "./format.ts";
import { type CellValue, type Column, markdownTable } from "./table.ts";

/** A column of a table that is data: its heading, and how its numbers are written. */
export type ColumnHead = Omit<Column<never>, "value">;

/** A table as data, for any way to draw it: `rows[i][j]` stands in column j. */
export interface TableData {
  readonly columns: readonly ColumnHead[];
  readonly rows: readonly (readonly CellValue[])[];
  /** Whether it is for who wants to know more, as one with a row for each tensor is. */
  readonly isDetail?: boolean;
}

/** A chart beside a table. */
export interface PageChart {
  /** What it shows; also what is read aloud instead of it. */
  readonly title: string;
  readonly spec: ChartSpec;
}

/** A part of a page: what its heading is about. */
export interface PageSection {
  readonly heading: string;
  /** Sentences between the heading and the tables. */
  readonly text?: readonly string[];
  readonly tables: readonly TableData[];
  readonly charts?: readonly PageChart[];
}

/** What there is to read about one subject, before it is Markdown, CSV or HTML. */
export interface Page {
  /** Short, for file names and links: "cifar10". */
  readonly name: string;
  readonly title: string;
  readonly sections: readonly PageSection[];
  /** What a reader must know to use the figures. */
  readonly footnotes: readonly string[];
}

/**
 * Makes a table of rows that is data.
 *
 * @example
 * ```ts
 * import { tabulate } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * const table = tabulate([{ bits: 2, mse: 0.1175 }], [
 *   { title: "bits", value: (row) => row.bits },
 *   { title: "MSE", value: (row) => row.mse },
 * ]);
 * assertEquals(table.rows, [[2, 0.1175]]);
 * ```
 */
export function tabulate<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): TableData {
  return {
    columns: columns.map(({ value: _, ...head }) => head),
    rows: rows.map((row) => columns.map(({ value }) => value(row))),
  };
}

/**
 * Draws a page as Markdown, without its charts: headings of the second and third level, tables, and footnotes as a list. Without `details`,
 * tables that are details are left out, with a word on how long they are.
 *
 * @example
 * ```ts
 * import { markdownPage } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * const table = { columns: [{ title: "bits" }], rows: [[2]] };
 * const sections = [{ heading: "resnet20", tables: [table] }];
 * assertEquals(
 *   markdownPage({ name: "mse", title: "MSE", sections, footnotes: ["Per tensor."] }),
 *   "## MSE\n\n### resnet20\n\n| bits |\n| ---: |\n|    2 |\n\n- Per tensor.\n",
 * );
 * ```
 */
export function markdownPage(
  { title, sections, footnotes }: Page,
  { details = true }: { readonly details?: boolean } = {},
): string {
  return [
    `## ${title}\n`,
    ...sections.flatMap(({ heading, text = [], tables }) => {
      const shown = tables.filter(({ isDetail }) => details || !isDetail);
      const rows = (tables: readonly TableData[]) =>
        tables.reduce((sum, { rows }) => sum + rows.length, 0);
      const left = rows(tables) - rows(shown);
      return [
        `### ${heading}\n`,
        ...text.map((paragraph) => `${paragraph}\n`),
        ...shown.map(markdownOf),
        ...(left === 0 ? [] : [`(Left out here: ${count(left)} rows of detail.)\n`]),
      ];
    }),
    ...(footnotes.length === 0 ? [] : [footnotes.map((note) => `- ${note}\n`).join("")]),
  ].join("\n");
}

function markdownOf({ columns, rows }: TableData): string {
  return markdownTable(rows, {
    columns: columns.map((head, i) => ({ ...head, value: (row) => row[i] })),
  });
}
