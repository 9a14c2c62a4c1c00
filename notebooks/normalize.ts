import { type Cell, isCode, type NotebookFile, type Output, textOf } from "./notebook_file.ts";

/** The metadata of every notebook of the repository, whoever edited it last. */
const metadata = {
  kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
  language_info: { name: "typescript", file_extension: ".ts", mimetype: "text/x.typescript" },
};

/**
 * The committed notebook with the outputs of a run, as text: without what differs from run to run and from machine to machine, so that
 * the same outputs give the same bytes.
 */
export function withOutputs(committed: NotebookFile, executed: NotebookFile): string {
  let executions = 0;
  const cells = committed.cells.map((cell) => {
    if (!isCode(cell)) return { ...cell, source: endedByLineFeed(cell.source) };
    const count = ++executions;
    const outputs = executed.cells.find(({ id }) => id === cell.id)?.outputs ?? [];
    return {
      cell_type: cell.cell_type,
      execution_count: count,
      id: cell.id,
      metadata: withoutExecution(cell.metadata),
      outputs: mergeStreams(outputs).map((output) => normalizeOutput(output, count)),
      source: endedByLineFeed(cell.source),
    };
  });
  return stringify({ ...committed, cells, metadata });
}

/** Times of execution, which Jupyter may leave there. */
function withoutExecution(metadata: Cell["metadata"]): Cell["metadata"] {
  const { execution: _, ...others } = metadata;
  return others;
}

/** `deno fmt --check` takes a cell for formatted only if it ends with a line feed. */
function endedByLineFeed(source: Cell["source"]): string[] {
  return linesOf(textOf(source).trimEnd() + "\n");
}

/** What one stream prints in a row becomes one output: how it is cut into messages depends on time. */
function mergeStreams(outputs: readonly Output[]): Output[] {
  const merged: Output[] = [];
  for (const output of outputs) {
    const last = merged.at(-1);
    const isStream = output.output_type === "stream";
    if (isStream && last?.output_type === "stream" && last.name === output.name) {
      last.text = textOf(last.text) + textOf(output.text);
    } else merged.push({ ...output });
  }
  return merged;
}

function normalizeOutput(output: Output, execution_count: number): Output {
  if (output.output_type === "stream") return { ...output, text: linesOf(textOf(output.text)) };
  if (output.output_type === "error") return output;
  const { output_type, data } = output;
  const sorted = Object.fromEntries(Object.entries(data).sort(([a], [b]) => a < b ? -1 : 1));
  const normalized = { data: sorted, metadata: {}, output_type };
  return output_type === "execute_result" ? { execution_count, ...normalized } : normalized;
}

/** Lines with their ends, as nbformat stores text. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** As Jupyter writes it, but each JSON output, as a chart is one, on one line: indented, its numbers would take most of the file. */
function stringify(notebook: unknown): string {
  const compact: string[] = [];
  // A mark that stands nowhere else.
  let mark = "json";
  while (JSON.stringify(notebook).includes(`"${mark} `)) mark += "-";
  const text = JSON.stringify(
    notebook,
    (key, value) =>
      /^application\/(.*\+)?json$/.test(key)
        ? `${mark} ${compact.push(JSON.stringify(value)) - 1}`
        : value,
    1,
  );
  return text.replace(new RegExp(`"${mark} (\\d+)"`, "g"), (_, i) => compact[i]!) + "\n";
}
