import { assertEquals, assertRejects } from "@std/assert";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { saveCheckpoint } from "../../lib/checkpoints/save.ts";
import { fixtureBytes, fixtureUrl } from "./expected.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bitbell save " });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function filesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

const small: Checkpoint = {
  tensors: new Map([["w", { shape: [2, 1], data: new Float32Array([0.5, -0.25]) }]]),
  metadata: { bits: "4" },
};
const broken: Checkpoint = {
  tensors: new Map([["w", { shape: [3], data: new Float32Array(2) }]]),
  metadata: {},
};

Deno.test("saveCheckpoint() writes the same bytes that it has loaded", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/copy.safetensors`;
    await saveCheckpoint(path, await loadCheckpoint(fixtureUrl("plain.safetensors")));
    assertEquals(await Deno.readFile(path), fixtureBytes("plain.safetensors"));
  });
});

Deno.test("saveCheckpoint() saves what came from PyTorch, and the format becomes that of the new file", async () => {
  await inFolder(async (folder) => {
    const loaded = await loadCheckpoint(fixtureUrl("torch-2.15/strides.pt"));
    await saveCheckpoint(new URL(`file://${folder}/strides.safetensors`), loaded);
    const { tensors, metadata } = await loadCheckpoint(`${folder}/strides.safetensors`);
    assertEquals(new Map([...tensors].sort()), new Map([...loaded.tensors].sort()));
    assertEquals(metadata, { format: "safetensors" });
  });
});

Deno.test("saveCheckpoint() replaces an older file and leaves nothing else behind", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/w.safetensors`;
    await Deno.writeTextFile(path, "older");
    await saveCheckpoint(path, small);
    assertEquals((await loadCheckpoint(path)).tensors, small.tensors);
    assertEquals(filesIn(folder), ["w.safetensors"]);
  });
});

Deno.test("saveCheckpoint() leaves an older file as it was if it fails", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/w.safetensors`;
    await Deno.writeTextFile(path, "older");
    await assertRejects(
      () => saveCheckpoint(path, broken),
      TypeError,
      "tensor w has the shape [3], but 2 values",
    );
    assertEquals(await Deno.readTextFile(path), "older");
    assertEquals(filesIn(folder), ["w.safetensors"]);
  });
});

Deno.test("saveCheckpoint() removes its temporary file if the last step fails", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/w.safetensors`;
    await Deno.mkdir(`${path}/inside`, { recursive: true });
    await assertRejects(
      () => saveCheckpoint(path, small),
      RangeError,
      `Cannot save a checkpoint to ${path}: `,
    );
    assertEquals(filesIn(folder), ["w.safetensors"]);
  });
});

Deno.test("saveCheckpoint() refuses other endings, addresses and missing folders", async () => {
  await inFolder(async (folder) => {
    for (
      const place of [
        `${folder}/w.pth`,
        `${folder}/safetensors`,
        new URL("http://127.0.0.1/w.safetensors"),
      ]
    ) {
      await assertRejects(
        () => saveCheckpoint(place, small),
        RangeError,
        `Cannot save a checkpoint to ${place} as only local files that end in .safetensors or .npz are written`,
      );
    }
    await assertRejects(
      () => saveCheckpoint(`${folder}/none/w.safetensors`, small),
      RangeError,
      `Cannot save a checkpoint to ${folder}/none/w.safetensors: there is no such file or folder`,
    );
    assertEquals(filesIn(folder), []);
  });
});
