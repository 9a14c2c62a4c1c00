import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { readEarlier, startRecord } from "../../bench/recorder.ts";
import { parseResults, serializeResults, writeAtomically } from "../../bench/results.ts";
import { exampleResults } from "./example_results.ts";

const key = { table: "mse", network: "a (cifar-10)" };

async function withFolder(body: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("parseResults() restores what serializeResults() wrote, infinities included", () => {
  const cells = [{ key, result: { sqnrDb: Infinity, mse: 0.1 + 0.2, least: -Infinity } }];
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
  for (const text of ["null", "{}", '{"header":{"format":"bitbell-bench-1"}}']) {
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

Deno.test("startRecord() writes each cell as it comes, and marks the last state as complete", async () => {
  await withFolder((folder) => {
    const path = join(folder, "a.json");
    const { header, tables, notes } = exampleResults;
    const recorder = startRecord({ path, header, tables, notes, workers: 2 });
    const read = () => parseResults(Deno.readTextFileSync(path), path);
    recorder.add({ key, result: 1 }, 0.5);
    assertEquals([read().complete, read().cells], [false, [{ key, result: 1 }]]);
    recorder.finish();
    assertEquals([read().complete, read().timing.cells], [true, {
      "mse: a (cifar-10): float32": 0.5,
    }]);
  });
});

Deno.test("startRecord() hands back an earlier run's cells, and how long they took", async () => {
  await withFolder((folder) => {
    const path = join(folder, "a.json");
    const { header, tables, notes } = exampleResults;
    const options = { path, header, tables, notes, workers: 2 };
    startRecord(options).add({ key, result: 1 }, 0.5);
    const earlier = readEarlier(path, header);
    if (typeof earlier === "string") throw new Error(earlier);
    const recorder = startRecord({ ...options, earlier });
    assertEquals(recorder.earlier(key), { key, result: 1 });
    const setting = { method: "omse", bits: 2, granularity: "tensor" } as const;
    assertEquals(recorder.earlier({ ...key, setting }), undefined);
    recorder.add(recorder.earlier(key)!);
    assertEquals(Object.values(recorder.results().timing.cells), [0.5]);
  });
});

Deno.test("readEarlier() says why an earlier run is of no use", async () => {
  await withFolder((folder) => {
    const path = join(folder, "a.json");
    const { header } = exampleResults;
    assertStringIncludes(readEarlier(path, header) as string, "there is no earlier run");
    writeAtomically(path, serializeResults(exampleResults));
    assertEquals(typeof readEarlier(path, header), "object");
    assertEquals(
      readEarlier(path, { ...header, source: "changed", sets: [] }),
      "the earlier run differs in its source and sets",
    );
  });
});
