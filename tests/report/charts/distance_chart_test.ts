import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { renderSvg } from "../../../lib/report/chart.ts";
import { distanceChart } from "../../../lib/report/charts/distance_chart.ts";
import { lawStyles } from "../../../lib/report/charts/styles.ts";
import { dataOf, marksOf } from "./marks.ts";

const points = [
  { layer: "fc", family: "gaussian", distance: 0.08 },
  { layer: "fc", family: "laplace", distance: 0.03 },
  { layer: "conv1", family: "gaussian", distance: 0.02 },
  { layer: "conv1", family: "laplace", distance: 0.05 },
];

Deno.test("distanceChart() draws a line for each layer and a mark for each family, that of the nearest full", async () => {
  const marks = await marksOf(distanceChart({ title: "t", points }));
  assertEquals([marks("spans").length, marks("points").length], [2, 4]);
  const [gaussian, laplace] = lawStyles(["gaussian", "laplace"]).map(({ colour }) => colour);
  const full = marks("points").filter((mark) => mark.includes(' opacity="1"'));
  const colours = full.map((mark) => mark.match(/fill="([^"]+)"/)![1]);
  assertEquals(colours, [laplace, gaussian]);
});

Deno.test("distanceChart() names the nearest family, both of two that are equal", () => {
  const equal = [...points, { layer: "fc", family: "logistic", distance: 0.03 }];
  const values = dataOf(distanceChart({ title: "t", points: equal }), "points");
  const nearest = values.filter(({ nearest }) => nearest === "yes");
  assertEquals(nearest.map(({ layer, family }) => `${layer} ${family}`), [
    "fc laplace",
    "conv1 gaussian",
    "fc logistic",
  ]);
});

Deno.test("distanceChart() names sixty layers in their order", async () => {
  const layers = Array.from({ length: 60 }, (_, i) => `layer${60 - i}.weight`);
  const many = layers.map((layer) => ({ layer, family: "laplace", distance: 0.1 }));
  const svg = await renderSvg(distanceChart({ title: "t", points: many }));
  const labels = [...svg.matchAll(/>(layer\d+\.weight)<\/text>/g)].map(([, label]) => label);
  assertEquals(labels, layers);
  assertStringIncludes(svg, ">Kolmogorov-Smirnov distance D<");
});

Deno.test("distanceChart() refuses what has no place on it", () => {
  assertThrows(
    () => distanceChart({ title: "t", points: [] }),
    RangeError,
    "Cannot draw a chart of distances as it needs a point: the number of points is 0",
  );
  assertThrows(
    () => distanceChart({ title: "t", points: [{ ...points[0]!, distance: NaN }] }),
    RangeError,
    "distances must be finite: current value is NaN",
  );
});
