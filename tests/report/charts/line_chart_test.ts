import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { renderSvg } from "../../../lib/report/chart.ts";
import { lineChart } from "../../../lib/report/charts/line_chart.ts";
import { dataOf, marksOf } from "./marks.ts";

const frame = { title: "t", xTitle: "step", yTitle: "distance (σ)" };
const points = ["lloyd", "newton"].flatMap((series) =>
  [1, 10, 100].map((x) => ({ series, x, y: (series === "lloyd" ? 1 : 0.01) / x }))
);
const level = { label: "rounding", points: [1, 100].map((x) => ({ x, y: 1e-4 })) };

function placesOf(marks: readonly string[]): [number, number][] {
  return marks.map((mark) => {
    const [, x, y] = mark.match(/translate\(([^,]+),([^)]+)\)/)!;
    return [Number(x), Number(y)];
  });
}

Deno.test("lineChart() draws a line and its points for each series, and a dashed line for each reference", async () => {
  const marks = await marksOf(lineChart({ ...frame, points, references: [level] }));
  assertEquals(marks("lines").length, 2);
  assertEquals(marks("points").length, 6);
  assertEquals(marks("references").length, 1);
  assertStringIncludes(marks("references")[0]!, 'stroke-dasharray="5,4"');
});

Deno.test("lineChart() places numbers as they are, or by their logarithm", async () => {
  const one = points.filter(({ series }) => series === "lloyd");
  const spaced = async (scale: "linear" | "log") => {
    const spec = lineChart({ ...frame, points: one, xScale: scale, yScale: scale });
    const [first, second, third] = placesOf((await marksOf(spec))("points")) as [
      [number, number],
      [number, number],
      [number, number],
    ];
    const share = (i: 0 | 1) => (second[i] - first[i]) / (third[i] - first[i]);
    return [share(0), share(1)].map((value) => Math.round(1000 * value) / 1000);
  };
  assertEquals(await spaced("log"), [0.5, 0.5]);
  assertEquals(await spaced("linear"), [0.091, 0.909]);
});

Deno.test("lineChart() keeps a logarithmic axis to the values", async () => {
  const logarithmic = { xScale: "log", yScale: "log" } as const;
  const narrow = [20, 30].map((x) => ({ series: "a", x, y: x }));
  const [first, last] = placesOf(
    (await marksOf(lineChart({ ...frame, ...logarithmic, points: narrow, size: [300, 300] })))(
      "points",
    ),
  );
  assertEquals([first, last], [[10, 290], [290, 10]]);
});

Deno.test("lineChart() labels thousands in full, and small powers of ten by their exponents", async () => {
  const far = [1, 2].map((k) => ({ series: "a", x: 4000 * k, y: 10 ** (-15 * k) }));
  const svg = await renderSvg(lineChart({ ...frame, points: far, yScale: "log" }));
  for (const text of [">5,000<", ">1e-20<"]) assertStringIncludes(svg, text);
});

Deno.test("lineChart() titles its axes, and gives laws their colours", async () => {
  const laws = points.map((point) => ({
    ...point,
    series: point.series === "lloyd" ? "laplace" : "gaussian",
  }));
  const svg = await renderSvg(lineChart({ ...frame, points: laws, style: "law" }));
  for (const text of [">step<", ">distance (σ)<", ">laplace<", "#0072b2", "#d55e00"]) {
    assertStringIncludes(svg, text);
  }
});

Deno.test("lineChart() holds nothing of its points but what it draws, and leaves them as they are", () => {
  const given = Object.freeze(points.map((point) => Object.freeze({ ...point, bits: 4 })));
  const spec = lineChart({ ...frame, points: given, references: [level] });
  assertEquals((spec as { data: { values: unknown[] } }).data.values, points);
  assertEquals(
    dataOf(spec, "references"),
    level.points.map((point) => ({ series: "rounding", ...point })),
  );
});

Deno.test("lineChart() refuses no points, numbers that aren't finite, and 0 on a logarithmic axis", () => {
  const refused = (y: number, yScale: "linear" | "log", message: string) =>
    assertThrows(
      () => lineChart({ ...frame, yScale, points: [{ series: "a", x: 1, y }] }),
      RangeError,
      message,
    );
  refused(NaN, "linear", "Cannot draw a chart of lines as y values must be finite: current value");
  refused(0, "log", "y values on a logarithmic axis must be above 0: current value is 0");
  refused(-1, "log", "y values on a logarithmic axis must be above 0: current value is -1");
  assertThrows(
    () => lineChart({ ...frame, points: [] }),
    RangeError,
    "Cannot draw a chart of lines as it needs a point: the number of points is 0",
  );
});

Deno.test("lineChart() has a legend no wider than its drawing area", () => {
  const many = ["lloyd-max-gaussian", "lloyd-max-laplace", "k-means-exact"].flatMap((series) =>
    [1, 2].map((x) => ({ series, x, y: x }))
  );
  const columns = (size?: [number, number]) => {
    const spec = JSON.stringify(lineChart({ ...frame, points: many, ...(size && { size }) }));
    return spec.match(/"columns":(\d)/)![1];
  };
  assertEquals([columns(), columns([240, 160])], ["3", "1"]);
});
