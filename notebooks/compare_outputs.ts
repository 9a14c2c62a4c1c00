import { isCode, nameOf, type NotebookFile, type Output } from "./notebook_file.ts";

/**
 * Which outputs of the committed notebook a run lacks, one sentence each: an output is there if the same cell has one of the same
 * kind and MIME types, wherever it stands. More outputs than the committed ones are no finding.
 */
export function missingOutputs(committed: NotebookFile, executed: NotebookFile): string[] {
  return committed.cells.filter(isCode).flatMap((cell) => {
    const name = nameOf(cell, committed);
    const found = executed.cells.find(({ id }) => id === cell.id);
    if (found === undefined) return [`${name} is missing`];
    const kinds = kindsOf(found.outputs);
    return kindsOf(cell.outputs).flatMap((kind) => {
      const position = kinds.indexOf(kind);
      if (position < 0) return [`${name} lacks an output: ${kind}`];
      kinds.splice(position, 1);
      return [];
    });
  });
}

/** Whether no cell has an output, as in a notebook that `--write` has never seen. */
export function hasNoOutputs({ cells }: NotebookFile): boolean {
  return cells.every(({ outputs = [] }) => outputs.length === 0);
}

/** Output type and MIME types, in a fixed order; what one stream prints in several goes counts as one output. */
function kindsOf(outputs: readonly Output[] = []): string[] {
  const kinds = outputs.map((output) => {
    if (output.output_type === "stream") return `stream ${output.name}`;
    if (output.output_type === "error") return "error";
    return `${output.output_type} ${Object.keys(output.data).sort().join(", ")}`;
  });
  return kinds.filter((kind, i) => !kind.startsWith("stream") || kinds.indexOf(kind) === i);
}
