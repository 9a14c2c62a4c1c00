import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { renderSvg } from "../../../lib/report/chart.ts";
import { accuracyChart } from "../../../lib/report/charts/accuracy_chart.ts";
import { marksOf } from "./marks.ts";

const points = ["omse", "k-means", "auto"].flatMap((method, i) =>
  [2, 3, 4, 8].map((bits) => {
    const accuracy = 0.9 - (0.1 + 0.02 * i) * (8 - bits);
    return { method, bits, accuracy, interval95: [accuracy - 0.03, accuracy + 0.02] as const };
  })
);

Deno.test("accuracyChart() draws a line for each method, a point and an interval for each figure, and float as a rule", async () => {
  const spec = accuracyChart({ title: "t", points, float: { accuracy: 0.917 } });
  const marks = await marksOf(spec);
  const counts = ["lines", "points", "intervals", "float"].map((layer) => marks(layer).length);
  assertEquals(counts, [3, 12, 12, 1]);
  const svg = await renderSvg(spec);
  assertStringIncludes(svg, ">float32<");
  for (const method of ["omse", "k-means", "auto"]) assertStringIncludes(svg, `>${method}<`);
});

Deno.test("accuracyChart() shows percent, and sets methods apart around their bits", () => {
  const { data } = accuracyChart({
    title: "t",
    points: [{ method: "a", bits: 4, accuracy: 0.5 }, { method: "b", bits: 4, accuracy: 0.75 }],
  }) as unknown as { data: { values: unknown[] } };
  assertEquals(data.values, [
    { method: "a", bits: 4, place: 3.975, accuracy: 50 },
    { method: "b", bits: 4, place: 4.025, accuracy: 75 },
  ]);
});

Deno.test("accuracyChart() goes without intervals and without float", async () => {
  const bare = points.map(({ interval95: _, ...point }) => point);
  const marks = await marksOf(accuracyChart({ title: "t", points: bare }));
  const counts = ["lines", "points", "intervals", "float"].map((layer) => marks(layer).length);
  assertEquals(counts, [3, 12, 0, 0]);
});

Deno.test("accuracyChart() tells 28 methods apart by colour, symbol and stroke", () => {
  const many = Array.from({ length: 28 }, (_, i) => ({
    method: `m${i}`,
    bits: 2,
    accuracy: 0.5,
  }));
  const { layer } = accuracyChart({ title: "t", points: many }) as unknown as {
    layer: {
      name: string;
      encoding: Record<"color" | "shape" | "strokeDash", { scale: { range: unknown[] } }>;
    }[];
  };
  const of = (name: string) => layer.find((layer) => layer.name === name)!.encoding;
  const { color, strokeDash } = of("lines"), { shape } = of("points");
  const range = ({ scale }: { scale: { range: unknown[] } }) => scale.range.map(String);
  const lines = range(color).map((colour, i) => `${colour} ${range(strokeDash)[i]}`);
  const symbols = range(color).map((colour, i) => `${colour} ${range(shape)[i]}`);
  assertEquals([new Set(lines).size, new Set(symbols).size], [28, 28]);
});

Deno.test("accuracyChart() refuses what has no place on it", () => {
  assertThrows(
    () => accuracyChart({ title: "t", points: [] }),
    RangeError,
    "Cannot draw a chart of accuracy as it needs a point: the number of points is 0",
  );
  assertThrows(
    () => accuracyChart({ title: "t", points: [{ method: "a", bits: 2, accuracy: NaN }] }),
    RangeError,
    "bits, accuracies and intervals must be finite: current value is NaN",
  );
  assertThrows(
    () => accuracyChart({ title: "t", points, float: { accuracy: Infinity } }),
    RangeError,
    "the float accuracy must be finite: current value is Infinity",
  );
});
