import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { renderSvg } from "../../../lib/report/chart.ts";
import { marginChart, type MarginPoint } from "../../../lib/report/charts/margin_chart.ts";

const points: readonly MarginPoint[] = [
  { label: "star", margin: 0.5, shift: 0.4, changed: true },
  { label: "disc", margin: 6, shift: 1, changed: false },
];

Deno.test("marginChart() draws those that change over those that keep their class, and the bound to where the points end", () => {
  const { layer } = marginChart({ title: "4 bits", points }) as unknown as {
    layer: { name: string; data: { values: Record<string, unknown>[] } }[];
  };
  const [shown, bound] = layer.map(({ data }) => data.values);
  assertEquals(shown!.map(({ label, outcome }) => [label, outcome]), [
    ["disc", "keeps its class"],
    ["star", "changes its class"],
  ]);
  assertEquals(bound, [{ shift: 0, margin: 0 }, { shift: 1, margin: 2 }]);
});

Deno.test("marginChart() can be drawn, with its axes and both outcomes named", async () => {
  const svg = await renderSvg(marginChart({ title: "4 bits", points }));
  for (const words of ["largest change of a logit", "margin before", "keeps its class"]) {
    assertStringIncludes(svg, words);
  }
});

Deno.test("marginChart() refuses no points, and what isn't finite", () => {
  assertThrows(() => marginChart({ title: "", points: [] }), RangeError, "a chart of margins");
  assertThrows(
    () => marginChart({ title: "", points: [{ ...points[0]!, margin: NaN }] }),
    RangeError,
    "margins and shifts must be finite: current value is NaN",
  );
});

Deno.test("marginChart() ends the bound at the widest margin where logits move further than that", () => {
  const { layer } = marginChart({
    title: "",
    points: [{ ...points[0]!, shift: 2 }],
  }) as unknown as {
    layer: { data: { values: Record<string, unknown>[] } }[];
  };
  assertEquals(layer[1]!.data.values[1], { shift: 0.25, margin: 0.5 });
});
