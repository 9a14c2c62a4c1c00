import { assertEquals, assertStringIncludes } from "@std/assert";
import type { BenchResults } from "../../bench/results.ts";
import { benchTables } from "../../bench/tables/registry.ts";
import { markdownPage } from "../../lib/report/page.ts";
import { exampleResults } from "./example_results.ts";

/** Headings and table rows of a page, without the footnotes. */
function draw(name: string, results: BenchResults = exampleResults) {
  const text = markdownPage(benchTables.find((table) => table.name === name)!.page(results));
  const lines = text.split("\n");
  return {
    text,
    figures: lines.filter((line) => /^[#|]/.test(line)).join("\n"),
    notes: lines.filter((line) => line.startsWith("- ")),
  };
}

Deno.test("the fit table shows D of each law with its p, the choice and its margin for each tensor", () => {
  assertStringIncludes(
    draw("fit").figures,
    `## Fit: which law the weights follow
### a (cifar-10): 1 tensors; chosen: gaussian 0, laplace 1
| tensor       | shape    | weights | D gaussian | p gaussian | D laplace | p laplace | chosen  | margin | log L gain (nats/weight) | excess kurtosis |
| :----------- | :------- | ------: | ---------: | ---------: | --------: | --------: | :------ | -----: | -----------------------: | --------------: |
| conv1.weight | 16x3x3x3 |     432 |     0.0770 |    <0.0001 |    0.0264 |    0.6100 | laplace | 0.0506 |                   +0.050 |           +1.61 |`,
  );
});

Deno.test("the fit table shows the wider laws with their p, and what each criterion chooses", () => {
  const { figures, text } = draw("fit");
  assertStringIncludes(
    figures,
    "| conv1.weight |     0.0300 |     0.8200 | laplace   | logistic          | logistic | logistic | laplace ",
  );
  assertStringIncludes(
    figures,
    "| AIC                   |             0 |            1 |             0 |            0 |             1 |",
  );
  assertStringIncludes(
    text,
    "At the 5 % level D rejects of these 1 tensors: gaussian for 1, laplace for 0, logistic for 0; every law for 0.",
  );
});

Deno.test("the mse table shows both means, SQNR and effective bits", () => {
  const { figures } = draw("mse");
  assertStringIncludes(
    figures,
    `## MSE: what each method costs in squared error
### a (cifar-10), one codebook per tensor
| bits | method              | MSE / variance | weighted | over k-means | over Lloyd-Max | over Shannon | SQNR (dB) | effective bits |`,
  );
  assertStringIncludes(
    figures,
    "|    2 | min-max             |           1.01 |     1.09 |              |          5.745 |       18.719 |      0.09 |          2.005 |",
  );
  assertStringIncludes(
    figures,
    "|    8 | ks-lloyd-max        |       0.000148 | 0.000162 |              |          2.176 |       11.219 |     38.10 |          8.005 |",
  );
});

Deno.test("an accuracy table has the float row first and the change against it, with a paired test", () => {
  assertStringIncludes(
    draw("cifar10").figures,
    `## CIFAR-10: accuracy
### a (cifar-10), one codebook per tensor
| bits | method       | top-1 (%) | 95 % interval | change (points) | its 95 % interval |       p | top-5 (%) | eff. bits | KiB |
| ---: | :----------- | --------: | ------------: | --------------: | ----------------: | ------: | --------: | --------: | --: |
|   32 | float32      |     91.60 |  88.8 to 93.7 |                 |                   |         |     99.60 |    32.000 | 2.0 |
|    2 | ks-lloyd-max |     10.00 |   7.7 to 12.9 |          -81.60 |  -84.75 to -77.97 | <1e-122 |     50.00 |     2.148 | 0.4 |`,
  );
});

Deno.test("an accuracy table has a chart of top-1 by bits for each network and granularity", () => {
  const { sections } = benchTables.find(({ name }) => name === "cifar10")!.page(exampleResults);
  const [chart] = sections[0]!.charts!;
  assertEquals(chart!.title, "Top-1 by bits: a (cifar-10), one codebook per tensor");
  assertStringIncludes(JSON.stringify(chart!.spec), '"method":"ks-lloyd-max","bits":2');
  assertStringIncludes(JSON.stringify(chart!.spec), "91.6");
});

Deno.test("an accuracy table tells its images, and how many of each class", () => {
  const [note] = draw("cifar10").notes;
  assertStringIncludes(note!, "500 images, 50 of each of the 10 classes");
  const sets = [{ ...exampleResults.header.sets[0]!, images: 5 }];
  const fewer = { ...exampleResults, header: { ...exampleResults.header, sets } };
  assertStringIncludes(draw("cifar10", fewer).notes[0]!, "5 images, one of each of 5 classes");
});

for (const name of ["fit", "mse", "cifar10", "claims"]) {
  Deno.test(`the ${name} table says that batch norm is not folded, and what its data is`, () => {
    const { text } = draw(name);
    assertStringIncludes(text, "batch norm is not folded");
    assertStringIncludes(text, "- a (cifar-10): not the textbook network.");
    assertEquals(text.includes("decoded JPEG copies"), ["cifar10", "claims"].includes(name));
  });
}

for (const name of ["mse", "cifar10", "claims"]) {
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
  assertStringIncludes(draw("mse", { ...exampleResults, cells }).figures, "|    2 | min-max ");
  for (const { name, page } of benchTables) {
    assertEquals(page({ ...exampleResults, cells: [] }).name, name);
  }
});

Deno.test("tables with `auto, output` say what it stores besides a book, and others don't", () => {
  const cells = exampleResults.cells.flatMap((cell) => {
    const { setting } = cell.key;
    if (setting === undefined || cell.key.table !== "cifar10") return [cell];
    const output = { ...setting, method: "auto", objective: "output" } as const;
    return [cell, { ...cell, key: { ...cell.key, setting: output } }];
  });
  for (const name of ["cifar10", "claims"]) {
    const { notes } = draw(name, { ...exampleResults, cells });
    const [note] = notes.filter((note) => note.startsWith("- `auto, output`:"));
    assertStringIncludes(note!, "each output channel has a scale");
    assertEquals(
      notes.filter((note) => note.endsWith("is applied, but by `auto, output`.")).length,
      1,
    );
    assertEquals(draw(name).text.includes("auto, output`:"), false);
  }
});
