import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { digestPath } from "../../bench/scene.ts";
import {
  caveatsOfFile,
  caveatsOfWeights,
  datasetCatalog,
  findDatasetEntry,
  weightsCatalog,
} from "../../datasets/catalog.ts";
import { embeddedCheckpoint, embeddedNames, embeddedSha256 } from "../../datasets/embedded.ts";
import { dataTest } from "../needs_data.ts";

Deno.test("datasetCatalog has names of its own, whole checksums, and files that lie where their set is found", () => {
  assertEquals(new Set(datasetCatalog.map(({ name }) => name)).size, datasetCatalog.length);
  for (const { path, archive } of datasetCatalog) {
    if (archive === undefined) continue;
    assertMatch(archive.url, /^https:/);
    assertMatch(archive.sha256, /^[0-9a-f]{64}$/);
    for (const { file } of archive.members) assertMatch(file.sha256, /^[0-9a-f]{64}$/);
    assert(archive.members.some(({ file }) => file.path === path), `${path} is not unpacked`);
  }
});

Deno.test("datasetCatalog counts whole records in every CIFAR file", () => {
  for (const { name, archive } of datasetCatalog) {
    const record = name === "cifar-10" ? 3073 : 3074;
    for (const { file } of archive?.members ?? []) assertEquals(file.bytes % record, 0, file.path);
  }
});

Deno.test("findDatasetEntry() names what there is when a name is unknown", () => {
  assertEquals(findDatasetEntry("shapes").classes, 10);
  assertThrows(
    () => findDatasetEntry("mnist"),
    RangeError,
    'Cannot find the data set "mnist": there are cifar-10, cifar-100, imagenet, shapes',
  );
});

Deno.test("caveatsOfFile() has none for official test images, and one for training images", () => {
  for (const { file } of datasetCatalog.flatMap(({ archive }) => archive?.members ?? [])) {
    const caveats = caveatsOfFile(file.sha256);
    if (/\/test/.test(file.path)) assertEquals(caveats, []);
    else assertMatch(caveats.join(), /training images/);
  }
  assertMatch(caveatsOfFile("ab".repeat(32)).join(), /catalog knows \(sha256 abababababab\.\.\.\)/);
});

Deno.test("weightsCatalog has a name of its own for each network of a data set", () => {
  const names = weightsCatalog.map(({ dataset, name }) => `${dataset} ${name}`);
  assertEquals(new Set(names).size, names.length);
  const datasets = new Set(datasetCatalog.map(({ name }) => name));
  for (const { dataset } of weightsCatalog) assert(datasets.has(dataset), dataset);
});

Deno.test("caveatsOfWeights() has none for the embedded files, and one for a copy with a flipped bit", async () => {
  for (const name of embeddedNames) {
    const path = fileURLToPath(embeddedCheckpoint(name));
    const known = embeddedSha256[name];
    assertEquals(caveatsOfWeights({ known, found: digestPath(path) }), [], name);
    const copy = await Deno.makeTempFile();
    try {
      const bytes = await Deno.readFile(path);
      bytes[bytes.length - 2]! ^= 1;
      await Deno.writeFile(copy, bytes);
      const found = digestPath(copy);
      assertEquals(caveatsOfWeights({ known, found }), [
        `not the file that the catalog knows (sha256 ${
          found.slice(0, 12)
        }...): its weights may be damaged`,
      ]);
    } finally {
      await Deno.remove(copy);
    }
  }
});

Deno.test("weightsCatalog has a whole sha256 of its own for each network", () => {
  for (const { sha256, path } of weightsCatalog) assertMatch(sha256, /^[0-9a-f]{64}$/, path);
  assertEquals(new Set(weightsCatalog.map(({ sha256 }) => sha256)).size, weightsCatalog.length);
});

dataTest("weightsCatalog knows the files and folders that are there", (folder) => {
  for (const { path, sha256 } of weightsCatalog) {
    assertEquals(digestPath(`${folder}/${path}`), sha256, path);
  }
});
