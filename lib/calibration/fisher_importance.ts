import * as tf from "@tensorflow/tfjs";
import type { ImageSet } from "../../datasets/image_set.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { NetworkDescription } from "../networks/description.ts";
import { describeNetwork, type DescribeOptions } from "../networks/registry.ts";
import { createPrng, type Prng } from "../numerics/prng.ts";
import { assertFiniteSample } from "../numerics/sample.ts";
import { differentiable, type DifferentiableNetwork } from "./differentiable_network.ts";
import { assertImages, imageBatches } from "./image_batches.ts";
import { type PatchGeometry, patchGeometry, patchSize, writePatch } from "./patches.ts";

/** Options for {@linkcode fisherImportance}. */
export interface FisherImportanceOptions extends DescribeOptions {
  /** The images; their labels aren't used. */
  readonly dataset: ImageSet;
  /**
   * How many classes are drawn for each image from the network's probabilities, an integer above 0; left out, each class counts by its probability, in as many
   * passes as there are classes.
   */
  readonly draws?: number;
  /** Seeds these draws; an integer. @default {0} */
  readonly seed?: number;
  /** Stops between two batches of images; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each batch with the number of images done, and of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

const action = "measure Fisher information";

/**
 * The diagonal of the Fisher information of the weights of each convolution and linear layer: for each weight the mean square of the derivative of log p, over images and the
 * classes that the network itself expects, p their probabilities. No labels are needed. Half of it is what a unit of squared error costs, in nats per image, and
 * `quantizeCheckpoint` takes it as `importance` for methods such as `k-means`: SqueezeLLM's sensitivity (Kim et al., ICML 2024, section 4.1), which takes the true classes instead.
 *
 * With `draws` classes for each image instead of all, the relative standard error of a weight's value is about `sqrt(2 / (images draws))`, and more where few images count most. Where no
 * weight of a book counts, the design refuses it.
 *
 * For each batch of images one pass forwards and, for each class or draw, one forwards and one backwards. Memory: all values of the network for a batch of images, what
 * each output sees of them, and eight bytes for each weight. Convolutions in groups are computed group by group, which takes its time where they are many. Call `useBackend` first.
 *
 * @throws {RangeError} If there are no images, an option is out of its range, or a value isn't finite.
 * @throws {TypeError} If the checkpoint doesn't fit its network, or the images are of another size than it takes.
 *
 * @example Levels where they count for the outputs
 * ```ts
 * import { quantizeCheckpoint } from "@bitbell/bitbell";
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { useBackend } from "@bitbell/bitbell/networks";
 * import { fisherImportance } from "@bitbell/bitbell/calibration";
 * import { assertEquals } from "@std/assert";
 *
 * await useBackend("wasm");
 * const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const importance = await fisherImportance(checkpoint, { dataset: generateShapes({ size: 20, seed: 1 }) });
 * const { layers } = await quantizeCheckpoint(checkpoint, { method: "k-means", bits: 3, importance });
 * assertEquals(layers.length, Object.keys(importance).length);
 * ```
 */
export async function fisherImportance(
  checkpoint: Checkpoint,
  options: FisherImportanceOptions,
): Promise<Record<string, Float64Array>> {
  const description = describeNetwork(checkpoint, options);
  return await measureFisherDiagonal(description, checkpoint.tensors, options);
}

/** {@linkcode fisherImportance} of a network that was described by hand. */
export async function measureFisherDiagonal(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
  { dataset, draws, seed = 0, signal, onProgress }: Omit<
    FisherImportanceOptions,
    keyof DescribeOptions
  >,
): Promise<Record<string, Float64Array>> {
  if (draws !== undefined && (!Number.isSafeInteger(draws) || draws < 1)) {
    throw new RangeError(
      `Cannot ${action} as draws must be an integer above 0: current value is ${draws}`,
    );
  }
  assertImages(dataset, description, action);
  const prng = createPrng(seed);
  const network = differentiable(description, tensors);
  const layers = network.layers.map((node) => ({
    weight: node.weight,
    geometry: patchGeometry(description, node),
    sums: new Float64Array(tensors.get(node.weight)!.data.length),
  }));
  try {
    for await (const { first, size, pixels } of imageBatches(dataset, signal)) {
      tf.tidy(() => addBatch(network, layers, network.input(pixels, size), { draws, prng }));
      onProgress?.(first + size, dataset.size);
    }
  } finally {
    network.dispose();
  }
  const count = dataset.size * (draws ?? 1);
  return Object.fromEntries(layers.map(({ weight, sums }) => {
    assertFiniteSample(sums, action);
    return [weight, sums.map((sum) => sum / count)];
  }));
}

/** A layer and the sums of its weights' squared derivatives. */
interface Layer {
  readonly geometry: PatchGeometry;
  readonly sums: Float64Array;
}

function addBatch(
  network: DifferentiableNetwork,
  layers: readonly Layer[],
  images: tf.Tensor4D,
  { draws, prng }: { readonly draws: number | undefined; readonly prng: Prng },
): void {
  const { logits, inputs } = network.forward(images);
  const probabilities = tf.softmax(logits);
  const patches = layers.map(({ geometry }, i) => patchesOf(inputs[i]!, geometry));
  const passes = draws ?? probabilities.shape[1];
  for (let pass = 0; pass < passes; pass++) {
    tf.tidy(() => {
      const scores = draws === undefined
        ? weightedScores(probabilities, pass)
        : tf.sub<tf.Tensor2D>(drawClasses(probabilities, prng), probabilities);
      const slopes = network.backward(images, scores);
      layers.forEach(({ geometry, sums }, i) =>
        addSquares(sums, slopes[i]!, patches[i]!, geometry)
      );
    });
  }
}

/** The derivatives of a class's log p with respect to the logits, times the root of p: squared, they count as often as the class is expected. */
function weightedScores(probabilities: tf.Tensor2D, index: number): tf.Tensor2D {
  const [size, classes] = probabilities.shape;
  const own = tf.oneHot(tf.fill([size], index, "int32"), classes);
  const root = tf.sqrt(tf.slice(probabilities, [0, index], [size, 1]));
  return tf.mul(tf.sub(own, probabilities), root);
}

/** For each row of probabilities one class, as 1 among zeros. */
function drawClasses(probabilities: tf.Tensor2D, prng: Prng): tf.Tensor2D {
  const [size, classes] = probabilities.shape;
  const values = probabilities.dataSync();
  const drawn = new Float32Array(values.length);
  for (let image = 0; image < size; image++) {
    const row = image * classes;
    let rest = prng(), k = 0;
    while (k < classes - 1 && rest >= values[row + k]!) rest -= values[row + k++]!;
    drawn[row + k] = 1;
  }
  return tf.tensor2d(drawn, [size, classes]);
}

/** For each group what the positions of each image see, `[size, positions, inputs]`. */
function patchesOf(input: tf.Tensor, geometry: PatchGeometry): tf.Tensor3D[] {
  const size = input.shape[0]!, width = patchSize(geometry);
  const positions = geometry.outputHeight * geometry.outputWidth;
  const values = input.dataSync() as Float32Array;
  return Array.from({ length: geometry.groups }, (_, group) => {
    const data = new Float32Array(size * positions * width);
    for (let row = 0; row < size * positions; row++) {
      const image = Math.floor(row / positions);
      writePatch(values, image, row % positions, group, geometry, data, row * width);
    }
    return tf.tensor3d(data, [size, positions, width]);
  });
}

/** Adds the squares of each image's derivatives: products of a layer's slopes and inputs, summed over positions. */
function addSquares(
  sums: Float64Array,
  slopes: tf.Tensor,
  patches: readonly tf.Tensor3D[],
  { groups, outputChannels, outputHeight, outputWidth }: PatchGeometry,
): void {
  const size = slopes.shape[0]!, positions = outputHeight * outputWidth;
  const all = tf.reshape<tf.Rank.R3>(slopes, [size, positions, outputChannels]);
  const perGroup = outputChannels / groups;
  patches.forEach((inputs, group) => {
    const own = tf.slice(all, [0, 0, group * perGroup], [size, positions, perGroup]);
    const derivatives = tf.matMul(tf.transpose(own, [0, 2, 1]), inputs);
    const squares = tf.sum(tf.square(derivatives), 0).dataSync();
    const start = group * squares.length;
    for (let i = 0; i < squares.length; i++) sums[start + i]! += squares[i]!;
  });
}
