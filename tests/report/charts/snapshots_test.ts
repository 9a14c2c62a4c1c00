import { assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import schema from "vega-lite-5/build/vega-lite-schema.json" with { type: "json" };
import { renderSvg } from "../../../lib/report/chart.ts";
import * as report from "../../../lib/report/mod.ts";
import { exampleCharts } from "./example_charts.ts";
import { snapshotsOf } from "./snapshots.ts";

// The schema has formats of colours and addresses, which ajv doesn't know by itself.
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

for (const [name, spec] of Object.entries(exampleCharts)) {
  Deno.test(`exampleCharts: ${name} has the stored specification and picture`, async () => {
    for (const { file, text } of await snapshotsOf(name, spec)) {
      assertEquals(text, await Deno.readTextFile(file), file.pathname);
    }
  });

  Deno.test(`exampleCharts: ${name} is plain data and valid Vega-Lite 5`, () => {
    assertEquals(JSON.parse(JSON.stringify(spec)), structuredClone(spec));
    assertEquals(spec.$schema, "https://vega.github.io/schema/vega-lite/v5.json");
    validate(spec);
    assertEquals(validate.errors, null);
  });
}

Deno.test("exampleCharts has one of each function that makes a chart", () => {
  const functions = Object.keys(report).filter((name) => /(Chart|HeatMap)$/.test(name));
  const missing = functions.filter((name) => {
    const words = name.replace(/Chart$/, "").replace(/^layerHeat/, "heat");
    return !(words.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) in exampleCharts);
  });
  assertEquals(missing, []);
});

Deno.test("the schema of Vega-Lite 5 refuses what isn't in it", () => {
  assertEquals(
    validate({ ...exampleCharts.heat_map, mark: { type: "rect", colour: "red" } }),
    false,
  );
});

Deno.test("renderSvg() draws every example without a warning", async () => {
  const warnings: unknown[] = [];
  const { warn } = console;
  console.warn = (...words) => warnings.push(words);
  try {
    for (const spec of Object.values(exampleCharts)) await renderSvg(spec);
  } finally {
    console.warn = warn;
  }
  assertEquals(warnings, []);
});
