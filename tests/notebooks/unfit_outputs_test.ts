import { assertEquals } from "@std/assert";
import { unfitOutputs } from "../../notebooks/unfit_outputs.ts";
import { notebookOf, printed, shown } from "./notebook_of.ts";

Deno.test("unfitOutputs() finds folders of this machine in whatever is printed or shown", () => {
  const notebook = notebookOf(
    { outputs: [printed("read /home/ada/bitbell/README.md")] },
    { outputs: [shown({ "text/html": ["<td>", "file:///home/ada</td>"] })] },
    { outputs: [shown({ "application/json": { path: "C:\\Users\\ada\\x" } })] },
  );
  assertEquals(unfitOutputs(notebook, ["/home/ada/", "C:\\Users\\ada", "/data"]), [
    "code cell 1 (cell-1) shows the folder /home/ada/ of this machine",
    "code cell 2 (cell-2) shows the folder /home/ada/ of this machine",
    "code cell 3 (cell-3) shows the folder C:\\Users\\ada of this machine",
  ]);
});

Deno.test("unfitOutputs() takes no longer name for a folder", () => {
  const notebook = notebookOf({ outputs: [printed("/rooted and a square/root, /root-n")] });
  assertEquals(unfitOutputs(notebook, ["/root"]), []);
});

Deno.test("unfitOutputs() finds pictures made of pixels, and lets SVG pass", () => {
  const jpeg = "image/jpeg";
  const svg = shown({ "image/svg+xml": "<svg/>", "text/html": '<img src="data:image/svg+xml,x">' });
  assertEquals(unfitOutputs(notebookOf({ outputs: [svg] }), []), []);
  const notebook = notebookOf(
    { outputs: [shown({ "image/png": "iVBO" })] },
    { outputs: [shown({ "text/html": `<img src="data:${jpeg};base64,AAAA">` })] },
  );
  assertEquals(unfitOutputs(notebook, []), [
    "code cell 1 (cell-1) shows a picture of pixels: image/png",
    `code cell 2 (cell-2) shows a picture of pixels: data:${jpeg}`,
  ]);
});
