import * as tf from "@tensorflow/tfjs";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { NetworkDescription } from "../networks/description.ts";
import { plainNetwork } from "../networks/plain_network.ts";
import type { LayerNode } from "./patches.ts";

/** A network that tells the slopes of its layers' outputs, `[size, height, width, channels]` or `[size, features]` each. */
export interface DifferentiableNetwork {
  /** Convolutions and linear layers, in the order of what follows. */
  readonly layers: readonly LayerNode[];
  /** Bytes R G B as the network sees them, `[size, height, width, 3]`. */
  input(pixels: Uint8Array, size: number): tf.Tensor4D;
  /** Logits, and what each layer reads. */
  forward(images: tf.Tensor4D): { readonly logits: tf.Tensor2D; readonly inputs: tf.Tensor[] };
  /** The derivatives of the sum of logits times `slopes` with respect to each layer's outputs. */
  backward(images: tf.Tensor4D, slopes: tf.Tensor): tf.Tensor[];
  /** Frees the memory of the weights. */
  dispose(): void;
}

/** A network of plain operations; what is to be differentiated is a zero that is added to each layer's outputs. */
export function differentiable(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
): DifferentiableNetwork {
  const { nodes, input: { height, width } } = description;
  const network = plainNetwork(description, tensors);
  const layers = nodes.filter((node) => node.kind === "convolution" || node.kind === "linear");
  const last = nodes.at(-1)!.name;
  return {
    layers,
    input: (pixels, size) =>
      tf.tidy(() =>
        network.normalize(tf.tensor4d(Float32Array.from(pixels), [size, height, width, 3]))
      ),
    forward(images) {
      const values = network.values(images);
      return {
        logits: values.get(last) as tf.Tensor2D,
        inputs: layers.map(({ inputs }) => values.get(inputs[0]!)!),
      };
    },
    backward(images, slopes) {
      const size = images.shape[0];
      const zeros = layers.map(({ shape }) => tf.zeros([size, ...mapShape(shape)]));
      const logitsOf = (...zeros: tf.Tensor[]) =>
        network.values(images, new Map(layers.map(({ name }, i) => [name, zeros[i]!]))).get(last)!;
      return tf.grads(logitsOf)(zeros, slopes);
    },
    dispose: () => network.dispose(),
  };
}

/** A value's shape with the channels last. */
function mapShape([channels = 1, ...area]: readonly number[]): number[] {
  return [...area, channels];
}
