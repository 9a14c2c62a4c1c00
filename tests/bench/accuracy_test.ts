import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { packHits } from "../../bench/hits.ts";
import type { Published, PublishedFigure } from "../../bench/published.ts";
import type { BenchResults, Cell, Setting } from "../../bench/results.ts";
import { type AccuracyResult, accuracyTable } from "../../bench/tables/accuracy.ts";
import { accuracyPage } from "../../bench/tables/accuracy_page.ts";
import { comparePaired, formatPValue } from "../../bench/tables/paired.ts";
import type { TensorData } from "../../lib/checkpoints/checkpoint.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { markdownPage } from "../../lib/report/page.ts";
import { exampleResults } from "./example_results.ts";
import { fakeContext } from "./fake_context.ts";

const weights = Float32Array.from(
  gaussian({ mean: 0, standardDeviation: 1 }).sample(1001, { prng: createPrng(1) }),
);
const checkpoint = {
  tensors: new Map<string, { shape: readonly number[]; data: TensorData }>([
    ["fc.weight", { shape: [7, 143], data: weights }],
    ["fc.bias", { shape: [7], data: new Float32Array(7) }],
    ["steps", { shape: [], data: BigInt64Array.of(5n) }],
  ]),
  metadata: {},
};

const hitsOf = (right: (image: number) => boolean, size: number) =>
  packHits(Uint8Array.from({ length: size }, (_, i) => Number(right(i))));

/** A result of so many images, of which some are right. */
function resultOf(right: (image: number) => boolean, size: number): AccuracyResult {
  const hits = Array.from({ length: size }, (_, i) => right(i)).filter(Boolean).length;
  return {
    top1: hits / size,
    top5: 1,
    interval95: [0, 1],
    size,
    correct: hitsOf(right, size),
    effectiveBits: 32,
    bytes: 1024,
  };
}

Deno.test("accuracyTable().run() measures the weights as they are, or quantized, and what they take", async () => {
  const table = accuracyTable({ name: "cifar10", title: "CIFAR-10", dataset: "cifar-10" });
  const seen: number[] = [];
  const { effectiveBits: _, bytes: __, ...accuracy } = resultOf((i) => i < 3, 10);
  const context = fakeContext(checkpoint, {
    accuracy: (_, { tensors }) => {
      seen.push(new Set(tensors.get("fc.weight")!.data as Float32Array).size);
      return Promise.resolve(accuracy);
    },
  });
  const key = { table: "cifar10", network: "a" };
  const setting: Setting = { method: "min-max", bits: 2, granularity: "tensor" };
  const float = await table.run(key, context) as AccuracyResult;
  const quantized = await table.run({ ...key, setting }, context) as AccuracyResult;
  // An integer buffer takes its 8 bytes.
  assertEquals(float, { ...accuracy, effectiveBits: 32, bytes: 4 * 1008 + 8 });
  // 1,001 codes of 2 bits are 250.25 bytes, and a scale and an offset stand for the levels.
  assertEquals(quantized.bytes, 251 + 4 * 2 + 4 * 7 + 8);
  assertEquals(quantized.effectiveBits, (2 * 1001 + 32 * 2) / 1001);
  assertEquals(quantized.correct, accuracy.correct);
  assertEquals(seen, [new Set(weights).size, 4]);
});

Deno.test("comparePaired() tests the images on which only one of both is right", () => {
  const first = resultOf((i) => i < 80, 100), second = resultOf((i) => i >= 10 && i < 72, 100);
  const paired = comparePaired(first, second)!;
  // 18 against 0. As the other never wins, the interval is Wilson's of 18 in 100: statsmodels' proportion_confint(18, 100, method="wilson").
  assertEquals([paired.points, paired.pValue], [18, 2 / 2 ** 18]);
  assertEquals(paired.interval95.map((end) => end.toFixed(3)), ["11.700", "26.667"]);
  assertEquals(comparePaired(first, resultOf(() => true, 99)), undefined);
});

Deno.test("formatPValue() shows three decimals, or the next power of ten above", () => {
  assertEquals([1, 0.0449, 0.0005, 0.00049, 1e-5, 3e-200, 0].map(formatPValue), [
    "1.000",
    "0.045",
    "0.001",
    "<1e-3",
    "<1e-4",
    "<1e-199",
    "<1e-300",
  ]);
});

Deno.test("formatPValue() tells on which side of 5 % a p-value lies", () => {
  for (const difference of [1e-3, 4.9e-4, 1e-4, 9e-5, 5.1e-6, 1e-9]) {
    for (const p of [0.05 - difference, 0.05 + difference]) {
      const text = formatPValue(p);
      assertEquals(Number(text) < 0.05, p < 0.05, text);
      assertEquals(Number(text) === 0.05, false, text);
    }
  }
  assertEquals([0.0496, 0.0504, 0.05].map(formatPValue), ["0.0496", "0.0504", "0.050"]);
});

const setting: Setting = { method: "k-means", bits: 4, granularity: "tensor" };
const figure: PublishedFigure = {
  network: "A",
  checkpoint: "a.th",
  dataset: "cifar-10",
  images: 500,
  setting: "float32",
  top1: 91,
};

/** The page of a network and its 4-bit k-means beside published figures. */
function pageWith(figures: Published["figures"]): string {
  const key = { table: "cifar10", network: "a (cifar-10)" };
  const cells: readonly Cell<AccuracyResult>[] = [
    { key, inputs: "", result: resultOf((i) => i < 460, 500) },
    { key: { ...key, setting }, inputs: "", result: resultOf((i) => i < 450, 500) },
  ];
  const results: BenchResults = { ...exampleResults, cells };
  const source = {
    title: "Source",
    authors: "Somebody",
    year: 2020,
    url: "https://example.org",
    where: "table 1",
    obtained: "made up",
  };
  return markdownPage(accuracyPage("cifar10", "T", "cifar-10", results, [{ source, figures }]));
}

Deno.test("an accuracy table shows a published figure beside ours where weights, images and setting are the same", () => {
  const quantized = {
    method: "k-means",
    bits: 4,
    granularity: "tensor",
    batchNormFolded: false,
    firstAndLast: "as the others",
  };
  const text = pageWith([figure, { ...figure, setting: quantized, top1: 89.5 }]);
  assertStringIncludes(text, "| a (cifar-10) | float32 ");
  assertStringIncludes(text, "|    92.00 |         91.00 |               +1.00 | Source: ");
  assertStringIncludes(text, "|    90.00 |         89.50 |               +0.50 | Source: ");
  assert(!text.includes("not shown"));
});

Deno.test("an accuracy table says in what a published figure differs, and shows none then", () => {
  const other = pageWith([{ ...figure, checkpoint: "b.th", images: 10_000 }]);
  assertStringIncludes(
    other,
    "Source: not shown: A (1), which differ from the nearest of ours in weights, number of images.",
  );
  assert(!other.includes("published (%)"));
  const unknown = pageWith([{ ...figure, checkpoint: { unknown: "nobody said" } }]);
  assertStringIncludes(unknown, "in weights (nobody said).");
  assertStringIncludes(
    pageWith([{ ...figure, top1: { unknown: "left out" } }]),
    "A (1), for which the source has no figure.",
  );
  assertStringIncludes(pageWith({ unknown: "no table could be had" }), "no table could be had.");
});

Deno.test("the published figures of the repository's own checkpoints agree with ours to 0.05 points where all images were taken", () => {
  const [record] = exampleResults.header.networks;
  const network = { ...record!, file: "weights/cifar10/resnet20-12fca82f.th" };
  const key = { table: "cifar10", network: record!.label };
  const sets = [{ ...exampleResults.header.sets[0]!, images: 10_000 }];
  const results: BenchResults = {
    ...exampleResults,
    header: { ...exampleResults.header, networks: [network], sets },
    // shared/data/README.md: 91.73 % with PyTorch.
    cells: [{ key, inputs: "", result: resultOf((i) => i < 9173, 10_000) }],
  };
  const text = markdownPage(accuracyPage("cifar10", "T", "cifar-10", results));
  assertStringIncludes(text, "|    91.73 |         91.73 |                0.00 | ");
  assertStringIncludes(text, "the tables of the paper could not be had");
});
