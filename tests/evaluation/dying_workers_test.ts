import { assertEquals, assertRejects } from "@std/assert";
import { embeddedCheckpoint, shapesTestSeed } from "../../datasets/embedded.ts";
import { type ImageSet, type ImageSource, sourceOf } from "../../datasets/image_set.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import {
  evaluateAccuracy,
  type Evaluator,
  openEvaluatorWith,
} from "../../lib/evaluation/evaluate_accuracy.ts";
import { slowTest } from "../needs_data.ts";
import type { Death } from "./death.ts";

const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
const dataset = generateShapes({ size: 83, seed: shapesTestSeed });
const expected = await evaluateAccuracy(checkpoint, { dataset, workers: 1 });

async function withDyingWorkers(
  { workers, images = dataset, ...death }: Omit<Death, "log"> & {
    readonly workers: number;
    readonly images?: ImageSet | ImageSource;
  },
  body: (evaluator: Evaluator) => Promise<void>,
): Promise<void> {
  const log = await Deno.makeTempFile({ prefix: "bitbell-" });
  Deno.env.set("BITBELL_DEATH", JSON.stringify({ ...death, log } satisfies Death));
  try {
    const evaluator = await openEvaluatorWith(
      { dataset: images, workers },
      new URL("./dying_worker.ts", import.meta.url),
    );
    try {
      await body(evaluator);
      assertEquals((await Deno.stat(log)).size, death.times);
    } finally {
      evaluator.close();
    }
  } finally {
    Deno.env.delete("BITBELL_DEATH");
    await Deno.remove(log);
  }
}

const words = {
  close: "it ended without a word",
  throw: "Uncaught Error: boom",
  trap: "RuntimeError: unreachable",
  memory: "RangeError: Array buffer allocation failed",
} as const;

for (const how of ["close", "throw", "trap", "memory"] as const) {
  slowTest(`evaluate() replaces a worker that stops (${how})`, async () => {
    const workers = how === "close" ? 2 : 1;
    await withDyingWorkers(
      { how, kind: "rank", from: 32, times: 1, workers },
      async (evaluator) => {
        assertEquals(await evaluator.evaluate(checkpoint), expected);
        assertEquals(await evaluator.evaluate(checkpoint), expected);
      },
    );
  });

  slowTest(
    `evaluate() tells at which images a worker stopped twice (${how}), and goes on after`,
    async () => {
      await withDyingWorkers(
        { how, kind: "rank", from: 32, times: 2, workers: 2 },
        async (evaluator) => {
          await assertRejects(
            () => evaluator.evaluate(checkpoint),
            Error,
            `Cannot evaluate as a worker stopped twice at images 32..47: ${words[how]}`,
          );
          assertEquals(await evaluator.evaluate(checkpoint), expected);
        },
      );
    },
  );
}

slowTest(
  "evaluate() reads the images of a source again for a worker that replaces another, and reports them once",
  async () => {
    await withDyingWorkers(
      { how: "close", kind: "rank", from: 48, times: 1, workers: 2, images: sourceOf(dataset) },
      async (evaluator) => {
        const seen: number[] = [];
        const onProgress = (done: number) => seen.push(done);
        assertEquals(await evaluator.evaluate(checkpoint, { onProgress }), expected);
        assertEquals([seen.length, seen.at(-1)], [6, 83]);
      },
    );
  },
);

slowTest("evaluate() replaces a worker that stops as it loads a network", async () => {
  await withDyingWorkers(
    { how: "close", kind: "load", times: 1, workers: 1 },
    async (evaluator) => assertEquals(await evaluator.evaluate(checkpoint), expected),
  );
  await withDyingWorkers(
    { how: "throw", kind: "load", times: 2, workers: 1 },
    async (evaluator) => {
      await assertRejects(
        () => evaluator.evaluate(checkpoint),
        Error,
        "Cannot evaluate as a worker stopped twice as it loaded ResNet-8: Uncaught Error: boom",
      );
    },
  );
});

slowTest(
  "openEvaluator() replaces a worker that stops as it starts, and tells if it does twice",
  async () => {
    await withDyingWorkers(
      { how: "throw", kind: "open", times: 1, workers: 1 },
      async (evaluator) => assertEquals(await evaluator.evaluate(checkpoint), expected),
    );
    await assertRejects(
      () =>
        withDyingWorkers({ how: "close", kind: "open", times: 2, workers: 1 }, () => {
          throw new Error("it started");
        }),
      Error,
      "Cannot evaluate as a worker stopped twice as it started: it ended without a word",
    );
  },
);
