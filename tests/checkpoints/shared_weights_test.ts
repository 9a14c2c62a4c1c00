import { assertEquals, assertGreater } from "@std/assert";
import { createHash } from "node:crypto";
import { type Checkpoint, isFloating } from "../../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { serializeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { readFixture } from "../fixture.ts";
import { dataTest } from "../needs_data.ts";

/** What PyTorch and NumPy find in each file: digest_shared_weights.py. */
const { files } = readFixture<{ files: Record<string, Description> }>(
  "checkpoints/shared_weights.json",
);

interface Description {
  readonly tensors: number;
  readonly weights: number;
  readonly sha256: string;
}

function described({ tensors }: Checkpoint): Description {
  const digest = createHash("sha256");
  let weights = 0;
  for (const [name, tensor] of tensors) {
    const { shape, data } = tensor;
    digest.update(`${name} ${shape.join("x")}\n`);
    digest.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    if (isFloating(tensor) && (shape.length === 2 || shape.length === 4)) weights += data.length;
  }
  return { tensors: tensors.size, weights, sha256: digest.digest("hex") };
}

for (const [file, expected] of Object.entries(files)) {
  dataTest(
    `loadCheckpoint() reads every bit of ${file} as PyTorch and NumPy do`,
    async (folder) => {
      assertEquals(described(await loadCheckpoint(`${folder}/weights/${file}`)), expected);
    },
  );
}

dataTest("loadCheckpoint() reads every checkpoint of the data folder", (folder) => {
  for (const kind of ["cifar10", "cifar100"]) {
    for (const { name } of Deno.readDirSync(`${folder}/weights/${kind}`)) {
      assertEquals(Object.hasOwn(files, `${kind}/${name}`), true, name);
    }
  }
  assertEquals(files["cifar10/resnet20-12fca82f.th"]!.weights, 268_336);
});

dataTest(
  "loadCheckpoint() leaves out test_data_set, and gives conv2 before conv10",
  async (folder) => {
    const { tensors } = await loadCheckpoint(`${folder}/weights/imagenet/squeezenet1.1_nchw`);
    const convolutions = Array.from(
      { length: 26 },
      (_, i) => [`squeezenet0_conv${i}_bias`, `squeezenet0_conv${i}_weight`],
    );
    assertEquals([...tensors.keys()], convolutions.flat());
  },
);

dataTest("loadCheckpoint() gives MobileNet's kernels PyTorch's shapes", async (folder) => {
  const { tensors } = await loadCheckpoint(
    `${folder}/weights/imagenet/mobilenet_v1_0.25_224/model.json`,
  );
  assertEquals(tensors.get("conv1/kernel")!.shape, [8, 3, 3, 3]);
  assertEquals(tensors.get("conv_dw_1/depthwise_kernel")!.shape, [8, 1, 3, 3]);
  assertEquals(tensors.get("conv_pw_1/kernel")!.shape, [16, 8, 1, 1]);
  assertEquals(tensors.get("conv1_bn/gamma")!.shape, [8]);
});

dataTest("serializeSafetensors() keeps our own checkpoints, metadata too", async (folder) => {
  for (const name of ["resnet20-cifar10", "resnet20-cifar100"]) {
    const path = `${folder}/weights/own/${name}.safetensors`;
    const checkpoint = await loadCheckpoint(path);
    assertEquals(described(checkpoint).tensors, 97);
    assertEquals(checkpoint.metadata.architecture, "resnet20-cifar");
    const written = serializeSafetensors(checkpoint);
    const original = await Deno.readFile(path);
    assertGreater(original.length, written.length);
    const dataOf = (bytes: Uint8Array<ArrayBuffer>) =>
      bytes.subarray(8 + new DataView(bytes.buffer).getUint32(0, true));
    assertEquals(dataOf(written), dataOf(original));
  }
});
