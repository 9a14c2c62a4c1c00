import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { embeddedCheckpoint, shapesTestSeed } from "../../datasets/embedded.ts";
import type { ImageSet } from "../../datasets/image_set.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import {
  evaluateAccuracy,
  type Evaluator,
  openEvaluator,
} from "../../lib/evaluation/evaluate_accuracy.ts";
import { wilsonInterval } from "../../lib/metrics/intervals.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { buildNetwork } from "../../lib/networks/build.ts";
import { slowTest } from "../needs_data.ts";
import { cifarResNetShapes, randomCheckpoint } from "../networks/random_networks.ts";

const classes = 10;
const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));

function shapes(size: number): ImageSet {
  return generateShapes({ size, seed: shapesTestSeed });
}

async function withEvaluator(
  options: Parameters<typeof openEvaluator>[0],
  body: (evaluator: Evaluator) => Promise<void>,
): Promise<void> {
  const evaluator = await openEvaluator(options);
  try {
    await body(evaluator);
  } finally {
    evaluator.close();
  }
}

function withTensor(name: string, shape: number[], data: Float32Array): Checkpoint {
  return { ...checkpoint, tensors: new Map([...checkpoint.tensors, [name, { shape, data }]]) };
}

slowTest(
  "evaluateAccuracy() counts what predict() says, the same on one worker and on two",
  async () => {
    const dataset = shapes(83);
    await useBackend("wasm");
    const network = buildNetwork(checkpoint);
    const logits = network.predict(dataset.pixels, dataset.size);
    network.dispose();
    const order = Array.from({ length: dataset.size }, (_, i) => {
      const own = logits.slice(i * classes, (i + 1) * classes);
      return [...own.keys()].sort((a, b) => own[b]! - own[a]!);
    });
    const correct = order.map(([first], i) => first === dataset.labels[i] ? 1 : 0);
    const hits = correct.filter((hit) => hit).length;
    assertGreater(hits, 0);
    const five =
      order.filter((sorted, i) => sorted.slice(0, 5).includes(dataset.labels[i]!)).length;

    const [one, two] = [
      await evaluateAccuracy(checkpoint, { dataset, workers: 1 }),
      await evaluateAccuracy(checkpoint, { dataset, workers: 2 }),
    ];
    assertEquals(one, {
      top1: hits / 83,
      top5: five / 83,
      correct: Uint8Array.from(correct),
      size: 83,
      interval95: wilsonInterval(hits, 83),
    });
    assertEquals(two, one);
  },
);

slowTest("evaluateAccuracy() gives the same on the cpu backend", async () => {
  const dataset = shapes(20);
  const options = { dataset, workers: 1 };
  assertEquals(
    await evaluateAccuracy(checkpoint, { ...options, backend: "cpu" }),
    await evaluateAccuracy(checkpoint, options),
  );
});

slowTest("evaluateAccuracy() reports progress up to all images, never backwards", async () => {
  const seen: [number, number][] = [];
  await evaluateAccuracy(checkpoint, {
    dataset: shapes(50),
    workers: 2,
    onProgress: (done, total) => seen.push([done, total]),
  });
  assertEquals(seen.at(-1), [50, 50]);
  assert(seen.every(([done, total], i) => total === 50 && done > (seen[i - 1]?.[0] ?? 0)));
  assertGreater(seen.length, 2);
});

slowTest("evaluateAccuracy() passes on what onProgress throws", async () => {
  const thrown = new Error("no more paper");
  const error = await assertRejects(() =>
    evaluateAccuracy(checkpoint, {
      dataset: shapes(50),
      workers: 2,
      onProgress: () => {
        throw thrown;
      },
    })
  );
  assertStrictEquals(error, thrown);
});

Deno.test("evaluateAccuracy() refuses labels that the network has no class for", async () => {
  const dataset = shapes(20);
  dataset.labels[13] = 10;
  await assertRejects(
    () => evaluateAccuracy(checkpoint, { dataset, workers: 1 }),
    RangeError,
    "Cannot evaluate ResNet-8 on shapes as labels must be in [0, 9]: that of image 13 is 10",
  );
});

Deno.test("evaluateAccuracy() refuses images of another size than the network takes", async () => {
  const dataset = { ...shapes(4), height: 64, width: 16 };
  await assertRejects(
    () => evaluateAccuracy(checkpoint, { dataset, workers: 1 }),
    TypeError,
    "Cannot evaluate ResNet-8 on shapes as it takes images of 32x32 pixels: these have 64x16",
  );
});

Deno.test("evaluateAccuracy() refuses a set whose parts don't agree, and an empty one", async () => {
  for (const wrong of [{ size: 5 }, { pixels: new Uint8Array(7) }, { labels: new Uint16Array() }]) {
    const dataset = { ...shapes(4), ...wrong };
    await assertRejects(
      () => evaluateAccuracy(checkpoint, { dataset, workers: 1 }),
      RangeError,
      `it has ${dataset.labels.length} labels and ${dataset.pixels.length} bytes`,
    );
  }
  await assertRejects(
    () =>
      evaluateAccuracy(checkpoint, {
        dataset: { ...shapes(1), size: 0, labels: new Uint16Array(), pixels: new Uint8Array() },
        workers: 1,
      }),
    RangeError,
    "must have at least one image",
  );
});

Deno.test("evaluateAccuracy() refuses options out of their domain", async () => {
  const dataset = shapes(4);
  for (const workers of [0, 1.5, 257, NaN]) {
    await assertRejects(
      () => evaluateAccuracy(checkpoint, { dataset, workers }),
      RangeError,
      `workers must be an integer in [1, 256]: current value is ${workers}`,
    );
  }
  await assertRejects(
    () => evaluateAccuracy(checkpoint, { dataset, backend: "abacus" as "wasm" }),
    RangeError,
    "backend must be one of wasm, webgpu, cpu, onnx: current value is abacus",
  );
  await assertRejects(
    () => evaluateAccuracy(checkpoint, { dataset, network: "alexnet" }),
    RangeError,
    'Cannot find the network "alexnet"',
  );
});

Deno.test("evaluateAccuracy() refuses a checkpoint that doesn't fit", async () => {
  await assertRejects(
    () =>
      evaluateAccuracy(withTensor("conv1.weight", [4, 3, 5, 5], new Float32Array(4 * 75)), {
        dataset: shapes(4),
      }),
    TypeError,
    "tensor conv1.weight must have shape [any, 3, 3, 3], but has [4, 3, 5, 5]",
  );
});

slowTest(
  "evaluateAccuracy() passes on an error of a worker with its class, in one line",
  async () => {
    const error = await assertRejects(
      () =>
        evaluateAccuracy(withTensor("linear.bias", [10], new Float32Array(10).fill(NaN)), {
          dataset: shapes(40),
          workers: 2,
        }),
      RangeError,
    );
    assertEquals(
      (error as Error).message,
      "Cannot build ResNet-8 as values must be finite: tensor linear.bias has NaN at index 0",
    );
  },
);

slowTest("evaluateAccuracy() stops with the signal's reason", async () => {
  const reason = new Error("enough");
  const dataset = shapes(1000);
  const early = await assertRejects(() =>
    evaluateAccuracy(checkpoint, { dataset, signal: AbortSignal.abort(reason) })
  );
  assertStrictEquals(early, reason);

  const controller = new AbortController();
  let last = 0;
  const late = await assertRejects(() =>
    evaluateAccuracy(checkpoint, {
      dataset,
      workers: 2,
      signal: controller.signal,
      onProgress: (done) => {
        last = done;
        controller.abort(reason);
      },
    })
  );
  assertStrictEquals(late, reason);
  assertLess(last, 20);

  // While the workers start.
  const during = new AbortController();
  const started = evaluateAccuracy(checkpoint, { dataset, workers: 1, signal: during.signal });
  during.abort(reason);
  assertStrictEquals(await assertRejects(() => started), reason);
});

slowTest(
  "openEvaluator() measures one checkpoint after the other, also when asked at once",
  async () => {
    const dataset = shapes(60);
    const other = randomCheckpoint(
      cifarResNetShapes({ blocks: 2, widths: [2, 4, 6], classes }),
      2,
    );
    const expected = [
      await evaluateAccuracy(checkpoint, { dataset, workers: 1 }),
      await evaluateAccuracy(other, { dataset, workers: 1 }),
    ];
    assert(expected[0]!.correct.some((hit, i) => hit !== expected[1]!.correct[i]));
    await withEvaluator({ dataset, workers: 2 }, async (evaluator) => {
      assertEquals(await evaluator.evaluate(checkpoint), expected[0]);
      assertEquals(
        await Promise.all([evaluator.evaluate(other), evaluator.evaluate(checkpoint)]),
        [expected[1], expected[0]],
      );
    });
  },
);

slowTest("openEvaluator() goes on after an error and after an abort", async () => {
  const dataset = shapes(200);
  const expected = await evaluateAccuracy(checkpoint, { dataset, workers: 1 });
  await withEvaluator({ dataset, workers: 2 }, async (evaluator) => {
    const broken = withTensor("linear.bias", [10], new Float32Array(10).fill(Infinity));
    await assertRejects(() => evaluator.evaluate(broken), RangeError, "has Infinity at index 0");
    assertEquals(await evaluator.evaluate(checkpoint), expected);

    const controller = new AbortController();
    const stopped = evaluator.evaluate(checkpoint, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    const next = evaluator.evaluate(checkpoint);
    await assertRejects(() => stopped, DOMException, "aborted");
    assertEquals(await next, expected);
  });
});

slowTest("openEvaluator() shares the images: a set in shared memory is not copied", async () => {
  const dataset = shapes(32);
  const pixels = new Uint8Array(new SharedArrayBuffer(dataset.pixels.length));
  pixels.set(dataset.pixels);
  await withEvaluator({ dataset: { ...dataset, pixels }, workers: 1 }, async (evaluator) => {
    const before = await evaluator.evaluate(checkpoint);
    pixels.fill(0);
    const after = await evaluator.evaluate(checkpoint);
    assert(before.correct.some((hit, i) => hit !== after.correct[i]));
  });
});

slowTest("close() ends an evaluation under way, and the evaluator", async () => {
  const evaluator = await openEvaluator({ dataset: shapes(500), workers: 2 });
  await assertRejects(
    () => evaluator.evaluate(checkpoint, { onProgress: () => evaluator.close() }),
    Error,
    "Cannot evaluate as the evaluator is closed",
  );
  await assertRejects(
    () => evaluator.evaluate(checkpoint),
    Error,
    "Cannot evaluate as the evaluator is closed",
  );
});

Deno.test("evaluateAccuracy() gives plain data", async () => {
  const report = await evaluateAccuracy(checkpoint, { dataset: shapes(10), workers: 1 });
  assertEquals(structuredClone(report), report);
});

slowTest("evaluateAccuracy() of the embedded network stands within its own interval", async () => {
  const { interval95: [lower, upper] } = await evaluateAccuracy(checkpoint, {
    dataset: shapes(1000),
  });
  const known = Number(checkpoint.metadata.top1);
  assertLess(lower, known);
  assertGreater(upper, known);
});
