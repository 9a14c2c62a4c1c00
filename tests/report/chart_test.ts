import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { laplace } from "../../lib/distributions/laplace.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";
import { type ChartSpec, histogramChart, renderSvg } from "../../lib/report/chart.ts";

function exampleChart() {
  const law = laplace({ location: 0, scale: 1 });
  return histogramChart({
    title: "Twenty values",
    subtitle: "of no meaning",
    histogram: { edges: [-4, -2, 0, 2, 4], counts: [2, 7, 8, 3], size: 20 },
    laws: [{ label: "Laplace", law }],
    codebook: lloydMax(law, { bits: 3 }),
  });
}

Deno.test("renderSvg() gives the same text twice, and one that fits any page", async () => {
  const [first, second] = await Promise.all([renderSvg(exampleChart()), renderSvg(exampleChart())]);
  assertEquals(first, second);
  assertStringIncludes(first, 'fill="white"');
  assertStringIncludes(first, "density (1 / weight)");
});

Deno.test("renderSvg() rounds places but not words", async () => {
  const svg = await renderSvg({
    data: { values: [{ x: 0, t: "0.123456" }, { x: 1 / 3, t: "b" }, { x: 1, t: "c" }] },
    mark: "text",
    encoding: { x: { field: "x", type: "quantitative" }, text: { field: "t" } },
  });
  assertStringIncludes(svg, ">0.123456<");
  assertEquals(svg.match(/ transform="[^"]*\.\d{3}/), null);
});

Deno.test("histogramChart() is plain data: bars hold the density, and levels out of view are left out", () => {
  const spec = histogramChart({
    title: "t",
    histogram: { edges: [0, 1, 3], counts: [1, 2], size: 4 },
    codebook: { levels: [-1, 0.5, 2], thresholds: [-0.25, 1.25] },
  });
  assertEquals(JSON.parse(JSON.stringify(spec)), structuredClone(spec));
  const { layer } = spec as unknown as { layer: { data: { values: unknown[] } }[] };
  assertEquals(layer[0]!.data.values, [
    { from: 0, to: 1, density: 0.25, series: "histogram" },
    { from: 1, to: 3, density: 0.25, series: "histogram" },
  ]);
  assertEquals(layer[1]!.data.values, [{ value: 1.25, series: "thresholds" }]);
  assertEquals(layer[3]!.data.values, [
    { value: 0.5, density: 0, series: "levels" },
    { value: 2, density: 0, series: "levels" },
  ]);
});

Deno.test("renderSvg() says what is wrong with a specification", async () => {
  await assertRejects(
    () => renderSvg({ mark: "no such mark" } as unknown as ChartSpec),
    TypeError,
    "Cannot draw a chart as Vega-Lite doesn't understand it: ",
  );
});
