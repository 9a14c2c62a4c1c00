import { assertEquals, assertThrows } from "@std/assert";
import { laplace } from "../../../lib/distributions/laplace.ts";
import { uniformOn } from "../../../lib/distributions/uniform.ts";
import { ksTest } from "../../../lib/goodness/ks_test.ts";
import { createPrng } from "../../../lib/numerics/prng.ts";
import { ppChart } from "../../../lib/report/charts/pp_chart.ts";
import { assertRelative } from "../../tolerance.ts";
import { dataOf, marksOf } from "./marks.ts";

const uniform = uniformOn({ lower: 0, upper: 1 });
const laws = [{ label: "uniform", law: uniform }];

Deno.test("ppChart() sets (i - 1/2) / n over the law's probabilities of the sorted values", () => {
  const points = dataOf(ppChart({ title: "t", sample: [0.9, 0.1, 0.2, 0.4], laws }), "points");
  assertEquals(points, [
    { law: "uniform", probability: 0.1, share: 0.125, value: 0.1 },
    { law: "uniform", probability: 0.2, share: 0.375, value: 0.2 },
    { law: "uniform", probability: 0.4, share: 0.625, value: 0.4 },
    { law: "uniform", probability: 0.9, share: 0.875, value: 0.9 },
  ]);
});

Deno.test("ppChart() marks the Kolmogorov-Smirnov distance, from the law's probability to the sample's", () => {
  // By hand: after 0.4, three quarters of the sample are there; before 0.6, none.
  const low = dataOf(ppChart({ title: "t", sample: [0.9, 0.1, 0.2, 0.4], laws }), "gaps");
  assertEquals(low, [{ law: "uniform", probability: 0.4, share: 0.75, distance: 0.35 }]);
  const high = dataOf(ppChart({ title: "t", sample: [0.6, 0.8], laws }), "gaps");
  assertEquals(high, [{ law: "uniform", probability: 0.6, share: 0, distance: 0.6 }]);
});

Deno.test("ppChart() of a large sample draws 200 points, and the distance of all values, ties too", async () => {
  const law = laplace({ location: 0, scale: 1 });
  const sample = law.sample(5000, { prng: createPrng(5) }).map((x) => Math.round(16 * x) / 16);
  const spec = ppChart({ title: "t", sample, laws: [{ label: "Laplace", law }, ...laws] });
  const marks = await marksOf(spec);
  assertEquals([marks("points").length, marks("gaps").length, marks("diagonal").length], [
    400,
    2,
    1,
  ]);
  dataOf(spec, "gaps").forEach(({ distance }, i) =>
    assertRelative(
      distance as number,
      ksTest(sample, [law, uniform][i]!).statistic,
      1e-14,
      "distance",
    )
  );
});

Deno.test("ppChart() leaves the sample as it is, and refuses what has no place on it", () => {
  const sample = Object.freeze([0.9, 0.1]);
  ppChart({ title: "t", sample, laws });
  assertEquals(sample, [0.9, 0.1]);
  assertThrows(
    () => ppChart({ title: "t", sample: [], laws }),
    RangeError,
    "Cannot draw a P-P chart as it needs a point: the number of points is 0",
  );
  assertThrows(
    () => ppChart({ title: "t", sample: [1, NaN, 2], laws }),
    RangeError,
    "values must be finite: current value is NaN",
  );
  assertThrows(() => ppChart({ title: "t", sample, laws: [] }), RangeError, "needs a point");
});
