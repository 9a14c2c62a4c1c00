/** The parts of a notebook's JSON (nbformat 4.5) that the runner reads and writes. */

/** What a cell printed, showed or failed with. */
export type Output =
  | { output_type: "stream"; name: string; text: string | string[] }
  | {
    output_type: "display_data" | "execute_result";
    data: Record<string, unknown>;
    metadata: Record<string, unknown>;
    execution_count?: number | null;
  }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

export interface Cell {
  cell_type: "code" | "markdown" | "raw";
  id: string;
  metadata: Record<string, unknown>;
  source: string | string[];
  execution_count?: number | null;
  outputs?: Output[];
}

export interface NotebookFile {
  cells: Cell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

/**
 * Reads a notebook.
 *
 * @throws {SyntaxError} If the file is no notebook.
 */
export async function readNotebook(path: string): Promise<NotebookFile> {
  const notebook = JSON.parse(await Deno.readTextFile(path));
  if (!Array.isArray(notebook?.cells)) {
    throw new SyntaxError(`Cannot read ${path} as it is no notebook: it has no list of cells`);
  }
  return notebook;
}

/** A cell as a reader finds it: "code cell 3 (cell-06)", counted from 1 among the code cells, as the notebook shows them. */
export function nameOf(cell: Cell, { cells }: NotebookFile): string {
  const codeCells = cells.filter(isCode);
  return `code cell ${codeCells.findIndex(({ id }) => id === cell.id) + 1} (${cell.id})`;
}

export function isCode({ cell_type }: Cell): boolean {
  return cell_type === "code";
}

/** Text that nbformat stores whole or as a list of lines. */
export function textOf(text: string | readonly string[]): string {
  return typeof text === "string" ? text : text.join("");
}
