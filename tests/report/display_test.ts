import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { Tensor } from "../../lib/checkpoints/checkpoint.ts";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { fitAll } from "../../lib/distributions/fit_all.ts";
import { fitGaussian, gaussian } from "../../lib/distributions/gaussian.ts";
import { fitLaplace, laplace } from "../../lib/distributions/laplace.ts";
import { mixture } from "../../lib/distributions/mixture.ts";
import { truncated } from "../../lib/distributions/truncated.ts";
import { compareAccuracy } from "../../lib/evaluation/accuracy_steps.ts";
import { ksTest } from "../../lib/goodness/ks_test.ts";
import { ksTest2 } from "../../lib/goodness/ks_test_2.ts";
import { ksTestFitted } from "../../lib/goodness/ks_test_fitted.ts";
import { selectDistribution } from "../../lib/goodness/select_distribution.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";
import { accuracyTable } from "../../lib/report/accuracy_table.ts";
import { type ChartSpec, histogramChart } from "../../lib/report/chart.ts";
import { display, type DisplayOptions } from "../../lib/report/display.ts";
import { jupyterDisplay } from "../../lib/report/display/mime_bundle.ts";
import { percent } from "../../lib/report/format.ts";
import { histogram } from "../../lib/report/histogram.ts";

/** Three forms of a value, as text. */
async function shown(value: unknown, options?: DisplayOptions) {
  const bundle = await display(value, options)[jupyterDisplay]();
  return {
    bundle,
    text: String(bundle["text/plain"]),
    markdown: String(bundle["text/markdown"]),
    html: String(bundle["text/html"]),
  };
}

/** The rows of all tables of a text, headings included, without the rule between. */
function rowsOf(text: string): string[][] {
  return text.split("\n")
    .filter((line) => line.startsWith("|") && !/^\|( :?-+:? \|)+$/.test(line))
    .map((line) => line.slice(1, -1).split(" | ").map((cell) => cell.trim()));
}

/** Throws unless every element is closed by its own tag, and nothing but tags is between angle brackets. */
function assertWellFormed(html: string): void {
  const open: string[] = [];
  const text = html.replaceAll(/<(\/?)([a-z]+)((?: [a-z-]+="[^"<>]*")*)>/g, (_, end, name) => {
    if (end === "") open.push(name);
    else assertEquals(open.pop(), name);
    return "";
  });
  assertEquals(open, []);
  assertEquals(text.match(/[<>]/), null);
}

const sample = laplace({ location: 0.5, scale: 2 }).sample(400, { prng: createPrng(1) });
const law = laplace({ location: 0.5, scale: 2 });

const tensors = new Map<string, Tensor>([
  ["conv.weight", {
    shape: [4, 5, 2, 2],
    data: Float32Array.from(law.sample(80, { prng: createPrng(2) })),
  }],
  ["fc.weight", {
    shape: [10, 4],
    data: Float32Array.from(
      gaussian({ mean: 0, standardDeviation: 0.5 }).sample(40, { prng: createPrng(3) }),
    ),
  }],
  ["bn.num_batches_tracked", { shape: [], data: BigInt64Array.of(7n) }],
  ["none", { shape: [0], data: new Float32Array(0) }],
]);
const checkpoint = { tensors, metadata: { format: "safetensors" } };

Deno.test("display() shows a law by its parameters and moments", async () => {
  const { text } = await shown(gaussian({ mean: 0.25, standardDeviation: 2 }));
  assertEquals(
    text,
    `gaussian law

| parameter          |   value |
| :----------------- | ------: |
| mean               | 0.25000 |
| standard deviation |  2.0000 |

|   mean | standard deviation |
| -----: | -----------------: |
| 0.2500 |              2.000 |`,
  );
});

Deno.test("display() shows a fit with its errors, likelihood and criteria", async () => {
  const { fit, parameters } = fitLaplace(sample);
  const { text } = await shown(fitLaplace(sample));
  assertStringIncludes(text, "laplace law, fitted to 400 values by maximum likelihood");
  const [head, location, , heads, figures] = rowsOf(text);
  assertEquals(head, ["parameter", "value", "standard error"]);
  assertEquals(location, [
    "location",
    parameters.location!.toPrecision(5),
    fit.standardErrors.location!.toPrecision(3),
  ]);
  assertEquals(heads!.slice(2), ["log-likelihood (nats)", "AIC", "BIC"]);
  assertEquals(
    figures!.slice(2),
    [fit.logLikelihood, fit.aic, fit.bic].map((value) => value.toFixed(1)),
  );
});

Deno.test("display() shows the laws that a law is made of", async () => {
  const parts = mixture([
    { weight: 0.25, law: gaussian({ mean: 0, standardDeviation: 1 }) },
    { weight: 0.75, law },
  ]);
  assertEquals(rowsOf((await shown(parts)).text).slice(1, 7).map(([name]) => name), [
    "weight 1",
    "weight 2",
    "gaussian 1: mean",
    "gaussian 1: standard deviation",
    "laplace 2: location",
    "laplace 2: scale",
  ]);
  const cut = await shown(truncated(law, { lower: -1, upper: 1 }));
  assertStringIncludes(cut.text, "| laplace: scale ");
});

Deno.test("display() says that a fit did not converge", async () => {
  const { fit, ...rest } = fitGaussian(sample);
  const iteration = { iterations: 1, converged: false, score: 0.125 };
  const { text } = await shown({ ...rest, fit: { ...fit, iteration } });
  assertStringIncludes(
    text,
    "- The fit of gaussian did not converge: its score is 0.13 after 1 iteration.",
  );
});

Deno.test("display() shows fits as rows, AIC against the best one", async () => {
  const fits = fitAll(sample, { families: ["gaussian", "laplace", "logistic"] });
  const { text } = await shown(fits);
  const [head, ...rows] = rowsOf(text);
  assertStringIncludes(text, "3 laws, fitted to 400 values");
  assertEquals(rows.map(([family]) => family), fits.map(({ family }) => family));
  assertEquals(head!.at(-1), "ΔAIC");
  assertEquals(
    rows.map((row) => row.at(-1)),
    fits.map(({ fit }) => (fit.aic - fits[0]!.fit.aic).toFixed(1)),
  );
});

Deno.test("display() doesn't compare the AIC of fits to different samples", async () => {
  const { text } = await shown([fitGaussian(sample), fitGaussian(sample.slice(0, 99))]);
  assertEquals(text.includes("ΔAIC"), false);
  assertEquals(rowsOf(text).map((row) => row[2]), ["values", "400", "99"]);
  const halves = [sample.slice(0, 200), sample.slice(200)].map((half) => fitGaussian(half));
  const { text: ofOneSize } = await shown(halves);
  assertStringIncludes(ofOneSize, "2 laws, fitted to 200 values");
  assertEquals(ofOneSize.includes("ΔAIC"), false);
});

Deno.test("display() shows a selection: its ranking, its margin, and who was refused", async () => {
  const selection = selectDistribution(sample, {
    families: ["gaussian", "laplace", "exponential"],
    criterion: "anderson-darling",
  });
  const { text } = await shown(selection);
  assertStringIncludes(
    text,
    `Chosen by Anderson-Darling A²: laplace, ahead by ${selection.margin!.toPrecision(3)}`,
  );
  assertEquals(rowsOf(text).map((row) => row.slice(0, 2)), [
    ["rank", "family"],
    ["1", "laplace"],
    ["2", "gaussian"],
  ]);
  assertStringIncludes(text, "- Not ranked: exponential. The criterion is Infinity");
});

Deno.test("display() names every criterion, and one of the caller's own", async () => {
  for (const criterion of ["ks", "logLikelihood", "aic", "bic", "cramer-von-mises"] as const) {
    const { text } = await shown(selectDistribution(sample, { criterion }));
    assertEquals(/Chosen by (criterion|undefined)/.test(text), false);
  }
  const own = await shown(selectDistribution(sample, { criterion: () => 1 }));
  assertStringIncludes(own.text, "Chosen by criterion: gaussian, ahead by 0.00");
});

Deno.test("display() says for which null hypothesis a p-value is", async () => {
  const plain = await shown(ksTest(sample, law));
  assertStringIncludes(plain.text, "a law that was fully specified before");
  const [head, row] = rowsOf(plain.text);
  assertEquals(head, ["D", "attained at", "values", "p-value", "null law"]);
  assertEquals(row!.slice(2), ["400", ksTest(sample, law).pValue.toPrecision(3), "exact"]);

  const fitted = await shown(await ksTestFitted(sample, "laplace"));
  assertStringIncludes(fitted.text, "accounts for the fit to the same sample");
  assertStringIncludes(fitted.text, "error of the p-value");
  const options = { method: "bootstrap", replicates: 19, seed: 3 } as const;
  const simulated = await shown(await ksTestFitted(sample.slice(0, 50), "laplace", options));
  assertEquals(rowsOf(simulated.text)[1]!.at(-1), "bootstrap of 19 samples, seed 3");

  const two = await shown(
    ksTest2(sample.slice(0, 9), sample.slice(9, 20), { alternative: "above" }),
  );
  assertEquals(rowsOf(two.text)[1]![2], "9 and 11");
  assertStringIncludes(two.text, "One-sided: D is the largest distance by which");
});

Deno.test("display() never says that a p-value is 0", async () => {
  const { text, markdown, html } = await shown({ ...ksTest(sample, law), pValue: 0 });
  assertEquals(rowsOf(text)[1]![3], "<1e-300");
  assertEquals(rowsOf(markdown)[1]![3], "<1e-300");
  assertStringIncludes(html, ">&lt;1e-300</td>");
  const tiny = await shown({ ...ksTest(sample, law), pValue: 1e-300 });
  assertEquals(rowsOf(tiny.text)[1]![3], "1.00e-300");
  const fitted = { ...await ksTestFitted(sample, "laplace"), pValue: 0, pValueError: 0 };
  assertEquals(rowsOf((await shown(fitted)).text)[1]!.slice(3, 5), ["<1e-300", "<1e-300"]);
});

Deno.test("display() tells on which side of 5 % a p-value lies", async () => {
  const written = async (pValue: number) =>
    rowsOf((await shown({ ...ksTest(sample, law), pValue })).text)[1]![3];
  assertEquals(await written(0.05), "0.0500");
  assertEquals(await written(0.049996), "0.049996");
  assertEquals(await written(0.0500004), "0.0500004");
  assertEquals(await written(0.0521), "0.0521");
});

Deno.test("display() shows a codebook: its design, and each level with its cell", async () => {
  const book = lloydMax(gaussian({ mean: 0, standardDeviation: 1 }), { bits: 2 });
  const { text } = await shown(book);
  assertStringIncludes(text, "4 levels (2 bits) by lloyd-max-gaussian");
  const rows = rowsOf(text);
  assertEquals(rows[0]!.slice(0, 4), [
    "law",
    "expected MSE",
    "overload (% of the MSE)",
    "clipping",
  ]);
  // Max, IRE Transactions on Information Theory 6, 1960, table 1.
  assertEquals(rows[1]!.slice(1, 2), ["0.1175"]);
  assertEquals(rows.slice(2), [
    ["code", "cell from", "to", "level"],
    ["0", "-∞", "-0.982", "-1.510"],
    ["1", "-0.982", "0.000", "-0.453"],
    ["2", "0.000", "0.982", "0.453"],
    ["3", "0.982", "∞", "1.510"],
  ]);
});

Deno.test("display() writes levels so that no two look the same, and warns of a design that did not converge", async () => {
  const near = createCodebook([-1, 0.0001, 0.0002], {
    method: "by hand",
    storedValues: 3,
    converged: false,
    iterations: 9,
  });
  const { text } = await shown(near);
  assertEquals(rowsOf(text).slice(3).map((row) => row.at(-1)), [
    "-1.00000",
    "0.00010",
    "0.00020",
  ]);
  assertStringIncludes(text, "- The design did not converge within 9 iterations.");
  const tiny = await shown(createCodebook([1, 1 + 1e-12], { method: "by hand", storedValues: 2 }));
  assertEquals(rowsOf(tiny.text).slice(3).map((row) => row.at(-1)), [
    "1.0000000000000",
    "1.0000000000010",
  ]);
  const steps = Float64Array.from({ length: 65_536 }, (_, i) => (i - 32_768) * 1e-9);
  const { text: long } = await shown(createCodebook(steps, { method: "int16", storedValues: 1 }));
  const levels = rowsOf(long).slice(3).map((row) => row.at(-1));
  assertEquals(new Set(levels).size, 41);
  const one = await shown(createCodebook([0.5], { method: "by hand", storedValues: 1 }));
  assertStringIncludes(one.text, "1 level (1 bit) by by hand");
  assertEquals(rowsOf(one.text).at(-1), ["0", "-∞", "∞", "0.5000"]);
});

Deno.test("display() shows layer reports with the means that stand for the network", async () => {
  const { layers } = await quantizeCheckpoint(checkpoint, { method: "ks-lloyd-max", bits: 3 });
  const { text } = await shown(layers);
  assertStringIncludes(
    text,
    "ks-lloyd-max, 3 bits, a book per tensor: 2 tensors, 120 weights",
  );
  const [head, conv] = rowsOf(text);
  assertEquals(head, [
    "tensor",
    "shape",
    "weights",
    "law",
    "MSE / variance",
    "SQNR (dB)",
    "beyond the levels (%)",
    "effective bits",
  ]);
  const [first, second] = layers;
  assertEquals(conv, [
    "conv.weight",
    "4 × 5 × 2 × 2",
    "80",
    Object.keys(first!.families)[0],
    first!.relativeMse.toPrecision(3),
    first!.sqnrDb.toFixed(2),
    (100 * first!.saturation).toFixed(2),
    first!.effectiveBits.toFixed(3),
  ]);
  const [a, b] = [first!.relativeMse, second!.relativeMse];
  assertStringIncludes(
    text,
    `over the tensors: ${((a + b) / 2).toPrecision(4)}; weighted by their weights: ${
      ((2 * a + b) / 3).toPrecision(4)
    }.`,
  );
});

Deno.test("display() shows of a layer what differs, and the law nearest to its weights where none was designed for", async () => {
  const [per] = (await quantizeCheckpoint(checkpoint, { method: "min-max", bits: 2 })).layers;
  const other = { ...per!, method: "omse", bits: 2.5, granularity: "channel" as const };
  const { text } = await shown([per, other]);
  assertStringIncludes(text, "2 tensors, 160 weights");
  assertEquals(rowsOf(text)[0]!.slice(3, 7), [
    "method",
    "book per",
    "bits",
    "nearest law by KS",
  ]);
  assertEquals(rowsOf(text)[2]!.slice(3, 6), ["omse", "channel", "2.50"]);
  const alone = await shown(per);
  assertStringIncludes(alone.text, "min-max, 2 bits, a book per tensor: 1 tensor, 80 weights");
});

Deno.test("display() shows a quantized checkpoint with what failed and what was changed", async () => {
  const quantized = await quantizeCheckpoint(checkpoint, { method: "min-max", bits: 2 });
  const { text } = await shown({
    ...quantized,
    failures: [{ name: "fc.weight", message: "It is constant" }],
    transforms: { ...quantized.transforms, foldedNorms: [{}, {}] },
  });
  assertStringIncludes(text, "- Changes to the network: folded norm, 2.");
  assertStringIncludes(text, "- Not quantized: fc.weight. It is constant");
  assertStringIncludes((await shown({ ...quantized, layers: [] })).text, "No tensor was quantized");
});

Deno.test("display() shows an accuracy in percent, with its interval", async () => {
  const report = {
    top1: 0.9173,
    top5: 0.998,
    size: 10000,
    interval95: [0.9117, 0.9225],
    correct: new Uint8Array(10000),
  };
  assertEquals(rowsOf((await shown(report)).text), [
    ["top-1 (%)", "95 % interval (%)", "top-5 (%)", "images"],
    ["91.73", "91.17 to 92.25", "99.80", "10,000"],
  ]);
});

Deno.test("accuracyTable() compares every row with the first one, where both saw the same images", async () => {
  const report = (...correct: number[]) => ({
    top1: correct.reduce((sum, hit) => sum + hit, 0) / correct.length,
    top5: 1,
    correct: Uint8Array.from(correct),
    size: correct.length,
    interval95: [0.1, 0.9] as const,
  });
  const first = report(1, 1, 1, 1, 0), second = report(1, 0, 0, 1, 1);
  const rows = [
    { label: "float32", report: first },
    { label: "k-means", report: second, bits: 3, effectiveBits: 3.0625 },
    { label: "fewer", report: report(1, 1) },
  ];
  const { difference, pValue } = compareAccuracy(first, second);
  const table = accuracyTable(rows, { title: "method", compare: compareAccuracy });
  const [head, float, kMeans, fewer] = rowsOf((await shown(table)).text);
  assertEquals(head, [
    "method",
    "bits",
    "effective bits",
    "top-1 (%)",
    "95 % interval (%)",
    "top-5 (%)",
    "images",
    "change of top-1 (points)",
    "95 % interval of the change (points)",
    "McNemar's p",
  ]);
  assertEquals(float!.slice(7), ["", "", ""]);
  assertEquals(kMeans!.slice(0, 4), ["k-means", "3", "3.063", "60.00"]);
  assertEquals([kMeans![7], kMeans![9]], [(100 * difference).toFixed(2), pValue.toPrecision(2)]);
  assertEquals(fewer!.slice(7), ["", "", ""]);
  assertEquals(rowsOf((await shown(accuracyTable(rows))).text)[0]!.length, 7);
  assertThrows(
    () => accuracyTable([]),
    RangeError,
    "Cannot make a table of accuracies as it needs a row: their number is 0",
  );
});

Deno.test("display() shows a quantization error", async () => {
  const book = createCodebook([-1, 1], { method: "by hand", storedValues: 2 });
  assertEquals(rowsOf((await shown(quantizationError([-1, 1, 3], book))).text), [
    ["MSE", "SQNR (dB)", "largest error", "values beyond the levels", "values"],
    ["1.333", "4.39", "2.000", "1", "3"],
  ]);
});

Deno.test("display() sums up a checkpoint, tensors of any type and size", async () => {
  const data = Float32Array.of(1, 3, -4, 0);
  const small = {
    tensors: new Map([...tensors, ["bias", { shape: [4], data }]]),
    metadata: { a: "b" },
  };
  const { text } = await shown(small);
  assertStringIncludes(text, "5 tensors, 125 values");
  assertEquals(rowsOf(text).slice(3), [
    ["bn.num_batches_tracked", "single value", "int64", "1", "7.00", "0.00", "7.00", "7.00"],
    ["none", "0", "float32", "0", "", "", "", ""],
    ["bias", "4", "float32", "4", "0.00", "2.55", "-4.00", "3.00"],
  ]);
  assertStringIncludes(text, "- a: b");
});

Deno.test("display() takes the moments of a long tensor without losing digits", async () => {
  const data = Float32Array.from({ length: 1_000_000 }, (_, i) => 4096 + (i % 2) / 2048);
  const long = { tensors: new Map([["long", { shape: [1_000_000], data }]]), metadata: {} };
  assertEquals(rowsOf((await shown(long)).text)[1]!.slice(4, 6), ["4096", "0.000244"]);
});

Deno.test("display() says which tensor holds a value that isn't finite", async () => {
  const broken = { shape: [2], data: Float32Array.of(1, NaN) };
  const { text } = await shown({ tensors: new Map([["w", broken]]), metadata: {} });
  assertStringIncludes(text, "- w holds a value that isn't finite.");
});

Deno.test("display() shows what structuredClone or JSON made of a result like the result", async () => {
  const exact = new Map([["w", { shape: [2, 2], data: Float32Array.of(-1, 1, 1, -1) }]]);
  const lossless = await quantizeCheckpoint({ tensors: exact, metadata: {} }, {
    method: "min-max",
    bits: 1,
  });
  assertEquals(lossless.layers[0]!.sqnrDb, Infinity);
  const { layers } = await quantizeCheckpoint(checkpoint, { method: "ks-lloyd-max", bits: 3 });
  const results = [
    selectDistribution(sample),
    ksTest(sample, law),
    await ksTestFitted(sample, "laplace"),
    lloydMax(law, { bits: 4 }),
    layers,
    layers[0],
    lossless.layers,
    layers[0]!.codebooks[0],
    quantizationError(sample, lloydMax(law, { bits: 4 })),
    { top1: 0.5, top5: 1, size: 2, interval95: [0.1, 0.9], correct: Uint8Array.of(1, 0) },
  ];
  for (const result of results) {
    const { bundle } = await shown(result);
    assertEquals((await shown(structuredClone(result))).bundle, bundle);
    assertEquals((await shown(JSON.parse(JSON.stringify(result)))).bundle, bundle);
  }
  // The functions of a law are lost; its moments aren't.
  const fit = fitLaplace(sample);
  assertEquals((await shown(JSON.parse(JSON.stringify(fit)))).bundle, (await shown(fit)).bundle);
  const { family, parameters } = fit;
  assertEquals(rowsOf((await shown({ family, parameters })).text).length, 3);
});

Deno.test("display() tells what JSON made of an infinite error from one of 0", async () => {
  const layer = {
    ...(await quantizeCheckpoint(checkpoint, { method: "min-max", bits: 3 })).layers[0]!,
    name: "equal weights",
    mse: 1,
    relativeMse: Infinity,
    sqnrDb: -Infinity,
  };
  const { text, bundle } = await shown([layer]);
  assertStringIncludes(text, "Mean of MSE / variance over the tensors: Infinity");
  assertEquals(rowsOf(text)[1]!.includes("-Infinity"), true);
  assertEquals((await shown(JSON.parse(JSON.stringify([layer])))).bundle, bundle);
});

Deno.test("display() shows a law without parameters", async () => {
  assertEquals((await shown({ family: "standard", parameters: {} })).text, "standard law");
});

Deno.test("display() doesn't change what it shows", async () => {
  const { layers } = await quantizeCheckpoint(checkpoint, { method: "min-max", bits: 3 });
  const before = structuredClone(layers);
  await shown(Object.freeze(layers));
  assertEquals(layers, before);
});

const table = {
  columns: [{ title: "tensor" }, { title: "top-1", unit: "%", format: percent(1) }],
  rows: Array.from({ length: 100 }, (_, i) => [`layer_${i}.weight`, i / 100]),
};

Deno.test("display() leaves out the middle of a long table, and says how much", async () => {
  const { text, html } = await shown(table, { rows: 5 });
  assertEquals(rowsOf(text).map(([name]) => name), [
    "tensor",
    "layer_0.weight",
    "layer_1.weight",
    "layer_2.weight",
    "... 95 rows left out",
    "layer_98.weight",
    "layer_99.weight",
  ]);
  assertStringIncludes(html, ">... 95 rows left out</td>");
  assertEquals(rowsOf((await shown(table, { rows: 100 })).text).length, 101);
  assertEquals(rowsOf((await shown(table, { rows: Infinity })).text).length, 101);
  assertEquals(rowsOf((await shown(table)).text).length, 42);
  assertThrows(
    () => display(table, { rows: 1 }),
    RangeError,
    "Cannot display a table as rows must be at least 2: current value is 1",
  );
});

Deno.test("display() draws a table as HTML whose numbers stand to the right, wherever it is shown", async () => {
  const { html } = await shown({ ...table, rows: table.rows.slice(91, 92) });
  assertEquals(
    html,
    `<table>
<thead><tr><th scope="col" align="left" style="text-align:left">tensor</th><th scope="col" align="right" style="text-align:right;font-variant-numeric:tabular-nums">top-1 (%)</th></tr></thead>
<tbody>
<tr><td align="left" style="text-align:left">layer_91.weight</td><td align="right" style="text-align:right;font-variant-numeric:tabular-nums">91.0</td></tr>
</tbody>
</table>`,
  );
});

Deno.test("display() keeps a heading in its column", async () => {
  const { text } = await shown({ columns: [{ title: "|x - q|" }, { title: "b" }], rows: [[1, 2]] });
  assertEquals(text.split("\n")[0], "| \\|x - q\\| |   b |");
});

Deno.test("display() escapes every text, for HTML and for Markdown", async () => {
  const hostile = `<img src=x onerror="alert(1)"> & *b* $x$ \`c\` [d](e) _f_ g|h i_j`;
  const selection = {
    criterion: hostile,
    chosen: { family: hostile, parameters: {}, criterionValue: 1 },
    ranking: [{ family: hostile, parameters: { [hostile]: 1 }, criterionValue: 1 }],
    refused: [{ family: hostile, reason: hostile }],
  };
  const values = [
    selection,
    { columns: [{ title: hostile, unit: hostile }], rows: [[hostile]] },
    { tensors: new Map([[hostile, tensors.get("fc.weight")]]), metadata: { [hostile]: hostile } },
  ];
  for (const value of values) {
    const { html, markdown } = await shown(value);
    assertWellFormed(html);
    assertEquals(html.includes("<img"), false);
    assertStringIncludes(html, "&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; *b*");
    assertStringIncludes(markdown, String.raw`\<img src=x onerror="alert(1)">`);
    assertStringIncludes(markdown, String.raw`\& \*b\* \$x\$ \`c\` \[d\](e) \_f\_ g`);
    assertEquals(/(?<!\\)[<$*`](?!\*)/.test(markdown.replaceAll(/^\*\*|\*\*$/gm, "")), false);
    // Within a word it means nothing.
    assertStringIncludes(markdown, "i_j");
  }
});

Deno.test("display() keeps a title and a note on their lines, whatever text they hold", async () => {
  const data = Float32Array.of(NaN);
  const { text, markdown } = await shown({
    tensors: new Map([["a\n# b", { shape: [1], data }]]),
    metadata: { note: "one\n\n- two" },
  });
  for (const words of [text, markdown]) {
    assertEquals(words.split("\n").slice(-2), [
      "- a # b holds a value that isn't finite.",
      "- note: one - two",
    ]);
  }
  const book = createCodebook([0.5], { method: "by\nhand", storedValues: 1 });
  assertStringIncludes((await shown(book)).text, "1 level (1 bit) by by hand\n");
});

Deno.test("display() gives well-formed HTML, Markdown and text, and no raster, for every kind", async () => {
  const values = [
    law,
    fitAll(sample),
    selectDistribution(sample),
    ksTest(sample, law),
    lloydMax(law, { bits: 8 }),
    await quantizeCheckpoint(checkpoint, { method: "k-means", bits: 2 }),
    checkpoint,
    quantizationError(sample, lloydMax(law, { bits: 4 })),
    table,
  ];
  for (const value of values) {
    const { bundle, html, markdown } = await shown(value);
    assertEquals(Object.keys(bundle), ["text/html", "text/markdown", "text/plain"]);
    assertWellFormed(html);
    assertEquals(/<img|data:|<style|<script/.test(html), false);
    assertEquals(html.match(/<tr>/g)!.length, rowsOf(markdown).length);
  }
});

Deno.test("display() shows a chart as a specification, a picture and words", async () => {
  const chart = histogramChart({
    title: "A layer",
    subtitle: "400 weights",
    histogram: histogram(sample, { bins: 20 }),
    laws: [{ label: "Laplace", law }],
    codebook: lloydMax(law, { bits: 2 }),
  });
  // Whichever version it names, front ends draw version 5.
  const { bundle, text } = await shown({ ...chart, $schema: "vega-lite/v6.json" });
  assertEquals(Object.keys(bundle), [
    "application/vnd.vegalite.v5+json",
    "image/svg+xml",
    "text/plain",
  ]);
  const spec = bundle["application/vnd.vegalite.v5+json"] as { readonly $schema: string };
  assertEquals(spec.$schema, "https://vega.github.io/schema/vega-lite/v5.json");
  assertEquals(JSON.stringify(spec).includes('"url"'), false);
  assertMatch(String(bundle["image/svg+xml"]), /^<svg[^]*A layer[^]*<\/svg>$/);
  assertEquals(
    text,
    `Chart: A layer
400 weights
horizontal axis: weight
vertical axis: density (1 / weight)
series: histogram, Laplace, levels, thresholds`,
  );
});

Deno.test("display() puts charts side by side into words, and one without a title", async () => {
  const unit = (y: string): ChartSpec => ({
    data: { values: [{ x: 1, y: 2 }] },
    mark: "point",
    encoding: { x: { field: "x" }, y: { field: "y", title: y } },
  });
  const { text } = await shown({ hconcat: [unit("MSE"), unit("SQNR (dB)")] });
  assertEquals(
    text,
    "Chart: without a title\nhorizontal axis: x\nvertical axis: MSE; SQNR (dB)",
  );
});

Deno.test("display() refuses a chart that Vega-Lite doesn't understand", async () => {
  const wrong = { layer: [{ mark: "no such mark", encoding: {} }] };
  await assertRejects(() => shown(wrong), TypeError, "Cannot draw a chart as Vega-Lite");
});

Deno.test("display() shows a string as Markdown, and what says itself how it is shown as that", async () => {
  assertEquals((await shown("$x$ **b**")).bundle, {
    "text/markdown": "$x$ **b**",
    "text/plain": "$x$ **b**",
  });
  const own = { name: "own", [jupyterDisplay]: () => Promise.resolve({ "text/plain": "own" }) };
  assertEquals((await shown(own)).bundle, { "text/plain": "own" });
  const twice = display(display(law));
  assertEquals(await twice[jupyterDisplay](), (await shown(law)).bundle);
});

Deno.test("display() names what it can't show", () => {
  const refusals: readonly (readonly [value: unknown, words: string])[] = [
    [5, "5"],
    [undefined, "undefined"],
    [null, "null"],
    [Symbol("s"), "Symbol(s)"],
    [[], "an empty array"],
    [[1, 1], "an array that begins with 1"],
    [[new Map(), 5], "an array that begins with an object of type Map and holds 5"],
    [{ columns: 3, rows: 4 }, "an object with columns, rows"],
    [{ layer: "conv1", distance: 1 }, "an object with layer, distance"],
    [{}, "an empty object"],
    [new Float32Array(2), "an object of type Float32Array"],
    [Promise.resolve(1), "a promise: await it first"],
    [fitGaussian, "the function fitGaussian"],
    [Object.create(null), "an empty object"],
  ];
  for (const [value, words] of refusals) {
    assertThrows(
      () => display(value),
      TypeError,
      `Cannot display a value as it must be a result of Bitbell, a table, a chart or a string: current value is ${words}`,
    );
  }
});
