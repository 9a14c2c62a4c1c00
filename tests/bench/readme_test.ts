import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readRunsOf, refreshTables, runsNamed } from "../../bench/readme.ts";
import { slowTest } from "../needs_data.ts";
import { exampleResults } from "./example_results.ts";

const runs = { reference: exampleResults };

slowTest(
  "the README's tables are those that the committed results draw (else: deno task readme)",
  async () => {
    const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
    const runs = await readRunsOf(readme);
    for (const [name, { complete }] of Object.entries(runs)) assertEquals(complete, true, name);
    assertEquals(readme, refreshTables(readme, runs));
    assertStringIncludes(readme, "| float32 ");
  },
);

Deno.test("refreshTables() replaces what stands between markers, and nothing else", () => {
  const page = "a\n<!-- bench:mse -->\nstale figures\n<!-- /bench -->\nb\n";
  const fresh = refreshTables(page, runs);
  assertStringIncludes(fresh, "a\n<!-- bench:mse -->\n\n### MSE: ");
  assertStringIncludes(fresh, ".\n\n<!-- /bench -->\nb\n");
  assertEquals(fresh.includes("stale"), false);
  assertEquals(refreshTables(fresh, runs), fresh);
  assertEquals(refreshTables("no markers", runs), "no markers");
});

Deno.test("refreshTables() takes the run that the marker names, and says how it is made again", () => {
  const page =
    "<!-- bench:run from=other -->\n<!-- /bench -->\n<!-- bench:mse -->\n<!-- /bench -->";
  assertEquals(runsNamed(page), ["other", "reference"]);
  const fresh = refreshTables(page, { ...runs, other: exampleResults });
  assertStringIncludes(fresh, " task bench --images ");
  assertStringIncludes(fresh, " --out bench/results --name other\n");
  assertStringIncludes(fresh, " networks, ");
  assertStringIncludes(fresh, "[other.json](bench/results/other.json)");
});

Deno.test("refreshTables() takes the cells that the marker chooses, and those that have no such value", () => {
  const figures = (choices: string) =>
    refreshTables(`<!-- bench:cifar10${choices} -->\n<!-- /bench -->`, runs)
      .split("\n").filter((line) => /^\| +\d/.test(line)).map((line) => line.split("|")[2]!.trim());
  assertEquals(figures(""), ["float32", "ks-lloyd-max"]);
  assertEquals(figures(" network=a method=ks-lloyd-max,omse bits=2"), ["float32", "ks-lloyd-max"]);
  assertEquals(figures(" bits=3,4"), ["float32"]);
  assertEquals(figures(" per=channel"), ["float32"]);
  assertThrows(() => figures(" size=3"), RangeError, "by size for the README: there are network");
});

Deno.test("refreshTables() misses no granularity that the marker leaves out", () => {
  const { header } = exampleResults;
  const selection = { ...header.selection, granularities: ["tensor", "channel"] } as const;
  const both = { reference: { ...exampleResults, header: { ...header, selection } } };
  const missing = "per channel: not measured";
  const draw = (choices: string) =>
    refreshTables(`<!-- bench:claims${choices} -->\n<!-- /bench -->`, both);
  assertStringIncludes(draw(""), missing);
  assertEquals(draw(" per=tensor").includes(missing), false);
});

Deno.test("refreshTables() refuses a table and a run that there isn't", () => {
  assertThrows(
    () => refreshTables("<!-- bench:nope -->\n<!-- /bench -->", runs),
    RangeError,
    "there is no table nope",
  );
  assertThrows(
    () => refreshTables("<!-- bench:mse from=nowhere -->\n<!-- /bench -->", runs),
    RangeError,
    "there is no run nowhere",
  );
});
