import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { renderSvg } from "../../../lib/report/chart.ts";
import { sqnrChart } from "../../../lib/report/charts/sqnr_chart.ts";
import { dataOf, marksOf } from "./marks.ts";

const points = [10, 20, 30].map((sqnrDb, i) => ({ method: "omse", bits: 2 + i, sqnrDb }));
const bounds = [{
  label: "bound",
  points: points.map(({ bits }) => ({ bits, sqnrDb: 12 * bits })),
}];

Deno.test("sqnrChart() draws a line with points for each method and a dashed line for each bound", async () => {
  const others = points.map((point) => ({ ...point, method: "auto" }));
  const spec = sqnrChart({ title: "t", points: [...points, ...others], bounds });
  const marks = await marksOf(spec);
  assertEquals(["lines", "points", "bounds"].map((layer) => marks(layer).length), [2, 6, 1]);
  assertStringIncludes(marks("bounds")[0]!, 'stroke-dasharray="5,4"');
  assertStringIncludes(await renderSvg(spec), ">SQNR (dB)<");
});

Deno.test("sqnrChart() places decibels evenly, ratios below 0 dB too", async () => {
  const low = [{ method: "a", bits: 1, sqnrDb: -10 }, ...points];
  const marks = await marksOf(sqnrChart({ title: "t", points: low, size: [300, 400] }));
  const heights = marks("points").map((mark) =>
    Number(mark.match(/translate\([^,]+,([^)]+)\)/)![1])
  );
  assertEquals(heights, [400, 200, 100, 0]);
});

Deno.test("sqnrChart() leaves an infinite ratio out, and refuses others without a place", () => {
  const exact = { method: "omse", bits: 8, sqnrDb: Infinity };
  const spec = sqnrChart({
    title: "t",
    points: [...points, exact],
    bounds: [{ label: "none", points: [{ bits: 2, sqnrDb: Infinity }] }],
  });
  assertEquals((spec as { data: { values: unknown[] } }).data.values, points);
  assertEquals(dataOf(spec, "bounds"), []);
  for (const sqnrDb of [NaN, -Infinity]) {
    assertThrows(
      () => sqnrChart({ title: "t", points: [{ method: "a", bits: 2, sqnrDb }] }),
      RangeError,
      `Cannot draw a chart of SQNR as ratios must be finite: current value is ${sqnrDb}`,
    );
  }
  assertThrows(
    () => sqnrChart({ title: "t", points: [] }),
    RangeError,
    "Cannot draw a chart of SQNR as it needs a point: the number of points is 0",
  );
});
