import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { contextOf } from "../../bench/cell_context.ts";
import type { Scene } from "../../bench/scene.ts";
import { embeddedCheckpoint, embeddedSha256 } from "../../datasets/embedded.ts";
import { exampleResults } from "./example_results.ts";
import { withFolder } from "./with_folder.ts";

Deno.test("contextOf() reads the weights that a run is about, and refuses them once they were changed", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "own.safetensors");
    await Deno.copyFile(embeddedCheckpoint("shapes-resnet8"), path);
    const [record] = exampleResults.header.networks;
    const sha256 = embeddedSha256["shapes-resnet8"];
    const scene: Scene = {
      selection: exampleResults.header.selection,
      networks: [{ record: { ...record!, sha256 }, path, evaluable: false }],
      sets: [],
    };
    const open = () => contextOf(scene)({ progress: () => {}, time: () => {} });
    assertEquals((await open().checkpoint(record!.label)).tensors.size > 0, true);

    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 2]! ^= 1;
    await Deno.writeFile(path, bytes);
    await assertRejects(
      () => open().checkpoint(record!.label),
      Error,
      `Cannot use ${path} as it was changed since this run began`,
    );
  });
});
