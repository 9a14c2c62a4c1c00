import { assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import { committedResults } from "../../bench/readme.ts";
import { serializeResults } from "../../bench/results.ts";
import schema from "../../bench/results.schema.json" with { type: "json" };
import { exampleResults } from "./example_results.ts";

const validate = new Ajv({ strict: true, allErrors: true }).compile(schema);

/** Where a text breaks the schema. */
function violationsOf(text: string): readonly string[] {
  validate(JSON.parse(text));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

Deno.test("results.schema.json describes what a run leaves", () => {
  assertEquals(violationsOf(serializeResults(exampleResults)), []);
});

Deno.test("results.schema.json describes the committed reference run", async () => {
  assertEquals(violationsOf(await Deno.readTextFile(committedResults())), []);
});

Deno.test("results.schema.json refuses what is missing, surplus or of another type", () => {
  const { timing: _, ...rest } = exampleResults;
  const broken = { ...rest, complete: "yes", source: "0" };
  assertEquals(violationsOf(JSON.stringify(broken)), [
    " must have required property 'timing'",
    " must NOT have additional properties",
    "/complete must be boolean",
  ]);
});
