import type { Cell, NotebookFile, Output } from "../../notebooks/notebook_file.ts";

/** A notebook with these code cells, each its source and, if it ran before, its outputs. */
export function notebookOf(
  ...cells: (string | { source?: string; outputs: readonly Output[] })[]
): NotebookFile {
  return {
    cells: cells.map((cell, i) => codeCell(`cell-${i + 1}`, cell)),
    metadata: { kernelspec: { display_name: "Deno", language: "typescript", name: "deno" } },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

function codeCell(
  id: string,
  cell: string | { source?: string; outputs: readonly Output[] },
): Cell {
  const { source = "", outputs = [] } = typeof cell === "string" ? { source: cell } : cell;
  return {
    cell_type: "code",
    execution_count: null,
    id,
    metadata: {},
    outputs: [...outputs],
    source: [source],
  };
}

/** What `Deno.jupyter.display` leaves in a notebook. */
export function shown(data: Readonly<Record<string, unknown>>): Output {
  return { output_type: "display_data", data, metadata: {} };
}

/** What `console.log` leaves in a notebook. */
export function printed(text: string, name = "stdout"): Output {
  return { output_type: "stream", name, text };
}
