import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { renderSvg } from "../../../lib/report/chart.ts";
import { errorChart } from "../../../lib/report/charts/error_chart.ts";
import { dataOf, marksOf } from "./marks.ts";

// Lloyd-Max of a normal law (Max, 1960, table I), and 4^-bits.
const points = [[1, 0.3634], [2, 0.1175], [3, 0.03454], [4, 0.009497]].map(([bits, mse]) => ({
  method: "lloyd-max",
  bits: bits!,
  relativeError: mse!,
}));
const bound = {
  label: "rate-distortion",
  points: points.map(({ bits }) => ({ bits, relativeError: 4 ** -bits })),
};

Deno.test("errorChart() draws a line for each method and a dashed one for each bound", async () => {
  const others = points.map((point) => ({ ...point, method: "omse", relativeError: 0.4 }));
  const marks = await marksOf(
    errorChart({ title: "t", points: [...points, ...others], bounds: [bound] }),
  );
  assertEquals(marks("lines").length, 2);
  assertEquals(marks("points").length, 8);
  assertEquals(marks("bounds").length, 1);
  assertStringIncludes(marks("bounds")[0]!, 'stroke-dasharray="5,4"');
});

Deno.test("errorChart() places errors by their logarithm", async () => {
  const powers = [2, 3, 4].map((bits) => ({ method: "a", bits, relativeError: 10 ** -bits }));
  const marks = await marksOf(errorChart({ title: "t", points: powers, size: [300, 300] }));
  const heights = marks("points").map((mark) =>
    Number(mark.match(/translate\([^,]+,([^)]+)\)/)![1])
  );
  assertEquals(heights, [0, 150, 300]);
});

Deno.test("errorChart() labels the powers of ten where there are three", async () => {
  const svg = await renderSvg(errorChart({ title: "t", points, bounds: [bound] }));
  for (const label of ["0.001", "0.01", "0.1", "1"]) assertStringIncludes(svg, `>${label}<`);
  assertEquals(svg.includes(">0.002<"), false);
});

Deno.test("errorChart() leaves an error of 0 out, and refuses one below", () => {
  const spec = errorChart({
    title: "t",
    points: [...points, { method: "lloyd-max", bits: 8, relativeError: 0 }],
    bounds: [{ label: "none", points: [{ bits: 2, relativeError: 0 }] }],
  });
  assertEquals((spec as { data: { values: unknown[] } }).data.values, points);
  assertEquals(dataOf(spec, "bounds"), []);
  assertThrows(
    () => errorChart({ title: "t", points: [{ method: "a", bits: 2, relativeError: -0.1 }] }),
    RangeError,
    "Cannot draw a chart of errors as errors must not be below 0: current value is -0.1",
  );
  assertThrows(
    () => errorChart({ title: "t", points: [{ method: "a", bits: 2, relativeError: NaN }] }),
    RangeError,
    "bits and errors must be finite: current value is NaN",
  );
});
