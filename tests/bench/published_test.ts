import { assert, assertEquals, assertThrows } from "@std/assert";
import { differencesFrom, factOf, parsePublished, readPublished } from "../../bench/published.ts";
import type { PublishedFigure } from "../../bench/published.ts";
import { exampleResults } from "./example_results.ts";

Deno.test("readPublished() finds a source, and every field or why it could not be had, in each file", () => {
  const all = readPublished();
  assert(all.length >= 7);
  for (const { source, figures } of all) {
    assert(factOf(source.url)!.startsWith("https://"), source.title);
    assert("unknown" in figures || figures.length > 0, source.title);
  }
});

Deno.test("readPublished() has the figures of its sources", () => {
  const figures = readPublished().flatMap(({ figures }) => factOf(figures) ?? []);
  const top1Of = (network: string, method: string, bits: number) =>
    figures.filter((figure) =>
      figure.network === network && figure.setting !== "float32" &&
      factOf(figure.setting.method) === method && factOf(figure.setting.bits) === bits
    ).map(({ top1 }) => factOf(top1));
  assertEquals(top1Of("ResNet-18", "AdaRound", 4), [69.34, 68.71]);
  assertEquals(top1Of("ResNet-50", "k-means", 3), [23.09]);
  assertEquals(top1Of("ResNet-50", "GPTQ", 2), [undefined]);
  assertEquals(top1Of("MobileNetV2", "round to nearest", 4), [8.09]);
  const float = figures.filter(({ setting, dataset }) =>
    setting === "float32" && dataset === "cifar-10"
  );
  assertEquals(float.map(({ top1 }) => top1), [91.73, 92.63, 93.39, 89.59, 93.02, 88.06]);
});

const source = {
  title: "T",
  authors: "A",
  year: 2020,
  url: "https://example.org",
  where: { unknown: "lost" },
  obtained: "read",
};
const figure: PublishedFigure = {
  network: "A",
  checkpoint: "a.th",
  dataset: "cifar-10",
  images: 500,
  setting: {
    method: "min-max",
    bits: 4,
    granularity: "channel",
    batchNormFolded: false,
    firstAndLast: "as the others",
  },
  top1: 90,
};

Deno.test("parsePublished() refuses missing, surplus and impossible fields, by file and field", () => {
  const parse = (content: unknown) => () => parsePublished(JSON.stringify(content), "x.json");
  assertEquals(parse({ source, figures: [figure] })().figures, [figure]);
  for (
    const [content, text] of [
      [{ figures: [] }, "x.json: source is undefined"],
      [{ source: { ...source, title: " " }, figures: [] }, 'x.json: source: title is " "'],
      [{ source, figures: [{ ...figure, top1: 101 }] }, "x.json: figure 0: top1 is 101"],
      [{ source, figures: [{ ...figure, images: undefined }] }, "figure 0: images is undefined"],
      [{ source, figures: [{ ...figure, top5: 99 }] }, "x.json: figure 0: top5 is"],
      [{ source, figures: [{ ...figure, setting: {} }] }, "figure 0: setting: method is undefined"],
      [{ source, figures: [{ ...figure, top1: { unknown: "" } }] }, "figure 0: top1 is"],
      [{ source, figures: {} }, "x.json: figures is {}"],
      [{ source, figures: [], claims: [3] }, "x.json: claims is [3]"],
      [null, "x.json: source is undefined"],
    ] as const
  ) {
    assertThrows(parse(content), SyntaxError, text);
  }
  assertThrows(() => parsePublished("{", "x.json"), SyntaxError, "Cannot read x.json");
});

Deno.test("differencesFrom() finds each difference, and never takes what is unknown for the same", () => {
  const measured = {
    network: exampleResults.header.networks[0]!,
    set: exampleResults.header.sets[0]!,
    setting: { method: "min-max", bits: 4, granularity: "channel" },
  } as const;
  assertEquals(differencesFrom(figure, measured), []);
  const changed = (changes: Partial<PublishedFigure>) =>
    differencesFrom({ ...figure, ...changes }, measured);
  assertEquals(changed({ dataset: "imagenet" }), ["data set"]);
  assertEquals(changed({ checkpoint: "b.th", images: 10_000 }), ["weights", "number of images"]);
  assertEquals(changed({ setting: "float32" }), ["setting"]);
  assert(typeof figure.setting === "object");
  for (
    const [field, value, name] of [
      ["method", "aciq", "method"],
      ["bits", 3, "bits"],
      ["granularity", "tensor", "granularity"],
      ["batchNormFolded", true, "folding of batch norm"],
      ["firstAndLast", "8 bits", "first and last layer"],
    ] as const
  ) {
    assertEquals(changed({ setting: { ...figure.setting, [field]: value } }), [name]);
    const unknown = { ...figure.setting, [field]: { unknown: "not told" } };
    assertEquals(changed({ setting: unknown }), [`${name} (not told)`]);
  }
  const { setting: _, ...asTheyAre } = measured;
  assertEquals(differencesFrom(figure, asTheyAre), ["setting"]);
});
