import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { Selection } from "../../bench/options.ts";
import { prepareScene } from "../../bench/prepare_scene.ts";
import { fitTable } from "../../bench/tables/fit.ts";
import { benchTables } from "../../bench/tables/registry.ts";
import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { saveCheckpoint } from "../../lib/checkpoints/save.ts";
import { markdownPage } from "../../lib/report/page.ts";
import { exampleResults } from "./example_results.ts";

const nothing = { source: "embedded", datasets: ["shapes"], line: "" } as const;

const selection: Selection = {
  ...exampleResults.header.selection,
  tables: ["fit"],
  networks: ["resnet20", "resnet20-own", "shapes-resnet8"],
};

Deno.test("prepareScene() notes below the tables that weights are not those that the catalog knows", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // Readable weights in the place of a catalogued file, with one bit flipped: the format has no checksum.
    const bytes = await Deno.readFile(embeddedCheckpoint("resnet20-cifar10"));
    bytes[bytes.length - 2]! ^= 1;
    await Deno.mkdir(join(folder, "weights/cifar10"), { recursive: true });
    await Deno.writeFile(join(folder, "weights/cifar10/resnet20-12fca82f.th"), bytes);

    const location = { source: "BITBELL_DATA", folder, datasets: ["shapes"], line: "" } as const;
    const imageFolder = join(folder, "images");
    const { scene } = await prepareScene({ selection, tables: [fitTable], location, imageFolder });
    const records = scene.networks.map(({ record }) => record);
    assertEquals(
      records.map(({ label, caveats }) => [label, caveats.join().includes("may be damaged")]),
      [
        ["resnet20 (cifar-10)", true],
        ["resnet20-own (cifar-10)", false],
        ["resnet20-own (cifar-100)", false],
        ["shapes-resnet8 (shapes)", false],
      ],
    );

    const [{ label, sha256 }] = records as [typeof records[number]];
    const results = {
      ...exampleResults,
      header: { ...exampleResults.header, networks: records },
      cells: [{ key: { table: "fit", network: label }, inputs: "0", result: [] }],
    };
    assertStringIncludes(
      markdownPage(fitTable.page(results)),
      `- ${label}: not the file that the catalog knows (sha256 ${
        sha256.slice(0, 12)
      }...): its weights may be damaged.`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("prepareScene() takes the user's weights for the data set of the table, and says so", async () => {
  const checkpoint = embeddedCheckpoint("shapes-resnet8").pathname;
  const imageFolder = await Deno.makeTempDir();
  const { scene } = await prepareScene({
    selection: { ...exampleResults.header.selection, checkpoint, tables: ["shapes"], images: 10 },
    tables: benchTables,
    location: nothing,
    imageFolder,
  });
  await Deno.remove(imageFolder, { recursive: true });
  const { dataset, normalization, caveats } = scene.networks[0]!.record;
  assertEquals(dataset, "shapes");
  assertStringIncludes(normalization!, "deviation 0.25, 0.25, 0.25 (as the file says)");
  assertStringIncludes(caveats.join(), "taken for a network of shapes by its 10 classes");
});

Deno.test("prepareScene() says that a normalization is assumed where the file has none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { tensors } = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
    const checkpoint = join(folder, "plain.safetensors");
    await saveCheckpoint(checkpoint, { tensors, metadata: {} });
    const { scene } = await prepareScene({
      selection: { ...exampleResults.header.selection, checkpoint, tables: ["fit"] },
      tables: benchTables,
      location: nothing,
      imageFolder: folder,
    });
    assertStringIncludes(scene.networks[0]!.record.normalization!, "as the file doesn't say");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
