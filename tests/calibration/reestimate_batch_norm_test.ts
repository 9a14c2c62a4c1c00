import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { reestimateBatchNorm } from "../../lib/calibration/reestimate_batch_norm.ts";
import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { affineOf, valuesOf } from "../../lib/networks/fold_batch_norm.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { slowTest } from "../needs_data.ts";
import {
  cifarResNetShapes,
  randomCheckpoint,
  type Shapes,
  wideResNetShapes,
} from "../networks/random_networks.ts";
import { assertRelative } from "../tolerance.ts";
import { momentsOf, randomImages, referenceValues } from "./reference_values.ts";

const small = { blocks: 1, widths: [2, 4, 6], classes: 10 } as const;
/** Norms behind convolutions, and norms before them. */
const architectures: Shapes[] = [
  cifarResNetShapes(small),
  wideResNetShapes({ ...small, first: 4 }),
];

function normsOf(checkpoint: Checkpoint) {
  const description = describeNetwork(checkpoint);
  const norms = description.nodes.filter((node) => node.kind === "batch-normalization");
  return { description, norms };
}

/** The same network with each norm's factors in the convolution before it, as others fold it. */
function folded(checkpoint: Checkpoint): Checkpoint {
  const { description, norms } = normsOf(checkpoint);
  const tensors = new Map(checkpoint.tensors);
  for (const norm of norms) {
    const node = description.nodes.find(({ name }) => name === norm.inputs[0])!;
    if (node.kind !== "convolution") throw new Error("only norms behind convolutions fold");
    const { factors, summands } = affineOf(norm, checkpoint.tensors);
    const { shape } = tensors.get(node.weight)!;
    const data = valuesOf(tensors, node.weight);
    const perChannel = data.length / factors.length;
    const vector = (values: ArrayLike<number>) => ({
      shape: [factors.length],
      data: Float32Array.from(values),
    });
    tensors.set(node.weight, {
      shape,
      data: Float32Array.from(
        data,
        (value, i) => value * factors[Math.floor(i / perChannel)]!,
      ),
    });
    tensors.set(norm.scale, vector(factors.map(() => 1)));
    tensors.set(norm.offset, vector(summands));
    tensors.set(norm.mean, vector(factors.map(() => 0)));
    tensors.set(norm.variance, vector(factors.map(() => 1 - norm.epsilon)));
  }
  return { ...checkpoint, tensors };
}

/** Weights with an error, and everything else as it was. */
async function coarse(checkpoint: Checkpoint): Promise<Checkpoint> {
  const options = { method: "min-max", bits: 3, granularity: "tensor" } as const;
  return (await quantizeCheckpoint(checkpoint, options)).checkpoint;
}

Deno.test("reestimateBatchNorm() stores each norm's population mean and variance, as the interpreter sees them", async () => {
  await useBackend("wasm");
  for (const [seed, shapes] of architectures.entries()) {
    const checkpoint = randomCheckpoint(shapes, seed);
    const { description, norms } = normsOf(checkpoint);
    const dataset = randomImages(description, 2, seed);
    const { tensors } = await reestimateBatchNorm(checkpoint, { dataset });
    for (const { name, mean, variance, inputs } of norms) {
      const expected = momentsOf(referenceValues(description, tensors, inputs[0]!, dataset));
      expected.mean.forEach((value, channel) => {
        const spread = expected.variance[channel]!;
        const scale = Math.abs(value) + Math.sqrt(spread);
        assertRelative(Number(tensors.get(mean)!.data[channel]), value, 1e-5, name, scale);
        assertRelative(Number(tensors.get(variance)!.data[channel]), spread, 1e-4, name);
      });
    }
  }
});

slowTest(
  "reestimateBatchNorm() with a reference gives each norm's output the mean and variance it has there, folded or not",
  async () => {
    await useBackend("wasm");
    const [shapes] = architectures as [Shapes];
    const plain = randomCheckpoint(shapes, 5);
    for (const reference of [plain, folded(plain)]) {
      for (const start of [await coarse(plain), await coarse(folded(plain))]) {
        const { description, norms } = normsOf(start);
        const dataset = randomImages(description, 2, 6);
        const { tensors } = await reestimateBatchNorm(start, { dataset, reference });
        for (const { name } of norms) {
          const expected = momentsOf(
            referenceValues(description, reference.tensors, name, dataset),
          );
          const actual = momentsOf(referenceValues(description, tensors, name, dataset));
          expected.mean.forEach((value, channel) => {
            const spread = Math.sqrt(expected.variance[channel]!);
            assertRelative(actual.mean[channel]!, value, 1e-4, name, spread);
            assertRelative(Math.sqrt(actual.variance[channel]!), spread, 1e-4, name);
          });
        }
      }
    }
  },
);

Deno.test("reestimateBatchNorm() with itself as the reference changes nothing but rounding", async () => {
  await useBackend("wasm");
  const checkpoint = randomCheckpoint(architectures[1]!, 7);
  const { description, norms } = normsOf(checkpoint);
  const dataset = randomImages(description, 2, 8);
  const { tensors } = await reestimateBatchNorm(checkpoint, { dataset, reference: checkpoint });
  for (const { name, mean, variance } of norms) {
    for (const tensor of [mean, variance]) {
      checkpoint.tensors.get(tensor)!.data.forEach((value, channel) =>
        assertRelative(Number(tensors.get(tensor)!.data[channel]), Number(value), 1e-5, name, 1)
      );
    }
  }
});

Deno.test("reestimateBatchNorm() leaves folded norms without a reference, and what it is given", async () => {
  await useBackend("wasm");
  const checkpoint = folded(randomCheckpoint(architectures[0]!, 9));
  const copy = structuredClone(checkpoint);
  const dataset = randomImages(normsOf(checkpoint).description, 1, 10);
  const { tensors } = await reestimateBatchNorm(checkpoint, { dataset });
  assertEquals([...tensors], [...copy.tensors]);
  assertEquals([...checkpoint.tensors], [...copy.tensors]);
});

Deno.test("reestimateBatchNorm() refuses no images and others than the network takes; it stops and reports", async () => {
  await useBackend("wasm");
  const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
  const dataset = generateShapes({ size: 4, seed: 1 });
  await assertRejects(
    () => reestimateBatchNorm(checkpoint, {} as never),
    RangeError,
    "Cannot re-estimate batch norms as dataset must hold at least one image: there is no dataset",
  );
  const wide = { ...dataset, width: 2 * dataset.width };
  await assertRejects(
    () => reestimateBatchNorm(checkpoint, { dataset: wide }),
    TypeError,
    "takes images of",
  );
  const short = { ...dataset, pixels: dataset.pixels.slice(1) };
  await assertRejects(
    () => reestimateBatchNorm(checkpoint, { dataset: short }),
    RangeError,
    "bytes",
  );
  const controller = new AbortController();
  const seen: number[] = [];
  await assertRejects(
    () =>
      reestimateBatchNorm(checkpoint, {
        dataset,
        signal: controller.signal,
        onProgress(done, total) {
          seen.push(done);
          assertGreater(total, 3);
          if (done === 2) controller.abort(new Error("enough"));
        },
      }),
    Error,
    "enough",
  );
  assertEquals(seen, [1, 2]);
});
