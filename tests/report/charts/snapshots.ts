/**
 * The stored specifications and pictures of the example charts. After a wanted change this rewrites them; then look at the pictures:
 *
 *     deno run --allow-read --allow-env --allow-write=tests/fixtures tests/report/charts/snapshots.ts
 */
import { type ChartSpec, renderSvg } from "../../../lib/report/chart.ts";
import { exampleCharts } from "./example_charts.ts";

/** What is stored of a chart, and where. */
export async function snapshotsOf(name: string, spec: ChartSpec) {
  const file = (extension: string) =>
    new URL(`../../fixtures/report/${name}.${extension}`, import.meta.url);
  return [
    { file: file("json"), text: `${JSON.stringify(spec, roundNumber, 1)}\n` },
    { file: file("svg"), text: await renderSvg(spec) },
  ];
}

/** To nine digits: the last ones of a density are no matter of charts. */
function roundNumber(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(9)) : value;
}

if (import.meta.main) {
  for (const [name, spec] of Object.entries(exampleCharts)) {
    for (const { file, text } of await snapshotsOf(name, spec)) {
      await Deno.writeTextFile(file, text);
    }
  }
}
