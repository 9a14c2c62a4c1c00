import * as tf from "@tensorflow/tfjs";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type {
  ConvolutionNode,
  NetworkDescription,
  NetworkNode,
  Padding,
} from "../networks/description.ts";
import { affineOf, valuesOf } from "../networks/fold_batch_norm.ts";
import type { LayerNode } from "./patches.ts";

type Tensors = Checkpoint["tensors"];

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

/** What a node makes of its inputs. */
type Apply = (inputs: readonly tf.Tensor[]) => tf.Tensor;

/**
 * A network of plain operations: TensorFlow.js's wasm backend differentiates these with respect to values, not weights. What is to be differentiated is a zero that is
 * added to each layer's outputs. Batch norms are applied as they are.
 */
export function differentiable(
  { nodes, normalization, input: { height, width } }: NetworkDescription,
  tensors: Tensors,
): DifferentiableNetwork {
  const kept: tf.Tensor[] = [];
  const keep = <T extends tf.Tensor>(make: () => T): T => {
    const tensor = tf.keep(tf.tidy(make));
    kept.push(tensor);
    return tensor;
  };
  const means = keep(() => tf.tensor1d([...normalization.mean]));
  const deviations = keep(() => tf.tensor1d([...normalization.standardDeviation]));
  const layers = nodes.filter((node) => node.kind === "convolution" || node.kind === "linear");
  const steps = nodes.map((node) => ({
    ...node,
    apply: node.kind === "input" ? undefined : applyOf(node, tensors, keep),
    layer: layers.findIndex(({ name }) => name === node.name),
  }));

  function run(images: tf.Tensor4D, zeros: readonly tf.Tensor[]): ReadonlyMap<string, tf.Tensor> {
    const values = new Map<string, tf.Tensor>();
    for (const { name, inputs, apply, layer } of steps) {
      const value = apply?.(inputs.map((input) => values.get(input)!)) ?? images;
      const zero = zeros[layer];
      values.set(name, zero === undefined ? value : tf.add(value, zero));
    }
    return values;
  }

  const last = nodes.at(-1)!.name;
  return {
    layers,
    input: (pixels, size) =>
      tf.tidy(() => {
        const bytes = tf.tensor4d(Float32Array.from(pixels), [size, height, width, 3]);
        return tf.div(tf.sub(tf.div(bytes, 255), means), deviations);
      }),
    forward(images) {
      const values = run(images, []);
      return {
        logits: values.get(last) as tf.Tensor2D,
        inputs: layers.map(({ inputs }) => values.get(inputs[0]!)!),
      };
    },
    backward(images, slopes) {
      const size = images.shape[0];
      const zeros = layers.map(({ shape }) => tf.zeros([size, ...mapShape(shape)]));
      return tf.grads((...zeros) => run(images, zeros).get(last)!)(zeros, slopes);
    },
    dispose: () => tf.dispose(kept),
  };
}

/** A value's shape with the channels last. */
function mapShape([channels = 1, ...area]: readonly number[]): number[] {
  return [...area, channels];
}

function applyOf(
  node: Exclude<NetworkNode, { kind: "input" }>,
  tensors: Tensors,
  keep: <T extends tf.Tensor>(make: () => T) => T,
): Apply {
  switch (node.kind) {
    case "convolution":
      return convolutionOf(node, tensors, keep);
    case "batch-normalization": {
      const { factors, summands } = affineOf(node, tensors);
      const factor = keep(() => tf.tensor1d(Float32Array.from(factors)));
      const summand = keep(() => tf.tensor1d(Float32Array.from(summands)));
      return ([x]) => tf.add(tf.mul(x!, factor), summand);
    }
    case "relu":
      return ([x]) => tf.relu(x!);
    case "relu6":
      return ([x]) => tf.relu6(x!);
    case "add":
      return ([a, b]) => tf.add(a!, b!);
    case "concatenate":
      return (inputs) => tf.concat([...inputs], 3);
    case "max-pool":
      return ([x]) =>
        tf.maxPool(padded(x, node.padding, lowest), node.window, node.stride, "valid");
    case "average-pool":
      return ([x]) => tf.avgPool(x as tf.Tensor4D, node.window, node.stride, "valid");
    case "global-average-pool":
      return ([x]) => {
        const [, height, width] = (x as tf.Tensor4D).shape;
        return tf.avgPool(x as tf.Tensor4D, [height, width], 1, "valid");
      };
    case "subsample":
      return ([x]) => tf.maxPool(x as tf.Tensor4D, 1, node.stride, "valid");
    case "pad-channels":
      return ([x]) => tf.pad(x!, [[0, 0], [0, 0], [0, 0], [node.before, node.after]]);
    case "flatten":
      return ([x]) => tf.reshape(tf.transpose(x!, [0, 3, 1, 2]), [x!.shape[0]!, -1]);
    case "linear": {
      const matrix = keep(() =>
        tf.transpose(tf.tensor2d(valuesOf(tensors, node.weight), shapeOf(tensors, node.weight)))
      );
      const bias = keep(() => tf.tensor1d(valuesOf(tensors, node.bias)));
      return ([x]) => tf.add(tf.matMul(x as tf.Tensor2D, matrix), bias);
    }
  }
}

function shapeOf<T extends number[]>(tensors: Tensors, name: string): T {
  return [...tensors.get(name)!.shape] as T;
}

function convolutionOf(
  { weight, bias, stride, padding, groups }: ConvolutionNode,
  tensors: Tensors,
  keep: <T extends tf.Tensor>(make: () => T) => T,
): Apply {
  const filter = keep(() =>
    tf.transpose(tf.tensor4d(valuesOf(tensors, weight), shapeOf(tensors, weight)), [2, 3, 1, 0])
  );
  const filters = Array.from({ length: groups }, (_, group) => {
    const [height, width, inputs, outputs] = filter.shape as [number, number, number, number];
    const size = outputs / groups;
    return keep(() => tf.slice(filter, [0, 0, 0, group * size], [height, width, inputs, size]));
  });
  const summand = bias === undefined ? undefined : keep(() => tf.tensor1d(valuesOf(tensors, bias)));
  return ([x]) => {
    const parts = groups === 1 ? [x as tf.Tensor4D] : tf.split(x as tf.Tensor4D, groups, 3);
    const outputs = parts.map((part, group) =>
      tf.conv2d(padded(part, padding), filters[group]! as tf.Tensor4D, stride, "valid")
    );
    const joined = groups === 1 ? outputs[0]! : tf.concat(outputs, 3);
    return summand === undefined ? joined : tf.add(joined, summand);
  };
}

/** The least value in single precision: no maximum but of itself. */
const lowest = -(2 - 2 ** -23) * 2 ** 127;

function padded(
  x: tf.Tensor | undefined,
  [top, left, bottom, right]: Padding,
  value = 0,
): tf.Tensor4D {
  if (top + left + bottom + right === 0) return x as tf.Tensor4D;
  return tf.pad(x as tf.Tensor4D, [[0, 0], [top, bottom], [left, right], [0, 0]], value);
}
