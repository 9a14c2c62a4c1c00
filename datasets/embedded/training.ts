/**
 * What the programs that train the embedded networks on generated shapes share.
 *
 * The same program writes the same bytes again: the images, the first weights and every step are seeded, and the wasm backend computes
 * in one order. Every epoch sees new images, so the network can't learn any by heart and needs no augmentation.
 */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import type { Tensor } from "../../lib/checkpoints/checkpoint.ts";
import { saveCheckpoint } from "../../lib/checkpoints/save.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { shapesTestSeed } from "../embedded.ts";
import type { ImageSet } from "../image_set.ts";
import { generateShapes, shapeClasses } from "../shapes.ts";

const seed = 0;
const testSize = 10_000;
/** Epoch `e` sees the images of seed `firstTrainingSeed + e`. */
const firstTrainingSeed = 1000;
const imagesPerEpoch = 12_800;
const momentum = 0.9, weightDecay = 5e-4;
const mean = 0.5, standardDeviation = 0.25;

await tf.setBackend("wasm");
await tf.ready();

/** A network that is to be trained. */
export interface Trainee {
  /** What gradient descent changes; those of rank 2 and more decay. */
  readonly weights: ReadonlyMap<string, tf.Variable>;
  /** Normalised images to logits. */
  forward(images: tf.Tensor4D, training: boolean): tf.Tensor2D;
  readonly epochs: number;
  /** Images of one step; divides those of an epoch. */
  readonly batch: number;
  readonly peakRate: number;
}

/** A maker of first weights, normal with variance 2 / fan-in (He et al. 2015), by the polar method. */
export function heInitializer(): (shape: number[], fanIn: number) => tf.Variable {
  const prng = createPrng(seed);
  return (shape, fanIn) => {
    const values = new Float32Array(tf.util.sizeFromShape(shape));
    for (let i = 0; i < values.length; i++) {
      let x = 0, squared = 0;
      do {
        x = 2 * prng() - 1;
        const y = 2 * prng() - 1;
        squared = x * x + y * y;
      } while (squared === 0 || squared >= 1);
      values[i] = x * Math.sqrt(-2 * Math.log(squared) / squared) * Math.sqrt(2 / fanIn);
    }
    return tf.variable(tf.tensor(values, shape));
  };
}

/** Stochastic gradient descent with Nesterov momentum; the rate rises for a quarter of the steps, then falls to zero, in straight lines. */
export function train(trainee: Trainee): void {
  const { weights, epochs, batch, peakRate } = trainee;
  const began = performance.now();
  const velocities = new Map(
    [...weights].map(([name, weight]) => [name, tf.variable(tf.zerosLike(weight), false)]),
  );
  const variables = [...weights.values()];
  const names = new Map([...weights].map(([name, weight]) => [weight.name, name]));
  const stepsPerEpoch = imagesPerEpoch / batch;
  const steps = epochs * stepsPerEpoch, rising = steps / 4;
  for (let epoch = 0, step = 0; epoch < epochs; epoch++) {
    const images = generateShapes({ size: imagesPerEpoch, seed: firstTrainingSeed + epoch });
    let total = 0;
    for (let first = 0; first < images.size; first += batch, step++) {
      const rate = peakRate *
        (step < rising ? (step + 1) / rising : (steps - step) / (steps - rising));
      total += tf.tidy(() => {
        const { value, grads } = tf.variableGrads(() => loss(trainee, images, first), variables);
        for (const [id, gradient] of Object.entries(grads)) {
          const name = names.get(id)!;
          const weight = weights.get(name)!, velocity = velocities.get(name)!;
          const slope = weight.rank > 1 ? tf.add(gradient, tf.mul(weight, weightDecay)) : gradient;
          velocity.assign(tf.add(tf.mul(velocity, momentum), slope));
          weight.assign(tf.sub(weight, tf.mul(tf.add(slope, tf.mul(velocity, momentum)), rate)));
        }
        return value.dataSync()[0]!;
      });
    }
    const seconds = (performance.now() - began) / 1000;
    console.log(
      `epoch ${epoch + 1} of ${epochs}: loss ${(total / stepsPerEpoch).toFixed(3)}, ${
        seconds.toFixed(0)
      } s`,
    );
  }
}

/** Writes a trained network with its accuracy on the test images. */
export async function saveTrained(
  output: string | URL,
  trainee: Trainee,
  { tensors, architecture, command, notes = {} }: {
    readonly tensors: ReadonlyMap<string, Tensor>;
    readonly architecture: string;
    readonly command: string;
    readonly notes?: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const top1 = accuracy(trainee, generateShapes({ size: testSize, seed: shapesTestSeed }));
  await saveCheckpoint(output, {
    tensors,
    metadata: {
      architecture,
      classes: String(shapeClasses.length),
      classNames: shapeClasses.join(" "),
      normalization: "mean .5 .5 .5 std .25 .25 .25",
      ...notes,
      top1: top1.toFixed(4),
      testImages: `generateShapes({ size: ${testSize}, seed: ${shapesTestSeed} })`,
      seed: String(seed),
      command,
    },
  });
  console.log(`top-1 ${(100 * top1).toFixed(2)} % of ${testSize} test images; wrote ${output}`);
}

/** Mean cross-entropy of one batch. */
function loss({ forward, batch }: Trainee, images: ImageSet, first: number): tf.Scalar {
  const { pixels, labels } = slice(images, first, first + batch);
  const target = tf.oneHot(tf.tensor1d(labels, "int32"), images.classes);
  return tf.losses.softmaxCrossEntropy(target, forward(normalize(pixels), true)).asScalar();
}

/** The share of images whose largest logit is the label's. */
function accuracy({ forward }: Trainee, images: ImageSet): number {
  let correct = 0;
  for (let first = 0; first < images.size; first += 500) {
    const { pixels, labels } = slice(images, first, first + 500);
    const predicted = tf.tidy(() => tf.argMax(forward(normalize(pixels), false), 1).dataSync());
    for (const [i, label] of labels.entries()) if (predicted[i] === label) correct++;
  }
  return correct / images.size;
}

function slice(images: ImageSet, first: number, end: number) {
  const bytes = images.height * images.width * 3;
  return {
    pixels: images.pixels.subarray(first * bytes, end * bytes),
    labels: Int32Array.from(images.labels.subarray(first, end)),
  };
}

function normalize(pixels: Uint8Array): tf.Tensor4D {
  const size = pixels.length / (32 * 32 * 3);
  const input = tf.tensor4d(Float32Array.from(pixels), [size, 32, 32, 3]);
  return tf.div(tf.sub(input, 255 * mean), 255 * standardDeviation);
}
