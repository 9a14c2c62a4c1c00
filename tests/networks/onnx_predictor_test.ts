import { assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { embeddedCheckpoint, embeddedNames } from "../../datasets/embedded.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { buildDescribed } from "../../lib/networks/build.ts";
import { openOnnxPredictor } from "../../lib/networks/onnx_predictor.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { slowTest } from "../needs_data.ts";
import { onnxTest } from "../needs_onnx.ts";
import { type OnnxExample, onnxExamples } from "./onnx_networks.ts";
import { relativeError } from "./relative_error.ts";

const [example] = onnxExamples() as [OnnxExample];

async function logitsOfTensorFlow(
  { description, tensors, pixels, size }: Omit<OnnxExample, "name">,
): Promise<Float32Array> {
  await useBackend("wasm");
  const network = buildDescribed(description, tensors);
  try {
    return network.predict(pixels, size);
  } finally {
    network.dispose();
  }
}

for (const threads of [1, 2]) {
  onnxTest(`openOnnxPredictor() gives TensorFlow.js's logits on ${threads} threads`, async () => {
    for (const { name, ...example } of onnxExamples()) {
      const predictor = await openOnnxPredictor(example.description, example.tensors, { threads });
      const logits = await predictor.predict(example.pixels, example.size);
      predictor.close();
      assertLess(relativeError(logits, await logitsOfTensorFlow(example)), 1e-5, name);
    }
  });
}

onnxTest(
  "openOnnxPredictor() gives TensorFlow.js's logits of the embedded checkpoints",
  async () => {
    for (const name of embeddedNames) {
      const checkpoint = await loadCheckpoint(embeddedCheckpoint(name));
      const description = describeNetwork(checkpoint);
      const { pixels, size } = generateShapes({ size: 50, seed: 3 });
      const { tensors } = checkpoint;
      const predictor = await openOnnxPredictor(description, tensors, { threads: 1 });
      const logits = await predictor.predict(pixels, size);
      predictor.close();
      const expected = await logitsOfTensorFlow({ description, tensors, pixels, size });
      assertLess(relativeError(logits, expected), 1e-4, name);
    }
  },
);

onnxTest(
  "openOnnxPredictor() predicts each image alike, alone or not, in memory of any kind",
  async () => {
    const { description, tensors, pixels } = example;
    const predictor = await openOnnxPredictor(description, tensors, { threads: 1 });
    const together = await predictor.predict(pixels, 2);
    const shared = new Uint8Array(new SharedArrayBuffer(pixels.length));
    shared.set(pixels);
    const [first, second] = await Promise.all([
      predictor.predict(pixels.subarray(0, pixels.length / 2), 1),
      predictor.predict(shared.subarray(pixels.length / 2), 1),
    ]);
    predictor.close();
    assertLess(relativeError([...first, ...second], together), 1e-6);
  },
);

onnxTest(
  "openOnnxPredictor() refuses another number of bytes, and to predict once it is closed",
  async () => {
    const { description, tensors, pixels } = example;
    const predictor = await openOnnxPredictor(description, tensors, { threads: 1 });
    for (
      const [bytes, size] of [[pixels, 1], [pixels.subarray(1), 2], [pixels, 1.5], [pixels, 0]]
    ) {
      await assertRejects(
        () => predictor.predict(bytes as Uint8Array, size as number),
        RangeError,
        "Cannot predict as ResNet-8 takes 3072 values for each image of 32x32 pixels: ",
      );
    }
    const underWay = predictor.predict(pixels, 2);
    predictor.close();
    predictor.close();
    assertEquals((await underWay).length, 20);
    await assertRejects(
      () => predictor.predict(pixels, 2),
      Error,
      "Cannot predict as this ResNet-8 was closed",
    );
  },
);

slowTest("openOnnxPredictor() says why onnxruntime-node can't be loaded", async () => {
  // It may neither be downloaded, nor call native code, nor add itself to the lock file where it is in Deno's cache.
  const lock = await Deno.makeTempFile({ suffix: ".lock" });
  await Deno.copyFile(new URL("../../deno.lock", import.meta.url), lock);
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--cached-only",
      `--lock=${lock}`,
      "--allow-read",
      "--allow-env",
      new URL("./onnx_open.ts", import.meta.url).pathname,
    ],
    stderr: "null",
  }).output();
  await Deno.remove(lock);
  const said = new TextDecoder().decode(stdout);
  assertEquals(success, true);
  assertStringIncludes(said, "Cannot evaluate with onnxruntime-node as it can't be loaded: ");
  assertStringIncludes(said, "(with its cause)");
});
