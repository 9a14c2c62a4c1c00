import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { useBackend } from "../../lib/networks/backend.ts";
import { buildNetwork } from "../../lib/networks/build.ts";
import { openPredictor } from "../../lib/networks/predictor.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { planes } from "./planes.ts";
import {
  cifarResNetShapes,
  convolutionShortcutShapes,
  mobileNetShapes,
  randomCheckpoint,
  randomPixels,
  squeezeNetShapes,
  wideResNetShapes,
} from "./random_networks.ts";
import { interpret } from "./reference.ts";

const small = { blocks: 1, widths: [4, 6, 8], classes: 10 } as const;
const fires = [[2, 3], [2, 3], [3, 4], [3, 4], [4, 5], [4, 5], [5, 6], [5, 6]] as const;
const resnet = randomCheckpoint(cifarResNetShapes(small), 1);
const checkpoints = [
  resnet,
  randomCheckpoint(convolutionShortcutShapes({ ...small, first: 5 }), 2),
  randomCheckpoint(wideResNetShapes({ ...small, first: 4 }), 3),
  randomCheckpoint(mobileNetShapes(2, 12), 4),
  randomCheckpoint(
    squeezeNetShapes({ kernel: 3, first: 4, fires, classes: 11, names: "numbered" }),
    5,
  ),
];
const description = describeNetwork(resnet);
const hasAdapter = "gpu" in navigator && await navigator.gpu.requestAdapter() !== null;

/** Runs with another `navigator.gpu`. */
async function withGpu(gpu: unknown, body: () => Promise<void>): Promise<void> {
  const own = Object.getOwnPropertyDescriptor(navigator, "gpu");
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  try {
    await body();
  } finally {
    if (own) Object.defineProperty(navigator, "gpu", own);
    else Reflect.deleteProperty(navigator, "gpu");
  }
}

// First of all: what is loaded stays.
Deno.test("openPredictor() on wasm loads nothing of webgpu, nor does a webgpu that has no adapter", async () => {
  const predictor = await openPredictor(description, resnet.tensors);
  predictor.close();
  await withGpu({ requestAdapter: () => Promise.resolve(null) }, async () => {
    await assertRejects(
      () => openPredictor(description, resnet.tensors, { backend: "webgpu" }),
      Error,
      "Cannot start TensorFlow.js as its backend webgpu is not available here: navigator.gpu has no adapter",
    );
  });
  assertEquals(tf.findBackendFactory("webgpu") ?? undefined, undefined);
});

for (const backend of ["wasm", "cpu"] as const) {
  Deno.test(`openPredictor() predicts what buildNetwork() does, on ${backend}`, async () => {
    const predictor = await openPredictor(description, resnet.tensors, { backend });
    const pixels = randomPixels(3, 32, 6);
    const logits = await predictor.predict(pixels, 3);
    assertEquals(predictor.description, description);
    predictor.close();
    const network = buildNetwork(resnet);
    assertEquals(logits, network.predict(pixels, 3));
    network.dispose();
  });
}

Deno.test({
  name: hasAdapter
    ? "openPredictor() computes what the description says, on webgpu"
    : "openPredictor() computes what the description says, on webgpu (skipped: no adapter)",
  ignore: !hasAdapter || Deno.env.get("BITBELL_SLOW") !== "1",
  // The backend keeps its device and what it runs on for as long as the thread lives.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    for (const [i, checkpoint] of checkpoints.entries()) {
      const description = describeNetwork(checkpoint);
      const predictor = await openPredictor(description, checkpoint.tensors, { backend: "webgpu" });
      assertEquals(tf.getBackend(), "webgpu");
      const pixels = randomPixels(1, description.input.height, 100 + i);
      const logits = await predictor.predict(pixels, 1);
      predictor.close();
      const expected = interpret(description, checkpoint.tensors, planes(pixels, description));
      const scale = Math.max(...expected.map(Math.abs));
      const error = Math.max(...logits.map((value, j) => Math.abs(value - expected[j]!)));
      assertEquals(logits.length, expected.length);
      assertLess(error, 1e-5 * scale, description.title);
    }
    await useBackend("wasm");
  },
});

Deno.test("openPredictor() rejects, with the error of buildNetwork(), what can't be built", async () => {
  const tensors = new Map(resnet.tensors);
  tensors.set("linear.bias", { shape: [10], data: new Float32Array(10).fill(NaN) });
  await assertRejects(
    () => openPredictor(description, tensors),
    RangeError,
    "Cannot build ResNet-8 as values must be finite: tensor linear.bias has NaN at index 0",
  );
});

Deno.test("predict() rejects another number of bytes, and once it is closed", async () => {
  const predictor = await openPredictor(description, resnet.tensors);
  const { numTensors } = tf.memory();
  await assertRejects(
    () => predictor.predict(new Uint8Array(3071), 1),
    RangeError,
    "takes 3072 values for each image of 32x32 pixels: 3071 were given for 1 images",
  );
  await predictor.predict(new Uint8Array(3072), 1);
  assertEquals(tf.memory().numTensors, numTensors);
  predictor.close();
  await assertRejects(
    () => predictor.predict(new Uint8Array(3072), 1),
    Error,
    "Cannot predict as this ResNet-8 was disposed of",
  );
});

Deno.test("openPredictor() refuses options out of their domain", async () => {
  await assertRejects(
    () => openPredictor(description, resnet.tensors, { backend: "abacus" as "wasm" }),
    RangeError,
    "Cannot compute networks as backend must be one of wasm, webgpu, cpu, onnx: current value is abacus",
  );
  for (const threads of [0, 1.5, 257, NaN]) {
    await assertRejects(
      () => openPredictor(description, resnet.tensors, { threads }),
      RangeError,
      `Cannot compute ResNet-8 as threads must be an integer in [1, 256]: current value is ${threads}`,
    );
  }
});
