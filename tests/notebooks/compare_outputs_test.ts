import { assertEquals } from "@std/assert";
import { missingOutputs } from "../../notebooks/compare_outputs.ts";
import { notebookOf, printed, shown } from "./notebook_of.ts";

const chart = { "image/svg+xml": "<svg/>", "text/plain": "a chart" };

Deno.test("missingOutputs() finds nothing where kinds agree, whatever they hold and however they stand", () => {
  const committed = notebookOf({ outputs: [printed("1\n"), shown(chart)] });
  const executed = notebookOf({
    outputs: [shown({ "text/plain": "b", "image/svg+xml": "<svg>b</svg>" }), printed("2\n")],
  });
  assertEquals(missingOutputs(committed, executed), []);
});

Deno.test("missingOutputs() names the cell and the kind of an output that a run lacks", () => {
  const committed = notebookOf("", { outputs: [shown(chart), shown(chart)] });
  const executed = notebookOf("", { outputs: [shown(chart), shown({ "text/plain": "a chart" })] });
  assertEquals(missingOutputs(committed, executed), [
    "code cell 2 (cell-2) lacks an output: display_data image/svg+xml, text/plain",
  ]);
  assertEquals(missingOutputs(executed, notebookOf("")), ["code cell 2 (cell-2) is missing"]);
});

Deno.test("missingOutputs() takes no offence at more outputs, or at a stream in several pieces", () => {
  const committed = notebookOf({ outputs: [printed("a\n"), printed("b\n")] });
  const executed = notebookOf({ outputs: [printed("a\nb\n"), shown(chart)] });
  assertEquals(missingOutputs(committed, executed), []);
  assertEquals(missingOutputs(notebookOf({ outputs: [printed("a", "stderr")] }), executed), [
    "code cell 1 (cell-1) lacks an output: stream stderr",
  ]);
});
