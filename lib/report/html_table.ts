import type { ColumnHead, TableData } from "./page.ts";
import { alignmentOf, type CellValue, formatCell } from "./table.ts";

/** One cell of a table, before it is HTML. */
export interface HtmlCell {
  /** What stands in it, not yet escaped. */
  readonly text: string;
  readonly value: CellValue;
  readonly alignment: "left" | "right";
}

/** How the cells of a table are written: each as a whole element. */
export interface HtmlTableStyle {
  readonly head: (column: ColumnHead, alignment: "left" | "right") => string;
  readonly cell: (cell: HtmlCell) => string;
}

/** A table as an element, each row on its own line. */
export function htmlTable({ columns, rows }: TableData, { head, cell }: HtmlTableStyle): string {
  const alignments = columns.map((column, j) => alignmentOf(column, rows.map((row) => row[j])));
  const heads = columns.map((column, j) => head(column, alignments[j]!));
  const body = rows.map((row) => {
    const cells = columns.map(({ format }, j) =>
      cell({ text: formatCell(row[j], format), value: row[j], alignment: alignments[j]! })
    );
    return `<tr>${cells.join("")}</tr>\n`;
  });
  return `<table>
<thead><tr>${heads.join("")}</tr></thead>
<tbody>
${body.join("")}</tbody>
</table>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it may stand in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}
