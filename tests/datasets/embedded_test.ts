import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import {
  embeddedCheckpoint,
  type EmbeddedName,
  embeddedNames,
  shapesTestSeed,
} from "../../datasets/embedded.ts";
import type { ImageSet } from "../../datasets/image_set.ts";
import { generateShapes, shapeClasses } from "../../datasets/shapes.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { buildNetwork } from "../../lib/networks/build.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { slowTest } from "../needs_data.ts";

const load = (name: EmbeddedName) => loadCheckpoint(embeddedCheckpoint(name));

Deno.test("embeddedCheckpoint() names checkpoints that load, with as many classes as their metadata tell", async () => {
  for (const name of embeddedNames) {
    const checkpoint = await load(name);
    assertEquals(describeNetwork(checkpoint).classes, Number(checkpoint.metadata.classes), name);
  }
  for (const name of ["shapes-resnet8", "shapes-mlp"] as const) {
    assertEquals((await load(name)).metadata.classNames, shapeClasses.join(" "), name);
  }
});

Deno.test("embeddedCheckpoint() refuses another name", () => {
  assertThrows(
    () => embeddedCheckpoint("resnet1000" as EmbeddedName),
    RangeError,
    'Cannot find the embedded checkpoint "resnet1000": there are shapes-resnet8, ',
  );
});

/** The share of images whose largest logit is the label's. */
async function top1(checkpoint: Checkpoint, images: ImageSet): Promise<number> {
  await useBackend("wasm");
  const network = buildNetwork(checkpoint);
  const { size, classes, pixels, labels } = images;
  const batch = 250, bytes = pixels.length / size;
  let correct = 0;
  for (let first = 0; first < size; first += batch) {
    const logits = network.predict(pixels.subarray(first * bytes, (first + batch) * bytes), batch);
    for (let i = 0; i < batch; i++) {
      const own = logits.subarray(i * classes, (i + 1) * classes);
      if (own.indexOf(Math.max(...own)) === labels[first + i]) correct++;
    }
  }
  network.dispose();
  return correct / size;
}

async function quantize(checkpoint: Checkpoint, bits: number): Promise<Checkpoint> {
  const options = { method: "min-max", bits, granularity: "tensor" } as const;
  return (await quantizeCheckpoint(checkpoint, options)).checkpoint;
}

for (
  const [name, least, most] of [["shapes-resnet8", 0.85, 0.97], ["shapes-mlp", 0.6, 0.8]] as const
) {
  Deno.test(`${name} names between ${100 * least} and ${100 * most} % of unseen shapes`, async () => {
    const images = generateShapes({ size: 1000, seed: shapesTestSeed });
    const share = await top1(await load(name), images);
    assertGreater(share, least);
    assertLess(share, most);
  });

  slowTest(`${name} is as good as its metadata tell, and feels quantization`, async () => {
    const images = generateShapes({ size: 10_000, seed: shapesTestSeed });
    const checkpoint = await load(name);
    const float = await top1(checkpoint, images);
    assertAlmostEquals(float, Number(checkpoint.metadata.top1), 0.0003);
    assertAlmostEquals(await top1(await quantize(checkpoint, 8), images), float, 0.005);
    assertLess(await top1(await quantize(checkpoint, 2), images), float - 0.2);
  });
}

Deno.test("shapes-mlp is a network of matrices only, of less than 300 kB", async () => {
  const checkpoint = await load("shapes-mlp");
  const { title, nodes } = describeNetwork(checkpoint);
  assertEquals(title, "MLP 192-192-96-64-10");
  assertEquals(nodes.filter(({ kind }) => kind === "convolution"), []);
  const quantized = (await quantizeCheckpoint(checkpoint, { method: "min-max", bits: 8 })).layers;
  assertEquals(quantized.map(({ shape }) => shape), [[192, 192], [96, 192], [64, 96], [10, 64]]);
  assertLess((await Deno.stat(embeddedCheckpoint("shapes-mlp"))).size, 300_000);
});
