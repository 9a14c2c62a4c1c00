import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import type { BenchResults } from "../../bench/results.ts";
import type { Scene } from "../../bench/scene.ts";
import { fitTable } from "../../bench/tables/fit.ts";
import { benchTables } from "../../bench/tables/registry.ts";
import { exampleResults } from "./example_results.ts";

/** Headings and table rows of a page, without the footnotes. */
function draw(name: string, results: BenchResults = exampleResults) {
  const text = benchTables.find((table) => table.name === name)!.draw(results);
  const lines = text.split("\n");
  return {
    text,
    figures: lines.filter((line) => /^[#|]/.test(line)).join("\n"),
    notes: lines.filter((line) => line.startsWith("- ")),
  };
}

Deno.test("the fit table shows D of both laws, the choice and its margin for each tensor", () => {
  assertEquals(
    draw("fit").figures,
    `## Fit: which law the weights follow
### a (cifar-10): 1 tensors; chosen: gaussian 0, laplace 1
| tensor       | shape    | weights | D Gaussian | D Laplace | chosen  | margin | log L gain (nats/weight) | excess kurtosis |
| :----------- | :------- | ------: | ---------: | --------: | :------ | -----: | -----------------------: | --------------: |
| conv1.weight | 16x3x3x3 |     432 |     0.0770 |    0.0264 | laplace | 0.0506 |                   +0.050 |           +1.61 |`,
  );
});

Deno.test("the fit table says that D certifies nothing, and counts what a test rejects", () => {
  // sqrt(432) D is 1.60 and 0.55: only the Gaussian is rejected.
  assertStringIncludes(draw("fit").text, "it rejects both for 0 of these 1 tensors");
});

Deno.test("the mse table shows both means, SQNR and effective bits", () => {
  assertEquals(
    draw("mse").figures,
    `## MSE: what each method costs in squared error
### a (cifar-10), one codebook per tensor
| bits | method       | MSE / variance | weighted | SQNR (dB) | effective bits |
| ---: | :----------- | -------------: | -------: | --------: | -------------: |
|    2 | min-max      |           1.01 |     1.09 |      0.09 |          2.005 |
|    8 | ks-lloyd-max |       0.000148 | 0.000162 |     38.10 |          8.005 |`,
  );
});

Deno.test("an accuracy table has the float row first and the change against it", () => {
  assertEquals(
    draw("cifar10").figures,
    `## CIFAR-10: accuracy
### a (cifar-10), one codebook per tensor
| bits | method       | top-1 (%) | 95 % interval | change (points) | top-5 (%) |
| ---: | :----------- | --------: | ------------: | --------------: | --------: |
|   32 | float32      |      91.7 |  88.9 to 93.8 |                 |      99.7 |
|    2 | ks-lloyd-max |      10.0 |   7.7 to 12.9 |           -81.7 |      50.0 |`,
  );
});

Deno.test("an accuracy table tells its images, and how many of each class", () => {
  const [note] = draw("cifar10").notes;
  assertStringIncludes(note!, "500 images, 50 of each of the 10 classes");
  const sets = [{ ...exampleResults.header.sets[0]!, images: 5 }];
  const fewer = { ...exampleResults, header: { ...exampleResults.header, sets } };
  assertStringIncludes(draw("cifar10", fewer).notes[0]!, "5 images, one of each of 5 classes");
});

for (const name of ["fit", "mse", "cifar10"]) {
  Deno.test(`the ${name} table says that batch norm is not folded, and what its data is`, () => {
    const { text } = draw(name);
    assertStringIncludes(text, "batch norm is not folded");
    assertStringIncludes(text, "- a (cifar-10): not the textbook network.");
    assertEquals(text.includes("decoded JPEG copies"), name === "cifar10");
  });
}

for (const name of ["mse", "cifar10"]) {
  Deno.test(`the ${name} table says what ks-lloyd-max is: a reading of an abstract`, () => {
    assertStringIncludes(draw(name).text, "our reading of the abstract of Luqman et al.");
  });
}

Deno.test("a table with several granularities says which one each row has", () => {
  const cells = exampleResults.cells.map((cell) => ({
    ...cell,
    key: cell.key.setting?.bits === 8
      ? { ...cell.key, setting: { ...cell.key.setting, granularity: "channel" as const } }
      : cell.key,
  }));
  const { figures } = draw("mse", { ...exampleResults, cells });
  assertStringIncludes(figures, "### a (cifar-10)\n| per     | bits |");
  assertStringIncludes(figures, "\n| channel |    8 |");
});

Deno.test("tables are drawn from the cells that are there: an interrupted run has no gaps", () => {
  const cells = exampleResults.cells.slice(0, 2);
  assertStringIncludes(draw("mse", { ...exampleResults, cells }).figures, "|    2 | min-max |");
});

Deno.test("the fit table leaves the figures of a constant tensor out, and fits the others", async () => {
  const tensors = new Map([
    ["pruned", { shape: [2, 2], data: new Float32Array(4) }],
    ["kept", { shape: [2, 2], data: Float32Array.of(-1, 0.5, 2, 3) }],
  ]);
  const scene = {
    network: () => ({ checkpoint: { tensors, metadata: {} } }),
    pause: () => Promise.resolve(),
  } as unknown as Scene;
  const key = { table: "fit", network: "small" };
  const layers = await fitTable.run(key, scene, () => {}) as { chosen: string; margin?: number }[];
  assertEquals(layers.map(({ chosen }) => chosen === "constant"), [true, false]);
  assertEquals(layers[0]!.margin, undefined);
  assertGreater(layers[1]!.margin!, 0);
});
