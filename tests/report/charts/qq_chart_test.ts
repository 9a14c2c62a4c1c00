import { assertEquals, assertThrows } from "@std/assert";
import { gaussian } from "../../../lib/distributions/gaussian.ts";
import { laplace } from "../../../lib/distributions/laplace.ts";
import { qqChart } from "../../../lib/report/charts/qq_chart.ts";
import { assertRelative } from "../../tolerance.ts";
import { dataOf, marksOf } from "./marks.ts";

const normal = gaussian({ mean: 0, standardDeviation: 1 });
const laws = [{ label: "Gaussian", law: normal }];

/** The quantiles of the points, and what they should be by `scipy.stats.norm.ppf` of SciPy 1.17.1. */
function assertQuantiles(actual: readonly unknown[], expected: readonly number[]) {
  assertEquals(actual.length, expected.length);
  expected.forEach((value, i) =>
    assertRelative(actual[i] as number, value, 1e-14, `quantile ${i}`, 1)
  );
}

Deno.test("qqChart() sets sorted values over the quantiles at (i - 1/2) / n", () => {
  const points = dataOf(qqChart({ title: "t", sample: [3, -1, 0.5, 2, 0], laws }), "points");
  assertEquals(points.map(({ value }) => value), [-1, 0, 0.5, 2, 3]);
  assertQuantiles(points.map(({ quantile }) => quantile), [
    -1.2815515655446004,
    -0.5244005127080409,
    0,
    0.5244005127080407,
    1.2815515655446004,
  ]);
});

Deno.test("qqChart() of a large sample keeps both tails whole, in 200 points for each law", async () => {
  const sample = Float32Array.from({ length: 1000 }, (_, i) => (i * 619) % 1000);
  const spec = qqChart({
    title: "t",
    sample,
    laws: [...laws, { label: "Laplace", law: laplace({ location: 0, scale: 1 }) }],
  });
  const points = dataOf(spec, "points").filter(({ law }) => law === "Gaussian");
  const ranks = points.map(({ value }) => value as number);
  assertEquals(ranks.slice(0, 25), Array.from({ length: 25 }, (_, i) => i));
  assertEquals(ranks.slice(-25), Array.from({ length: 25 }, (_, i) => 975 + i));
  assertEquals(new Set(ranks).size, 200);
  assertQuantiles([points[0]!.quantile, points[24]!.quantile], [
    -3.2905267314918945,
    -1.9685916691865946,
  ]);
  const marks = await marksOf(spec);
  assertEquals([marks("points").length, marks("diagonal").length], [400, 1]);
});

Deno.test("qqChart() lays a sample of the law's own quantiles on the line", async () => {
  const sample = Array.from({ length: 99 }, (_, i) => normal.quantile((i + 0.5) / 99));
  const spec = qqChart({ title: "t", sample, laws, size: [400, 400] });
  for (const { quantile, value } of dataOf(spec, "points")) assertEquals(quantile, value);
  const marks = await marksOf(spec);
  for (const mark of marks("points")) {
    const [, x, y] = mark.match(/translate\(([^,]+),([^)]+)\)/)!;
    assertRelative(Number(x) + Number(y), 400, 1e-4, "x + y");
  }
});

Deno.test("qqChart() refuses an empty sample, and values without a place", () => {
  assertThrows(
    () => qqChart({ title: "t", sample: [], laws }),
    RangeError,
    "Cannot draw a Q-Q chart as it needs a point: the number of points is 0",
  );
  assertThrows(
    () => qqChart({ title: "t", sample: [1, NaN], laws }),
    RangeError,
    "values and quantiles must be finite: current value is NaN",
  );
});

Deno.test("qqChart() sets given quantiles of a sample over the law's at the same probabilities, all of them", () => {
  const sample = Float64Array.from({ length: 300 }, (_, i) => i);
  const probabilities = sample.map((i) => (i + 1) / 301);
  const points = dataOf(qqChart({ title: "t", sample, probabilities, laws }), "points");
  assertEquals(points.length, 300);
  // scipy.stats.norm.ppf(1 / 301) and (300 / 301) of SciPy 1.17.1.
  assertQuantiles([points[0]!.quantile, points[299]!.quantile], [
    -2.71415443420618,
    2.714154434206178,
  ]);
  assertThrows(
    () => qqChart({ title: "t", sample: [1, 2, 3], probabilities: [0.2, 0.8], laws }),
    RangeError,
    "Cannot draw a Q-Q chart as there must be a probability for each value: their numbers are 2 and 3",
  );
  assertThrows(
    () => qqChart({ title: "t", sample: [1, 2], probabilities: [0, 1], laws }),
    RangeError,
  );
});
