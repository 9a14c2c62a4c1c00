import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { AccuracyStep } from "../../lib/evaluation/accuracy_steps.ts";
import { renderSvg } from "../../lib/report/chart.ts";
import { stepsChart } from "../../lib/report/charts/steps_chart.ts";
import { markdownPage } from "../../lib/report/page.ts";
import { stepsTable } from "../../lib/report/steps_table.ts";

const steps: readonly AccuracyStep[] = [
  { name: "Gaussian book", top1: 0.152, interval95: [0.131, 0.176], effectiveBits: 3.0048 },
  {
    name: "a tail",
    top1: 0.781,
    interval95: [0.754, 0.806],
    effectiveBits: 3.006,
    change: {
      difference: 0.629,
      interval95: [0.597, 0.659],
      gained: 640,
      lost: 11,
      pValue: 1e-150,
    },
  },
  {
    name: "too far",
    top1: 0.776,
    interval95: [0.749, 0.801],
    effectiveBits: 3.25,
    change: { difference: -0.005, interval95: [-0.03, 0.02], gained: 80, lost: 85, pValue: 0.75 },
  },
];

Deno.test("stepsTable() shows what each step takes and gives, and how it compares", () => {
  const sections = [{ heading: "Steps", tables: [stepsTable(steps)] }];
  const text = markdownPage({ name: "steps", title: "Steps", sections, footnotes: [] });
  const rows = text.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  assertEquals(rows[0], [
    "step",
    "effective bits",
    "top-1 (%)",
    "95 % interval (%)",
    "change (points)",
    "95 % of the change (points)",
    "p, paired",
  ]);
  assertEquals(rows.slice(2), [
    ["Gaussian book", "3.00", "15.2", "13.1 to 17.6", "", "", ""],
    ["a tail", "3.01", "78.1", "75.4 to 80.6", "+62.9", "+59.7 to +65.9", "1.0e-150"],
    ["too far", "3.25", "77.6", "74.9 to 80.1", "-0.5", "-3.0 to +2.0", "0.75"],
  ]);
});

Deno.test("stepsChart() draws steps from top to bottom, in percent, with their bits", async () => {
  const spec = stepsChart({ title: "Steps", steps, float: { accuracy: 0.92 } });
  const svg = await renderSvg(spec);
  const places = steps.map(({ name }) => svg.indexOf(`>${name}</text>`));
  assert(places[0]! > 0 && places[0]! < places[1]! && places[1]! < places[2]!, String(places));
  for (const text of ["3.00 bits", "3.01 bits", "3.25 bits", "top-1 (%)", "float32"]) {
    assertStringIncludes(svg, `>${text}</text>`);
  }
  assertStringIncludes(
    svg,
    "step: a tail; per weight: 3.01 bits; 95 % from: 75.40; 95 % to: 80.60",
  );
});

Deno.test("stepsChart() refuses what has no place", () => {
  const refused: readonly (readonly [Parameters<typeof stepsChart>[0], string])[] = [
    [{ title: "", steps: [] }, "it needs a point: the number of points is 0"],
    [{ title: "", steps: [steps[0]!, steps[0]!] }, "one that comes twice is Gaussian book"],
    [{ title: "", steps: [{ ...steps[0]!, top1: NaN }] }, "must be finite: current value is NaN"],
    [
      { title: "", steps, float: { accuracy: Infinity } },
      "the float accuracy must be finite: current value is Infinity",
    ],
  ];
  for (const [options, text] of refused) {
    assertThrows(() => stepsChart(options), RangeError, text);
  }
});
