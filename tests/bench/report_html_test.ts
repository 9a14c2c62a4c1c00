import { assertStringIncludes } from "@std/assert";
import { reportHtml } from "../../bench/report_html.ts";
import type { BenchResults } from "../../bench/results.ts";

const results: BenchResults = {
  header: {
    format: "bitbell-bench-2",
    versions: { bitbell: "0.0.0", deno: "2.9.6" },
    commit: "abc123-dirty",
    selection: {
      allTables: false,
      methods: ["min-max", "k-means"],
      bits: [2, 4],
      granularities: ["tensor", "channel"],
      images: 500,
      allNetworks: false,
      seed: 7,
      backend: "wasm",
    },
    networks: [{
      label: "a (shapes)",
      name: "a",
      dataset: "cifar-10",
      file: "weights/a.th",
      sha256: "0123456789abcdef".repeat(4),
      tensors: 1,
      weights: 43200,
      caveats: ["not the textbook network"],
    }],
    sets: [{
      name: "cifar-10",
      images: 500,
      classes: 10,
      sha256: "fedcba9876543210".repeat(4),
      caveats: ["23 of the images are decoded JPEG copies"],
    }],
  },
  complete: false,
  tables: ["mse"],
  notes: ["imagenet was left out: no images"],
  failures: [{ key: { table: "fit", network: "a (shapes)" }, message: "the file is cut off" }],
  cells: [{
    key: {
      table: "mse",
      network: "a (shapes)",
      setting: { method: "k-means", bits: 2, granularity: "tensor" },
    },
    inputs: "0",
    result: {},
  }],
  timing: {
    started: "2026-01-02T03:04:05.000Z",
    cores: 4,
    workers: 2,
    seconds: 150,
    computed: 1,
    cells: {},
  },
};

Deno.test("reportHtml() says what was run, what is missing, and what it was made from", async () => {
  const html = await reportHtml(results, [
    { name: "mse", title: "MSE: error", sections: [], footnotes: ["A note."] },
  ]);
  for (
    const text of [
      "<dt>network</dt><dd>1</dd>",
      "<dt>weights</dt><dd>43,200</dd>",
      "<p>Weights quantized to 2, 4 bits per tensor and per channel, by <code>min-max</code>, <code>k-means</code>.</p>",
      "<li>The run isn&#39;t finished: ",
      "<li>imagenet was left out: no images</li>",
      "<li>fit: a (shapes): float32 could not be computed: the file is cut off</li>",
      "<dd>2026-01-02 03:04 UTC</dd>",
      "<dd>3 min for 1 cell, with 2 workers on 4 cores</dd>",
      "<code>abc123-dirty</code>",
      "<dd>bitbell 0.0.0, deno 2.9.6</dd>",
      "0123456789abcdef".repeat(4),
      "fedcba9876543210".repeat(4),
      "<li>a (shapes): not the textbook network.</li>",
      '<section class="page" id="mse">',
    ]
  ) assertStringIncludes(html, text);
});
