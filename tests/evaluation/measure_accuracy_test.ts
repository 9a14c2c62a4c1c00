import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { embeddedCheckpoint, shapesTestSeed } from "../../datasets/embedded.ts";
import { sourceOf } from "../../datasets/image_set.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { evaluateAccuracy } from "../../lib/evaluation/evaluate_accuracy.ts";
import { measureAccuracy } from "../../lib/evaluation/measure_accuracy.ts";
import { wilsonInterval } from "../../lib/metrics/intervals.ts";
import { openPredictor, type Predictor } from "../../lib/networks/predictor.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { countingSource } from "./counting_source.ts";

const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
const dataset = generateShapes({ size: 83, seed: shapesTestSeed });
const images = sourceOf(dataset);
const description = describeNetwork(checkpoint);

/** A network that takes the first byte of an image for its class. */
const firstByte: Predictor = {
  description,
  predict(pixels, size) {
    const logits = new Float32Array(size * 10);
    for (let i = 0; i < size; i++) logits[i * 10 + pixels[i * 3072]!] = 1;
    return Promise.resolve(logits);
  },
  close() {},
};

Deno.test("measureAccuracy() counts the images whose label comes first, and among the first five", async () => {
  const labels = new Uint16Array(20).fill(3);
  const pixels = new Uint8Array(20 * 3072);
  // Images 0 to 4 are taken for class 3, image 5 for class 9, before which and 0 to 2 it is fifth there; the rest for class 0.
  for (let i = 0; i < 5; i++) pixels[i * 3072] = 3;
  pixels[5 * 3072] = 9;
  const source = sourceOf({ ...generateShapes({ size: 20, seed: 1 }), pixels, labels });
  const report = await measureAccuracy(firstByte, source);
  assertEquals(report, {
    top1: 5 / 20,
    top5: 1,
    correct: Uint8Array.from({ length: 20 }, (_, i) => i < 5 ? 1 : 0),
    size: 20,
    interval95: wilsonInterval(5, 20),
  });
  labels.fill(4);
  // Only on image 5 does class 4 come after five others: 9, and 0 to 3.
  const { top1, top5 } = await measureAccuracy(firstByte, source);
  assertEquals([top1, top5], [0, 19 / 20]);
});

Deno.test("measureAccuracy() gives what evaluateAccuracy() does", async () => {
  const predictor = await openPredictor(description, checkpoint.tensors);
  const report = await measureAccuracy(predictor, images);
  predictor.close();
  assertEquals(report, await evaluateAccuracy(checkpoint, { dataset, workers: 2 }));
});

Deno.test("measureAccuracy() reads one batch of at most 16 images after the other, each once", async () => {
  const source = countingSource(dataset);
  await measureAccuracy(firstByte, source);
  assertEquals(source.reads, [[0, 16], [16, 32], [32, 48], [48, 64], [64, 80], [80, 83]]);
  assertEquals(source.mostAtOnce(), 1);
});

Deno.test("measureAccuracy() reports progress up to all images", async () => {
  const seen: [number, number][] = [];
  await measureAccuracy(firstByte, images, {
    onProgress: (done, total) => seen.push([done, total]),
  });
  assertEquals(seen, [[16, 83], [32, 83], [48, 83], [64, 83], [80, 83], [83, 83]]);
});

Deno.test("measureAccuracy() stops with the signal's reason", async () => {
  const reason = new Error("enough");
  const source = countingSource(dataset);
  const early = AbortSignal.abort(reason);
  assertStrictEquals(
    await assertRejects(() => measureAccuracy(firstByte, source, { signal: early })),
    reason,
  );
  assertEquals(source.reads, []);
  const controller = new AbortController();
  const late = await assertRejects(() =>
    measureAccuracy(firstByte, source, {
      signal: controller.signal,
      onProgress: (done) => done === 32 && controller.abort(reason),
    })
  );
  assertStrictEquals(late, reason);
  assertEquals(source.reads.length, 2);
});

Deno.test("measureAccuracy() names the images that could not be read, and passes on why", async () => {
  const cause = new TypeError("the disk is gone");
  const source = { ...images, read: () => Promise.reject(cause) };
  const error = await assertRejects(
    () => measureAccuracy(firstByte, source),
    Error,
    "Cannot evaluate on shapes as images 0..15 could not be read: the disk is gone",
  );
  assertStrictEquals((error as Error).cause, cause);
});

Deno.test("measureAccuracy() refuses a batch of another length", async () => {
  const source = {
    ...images,
    read: async (from: number, to: number) =>
      (await images.read(from, to)).subarray(from === 80 ? 1 : 0),
  };
  await assertRejects(
    () => measureAccuracy(firstByte, source),
    TypeError,
    "Cannot evaluate on shapes as images 80..82 must have 9216 bytes: current value is 9215",
  );
});

Deno.test("measureAccuracy() passes on what the predictor and onProgress throw", async () => {
  const thrown = new RangeError("out of ink");
  const broken: Predictor = { ...firstByte, predict: () => Promise.reject(thrown) };
  assertStrictEquals(await assertRejects(() => measureAccuracy(broken, images)), thrown);
  const onProgress = () => {
    throw thrown;
  };
  assertStrictEquals(
    await assertRejects(() => measureAccuracy(firstByte, images, { onProgress })),
    thrown,
  );
});

Deno.test("measureAccuracy() refuses images that don't fit the network, and an empty source", async () => {
  await assertRejects(
    () => measureAccuracy(firstByte, { ...images, height: 64 }),
    TypeError,
    "as it takes images of 32x32 pixels: these have 64x32",
  );
  await assertRejects(
    () => measureAccuracy(firstByte, { ...images, labels: new Uint16Array(83).fill(10) }),
    RangeError,
    "labels must be in [0, 9]: that of image 0 is 10",
  );
  await assertRejects(
    () => measureAccuracy(firstByte, { ...images, size: 0, labels: new Uint16Array() }),
    RangeError,
    "must have at least one image",
  );
  await assertRejects(
    () => measureAccuracy(firstByte, { ...images, size: 84 }),
    RangeError,
    "it has 83 labels",
  );
});
