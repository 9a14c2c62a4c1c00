import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { parseResults, serializeResults, writeAtomically } from "../../bench/results.ts";
import { exampleResults } from "./example_results.ts";
import { withFolder } from "./with_folder.ts";

const key = { table: "mse", network: "a (cifar-10)" };

Deno.test("parseResults() restores what serializeResults() wrote, infinities included", () => {
  const cells = [{
    key,
    inputs: "0",
    result: { sqnrDb: Infinity, mse: 0.1 + 0.2, least: -Infinity },
  }];
  const results = { ...exampleResults, cells };
  assertEquals(parseResults(serializeResults(results), "a.json"), results);
  const none = { ...exampleResults, cells: [] };
  assertEquals(parseResults(serializeResults(none), "a.json"), none);
});

Deno.test("serializeResults() gives each cell a line of its own", () => {
  const lines = serializeResults(exampleResults).split("\n");
  assertEquals(
    lines.filter((line) => line.startsWith('    {"key":')).length,
    exampleResults.cells.length,
  );
});

Deno.test("parseResults() refuses other files and names them", () => {
  assertThrows(
    () => parseResults("{", "a.json"),
    SyntaxError,
    "Cannot read a.json as results of the bench: ",
  );
  for (const text of ["null", "{}", '{"header":{"format":"bitbell-bench-2"}}']) {
    assertThrows(() => parseResults(text, "a.json"), SyntaxError, "Cannot read a.json");
  }
});

Deno.test("writeAtomically() leaves the whole file, and nothing else, in a folder that it makes", async () => {
  await withFolder((folder) => {
    const path = join(folder, "in", "a.json");
    writeAtomically(path, "one");
    writeAtomically(path, "two");
    assertEquals(Deno.readTextFileSync(path), "two");
    assertEquals([...Deno.readDirSync(join(folder, "in"))].map(({ name }) => name), ["a.json"]);
  });
});

Deno.test("writeAtomically() leaves nothing behind when it fails, and names the file", async () => {
  await withFolder((folder) => {
    const path = join(folder, "a.json");
    Deno.mkdirSync(path);
    assertThrows(() => writeAtomically(path, "text"), Error, `Cannot write ${path}: `);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.json"]);
  });
});
