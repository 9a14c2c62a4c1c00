import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { laplace } from "../../../lib/distributions/laplace.ts";
import { lloydMax } from "../../../lib/quantizers/lloyd_max.ts";
import { type ChartSpec, renderSvg } from "../../../lib/report/chart.ts";
import { quantizerChart } from "../../../lib/report/charts/quantizer_chart.ts";
import { methodStyles } from "../../../lib/report/charts/styles.ts";
import { marksOf } from "./marks.ts";

const codebook = { levels: [-2, 0, 3], thresholds: [-1, 1.5] };
const law = laplace({ location: 0, scale: 1 });

/** The rows of the staircase and of the error below it. */
function stepsOf(spec: ChartSpec) {
  return (spec as unknown as { data: { values: Record<string, unknown>[] } }).data.values;
}

Deno.test("quantizerChart() draws each cell from threshold to threshold, and its error", () => {
  const steps = stepsOf(quantizerChart({ title: "t", codebook, range: [-3, 4] }));
  assertEquals(steps.map(({ x, level, error }) => [x, level, error]), [
    [-3, -2, 1],
    [-1, -2, -1],
    [-1, 0, 1],
    [1.5, 0, -1.5],
    [1.5, 3, 1.5],
    [4, 3, -1],
  ]);
});

Deno.test("quantizerChart() shows cells in part, and leaves those out of view out", async () => {
  const spec = quantizerChart({ title: "t", codebook, range: [-0.5, 2] });
  assertEquals(stepsOf(spec).map(({ x, level }) => [x, level]), [
    [-0.5, 0],
    [1.5, 0],
    [1.5, 3],
    [2, 3],
  ]);
  const marks = await marksOf(spec);
  assertEquals(["levels", "thresholds"].map((layer) => marks(layer).length), [1, 1]);
});

Deno.test("quantizerChart() scales its axes to what is in view", async () => {
  const wide = { levels: [-100, -0.5, 0.5, 100], thresholds: [-1, 0, 1] };
  const svg = await renderSvg(quantizerChart({ title: "t", codebook: wide, range: [-0.9, 0.9] }));
  assert(!svg.includes(">100<"), svg);
});

Deno.test("quantizerChart() draws a thousand levels of more, from the first to the last", async () => {
  const levels = Array.from({ length: 65_536 }, (_, i) => i);
  const thresholds = levels.slice(1).map((level) => level - 0.5);
  const spec = quantizerChart({ title: "t", codebook: { levels, thresholds } });
  const steps = stepsOf(spec);
  assertEquals(steps.length, 2000);
  assertEquals([steps[0]!.level, steps.at(-1)!.level], [0, 65_535]);
  const marks = await marksOf(spec);
  assertEquals(["levels", "thresholds"].map((layer) => marks(layer).length), [1000, 1000]);
});

Deno.test("quantizerChart() goes an eighth of the levels' range beyond them, and shows a book of one level", async () => {
  const ends = (levels: number[], thresholds: number[]) => {
    const steps = stepsOf(quantizerChart({ title: "t", codebook: { levels, thresholds } }));
    return [steps[0]!.x, steps.at(-1)!.x];
  };
  assertEquals(ends([-4, 4], [0]), [-5, 5]);
  assertEquals(ends([2], []), [0, 4]);
  assertEquals(ends([0], []), [-1, 1]);
  const one = { levels: [0], thresholds: [] };
  assertStringIncludes(await renderSvg(quantizerChart({ title: "one", codebook: one })), ">one<");
});

Deno.test("quantizerChart() has dots and dashed lines for few levels, and ticks for many", async () => {
  for (const [bits, dashed] of [[3, true], [8, false]] as const) {
    const spec = quantizerChart({ title: "t", codebook: lloydMax(law, { bits }), law });
    const marks = await marksOf(spec);
    assertEquals(marks("levels").length, 2 ** bits);
    assertEquals(marks("thresholds").length, 2 ** bits - 1);
    assertEquals(marks("thresholds").every((mark) => mark.includes("dasharray")), dashed);
    assertEquals(["staircase", "error", "density"].map((layer) => marks(layer).length), [1, 1, 1]);
  }
});

Deno.test("quantizerChart() has the colour of the book's method, and the law's name in its legend", async () => {
  const { colour } = methodStyles(["k-means"])[0]!;
  const own = { ...codebook, design: { method: "k-means" } };
  const spec = quantizerChart({ title: "t", codebook: own, law });
  const marks = await marksOf(spec);
  for (const layer of ["staircase", "error"]) {
    assert(marks(layer)[0]!.includes(`stroke="${colour}"`), marks(layer)[0]);
  }
  assertStringIncludes(await renderSvg(spec), ">density, laplace<");
});

Deno.test("quantizerChart() refuses what it can't draw", () => {
  const chart = (levels: number[], thresholds: number[], range?: [number, number]) => () =>
    quantizerChart({ title: "t", codebook: { levels, thresholds }, ...(range && { range }) });
  assertThrows(
    chart([], []),
    RangeError,
    "Cannot draw a quantizer as it needs a point: the number of points is 0",
  );
  assertThrows(
    chart([1, 2], [1, 2]),
    RangeError,
    "Cannot draw a quantizer as there must be one threshold less than levels: their numbers are 2 and 2",
  );
  assertThrows(
    chart([1, Infinity], [1.5]),
    RangeError,
    "levels must be finite: current value is Infinity",
  );
  assertThrows(chart([1, 2], [NaN]), RangeError, "must be finite: current value is NaN");
  assertThrows(
    chart([1, 2], [1.5], [3, 3]),
    RangeError,
    "Cannot draw a quantizer as its range must be finite and not empty: current value is [3, 3]",
  );
});
