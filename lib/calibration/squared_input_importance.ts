import type { ImageSet } from "../../datasets/image_set.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { buildDescribed } from "../networks/build.ts";
import { describeValue } from "../networks/describe_value.ts";
import type { NetworkDescription } from "../networks/description.ts";
import { describeNetwork, type DescribeOptions } from "../networks/registry.ts";
import { assertFiniteSample } from "../numerics/sample.ts";
import { assertImages, imageBatches } from "./image_batches.ts";
import { type PatchGeometry, patchGeometry, patchSize, writePatch } from "./patches.ts";

/** Options for {@linkcode squaredInputImportance}. */
export interface SquaredInputImportanceOptions extends DescribeOptions {
  /** The images; their labels aren't used. */
  readonly dataset: ImageSet;
  /** Stops between two batches of images; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each layer with the number of layers done, and of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

const action = "weigh weights by their inputs";

/**
 * For each weight of each convolution and linear layer the mean square of what it is multiplied with, over images and output positions, zeros of a padding
 * included: the diagonal of the layer's matrix of second moments, by whose inverse GPTQ rounds (Frantar et al., ICLR 2023). `quantizeCheckpoint` takes them
 * as `importance`, by name and in the order of storage, for methods such as `k-means`; the output channels of a group have the same ones.
 *
 * The layer's mean squared output error is the sum of the weights' squared errors times these importances where the errors are independent and of mean 0, for each
 * output channel in expectation; inputs that rise and fall together, or are never negative, add the products of different weights' errors, which a weight
 * of each alone can't tell. `quantizeWithImages` takes those into account.
 *
 * An input that is 0 on all images gives 0: such a weight doesn't count, and where no weight of a book counts, the design refuses it.
 *
 * The network computes all images up to each layer in turn. Squares are summed in double precision. Memory: the network with one batch of images, and eight bytes for each weight.
 * Call `useBackend` first.
 *
 * @throws {RangeError} If there are no images, or a weight or a square isn't finite in single precision.
 * @throws {TypeError} If the checkpoint doesn't fit its network, or the images are of another size than it takes.
 * @throws {Error} If no backend is in use.
 *
 * @example Levels where they count for the outputs
 * ```ts
 * import { quantizeCheckpoint } from "@bitbell/bitbell";
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { useBackend } from "@bitbell/bitbell/networks";
 * import { squaredInputImportance } from "@bitbell/bitbell/calibration";
 * import { assertEquals } from "@std/assert";
 *
 * await useBackend("wasm");
 * const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const importance = await squaredInputImportance(checkpoint, { dataset: generateShapes({ size: 20, seed: 1 }) });
 * const { layers } = await quantizeCheckpoint(checkpoint, { method: "k-means", bits: 3, importance });
 * assertEquals(layers.length, Object.keys(importance).length);
 * ```
 */
export async function squaredInputImportance(
  checkpoint: Checkpoint,
  options: SquaredInputImportanceOptions,
): Promise<Record<string, Float64Array>> {
  const description = describeNetwork(checkpoint, options);
  return await measureImportance(description, checkpoint.tensors, options);
}

/** {@linkcode squaredInputImportance} of a network that was described by hand. */
export async function measureImportance(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
  { dataset, signal, onProgress }: Omit<SquaredInputImportanceOptions, keyof DescribeOptions>,
): Promise<Record<string, Float64Array>> {
  assertImages(dataset, description, action);
  const layers = description.nodes.filter((node) =>
    node.kind === "convolution" || node.kind === "linear"
  );
  const importance: Record<string, Float64Array> = {};
  for (const [i, node] of layers.entries()) {
    const [input] = node.inputs as [string];
    const squares = await meanSquares(description, tensors, input, { dataset, signal });
    importance[node.weight] = importanceOf(squares, patchGeometry(description, node));
    onProgress?.(i + 1, layers.length);
  }
  return importance;
}

/** The mean square over images of each entry of one of the network's values, `[height, width, channels]`. */
async function meanSquares(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
  value: string,
  { dataset, signal }: Pick<SquaredInputImportanceOptions, "dataset"> & {
    readonly signal: AbortSignal | undefined;
  },
): Promise<Float64Array> {
  const source = describeValue(description, value);
  const length = source.nodes.at(-1)!.shape.reduce((product, size) => product * size, 1);
  const sums = new Float64Array(length);
  const network = buildDescribed(source, tensors);
  try {
    for await (const { size, pixels } of imageBatches(dataset, signal)) {
      const values = network.predict(pixels, size);
      for (let i = 0, entry = 0; i < values.length; i++) {
        sums[entry]! += values[i]! * values[i]!;
        if (++entry === length) entry = 0;
      }
    }
  } finally {
    network.dispose();
  }
  return sums.map((sum) => sum / dataset.size);
}

/** For each weight the mean over output positions of the squares that it sees. */
function importanceOf(squares: Float64Array, geometry: PatchGeometry): Float64Array {
  const { groups, outputChannels, outputHeight, outputWidth } = geometry;
  const inputs = patchSize(geometry), area = outputHeight * outputWidth;
  const image = Float32Array.from(squares);
  assertFiniteSample(image, action);
  const importance = new Float64Array(outputChannels * inputs);
  const patch = new Float32Array(inputs);
  const perGroup = outputChannels / groups;
  for (let group = 0; group < groups; group++) {
    const means = new Float64Array(inputs);
    for (let position = 0; position < area; position++) {
      writePatch(image, 0, position, group, geometry, patch, 0);
      for (let i = 0; i < inputs; i++) means[i]! += patch[i]! / area;
    }
    for (let channel = 0; channel < perGroup; channel++) {
      importance.set(means, (group * perGroup + channel) * inputs);
    }
  }
  return importance;
}
