import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { packHits } from "../../bench/hits.ts";
import type { Cell, CellKey } from "../../bench/results.ts";
import { factOf, readPublished } from "../../bench/published.ts";
import { budgetOf, type MixedResult } from "../../bench/tables/mixed_cells.ts";
import { mixedTable } from "../../bench/tables/mixed.ts";
import { packBits } from "../../lib/coding/pack_bits.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { markdownPage } from "../../lib/report/page.ts";
import { renderSvg } from "../../lib/report/chart.ts";
import { slowTest } from "../needs_data.ts";
import { shapesContext, shapesLabel, shapesResults, shapesScene } from "./shapes_context.ts";

const usual = shapesScene({ usual: true });
const plan = mixedTable.plan(usual, []);
const keyOf = (method: string, variant: string): CellKey =>
  plan.find((key) => key.setting?.method === method && key.variant === variant)!;

Deno.test("the mixed table plans float32, equal widths and each budget under both errors", () => {
  assertEquals(plan.length, 1 + 4 * (5 + 6 * 2));
  assertEquals(plan[0], { table: "mixed", network: shapesLabel });
  const auto = plan.filter(({ setting }) => setting?.method === "auto");
  assertEquals(auto.slice(0, 5).map(({ setting }) => setting!.bits), [2, 3, 4, 5, 6]);
  assertEquals(auto.slice(5).map((key) => Object.values(budgetOf(key)!).join()), [
    "2.5,squared error",
    "2.5,output error",
    "3,squared error",
    "3,output error",
    "3.5,squared error",
    "3.5,output error",
    "4,squared error",
    "4,output error",
    "5,squared error",
    "5,output error",
    "6,squared error",
    "6,output error",
  ]);
});

Deno.test("the mixed table is for the usual networks that have images", () => {
  assertEquals(mixedTable.plan(shapesScene({ usual: false }), []), []);
  assertEquals(mixedTable.plan(shapesScene({ usual: true, evaluable: false }), []), []);
});

slowTest(
  "a cell of the mixed table keeps its budget, and holds the bytes that are written",
  async () => {
    const { context } = await shapesContext(usual);
    const original = await context.checkpoint(shapesLabel);
    const results: MixedResult[] = [];
    for (const criterion of ["squared error", "output error"]) {
      const key = keyOf("lloyd-max-laplace", `3.5 bits on average, least ${criterion}`);
      const result = await mixedTable.run(key, context) as MixedResult;
      results.push(result);
      const { widths } = result;
      assert(result.effectiveBits <= 3.5 && result.effectiveBits > 3.3, `${result.effectiveBits}`);
      assert(new Set(Object.values(widths!)).size > 1);
      const { quantized, checkpoint } = await quantizeCheckpoint(original, {
        method: "lloyd-max-laplace",
        bits: widths,
      });
      let written = 0;
      for (const [name, { data }] of checkpoint.tensors) {
        const coded = quantized.get(name);
        // Location and scale make a book.
        written += coded === undefined
          ? data.byteLength
          : packBits(coded.codes, widths![name]!).length + 2 * 4;
      }
      assertEquals(result.bytes, written);
      assertEquals(result.accuracy, await context.accuracy(shapesLabel, checkpoint));
    }
    assert(JSON.stringify(results[0]!.widths) !== JSON.stringify(results[1]!.widths));
  },
);

Deno.test("the widths of the mixed table have less error than an equal width of as many bits", async () => {
  const { context } = await shapesContext(usual);
  const original = await context.checkpoint(shapesLabel);
  const key = keyOf("ks-lloyd-max", "4 bits on average, least squared error");
  const { widths } = await mixedTable.run(key, context) as MixedResult;
  const errorWith = async (bits: number | Readonly<Record<string, number>>) => {
    const { layers } = await quantizeCheckpoint(original, { method: "ks-lloyd-max", bits });
    return layers.reduce((sum, { mse, size }) => sum + mse * size, 0);
  };
  assert(await errorWith(widths!) < await errorWith(4));
});

Deno.test("a cell of the mixed table says what the least widths take where that is past the budget", async () => {
  const { context } = await shapesContext(usual);
  const key = plan.find(({ setting, variant }) =>
    setting?.granularity === "channel" && variant?.startsWith("2.5")
  )!;
  // Channels of 4 weights: 1 bit and two numbers of 32 bits for each.
  const tensors = new Map([["fc.weight", {
    shape: [3, 4],
    data: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
  }]]);
  const tiny = { ...context, checkpoint: () => Promise.resolve({ tensors, metadata: {} }) };
  assertEquals(await mixedTable.run(key, tiny), { effectiveBits: 1 + 64 / 4 });
});

Deno.test("cells of the mixed table with one width are those of other tables", async () => {
  const { context } = await shapesContext(usual);
  const float = await mixedTable.run(plan[0]!, context) as MixedResult;
  const original = await context.checkpoint(shapesLabel);
  const all = [...original.tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  assertEquals([float.bytes, float.effectiveBits], [all, 32]);
  const equal = plan.find(({ setting }) => setting?.bits === 3)!;
  const result = await mixedTable.run(equal, context) as MixedResult;
  assertEquals(result.widths, undefined);
  assert(result.effectiveBits > 3 && result.effectiveBits < 3.2);
});

const made = (bytes: number, effectiveBits: number, top1: number): MixedResult => ({
  bytes,
  effectiveBits,
  accuracy: {
    top1,
    top5: 1,
    interval95: [top1 - 0.02, top1 + 0.02],
    size: 40,
    // The first images are classified right.
    correct: packHits(Uint8Array.from({ length: 40 }, (_, i) => Number(i < 40 * top1))),
  },
});
const setting = { method: "auto", bits: 3, granularity: "tensor" } as const;
const cells: readonly Cell<MixedResult>[] = [
  { key: plan[0]!, inputs: "0", result: made(409_600, 32, 0.95) },
  {
    key: { table: "mixed", network: shapesLabel, setting },
    inputs: "1",
    result: made(40_960, 3.01, 0.75),
  },
  {
    key: keyOf("auto", "3 bits on average, least squared error"),
    inputs: "2",
    result: { ...made(39_936, 2.99, 0.9), widths: { a: 2, b: 4, c: 4 } },
  },
  {
    key: keyOf("auto", "3.5 bits on average, least output error"),
    inputs: "3",
    result: { ...made(46_080, 3.49, 0.875), widths: { a: 3, b: 4, c: 4 } },
  },
  {
    key: keyOf("auto", "2.5 bits on average, least output error"),
    inputs: "4",
    result: { effectiveBits: 17 },
  },
];

Deno.test("the page of the mixed table compares with float32 and the equal width, and marks the front", () => {
  const text = markdownPage(mixedTable.page(shapesResults(cells)));
  const rows = text.split("\n").filter((line) => line.startsWith("|")).slice(2)
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()).join("|"));
  assertEquals(rows, [
    "|float32|32||32.000|400.0|95.00|93.0 to 97.0|||||",
    "tensor|auto|3|equal|3.010|40.0|75.00|73.0 to 77.0|-20.00||||",
    // Six images more: 2 (1/2)^6.
    "tensor|auto|3|squared error|2.990|39.0|90.00|88.0 to 92.0|-5.00|+15.00|0.031|yes|1 x 2, 2 x 4",
    "tensor|auto|3.5|output error|3.490|45.0|87.50|85.5 to 89.5|-7.50||||1 x 3, 2 x 4",
    "tensor|auto|2.5|output error|17.000||||||||",
  ]);
  assertStringIncludes(text, "which stands under effective bits.");
  assertStringIncludes(text, "- shapes: 40 images, 4 of each of the 10 classes.");
});

Deno.test("the page of the mixed table has a chart of what was measured", async () => {
  const { charts } = mixedTable.page(shapesResults(cells)).sections[0]!;
  const svg = await renderSvg(charts![0]!.spec);
  assertStringIncludes(svg, "stored (KiB)");
  assertStringIncludes(
    svg,
    "series: squared error;  : squared error;   : auto per tensor, 3 bits on average",
  );
  const withoutAny = mixedTable.page(shapesResults(cells.slice(4)));
  assertEquals(withoutAny.sections[0]!.charts, []);
});

Deno.test("the page of the mixed table says that nothing published has mixed widths, and nothing has", () => {
  const page = markdownPage(mixedTable.page(shapesResults([])));
  assertStringIncludes(page, "bench/published has none of mixed widths.");
  const settings = readPublished().flatMap(({ figures }) => factOf(figures) ?? [])
    .flatMap(({ setting }) => setting === "float32" ? [] : [setting]);
  assert(settings.every(({ bits }) => Number.isInteger(bits)));
});
