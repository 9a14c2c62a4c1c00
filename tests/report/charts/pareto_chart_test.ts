import { assertEquals, assertThrows } from "@std/assert";
import { createPrng } from "../../../lib/numerics/prng.ts";
import { paretoChart, paretoFront } from "../../../lib/report/charts/pareto_chart.ts";
import { dataOf, marksOf } from "./marks.ts";

const points = [
  { series: "uniform", label: "3 bits", size: 3.1, accuracy: 0.86 },
  { series: "uniform", label: "2 bits", size: 2.1, accuracy: 0.4 },
  { series: "mixed", label: "3 bits", size: 2.98, accuracy: 0.89 },
  { series: "mixed", label: "4 bits", size: 3.99, accuracy: 0.91 },
];

Deno.test("paretoFront() keeps what the definition keeps", () => {
  const prng = createPrng(7);
  for (let round = 0; round < 50; round++) {
    // Few places, so that sizes and accuracies coincide.
    const points = Array.from({ length: 30 }, () => ({
      size: Math.floor(8 * prng()),
      accuracy: Math.floor(8 * prng()),
    }));
    const expected = points.filter((a) =>
      !points.some((b) =>
        b.size <= a.size && b.accuracy >= a.accuracy &&
        (b.size < a.size || b.accuracy > a.accuracy)
      )
    );
    const front = paretoFront(points);
    assertEquals(new Set(front), new Set(expected));
    assertEquals(front.length, expected.length);
    assertEquals(
      front.map(({ size }) => size),
      front.map(({ size }) => size).sort((a, b) => a - b),
    );
  }
});

Deno.test("paretoFront() of nothing is nothing, and leaves its input as it is", () => {
  assertEquals(paretoFront([]), []);
  const frozen = Object.freeze([...points]);
  paretoFront(frozen);
  assertEquals(frozen, points);
});

Deno.test("paretoChart() draws all points and a line through those of the front", async () => {
  const spec = paretoChart({ title: "t", points, float: { accuracy: 0.917 } });
  const marks = await marksOf(spec);
  assertEquals(["points", "front", "float"].map((layer) => marks(layer).length), [4, 1, 1]);
  assertEquals(dataOf(spec, "front").map(({ size, accuracy }) => [size, accuracy]), [
    [2.1, 40],
    [2.98, 89],
    [3.99, 91],
  ]);
});

Deno.test("paretoChart() refuses what has no place on it", () => {
  assertThrows(
    () => paretoChart({ title: "t", points: [] }),
    RangeError,
    "Cannot draw a Pareto chart as it needs a point: the number of points is 0",
  );
  assertThrows(
    () => paretoChart({ title: "t", points: [{ series: "a", size: Infinity, accuracy: 0.5 }] }),
    RangeError,
    "sizes and accuracies must be finite: current value is Infinity",
  );
});
