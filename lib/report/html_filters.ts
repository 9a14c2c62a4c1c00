import type { Page } from "./page.ts";
import { type CellValue, columnTitle, formatCell } from "./table.ts";

/** A column of a page by whose values its rows are told apart. */
export interface ColumnFilter {
  readonly title: string;
  /** As they are shown; numbers ascending, words in the order of their first appearance. */
  readonly values: readonly string[];
}

/** More values than that are no choice at a glance. */
const mostValues = 24;

/** Those of the columns that are in a table of the page and hold several values, but not too many. */
export function filtersOf({ sections }: Page, titles: readonly string[]): readonly ColumnFilter[] {
  const tables = sections.flatMap(({ tables }) => tables);
  return titles.flatMap((title) => {
    const values = new Map<string, CellValue>();
    for (const { columns, rows } of tables) {
      const column = columns.findIndex((head) => columnTitle(head) === title);
      if (column === -1) continue;
      for (const row of rows) {
        values.set(formatCell(row[column], columns[column]!.format), row[column]);
      }
    }
    values.delete("");
    if (values.size < 2 || values.size > mostValues) return [];
    const sorted = [...values].sort(([, a], [, b]) =>
      typeof a === "number" && typeof b === "number" ? a - b : 0
    );
    return [{ title, values: sorted.map(([text]) => text) }];
  });
}
