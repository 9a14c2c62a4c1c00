import { assertEquals, assertStringIncludes } from "@std/assert";
import { csvPage } from "../../lib/report/csv.ts";
import { markdownPage } from "../../lib/report/page.ts";

const summary = { columns: [{ title: "bits" }], rows: [[2]] };
const perTensor = { columns: [{ title: "tensor" }], rows: [["conv1"], ["fc"]], isDetail: true };
const page = {
  name: "mse",
  title: "MSE",
  sections: [{ heading: "resnet20", tables: [perTensor, summary, perTensor] }],
  footnotes: [],
};

Deno.test("markdownPage() leaves out the tables that are details where none are wanted, and says how long they are", () => {
  assertEquals(
    markdownPage(page, { details: false }),
    "## MSE\n\n### resnet20\n\n| bits |\n| ---: |\n|    2 |\n\n(Left out here: 4 rows of detail.)\n",
  );
});

Deno.test("markdownPage() and csvPage() have the details unless told otherwise", () => {
  assertStringIncludes(markdownPage(page), "| conv1  |");
  assertStringIncludes(csvPage(page), "conv1");
});
