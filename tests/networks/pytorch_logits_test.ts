import { assertEquals, assertLess } from "@std/assert";
import { loadCifar10, loadCifar100 } from "../../datasets/cifar.ts";
import { embeddedCheckpoint, type EmbeddedName } from "../../datasets/embedded.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { buildNetwork } from "../../lib/networks/build.ts";
import { readFixture } from "../fixture.ts";
import { dataTest } from "../needs_data.ts";

type Logits = readonly (readonly number[])[];

/** Of fixtures/networks/generate.py: by file in the data folder, and by name. */
const fixture = readFixture<{
  readonly networks: Readonly<Record<string, Logits>>;
  readonly embedded: Readonly<Record<EmbeddedName, Logits>>;
}>("networks/logits.json");

async function assertLogits(checkpoint: Checkpoint, pixels: Uint8Array, expected: Logits) {
  await useBackend("wasm");
  const network = buildNetwork(checkpoint);
  const actual = network.predict(pixels, expected.length);
  network.dispose();
  const flat = expected.flat();
  assertEquals(actual.length, flat.length);
  const scale = Math.max(...flat.map(Math.abs));
  const error = Math.max(...flat.map((value, i) => Math.abs(value - actual[i]!)));
  assertLess(error, 1e-5 * scale);
}

Deno.test("predict() gives PyTorch's logits of the embedded ResNet-20", async () => {
  let state = 1;
  const pixels = Uint8Array.from({ length: 2 * 3072 }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state >>> 24;
  });
  for (const [name, expected] of Object.entries(fixture.embedded)) {
    const checkpoint = await loadCheckpoint(embeddedCheckpoint(name as EmbeddedName));
    await assertLogits(checkpoint, pixels, expected);
  }
});

for (const [path, expected] of Object.entries(fixture.networks)) {
  dataTest(`predict() gives PyTorch's logits of ${path}`, async (folder) => {
    const { pixels } = path.includes("cifar100")
      ? await loadCifar100(`${folder}/cifar-100/test.bin`)
      : await loadCifar10(`${folder}/cifar-10/test_batch.bin`);
    const checkpoint = await loadCheckpoint(`${folder}/${path}`);
    await assertLogits(checkpoint, pixels.subarray(0, expected.length * 3072), expected);
  });
}
