import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { gunzipSync, gzipSync } from "node:zlib";
import { packedTensors } from "../../bench/packed_file.ts";
import type { Cell } from "../../bench/results.ts";
import { type Cost, costTable } from "../../bench/tables/cost.ts";
import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { parseSafetensors, serializeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { unpackBits } from "../../lib/coding/pack_bits.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { csvPage } from "../../lib/report/csv.ts";
import { markdownPage } from "../../lib/report/page.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";
import {
  selectionWith,
  shapesContext,
  shapesLabel,
  shapesResults,
  shapesScene,
} from "./shapes_context.ts";

const shapes = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));

slowTest(
  "packedTensors() make a file from which the quantized weights can be read without the method",
  async () => {
    for (
      const options of [
        { method: "ks-lloyd-max", bits: 3 },
        { method: "k-means", bits: 5, granularity: "channel" },
      ] as const
    ) {
      const quantized = await quantizeCheckpoint(shapes, options);
      const file = parseSafetensors(serializeSafetensors(packedTensors(quantized)));
      for (const [name, { data, shape }] of quantized.checkpoint.tensors) {
        const levels = file.tensors.get(`${name}.levels`);
        if (levels === undefined) {
          assertEquals(file.tensors.get(name)!.data, data, name);
          continue;
        }
        assertEquals(file.metadata[name], shape.join(" "));
        const [books, count] = levels.shape as [number, number];
        const packed = file.tensors.get(`${name}.codes`)!.data as Uint8Array;
        const codes = unpackBits(packed, Math.ceil(Math.log2(count)), data.length);
        const perBook = data.length / books;
        const read = Float32Array.from(
          codes,
          (code, i) => Number(levels.data[Math.floor(i / perBook) * count + code]),
        );
        assertEquals(read, data, name);
      }
    }
  },
);

slowTest("packedTensors() refuse tensors that have scales besides books", async () => {
  const quantized = await quantizeCheckpoint(shapes, {
    method: "auto",
    bits: 4,
    objective: "output",
  });
  assertThrows(
    () => packedTensors(quantized),
    RangeError,
    "Cannot pack tensor conv1.weight as books must be all: it has scales too",
  );
});

Deno.test("the cost table plans float32, and each method at 4 bits or else the first width it exists for", () => {
  const plan = costTable.plan(
    shapesScene({
      selection: selectionWith({ methods: ["omse", "ternary", "auto"], bits: [2, 4] }),
    }),
    [],
  );
  assertEquals(plan.map(({ setting }) => setting && [setting.method, setting.bits]), [
    undefined,
    ["ternary", 2],
    ["omse", 4],
    ["auto", 4],
  ]);
});

Deno.test("a cell of the cost table holds the bytes that are really written", async () => {
  const { context, times } = await shapesContext();
  const setting = { method: "min-max", bits: 4, granularity: "tensor" } as const;
  const cost = await costTable.run({ table: "cost", network: shapesLabel, setting }, context);
  const quantized = await quantizeCheckpoint(shapes, setting);
  const file = serializeSafetensors(packedTensors(quantized));
  const { stored, ...rest } = cost as Cost;
  assertEquals(rest.file, file.length);
  // Node's zlib is another implementation: about as small.
  assertRelative(rest.gzip, gzipSync(file).length, 0.02, "gzip");
  assertEquals(gunzipSync(gzipSync(file)).length, file.length);

  const weights = quantized.layers.reduce((sum, { size }) => sum + size, 0);
  const all = [...shapes.tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  const tensors = quantized.layers.length;
  // Every layer has an even number of weights, so codes end at a byte.
  assertEquals(stored.payload, weights / 2);
  assertEquals(stored.books, 4 * 2 * tensors);
  assertEquals(stored.rest, all - 4 * weights);
  assertEquals(rest.decoded, all);
  assertEquals(rest.resident, weights / 2 + 4 * 16 * tensors + stored.rest);
  assert(rest.huffman! < stored.total);

  const { multiplyAdds, bitOperations, energy, integerArithmetic } = rest.inference!;
  assertEquals(bitOperations, multiplyAdds * 4 * 32);
  assertRelative(energy.arithmetic, multiplyAdds * 4.6e-12, 1e-12, "arithmetic");
  assertRelative(integerArithmetic!, multiplyAdds * 0.3e-12, 1e-12, "integers");
  assertRelative(energy.sram, rest.resident / 8 * 10e-12, 1e-12, "SRAM");
  assertEquals([...times.keys()], ["design", "encode", "decode"]);
  assert(times.values().every((seconds) => seconds > 0));
});

/** Bits of a Huffman code for so many of each symbol, its table included: merges by hand, whose sums are the lengths' total. */
function huffmanBits(counts: readonly number[]): number {
  let trees = counts.filter((count) => count > 0).map((weight) => ({ weight, depth: 0 }));
  let total = 0;
  while (trees.length > 1) {
    const [a, b, ...rest] = trees.toSorted((a, b) => a.weight - b.weight || a.depth - b.depth);
    const weight = a!.weight + b!.weight;
    total += weight;
    trees = [...rest, { weight, depth: 1 + Math.max(a!.depth, b!.depth) }];
  }
  // 3 bits for the width of an entry, and one entry for each symbol that holds its length.
  return total + 3 + counts.length * Math.ceil(Math.log2(trees[0]!.depth + 1));
}

Deno.test("a cell of the cost table holds the bytes of one Huffman code for each tensor, with its table", async () => {
  const { context } = await shapesContext();
  const setting = { method: "min-max", bits: 3, granularity: "channel" } as const;
  const { stored, huffman } = await costTable.run(
    { table: "cost", network: shapesLabel, setting },
    context,
  ) as Cost;
  const { quantized } = await quantizeCheckpoint(shapes, setting);
  let bytes = stored.books + stored.rest;
  for (const { codes } of quantized.values()) {
    const counts = new Array<number>(8).fill(0);
    for (const code of codes) counts[code]! += 1;
    bytes += Math.ceil(huffmanBits(counts) / 8);
  }
  assertEquals(huffman, bytes);
});

slowTest(
  "a cell of the cost table is the same each time, and says nothing of integers for unequal steps or wide codes",
  async () => {
    const { context } = await shapesContext();
    const setting = { method: "lloyd-max-laplace", bits: 2, granularity: "channel" } as const;
    const key = { table: "cost", network: shapesLabel, setting };
    const cost = await costTable.run(key, context) as Cost;
    assertEquals(await costTable.run(key, context), cost);
    assertEquals(cost.inference!.integerArithmetic, undefined);
    const wide = { method: "int16", bits: 16, granularity: "tensor" } as const;
    const ofWide = await costTable.run({ ...key, setting: wide }, context) as Cost;
    assertEquals(ofWide.inference!.integerArithmetic, undefined);
  },
);

Deno.test("the float32 cell of the cost table times an image where there are some", async () => {
  const key = { table: "cost", network: shapesLabel };
  const { context, times } = await shapesContext(shapesScene({ size: 4 }));
  const cost = await costTable.run(key, context) as Cost;
  assertEquals([...times.keys()], ["image"]);
  assertEquals([cost.stored.payload, cost.stored.total, cost.huffman], [
    0,
    cost.decoded,
    undefined,
  ]);
  assertEquals(cost.resident, cost.decoded);

  const without = await shapesContext(shapesScene({ evaluable: false }));
  assertEquals(await costTable.run(key, without.context), cost);
  assertEquals(without.times.size, 0);
});

const made: Cost = {
  stored: { payload: 50_000, books: 160, rest: 4000, total: 54_160 },
  huffman: 40_000,
  file: 60_000,
  gzip: 45_000,
  resident: 55_000,
  decoded: 404_000,
  inference: {
    multiplyAdds: 1e6,
    bitOperations: 128e6,
    energy: { arithmetic: 4.6e-6, dram: [8.9375e-6, 17.875e-6], sram: 0.06875e-6 },
    integerArithmetic: 0.3e-6,
  },
};
const cells: readonly Cell<Cost>[] = [
  {
    key: { table: "cost", network: shapesLabel },
    inputs: "0",
    result: { ...made, stored: { payload: 0, books: 0, rest: 404_000, total: 404_000 } },
  },
  {
    key: {
      table: "cost",
      network: shapesLabel,
      setting: { method: "omse", bits: 4, granularity: "tensor" },
    },
    inputs: "1",
    result: made,
  },
];
const results = shapesResults(cells, [
  { image: 0.004 },
  { design: 0.5, encode: 0.0123, decode: 0.00456 },
]);

Deno.test("the page of the cost table shows bytes, times beside them, and energy", () => {
  const text = markdownPage(costTable.page(results));
  for (
    const line of [
      "1,000,000 multiply-adds for one image.",
      "250 images per second on this machine (wasm, one thread).",
      "|    4 | omse    |         52.9 |          7.46 |        48.8 |         0.2 |        3.9 |",
      "|    4 | omse   |                             500 |                            12.3 |                            4.56 |",
      "|    4 | omse    |            4.60 |             8.94 |            17.9 |              13.5 |             22.5 |            0.0688 |",
      "multiply-adds x (3.7 + 0.9) pJ",
      "as works that cite it give them: the paper was out of reach.",
    ]
  ) {
    assertStringIncludes(text, line);
  }
});

Deno.test("the CSV of the cost table has the units of its headings", () => {
  const [headings, ...rows] = csvPage(costTable.page(results)).trim().split("\r\n")
    .map((line) => line.split(/,(?! )/));
  const value = (row: number, title: string) => Number(rows[row]![headings!.indexOf(title)]);
  assertEquals(value(1, "stored (KiB)"), 54_160 / 1024);
  assertEquals(value(2, "design (ms per million weights)"), 500);
  assertEquals(value(4, "arithmetic (µJ)"), 4.6);
  assertEquals(value(4, "bit operations (10^9)"), 0.128);
});

Deno.test("the page of the cost table does without times, and without an architecture", () => {
  const { inference: _, ...unknown } = made;
  const page = costTable.page(shapesResults([{ ...cells[0]!, result: unknown }]));
  assertEquals(page.sections[0]!.text, []);
  assertEquals(page.sections[0]!.tables.length, 1);
});
