import { type TableData, tabulate } from "../page.ts";
import type { Column } from "../table.ts";

/** A table of the columns in which some row has something to show. */
export function tableOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): TableData {
  return tabulate(
    rows,
    columns.filter(({ value }) => rows.some((row) => value(row) !== undefined)),
  );
}
