import * as tf from "@tensorflow/tfjs";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { assertValues } from "../networks/assert_values.ts";
import type { NetworkDescription } from "../networks/description.ts";
import { plainNetwork } from "../networks/plain_network.ts";
import { differentiableConvolution } from "../networks/transposed_convolution.ts";

/** How the loss of images changes with their pixels. */
export interface LossGradient {
  /** The cross-entropy of each image, `-log p` of its label in nats. */
  readonly losses: Float64Array;
  /** Its derivatives with respect to the image's pixels in [0, 255], `[size, height, width, 3]`, per unit of a pixel. */
  readonly gradients: Float64Array;
}

/** A network that tells how its loss changes with the pixels. */
export interface InputGradient {
  readonly description: NetworkDescription;
  /**
   * Losses and gradients of images of pixels in [0, 255], R G B, `[size, height, width, 3]`, whole or not, in one pass forwards
   * and one backwards.
   *
   * @param labels One class for each image.
   *
   * @throws {RangeError} If the number of pixels doesn't fit that of labels, or a label is not one of the network's classes.
   */
  at(pixels: ArrayLike<number>, labels: ArrayLike<number>): LossGradient;
  /** Frees the memory of the weights. */
  dispose(): void;
}

/**
 * Builds the network whose description was read off these tensors, so that its loss can be differentiated with respect to the
 * pixels. The weights are constants, quantized or not: the gradient is the network's own, with no approximation of a rounding.
 * Call `useBackend` first, with `"wasm"` or `"cpu"`.
 *
 * Losses and the slopes of the logits are computed in double precision from single-precision logits, and the slopes of each
 * image are scaled to their largest before they go back through the network: where the network is so sure that p rounds to 1,
 * the gradient is small, not lost. Where a ReLU or a maximum has a kink, it is PyTorch's: 0 at the kink of a ReLU.
 *
 * Memory: all values of the network for the images of one call. Depthwise convolutions are computed channel by channel, which
 * takes its time where there are many.
 *
 * @throws {RangeError} If a tensor has a value that is not finite.
 * @throws {TypeError} If a tensor's data disagree with its shape.
 *
 * @example
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { describeNetwork, useBackend } from "@bitbell/bitbell/networks";
 * import { openInputGradient } from "@bitbell/bitbell/robustness";
 * import { assertEquals } from "@std/assert";
 *
 * await useBackend("wasm");
 * const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const network = openInputGradient(describeNetwork(checkpoint), checkpoint.tensors);
 * const { pixels, labels } = generateShapes({ size: 2, seed: 1 });
 * const { losses, gradients } = network.at(pixels, labels);
 * network.dispose();
 * assertEquals([losses.length, gradients.length], [2, pixels.length]);
 * ```
 */
export function openInputGradient(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
): InputGradient {
  assertValues(description, tensors);
  const { title, classes, nodes, input: { height, width } } = description;
  const network = plainNetwork(description, tensors, differentiableConvolution);
  const last = nodes.at(-1)!.name;
  const imageLength = height * width * 3;

  function assertImages(length: number, labels: ArrayLike<number>): void {
    if (labels.length < 1 || length !== labels.length * imageLength) {
      throw new RangeError(
        `Cannot differentiate a loss as ${title} takes ${imageLength} pixels for each label: current values are ${length} pixels and ${labels.length} labels`,
      );
    }
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!;
      if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
        throw new RangeError(
          `Cannot differentiate a loss as labels must be integers in [0, ${
            classes - 1
          }]: that of image ${i} is ${label}`,
        );
      }
    }
  }

  return {
    description,
    at(pixels, labels) {
      assertImages(pixels.length, labels);
      const size = labels.length;
      const images = Float32Array.from(pixels);
      let slopes: LogitSlopes | undefined;
      const scaled = tf.tidy(() => {
        const logitsOf = (x: tf.Tensor) =>
          network.values(network.normalize(x as tf.Tensor4D)).get(last)!;
        // The gradient of this value is that of the loss over its image's scale; the value itself isn't looked at.
        const loss = tf.customGrad((logits) => {
          slopes = crossEntropySlopes((logits as tf.Tensor).dataSync(), labels, classes);
          const { directions } = slopes;
          return {
            value: tf.scalar(0),
            gradFunc: () => tf.tensor2d(directions, [size, classes]),
          };
        });
        const at = tf.tensor4d(images, [size, height, width, 3]);
        return tf.grad((x) => loss(logitsOf(x)))(at).dataSync();
      });
      const { losses, scales } = slopes!;
      const gradients = Float64Array.from(
        scaled,
        (value, i) => value * scales[Math.floor(i / imageLength)]!,
      );
      return { losses, gradients };
    },
    dispose: () => network.dispose(),
  };
}

/** What the cross-entropy of images makes of their logits. */
interface LogitSlopes {
  readonly losses: Float64Array;
  /** `1 - p` of each image's label. */
  readonly scales: Float64Array;
  /** The derivatives with respect to the logits, `[size, classes]`, over their image's scale: in [-1, 1]. */
  readonly directions: Float32Array;
}

/** All sums are over the other classes' probabilities, so that nothing is lost where the label's is nearly 1. */
function crossEntropySlopes(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): LogitSlopes {
  const size = labels.length;
  const losses = new Float64Array(size), scales = new Float64Array(size);
  const directions = new Float32Array(size * classes);
  for (let image = 0; image < size; image++) {
    const row = image * classes, label = labels[image]!;
    let most = -Infinity;
    for (let k = 0; k < classes; k++) {
      if (k !== label) most = Math.max(most, logits[row + k]!);
    }
    let others = 0;
    for (let k = 0; k < classes; k++) {
      if (k !== label) others += Math.exp(logits[row + k]! - most);
    }
    for (let k = 0; k < classes; k++) {
      directions[row + k] = k === label ? -1 : Math.exp(logits[row + k]! - most) / others;
    }
    // The others' odds against the label.
    const logOdds = most + Math.log(others) - logits[row + label]!;
    losses[image] = logOdds > 0
      ? logOdds + Math.log1p(Math.exp(-logOdds))
      : Math.log1p(Math.exp(logOdds));
    scales[image] = 1 / (1 + Math.exp(-logOdds));
  }
  return { losses, scales, directions };
}
