import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { referenceResults, refreshTables } from "../../bench/readme.ts";
import { parseResults } from "../../bench/results.ts";
import { slowTest } from "../needs_data.ts";
import { exampleResults } from "./example_results.ts";

slowTest(
  "the README's tables are those that the committed results draw (else: deno task readme)",
  async () => {
    const results = parseResults(await Deno.readTextFile(referenceResults), "reference.json");
    const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
    assertEquals(results.complete, true);
    assertEquals(readme, refreshTables(readme, results));
    assertStringIncludes(readme, "| float32 ");
  },
);

Deno.test("refreshTables() replaces what stands between markers, and nothing else", () => {
  const page = "a\n<!-- bench:mse -->\nstale figures\n<!-- /bench -->\nb\n";
  const fresh = refreshTables(page, exampleResults);
  assertStringIncludes(fresh, "a\n<!-- bench:mse -->\n\n### MSE: ");
  assertStringIncludes(fresh, ".\n\n<!-- /bench -->\nb\n");
  assertEquals(fresh.includes("stale"), false);
  assertEquals(refreshTables(fresh, exampleResults), fresh);
  assertEquals(refreshTables("no markers", exampleResults), "no markers");
});

Deno.test("refreshTables() takes the cells that the marker chooses, and those that have no such value", () => {
  const figures = (choices: string) =>
    refreshTables(`<!-- bench:cifar10${choices} -->\n<!-- /bench -->`, exampleResults)
      .split("\n").filter((line) => /^\| +\d/.test(line)).map((line) => line.split("|")[2]!.trim());
  assertEquals(figures(""), ["float32", "ks-lloyd-max"]);
  assertEquals(figures(" network=a method=ks-lloyd-max,omse bits=2"), ["float32", "ks-lloyd-max"]);
  assertEquals(figures(" bits=3,4"), ["float32"]);
  assertEquals(figures(" per=channel"), ["float32"]);
  assertThrows(() => figures(" size=3"), RangeError, "by size for the README: there are network");
});

Deno.test("refreshTables() refuses a table that there isn't", () => {
  assertThrows(
    () => refreshTables("<!-- bench:nope -->\n<!-- /bench -->", exampleResults),
    RangeError,
    "there is no table nope",
  );
});
