import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withOutputs } from "../../notebooks/normalize.ts";
import type { NotebookFile } from "../../notebooks/notebook_file.ts";
import { notebookOf, printed, shown } from "./notebook_of.ts";

const committed = notebookOf("console.log(1)", "show(chart)\n");

/** What Jupyter adds to a run, different each time. */
function executedAt(time: string, count: number): NotebookFile {
  const notebook = notebookOf(
    { outputs: count > 1 ? [printed("1\n"), printed("2\n")] : [printed("1\n2\n")] },
    {
      outputs: [
        {
          output_type: "execute_result",
          data: { "text/plain": "3", "application/json": { list: [1, 2] } },
          metadata: count > 1 ? {} : { transient: { display_id: time } },
          execution_count: count + 1,
        },
      ],
    },
  );
  notebook.cells[0]!.execution_count = count;
  notebook.cells[0]!.metadata = { execution: { "iopub.execute_input": time } };
  return notebook;
}

Deno.test("withOutputs() gives the same bytes for the same outputs, whenever and however they came", () => {
  const once = withOutputs(committed, executedAt("2026-01-01T00:00:00Z", 1));
  const twice = withOutputs(JSON.parse(once), executedAt("2026-02-02T00:00:00Z", 7));
  assertEquals(twice, once);
  assert(!once.includes("2026"));
});

Deno.test("withOutputs() keeps the committed cells, and counts executions from 1", () => {
  const text = withOutputs(committed, executedAt("", 5));
  const written: NotebookFile = JSON.parse(text);
  assertEquals(written.cells.map(({ execution_count }) => execution_count), [1, 2]);
  assertEquals(written.cells.map(({ source }) => source), [["console.log(1)\n"], [
    "show(chart)\n",
  ]]);
  assertEquals(written.cells[0]!.outputs, [
    { name: "stdout", output_type: "stream", text: ["1\n", "2\n"] },
  ]);
  assert(text.endsWith("}\n"));
});

Deno.test("withOutputs() writes a chart on one line, with what looks like its placeholder", () => {
  const chart = { mark: "bar", data: { values: [{ x: 1 }] } };
  const executed = notebookOf("", {
    outputs: [
      shown({ "application/vnd.vegalite.v5+json": chart, "text/plain": ["json 0", "$&"] }),
    ],
  });
  const text = withOutputs(committed, executed);
  assertStringIncludes(
    text,
    '"application/vnd.vegalite.v5+json": {"mark":"bar","data":{"values":[{"x":1}]}},\n',
  );
  assertEquals(JSON.parse(text).cells[1].outputs, executed.cells[1]!.outputs);
});
