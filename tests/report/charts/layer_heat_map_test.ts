import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { renderSvg } from "../../../lib/report/chart.ts";
import { layerHeatMap } from "../../../lib/report/charts/layer_heat_map.ts";
import { marksOf } from "./marks.ts";

const cells = ["fc", "conv2", "conv1"].flatMap((layer, i) =>
  ["2", "4", "8"].map((column, j) => ({ layer, column, value: 10 ** (i - 2 * j) }))
);

Deno.test("layerHeatMap() draws a field for each cell, coloured by value", async () => {
  const marks = await marksOf(layerHeatMap({ title: "t", cells, columnTitle: "bits" }));
  const colours = marks("marks").map((mark) => mark.match(/fill="([^"]+)"/)![1]);
  assertEquals(colours.length, 9);
  // 1 is the value of (fc, 2); 0.1 that of (conv2, 4); 1 and 0.01 come twice and thrice.
  assertEquals(new Set(colours).size, new Set(cells.map(({ value }) => value)).size);
});

Deno.test("layerHeatMap() keeps the order of layers and columns", async () => {
  const svg = await renderSvg(layerHeatMap({ title: "t", cells, columnTitle: "bits" }));
  const labels = [...svg.matchAll(/>(fc|conv\d|[248])<\/text>/g)].map(([, label]) => label);
  assertEquals(labels, ["2", "4", "8", "fc", "conv2", "conv1"]);
  assertStringIncludes(svg, ">bits<");
});

Deno.test("layerHeatMap() leaves fields of 0 empty on a logarithmic scale, and draws them on a linear one", async () => {
  const zero = [...cells, { layer: "conv3", column: "2", value: 0 }];
  const log = await marksOf(layerHeatMap({ title: "t", cells: zero }));
  const linear = await marksOf(layerHeatMap({ title: "t", cells: zero, scale: "linear" }));
  assertEquals([log("marks").length, linear("marks").length], [9, 10]);
});

Deno.test("layerHeatMap() refuses values without a colour", () => {
  const of = (value: number) => [{ layer: "a", column: "2", value }];
  assertThrows(
    () => layerHeatMap({ title: "t", cells: of(Infinity) }),
    RangeError,
    "Cannot draw a map of layers as values must be finite: current value is Infinity",
  );
  assertThrows(
    () => layerHeatMap({ title: "t", cells: of(-1) }),
    RangeError,
    "values on a logarithmic scale must not be below 0: current value is -1",
  );
  layerHeatMap({ title: "t", cells: of(-1), scale: "linear" });
});
