import { assertEquals, assertLessOrEqual, assertRejects, assertStrictEquals } from "@std/assert";
import { embeddedCheckpoint, shapesTestSeed } from "../../datasets/embedded.ts";
import { type ImageSource, sourceOf } from "../../datasets/image_set.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { evaluateAccuracy, openEvaluator } from "../../lib/evaluation/evaluate_accuracy.ts";
import { slowTest } from "../needs_data.ts";
import { countingSource } from "./counting_source.ts";

const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
const dataset = generateShapes({ size: 150, seed: shapesTestSeed });
const expected = await evaluateAccuracy(checkpoint, { dataset, workers: 1 });

slowTest(
  "evaluateAccuracy() of a source is that of its set, on one worker and on three",
  async () => {
    for (const workers of [1, 3]) {
      const source = countingSource(dataset);
      assertEquals(await evaluateAccuracy(checkpoint, { dataset: source, workers }), expected);
      // Every image once, no more than a batch in a read, and no more reads at once than workers: so much memory, however many images.
      assertEquals(
        source.reads.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i)),
        Array.from({ length: 150 }, (_, i) => i),
      );
      for (const [from, to] of source.reads) assertLessOrEqual(to - from, 16);
      assertLessOrEqual(source.mostAtOnce(), workers);
    }
  },
);

slowTest("evaluateAccuracy() leaves the memory of a source where it is", async () => {
  const before = dataset.pixels.slice();
  const source = sourceOf(dataset);
  const whole: ImageSource = {
    ...source,
    size: 16,
    labels: dataset.labels.slice(0, 16),
    read: () => Promise.resolve(pixels),
  };
  const pixels = dataset.pixels.slice(0, 16 * 3072);
  for (const images of [source, whole]) {
    const { correct } = await evaluateAccuracy(checkpoint, { dataset: images, workers: 1 });
    assertEquals(correct, expected.correct.slice(0, images.size));
  }
  assertEquals(dataset.pixels, before);
  assertEquals(pixels, before.slice(0, 16 * 3072));
});

slowTest(
  "openEvaluator() goes on after a source that couldn't be read, or not in full",
  async () => {
    const source = sourceOf(dataset);
    let fault: "none" | "rejects" | "short" = "rejects";
    const cause = new Error("the disk is gone");
    const evaluator = await openEvaluator({
      dataset: {
        ...source,
        read: async (from, to) => {
          if (fault === "rejects" && from === 32) throw cause;
          const pixels = await source.read(from, to);
          return fault === "short" && from === 144 ? pixels.subarray(3072) : pixels;
        },
      },
      workers: 2,
    });
    try {
      const error = await assertRejects(
        () => evaluator.evaluate(checkpoint),
        Error,
        "Cannot evaluate on shapes as images 32..47 could not be read: the disk is gone",
      );
      assertStrictEquals((error as Error).cause, cause);
      fault = "short";
      await assertRejects(
        () => evaluator.evaluate(checkpoint),
        TypeError,
        "Cannot evaluate on shapes as images 144..149 must have 18432 bytes: current value is 15360",
      );
      fault = "none";
      assertEquals(await evaluator.evaluate(checkpoint), expected);
    } finally {
      evaluator.close();
    }
  },
);

slowTest(
  "evaluateAccuracy() stops with the signal's reason while a source is being read",
  async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const source: ImageSource = {
      ...sourceOf(dataset),
      read() {
        controller.abort(reason);
        return new Promise(() => {});
      },
    };
    const stopped = await assertRejects(() =>
      evaluateAccuracy(checkpoint, { dataset: source, workers: 2, signal: controller.signal })
    );
    assertStrictEquals(stopped, reason);
  },
);

Deno.test("evaluateAccuracy() refuses a source without one label for each image", async () => {
  await assertRejects(
    () =>
      evaluateAccuracy(checkpoint, {
        dataset: { ...sourceOf(dataset), labels: new Uint16Array(149) },
        workers: 1,
      }),
    RangeError,
    "it has 149 labels",
  );
});
