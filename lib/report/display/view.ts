import { escapeHtml, type HtmlCell, htmlTable } from "../html_table.ts";
import { count } from "../format.ts";
import type { ColumnHead, TableData } from "../page.ts";
import { type CellValue, columnTitle, lineOf, markdownTable } from "../table.ts";
import type { MimeBundle } from "./mime_bundle.ts";

/** What there is to see of a result, before it is text, Markdown or HTML. */
export interface View {
  /** A line above the tables. */
  readonly title?: string;
  readonly tables: readonly TableData[];
  /** Sentences below the tables. */
  readonly notes?: readonly string[];
  /** Forms for programs, by their MIME types. */
  readonly data?: MimeBundle;
}

/** The forms of a view; of a table with more than `rows` rows those in the middle are left out, with a word on how many. */
export function bundleOf(view: View, rows: number): MimeBundle {
  const { title, tables, notes = [] } = view;
  const cut = {
    ...(title !== undefined && { title: lineOf(title) }),
    tables: tables.map((table) => cutRows(table, rows)),
    notes: notes.map(lineOf),
  };
  return {
    ...view.data,
    "text/html": htmlOf(cut),
    "text/markdown": textOf(escapedView(cut)),
    "text/plain": textOf(cut),
  };
}

function cutRows(table: TableData, most: number): TableData {
  const { columns, rows } = table;
  if (rows.length <= most) return table;
  const head = Math.ceil(most / 2), tail = Math.floor(most / 2);
  const left: CellValue[] = columns.map((_, j) =>
    j === 0 ? `... ${count(rows.length - head - tail)} rows left out` : undefined
  );
  return { ...table, rows: [...rows.slice(0, head), left, ...rows.slice(rows.length - tail)] };
}

/** Title, tables and notes, each with an empty line before it. */
function textOf({ title, tables, notes = [] }: View): string {
  return [
    ...(title === undefined ? [] : [title]),
    ...tables.map(({ columns, rows }) =>
      markdownTable(rows, {
        columns: columns.map((head, j) => ({ ...head, value: (row) => row[j] })),
      }).trimEnd()
    ),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join("\n")]),
  ].join("\n\n");
}

/** The view whose text is Markdown. */
function escapedView({ title, tables, notes = [] }: View): View {
  return {
    ...(title !== undefined && { title: `**${escapeMarkdown(title)}**` }),
    tables: tables.map(({ columns, rows }) => ({
      columns: columns.map(({ title, unit, ...head }) => ({
        ...head,
        title: escapeMarkdown(title),
        ...(unit !== undefined && { unit: escapeMarkdown(unit) }),
      })),
      rows: rows.map((row) =>
        row.map((value) => typeof value === "string" ? escapeMarkdown(value) : value)
      ),
    })),
    notes: notes.map(escapeMarkdown),
  };
}

/** Text whose characters mean nothing to Markdown, but the pipes that a table escapes itself. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*[\]<&$~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\$&");
}

function htmlOf({ title, tables, notes = [] }: View): string {
  const items = notes.map((note) => `<li>${escapeHtml(note)}</li>\n`);
  return [
    ...(title === undefined ? [] : [`<p><strong>${escapeHtml(title)}</strong></p>`]),
    ...tables.map((table) => htmlTable(table, { head: headHtml, cell: cellHtml })),
    ...(items.length === 0 ? [] : [`<ul>\n${items.join("")}</ul>`]),
  ].join("\n");
}

function headHtml(column: ColumnHead, alignment: "left" | "right"): string {
  return `<th scope="col" ${aligned(alignment)}>${escapeHtml(columnTitle(column))}</th>`;
}

function cellHtml({ text, alignment }: HtmlCell): string {
  return `<td ${aligned(alignment)}>${escapeHtml(text)}</td>`;
}

/**
 * GitHub keeps the attribute alone, JupyterLab's own style sheet outweighs it. Colours are left to the front end's theme, which may be dark.
 */
function aligned(alignment: "left" | "right"): string {
  const digits = alignment === "right" ? ";font-variant-numeric:tabular-nums" : "";
  return `align="${alignment}" style="text-align:${alignment}${digits}"`;
}
