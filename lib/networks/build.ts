import * as tf from "@tensorflow/tfjs";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { assertImages } from "./assert_images.ts";
import { assertValues } from "./assert_values.ts";
import type { NetworkDescription } from "./description.ts";
import { compile, type Step } from "./compile.ts";
import { describeNetwork, type DescribeOptions } from "./registry.ts";

/** A network that computes, on the backend that `useBackend` chose. */
export interface Network {
  readonly description: NetworkDescription;
  /**
   * The logits, `[size, classes]` row by row, of images given as bytes R G B, `[size, height, width, 3]`.
   *
   * @throws {RangeError} If the number of bytes is another.
   */
  predict(pixels: Uint8Array, size: number): Float32Array;
  /**
   * As `predict`, and the only way on `"webgpu"`, whose results can't be waited for in place.
   *
   * @throws {RangeError} If the number of bytes is another.
   */
  predictAsync(pixels: Uint8Array, size: number): Promise<Float32Array>;
  /**
   * The same of images whose values are normalized already, in the same order.
   *
   * @throws {RangeError} If the number of values is another.
   */
  predictNormalized(images: Float32Array, size: number): Float32Array;
  /** Frees the memory of the weights; the network predicts no more. */
  dispose(): void;
}

/**
 * Builds the network of a checkpoint in TensorFlow.js; call `useBackend` first.
 *
 * The weights are used as they are, quantized or not. Batch norms are folded afterwards, for speed: see `foldBatchNorm`, which
 * doesn't change what was quantized.
 *
 * @throws {TypeError} If the checkpoint doesn't fit: see {@linkcode describeNetwork}; or a tensor's data disagree with its shape.
 * @throws {RangeError} If `network` names no architecture, or a tensor has a value that is not finite.
 * @throws {Error} If no backend is in use.
 *
 * @example
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { buildNetwork, useBackend } from "@bitbell/bitbell/networks";
 * import { assertEquals } from "@std/assert";
 *
 * await useBackend("wasm");
 * const network = buildNetwork(await loadCheckpoint(embeddedCheckpoint("shapes-resnet8")));
 * const { pixels, size } = generateShapes({ size: 20, seed: 1 });
 * assertEquals(network.predict(pixels, size).length, 20 * 10);
 * network.dispose();
 * ```
 */
export function buildNetwork(checkpoint: Checkpoint, options: DescribeOptions = {}): Network {
  return buildDescribed(describeNetwork(checkpoint, options), checkpoint.tensors);
}

/** Builds a network whose description was read off these tensors. */
export function buildDescribed(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
): Network {
  assertValues(description, tensors);
  if (!tf.getBackend()) {
    throw new Error(
      "Cannot build a network as TensorFlow.js has no backend: call useBackend first",
    );
  }
  let steps: readonly Step[] = [];
  const weights = tf.tidy(() => {
    const compiled = compile(description, tensors);
    steps = compiled.steps;
    return compiled.weights;
  });
  const { title, input: { height, width } } = description;
  const normalized = normalizationTable(description);
  let disposed = false;

  function assertUsable(values: number, size: number): void {
    if (disposed) throw new Error(`Cannot predict as this ${title} was disposed of`);
    assertImages(description, values, size);
  }

  function logitsOf(images: Float32Array, size: number): tf.Tensor {
    assertUsable(images.length, size);
    return tf.tidy(() => run(steps, tf.tensor4d(images, [size, height, width, 3])));
  }

  function normalize(pixels: Uint8Array, size: number): Float32Array {
    assertUsable(pixels.length, size);
    const images = new Float32Array(pixels.length);
    for (let i = 0; i < images.length; i += 3) {
      images[i] = normalized[pixels[i]!]!;
      images[i + 1] = normalized[256 + pixels[i + 1]!]!;
      images[i + 2] = normalized[512 + pixels[i + 2]!]!;
    }
    return images;
  }

  function predictNormalized(images: Float32Array, size: number): Float32Array {
    const logits = logitsOf(images, size);
    try {
      return logits.dataSync() as Float32Array;
    } finally {
      logits.dispose();
    }
  }

  return {
    description,
    predictNormalized,
    predict: (pixels, size) => predictNormalized(normalize(pixels, size), size),
    async predictAsync(pixels, size) {
      const logits = logitsOf(normalize(pixels, size), size);
      try {
        return await logits.data() as Float32Array;
      } finally {
        logits.dispose();
      }
    },
    dispose() {
      disposed = true;
      tf.dispose(weights);
    },
  };
}

/** Runs the steps, and frees each value as soon as no later step reads it: what stays small stays in the cache. */
function run(steps: readonly Step[], input: tf.Tensor4D): tf.Tensor {
  const values: tf.Tensor[] = [input];
  for (const { inputs, apply, last } of steps) {
    values.push(apply(inputs.map((index) => values[index]!)));
    for (const index of last) values[index]!.dispose();
  }
  return values.at(-1)!;
}

/** What each byte becomes: 256 values for R, then for G, then for B. */
function normalizationTable({ normalization }: NetworkDescription): Float32Array {
  const { mean, standardDeviation } = normalization;
  return Float32Array.from({ length: 768 }, (_, i) => {
    const channel = i >> 8;
    return ((i & 255) / 255 - mean[channel]!) / standardDeviation[channel]!;
  });
}
