import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { digestPath } from "../../bench/network_sources.ts";
import {
  caveatsOfFile,
  caveatsOfWeights,
  datasetCatalog,
  findDatasetEntry,
  membersOf,
  weightsCatalog,
} from "../../datasets/catalog.ts";
import { embeddedCheckpoint, embeddedNames, embeddedSha256 } from "../../datasets/embedded.ts";
import { findPath } from "../../datasets/find_data.ts";
import { dataTest } from "../needs_data.ts";

Deno.test("datasetCatalog has names of its own, whole checksums, and files that lie where their set is found", () => {
  assertEquals(new Set(datasetCatalog.map(({ name }) => name)).size, datasetCatalog.length);
  for (const { path, archive } of datasetCatalog) {
    if (archive === undefined) continue;
    assertMatch(archive.url, /^https:/);
    assertMatch(archive.sha256, /^[0-9a-f]{64}$/);
    const members = membersOf(archive);
    for (const { file } of members) assertMatch(file.sha256, /^[0-9a-f]{64}$/);
    const unpacked = "folder" in archive
      ? Object.keys(archive.images).map((name) => `${archive.folder}/${name}`)
      : members.map(({ file }) => file.path);
    assert(unpacked.includes(path!), `${path} is not unpacked`);
  }
});

Deno.test("datasetCatalog counts whole records in every CIFAR file", () => {
  for (const { name, archive } of datasetCatalog) {
    const record = name === "cifar-10" ? 3073 : 3074;
    for (const { file } of membersOf(archive)) assertEquals(file.bytes % record, 0, file.path);
  }
});

Deno.test("findDatasetEntry() names what there is when a name is unknown", () => {
  assertEquals(findDatasetEntry("shapes").classes, 10);
  assertThrows(
    () => findDatasetEntry("mnist"),
    RangeError,
    'Cannot find the data set "mnist": there are cifar-10, cifar-100, imagenet, imagenette-160, imagenette-320, imagenette, shapes',
  );
});

Deno.test("caveatsOfFile() has none for official test images, and one for training images", () => {
  for (const { file } of datasetCatalog.flatMap(({ archive }) => membersOf(archive))) {
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

Deno.test("weightsCatalog tells measured from published accuracy, and where a published one is from", () => {
  for (const { name, top1, published, download } of weightsCatalog) {
    assert(top1 !== undefined || published !== undefined, name);
    if (published !== undefined) assertMatch(published.setting, /images/);
    if (top1 === undefined) {
      assert(download !== undefined, `${name} was neither measured nor can be had`);
    }
  }
  const { top1, published } = weightsCatalog.find(({ name }) => name === "resnet18")!;
  assertEquals([top1, published?.top1], [undefined, 69.758]);
});

Deno.test("weightsCatalog downloads what it knows, and names of files agree with their checksums", () => {
  for (const { sha256, path, download } of weightsCatalog) {
    if (download === undefined) continue;
    assertMatch(download.url, /^https:/);
    assertEquals(download.sha256, sha256, path);
    // PyTorch's way of naming: the first eight digits of the sha256.
    assertEquals(/-([0-9a-f]{8})\.p?th$/.exec(path)?.[1], sha256.slice(0, 8), path);
    assertEquals(new URL(download.url).pathname.split("/").at(-1), path.split("/").at(-1));
  }
});

dataTest("weightsCatalog knows the files and folders that are there", (folder) => {
  for (const { path, sha256, top1 } of weightsCatalog) {
    // What was never measured need not be there.
    if (top1 === undefined && findPath({ ...nowhere, folder }, path) === undefined) continue;
    assertEquals(digestPath(`${folder}/${path}`), sha256, path);
  }
});

const nowhere = { source: "BITBELL_DATA", datasets: [], line: "" } as const;

dataTest("datasetCatalog's labels of Imagenette are ImageNet's", (folder) => {
  const file = `${folder}/imagenet/imagenet_class_index.json`;
  const known = new Map(
    Object.entries(JSON.parse(Deno.readTextFileSync(file)) as Record<string, [string, string]>)
      .map(([label, [wnid]]) => [wnid, Number(label)]),
  );
  for (const name of ["imagenette-160", "imagenette-320", "imagenette"]) {
    const { classes, labels } = findDatasetEntry(name).classIndex!;
    assertEquals([classes, labels.size], [known.size, 10]);
    for (const [wnid, label] of labels) assertEquals(known.get(wnid), label, wnid);
  }
});
