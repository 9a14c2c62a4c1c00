import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import { sourceOf } from "../../datasets/image_set.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { measureAccuracy } from "../../lib/evaluation/measure_accuracy.ts";
import { predictImages, readLogits } from "../../lib/evaluation/predict_images.ts";
import { openPredictor } from "../../lib/networks/predictor.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";

const dataset = generateShapes({ size: 40, seed: 1 });
const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));

Deno.test("predictImages() is right on the images that measureAccuracy() counts", async () => {
  const done: number[] = [];
  const onProgress = (count: number) => void done.push(count);
  const { top, classes, size, logits } = await predictImages(checkpoint, { dataset, onProgress });
  assertEquals([classes, size, logits.length, top.length], [10, 40, 400, 40]);
  assertEquals(done, [16, 32, 40]);
  const predictor = await openPredictor(describeNetwork(checkpoint), checkpoint.tensors);
  const { correct } = await measureAccuracy(predictor, sourceOf(dataset));
  predictor.close();
  assertEquals(
    top.map((label, i) => Number(label === dataset.labels[i])),
    Uint16Array.from(correct),
  );
});

Deno.test("predictImages() reads a source as it does a set", async () => {
  const set = await predictImages(checkpoint, { dataset });
  const source = await predictImages(checkpoint, { dataset: sourceOf(dataset) });
  assertEquals(source.top, set.top);
  assertEquals([...source.margins], [...set.margins]);
});

Deno.test("predictImages() stops when it is aborted", async () => {
  const controller = new AbortController();
  const onProgress = () => controller.abort(new RangeError("enough"));
  await assertRejects(
    () => predictImages(checkpoint, { dataset, signal: controller.signal, onProgress }),
    RangeError,
    "enough",
  );
});

Deno.test("predictImages() refuses images of another size", async () => {
  const small = { ...dataset, height: 16, size: 80, labels: new Uint16Array(80) };
  await assertRejects(
    () => predictImages(checkpoint, { dataset: small }),
    TypeError,
    "takes images of 32x32 pixels: these have 16x32",
  );
});

Deno.test("readLogits() gives the first of the largest logits, its softmax and its lead", () => {
  const logits = Float32Array.of(0, Math.log(3), -1e30, 5, 5, 4, -2000, -1999, -2001);
  const { top, probabilities, margins, size } = readLogits(logits, 3);
  assertEquals([size, [...top]], [3, [1, 0, 1]]);
  assertAlmostEquals(probabilities[0]!, 0.75, 1e-7);
  assertAlmostEquals(margins[0]!, Math.log(3), 1e-7);
  assertEquals([margins[1], margins[2]], [0, 1]);
  assertAlmostEquals(probabilities[1]!, 1 / (2 + Math.exp(-1)), 1e-15);
  assertGreater(probabilities[2]!, 0.66);
  assertLess(probabilities[2]!, 0.67);
});

Deno.test("readLogits() keeps the class where no logit moves by half the margin", () => {
  const before = readLogits(Float32Array.of(1, 2.5, 0.5, 2), 4);
  const half = before.margins[0]! / 2;
  for (const share of [0.999, 1.001]) {
    const moved = before.logits.map((logit, i) => logit + (i === 1 ? -half : half) * share);
    assertEquals(readLogits(moved, 4).top[0] === before.top[0], share < 1);
  }
});

Deno.test("readLogits() takes a network of one class, and refuses what isn't finite", () => {
  const { top, probabilities, margins } = readLogits(Float32Array.of(3, -3), 1);
  assertEquals([[...top], [...probabilities], [...margins]], [[0, 0], [1, 1], [0, 0]]);
  for (const odd of [NaN, Infinity]) {
    assertThrows(
      () => readLogits(Float32Array.of(1, 2, 3, odd), 2),
      RangeError,
      `Cannot read the logits of image 1 as they must be finite: that of class 1 is ${odd}`,
    );
  }
});
