import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { checkDirections, importsOf } from "./import_directions.ts";

Deno.test("imports point one way in the whole repository", () => {
  const sources = new Map<string, string>();
  for (const path of typeScriptFiles(new URL("../", import.meta.url))) {
    sources.set(path, Deno.readTextFileSync(new URL(`../${path}`, import.meta.url)));
  }
  assertGreater(sources.size, 20);
  assertGreater(importsOf(sources.get("mod.ts")!).length, 5);
  assertEquals(checkDirections(sources), []);
});

function* typeScriptFiles(folder: URL, prefix = ""): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const path = prefix + entry.name;
    if (entry.isDirectory) yield* typeScriptFiles(new URL(`${entry.name}/`, folder), `${path}/`);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

const broken: [criterion: string, sources: Record<string, string>, violation: string][] = [
  [
    "an import against the direction",
    { "lib/numerics/sum.ts": `import { gaussian } from "../distributions/gaussian.ts";` },
    "lib/numerics may not import lib/distributions",
  ],
  [
    "a type against the direction",
    { "lib/checkpoints/load.ts": `import type { Codebook } from "../codebooks/codebook.ts";` },
    "lib/checkpoints may not import lib/codebooks",
  ],
  [
    "a re-export against the direction",
    { "lib/codebooks/codebook.ts": `export { mse } from "../metrics/error.ts";` },
    "lib/codebooks may not import lib/metrics",
  ],
  [
    "a dynamic import against the direction",
    { "lib/goodness/rank.ts": `const m = await import("../quantizers/lloyd_max.ts");` },
    "lib/goodness may not import lib/quantizers",
  ],
  [
    "a worker against the direction",
    { "datasets/cifar.ts": `new URL("../lib/evaluation/worker.ts", import.meta.url)` },
    "datasets may not import lib/evaluation",
  ],
  [
    "a value where types only are free",
    {
      "lib/evaluation/evaluate_accuracy.ts":
        `import { loadCifar10 } from "../../datasets/cifar.ts";`,
    },
    "lib/evaluation may import types only of datasets",
  ],
  [
    "a value among types",
    {
      "lib/report/table.ts":
        `import { type LayerReport, quantizeCheckpoint } from "../compression/quantize_checkpoint.ts";`,
    },
    "lib/report may import types only of lib/compression",
  ],
  [
    "an import of report",
    { "lib/evaluation/progress.ts": `import type { Row } from "../report/table.ts";` },
    "lib/evaluation may not import lib/report",
  ],
  [
    "an import of the benchmark",
    { "lib/metrics/error.ts": `import { rows } from "../../bench/main.ts";` },
    "lib/metrics may not import it",
  ],
  [
    "an import of a test",
    { "lib/metrics/error.ts": `import { dataTest } from "../../tests/needs_data.ts";` },
    "tests are for nobody else",
  ],
  [
    "a folder without a direction",
    { "lib/misc/tools.ts": `import { mse } from "../metrics/error.ts";` },
    "no direction is set for lib/misc/tools.ts",
  ],
  [
    "an import of a mod.ts",
    { "bench/main.ts": `import { lloydMax } from "../mod.ts";` },
    "import the file that defines the name",
  ],
  [
    "an import of the public name",
    { "lib/metrics/error.ts": `import { lloydMax } from "@bitbell/bitbell";` },
    "import the file that defines the name",
  ],
  [
    "tfjs behind mod.ts",
    {
      "mod.ts": `export { a } from "./lib/compression/a.ts";`,
      "lib/compression/a.ts": `import { b } from "../networks/b.ts";`,
      "lib/networks/b.ts": `import * as tf from "@tensorflow/tfjs";`,
    },
    "mod.ts -> lib/compression/a.ts -> lib/networks/b.ts imports @tensorflow/tfjs",
  ],
  [
    "Node behind mod.ts",
    {
      "mod.ts": `export { a } from "./lib/numerics/a.ts";`,
      "lib/numerics/a.ts": `import { readFileSync } from "node:fs";`,
    },
    "mod.ts -> lib/numerics/a.ts imports node:fs",
  ],
  [
    "Deno behind mod.ts",
    {
      "mod.ts": `export { a } from "./lib/numerics/a.ts";`,
      "lib/numerics/a.ts": `export const a = Deno.env.get("A");`,
    },
    "mod.ts -> lib/numerics/a.ts uses Deno",
  ],
  [
    "a file read in the wrong place",
    { "lib/checkpoints/safetensors.ts": `const bytes = await Deno.readFile(path);` },
    "lib/checkpoints/safetensors.ts uses Deno.",
  ],
  [
    "an unseeded random number",
    { "datasets/shapes.ts": `const x = Math.random();` },
    "datasets/shapes.ts uses Math.random",
  ],
];

for (const [criterion, sources, violation] of broken) {
  Deno.test(`checkDirections() reports ${criterion}`, () => {
    assertStringIncludes(checkDirections(new Map(Object.entries(sources))).join("\n"), violation);
  });
}

Deno.test("checkDirections() accepts what the map allows", () => {
  const sources = {
    "mod.ts": `export { quantizeCheckpoint } from "./lib/compression/quantize_checkpoint.ts";`,
    "lib/compression/quantize_checkpoint.ts": `
      import { createPrng } from "../numerics/prng.ts"; // through quantizers and codebooks
      import type { Checkpoint } from "../checkpoints/checkpoint.ts";
      import { isFloating } from "../checkpoints/checkpoint.ts";`,
    "lib/checkpoints/checkpoint.ts": `/** import { x } from "../report/table.ts"; Deno.readFile */`,
    "lib/evaluation/evaluate_accuracy.ts": `
      import type { ImageSet } from "../../datasets/image_set.ts";
      const start = performance.now();`,
    "lib/report/table.ts": `
      import { type LayerReport, type Granularity } from "../compression/quantize_checkpoint.ts";`,
    "tests/report/table_test.ts": `import { table } from "../../lib/report/mod.ts";`,
  };
  assertEquals(checkDirections(new Map(Object.entries(sources))), []);
});

Deno.test("importsOf() reads every form of import and no comment or string", () => {
  const source = `
    import a from "./a.ts";
    import * as b from "./b.ts";
    import {
      c, // with "quotes" and from "./nowhere.ts"
      type C,
    } from "./c.ts";
    import type { D } from './d.ts';
    import { type E } from "./e.ts";
    export * from "./f.ts";
    export type { G } from "./g.ts";
    import "./h.ts";
    const i = await import("./i.ts");
    const j = new Worker(new URL("./j.ts", import.meta.url));
    // import k from "./k.ts";
    /* import l from "./l.ts"; */
    const url = "https://example.org/import";
    export const text = "value from the table";
  `;
  const imports = importsOf(source).map(({ specifier, typeOnly }) =>
    specifier + (typeOnly ? " (type)" : "")
  );
  assertEquals(imports.sort(), [
    "./a.ts",
    "./b.ts",
    "./c.ts",
    "./d.ts (type)",
    "./e.ts (type)",
    "./f.ts",
    "./g.ts (type)",
    "./h.ts",
    "./i.ts",
    "./j.ts",
  ]);
});
