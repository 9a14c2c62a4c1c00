import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cellInputs } from "../../bench/cell_inputs.ts";
import type { CellKey } from "../../bench/results.ts";
import type { Scene } from "../../bench/scene.ts";
import { accuracyTable } from "../../bench/tables/accuracy.ts";
import { mseTable } from "../../bench/tables/mse.ts";
import { exampleResults } from "./example_results.ts";
import { withFolder } from "./with_folder.ts";

const [record] = exampleResults.header.networks;
const [set] = exampleResults.header.sets;
const other = { ...record!, label: "another", sha256: "changed" };
const network = { record: record!, path: "a", evaluable: true };
const images = { record: set!, path: "b", height: 32, width: 32 };
const scene: Scene = {
  selection: exampleResults.header.selection,
  networks: [network, { record: other, path: "c", evaluable: true }],
  sets: [images],
};
const table = accuracyTable({ name: "cifar10", title: "", dataset: "cifar-10" });
const key: CellKey = {
  table: "cifar10",
  network: record!.label,
  setting: { method: "omse", bits: 4, granularity: "tensor" },
};
const versions = { bitbell: "1", deno: "2", v8: "3" };
const digest = (
  changed: Partial<Scene> = {},
  runtime: Readonly<Record<string, string>> = versions,
) => cellInputs(table, key, { ...scene, ...changed }, runtime).digest;

Deno.test("cellInputs() differ with weights, architecture, images, seed, backend and versions", () => {
  const withNetwork = (changed: object) => ({ networks: [{ ...network, ...changed }] });
  const { selection } = scene;
  const digests = [
    digest(),
    digest(withNetwork({ record: { ...record!, sha256: "changed" } })),
    digest(withNetwork({ network: "resnet20-cifar" })),
    digest({ sets: [{ ...images, record: { ...set!, sha256: "changed" } }] }),
    digest({ sets: [] }),
    digest({ selection: { ...selection, seed: 77 } }),
    digest({ selection: { ...selection, backend: "cpu" } }),
    digest({}, { ...versions, deno: "2.1" }),
    digest({}, { ...versions, onnxruntime: "1.30.0" }),
  ];
  assertEquals(new Set(digests).size, digests.length);
});

Deno.test("cellInputs() don't differ with other networks, other bits and methods, or where files are", () => {
  const { selection } = scene;
  const digests = [
    digest({ networks: [network] }),
    digest({ networks: [{ ...network, path: "elsewhere" }] }),
    digest({ selection: { ...selection, bits: [7], methods: ["hqq"], images: 5 } }),
    digest({}, { ...versions, bitbell: "2" }),
  ];
  assertEquals(new Set(digests), new Set([digest()]));
});

Deno.test("cellInputs() of a table without images differ neither with images nor with seed and backend", () => {
  const ofMse = (sets: Scene["sets"], selection = scene.selection) =>
    cellInputs(mseTable, { ...key, table: "mse" }, { ...scene, sets, selection }, versions).digest;
  assertEquals(ofMse([]), ofMse([images]));
  assertEquals(ofMse([]), ofMse([], { ...scene.selection, seed: 77, backend: "onnx" }));
  assertNotEquals(ofMse([]), digest({ sets: [] }));
});

Deno.test("cellInputs() reads a table's module in a folder whose name has a space", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "a b.ts");
    const versionOf = async (code: string) => {
      await Deno.writeTextFile(path, code);
      return cellInputs({ ...mseTable, module: pathToFileURL(path).href }, key, scene, versions);
    };
    assertEquals((await versionOf("export {};")).digest.length, 64);
  });
});
