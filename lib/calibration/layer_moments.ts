import * as tf from "@tensorflow/tfjs";
import type { ImageSet } from "../../datasets/image_set.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { buildDescribed, type Network } from "../networks/build.ts";
import { describeValue } from "../networks/describe_value.ts";
import type { NetworkDescription } from "../networks/description.ts";
import { createPrng } from "../numerics/prng.ts";
import { imageBatches } from "./image_batches.ts";
import {
  type LayerNode,
  type PatchGeometry,
  patchGeometry,
  patchSize,
  writePatch,
} from "./patches.ts";

type Tensors = Checkpoint["tensors"];

/**
 * What a layer reads and what it should compute, over images and output positions: the joint second moments of the vector z,
 * which is 1, then the inputs that one output sees, then the outputs that are wanted, bias left out.
 */
export interface LayerMoments {
  /** Number of inputs in z, `[channels / groups, kernel height, kernel width]`. */
  readonly inputs: number;
  /** Number of output channels in z. */
  readonly outputs: number;
  /** For each group of the convolution the mean of `z z^T`, row-major. */
  readonly joint: readonly Float64Array[];
}

/** What {@linkcode layerMoments} looks at. */
export interface LayerMomentsOptions {
  readonly dataset: ImageSet;
  /** At how many output positions of each image, at most. */
  readonly positions: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** Rows of z in one matrix product, whose sums are in single precision. */
const rowsPerProduct = 1024;

/**
 * Takes the moments of one layer: inputs are those that it reads in one network, wanted outputs what its original weights make of
 * its inputs in another.
 *
 * Of each image `positions` output positions are looked at, one drawn from each of as many even parts of the map, the same ones
 * in both networks and in all layers of that size; all of them, where there are no more. Products are summed in single precision
 * over 1,024 rows at most and then in doubles.
 *
 * Memory doesn't depend on the number of images: two networks with their values for one batch, and `(1 + inputs + outputs)^2`
 * doubles for each group.
 */
export async function layerMoments(
  description: NetworkDescription,
  node: LayerNode,
  { original, current }: { readonly original: Tensors; readonly current: Tensors },
  { dataset, positions, seed, signal }: LayerMomentsOptions,
): Promise<LayerMoments> {
  const geometry = patchGeometry(description, node);
  const { groups, outputChannels } = geometry;
  const inputs = patchSize(geometry), outputs = outputChannels / groups;
  const width = 1 + inputs + outputs;
  const joint = Array.from({ length: groups }, () => new Float64Array(width * width));
  const source = describeValue(description, node.inputs[0]!);
  const networks: Network[] = [];
  const weights: tf.Tensor2D[] = [];
  const centres: tf.Tensor1D[] = [];
  const shifts: Float32Array[] = [];
  let count = 0;
  try {
    networks.push(buildDescribed(source, original), buildDescribed(source, current));
    const [wanted, given] = networks as [Network, Network];
    weights.push(...transposedWeights(original.get(node.weight)!.data as Float32Array, geometry));
    for await (const { first, size, pixels } of imageBatches(dataset, signal)) {
      const places = samplePlaces(geometry, { first, size, positions, seed });
      const exact = wanted.predict(pixels, size), approximate = given.predict(pixels, size);
      for (let start = 0; start < places.length; start += rowsPerProduct) {
        const rows = places.slice(start, start + rowsPerProduct);
        joint.forEach((sums, group) => {
          const z = tf.tidy(() => {
            const ones = tf.ones<tf.Rank.R2>([rows.length, 1]);
            const inputs = patchMatrix(approximate, rows, group, geometry);
            const outputs = tf.matMul(patchMatrix(exact, rows, group, geometry), weights[group]!);
            return tf.concat<tf.Tensor2D>([ones, inputs, outputs as tf.Tensor2D], 1);
          });
          centres[group] ??= centreOf(z);
          addProducts(sums, z, centres[group]);
          z.dispose();
        });
        count += rows.length;
      }
    }
    shifts.push(...centres.map((centre) => centre.dataSync() as Float32Array));
  } finally {
    networks.forEach((network) => network.dispose());
    tf.dispose([...weights, ...centres]);
  }
  joint.forEach((sums, group) => aboutZero(sums, shifts[group]!, count));
  return { inputs, outputs, joint };
}

/** An image of a batch, and an output position in it. */
interface Place {
  readonly image: number;
  readonly position: number;
}

function samplePlaces(
  { outputHeight, outputWidth }: PatchGeometry,
  { first, size, positions, seed }: {
    readonly first: number;
    readonly size: number;
    readonly positions: number;
    readonly seed: number;
  },
): Place[] {
  const all = outputHeight * outputWidth;
  const count = Math.min(positions, all);
  const places: Place[] = [];
  for (let image = 0; image < size; image++) {
    // By the image's own number, so that no batch matters.
    const prng = createPrng(seed + first + image);
    for (let i = 0; i < count; i++) {
      const from = Math.floor(i * all / count), to = Math.floor((i + 1) * all / count);
      places.push({ image, position: from + Math.floor(prng() * (to - from)) });
    }
  }
  return places;
}

/** For each group its weights as `[inputs, outputs]`. */
function transposedWeights(weights: Float32Array, geometry: PatchGeometry): tf.Tensor2D[] {
  const { groups, outputChannels } = geometry;
  const inputs = patchSize(geometry), outputs = outputChannels / groups;
  const size = inputs * outputs;
  return Array.from(
    { length: groups },
    (_, group) =>
      tf.tidy(() =>
        tf.transpose(
          tf.tensor2d(weights.slice(group * size, (group + 1) * size), [outputs, inputs]),
        )
      ),
  );
}

/** What the places see, row by row. */
function patchMatrix(
  images: Float32Array,
  places: readonly Place[],
  group: number,
  geometry: PatchGeometry,
): tf.Tensor2D {
  const width = patchSize(geometry);
  const data = new Float32Array(places.length * width);
  places.forEach(({ image, position }, row) =>
    writePatch(images, image, position, group, geometry, data, row * width)
  );
  return tf.tensor2d(data, [places.length, width]);
}

/** The mean of each column but the first, which is 1: about it products lose fewer digits than about 0. */
function centreOf(z: tf.Tensor2D): tf.Tensor1D {
  const means = tf.tidy(() => tf.mean(z, 0).dataSync());
  return tf.tensor1d(Float32Array.from(means, (mean, column) => column === 0 ? 0 : mean));
}

/** Adds the products of rows, less the centre, to the sums. */
function addProducts(sums: Float64Array, rows: tf.Tensor2D, centre: tf.Tensor1D): void {
  const products = tf.tidy(() => {
    const z = tf.sub<tf.Tensor2D>(rows, centre);
    // On wasm several times as fast as with matMul's own transposition.
    return tf.matMul(tf.transpose(z), z);
  });
  const values = products.dataSync();
  products.dispose();
  for (let i = 0; i < values.length; i++) sums[i]! += values[i]!;
}

/** Turns sums of products about a centre into means of products about 0. */
function aboutZero(sums: Float64Array, centre: Float32Array, count: number): void {
  const width = centre.length;
  const means = sums.slice(0, width).map((sum) => sum / count);
  for (let i = 0; i < width; i++) {
    // The first entry is 1 itself and has no centre.
    const own = i === 0 ? 1 : means[i]!;
    for (let j = i; j < width; j++) {
      const other = j === 0 ? 1 : means[j]!;
      // Symmetric to the last bit, whatever the order of a product's sums.
      sums[j * width + i] = sums[i * width + j] = sums[i * width + j]! / count +
        centre[i]! * other + centre[j]! * own + centre[i]! * centre[j]!;
    }
  }
}
