import * as tf from "@tensorflow/tfjs";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { ConvolutionNode, NetworkDescription, NetworkNode, Padding } from "./description.ts";
import { affineOf, valuesOf } from "./fold_batch_norm.ts";

type Tensors = Checkpoint["tensors"];

/**
 * A network of plain operations, one for each node: TensorFlow.js's wasm backend differentiates these with respect to values,
 * though not weights, which the fused operations of `compile` don't let it. Batch norms are applied as they are.
 */
export interface PlainNetwork {
  /** What the network sees of pixels in [0, 255], R G B, `[size, height, width, 3]`. */
  normalize(pixels: tf.Tensor4D): tf.Tensor4D;
  /**
   * The values of all nodes by name, of normalized images.
   *
   * @param summands Tensors that are added to the values of nodes.
   */
  values(
    images: tf.Tensor4D,
    summands?: ReadonlyMap<string, tf.Tensor>,
  ): ReadonlyMap<string, tf.Tensor>;
  /** Frees the memory of the weights. */
  dispose(): void;
}

/** Keeps a tensor for as long as the network lives, and returns it. */
export type Keep = <T extends tf.Tensor>(make: () => T) => T;

/**
 * Makes a convolution without padding.
 *
 * @param filter `[height, width, in / groups, out]`.
 */
export type MakeConvolution = (
  filter: tf.Tensor4D,
  options: { readonly stride: number; readonly groups: number },
  keep: Keep,
) => (x: tf.Tensor4D) => tf.Tensor4D;

/** What a node makes of its inputs. */
type Apply = (inputs: readonly tf.Tensor[]) => tf.Tensor;

/**
 * Builds it on the backend in use.
 *
 * @param makeConvolution How its convolutions are computed, and differentiated.
 */
export function plainNetwork(
  { nodes, normalization }: NetworkDescription,
  tensors: Tensors,
  makeConvolution: MakeConvolution = convolutionByGroups,
): PlainNetwork {
  const kept: tf.Tensor[] = [];
  const keep: Keep = (make) => {
    const tensor = tf.keep(tf.tidy(make));
    kept.push(tensor);
    return tensor;
  };
  const means = keep(() => tf.tensor1d([...normalization.mean]));
  const deviations = keep(() => tf.tensor1d([...normalization.standardDeviation]));
  const steps = nodes.map((node) => ({
    ...node,
    apply: node.kind === "input" ? undefined : applyOf(node, tensors, keep, makeConvolution),
  }));
  return {
    normalize: (pixels) => tf.div(tf.sub(tf.div(pixels, 255), means), deviations),
    values(images, summands) {
      const values = new Map<string, tf.Tensor>();
      for (const { name, inputs, apply } of steps) {
        const value = apply?.(inputs.map((input) => values.get(input)!)) ?? images;
        const summand = summands?.get(name);
        values.set(name, summand === undefined ? value : tf.add(value, summand));
      }
      return values;
    },
    dispose: () => tf.dispose(kept),
  };
}

function applyOf(
  node: Exclude<NetworkNode, { kind: "input" }>,
  tensors: Tensors,
  keep: Keep,
  makeConvolution: MakeConvolution,
): Apply {
  switch (node.kind) {
    case "convolution":
      return convolutionOf(node, tensors, keep, makeConvolution);
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
  keep: Keep,
  makeConvolution: MakeConvolution,
): Apply {
  const filter = keep(() =>
    tf.transpose(tf.tensor4d(valuesOf(tensors, weight), shapeOf(tensors, weight)), [2, 3, 1, 0])
  );
  const convolve = makeConvolution(filter, { stride, groups }, keep);
  const summand = bias === undefined ? undefined : keep(() => tf.tensor1d(valuesOf(tensors, bias)));
  return ([x]) => {
    const outputs = convolve(padded(x, padding));
    return summand === undefined ? outputs : tf.add(outputs, summand);
  };
}

/** TensorFlow.js's own convolution, group by group, as its grouped ones can't be differentiated on wasm. */
const convolutionByGroups: MakeConvolution = (filter, { stride, groups }, keep) => {
  const [height, width, inputs, outputs] = filter.shape;
  const size = outputs / groups;
  const filters = groups === 1 ? [filter] : Array.from(
    { length: groups },
    (_, group) =>
      keep(() => tf.slice(filter, [0, 0, 0, group * size], [height, width, inputs, size])),
  );
  return (x) => {
    const parts = groups === 1 ? [x] : tf.split<tf.Tensor4D>(x, groups, 3);
    const outputs = parts.map((part, group) => tf.conv2d(part, filters[group]!, stride, "valid"));
    return groups === 1 ? outputs[0]! : tf.concat(outputs, 3);
  };
};

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
