import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { referenceResults, refreshTables } from "../../bench/readme.ts";
import { parseResults } from "../../bench/results.ts";
import { exampleResults } from "./example_results.ts";

Deno.test("the README's tables are those that the committed results draw (else: deno task readme)", async () => {
  const results = parseResults(await Deno.readTextFile(referenceResults), "reference.json");
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  assertEquals(results.complete, true);
  assertEquals(readme, refreshTables(readme, results));
  assertStringIncludes(readme, "| float32 ");
});

Deno.test("refreshTables() replaces what stands between markers, and nothing else", () => {
  const page = "a\n<!-- bench:mse -->\nstale figures\n<!-- /bench -->\nb\n";
  const fresh = refreshTables(page, exampleResults);
  assertStringIncludes(fresh, "a\n<!-- bench:mse -->\n\n### MSE: ");
  assertStringIncludes(fresh, ".\n\n<!-- /bench -->\nb\n");
  assertEquals(fresh.includes("stale"), false);
  assertEquals(refreshTables(fresh, exampleResults), fresh);
  assertEquals(refreshTables("no markers", exampleResults), "no markers");
});

Deno.test("refreshTables() refuses a table that there isn't", () => {
  assertThrows(
    () => refreshTables("<!-- bench:nope -->\n<!-- /bench -->", exampleResults),
    RangeError,
    "there is no table nope",
  );
});
