import * as tf from "@tensorflow/tfjs";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type {
  BatchNormalizationNode,
  ConvolutionNode,
  LinearNode,
  NetworkDescription,
  NetworkNode,
  Padding,
} from "./description.ts";
import { affineOf, foldBatchNorm, readersOf, valuesOf } from "./fold_batch_norm.ts";

type Tensors = Checkpoint["tensors"];

/** One operation in TensorFlow.js. Value 0 is the image, value `i + 1` what step `i` computes. */
export interface Step {
  readonly inputs: readonly number[];
  apply(inputs: readonly tf.Tensor[]): tf.Tensor;
  /** The values that no later step reads. */
  readonly last: readonly number[];
}

/** Steps, and the tensors that they hold. */
export interface CompiledNetwork {
  readonly steps: readonly Step[];
  readonly weights: tf.Tensor[];
}

type Activation = "relu" | "relu6";
type Apply = Step["apply"];

/** Keeps a tensor for as long as the network lives, and returns it. */
type Keep = <T extends tf.Tensor>(tensor: T) => T;

/**
 * Turns a description into steps, in TensorFlow.js's order of axes (`[size, height, width, channels]`, filters
 * `[height, width, in, out]`). Batch norms are folded into convolutions, activations are done by the convolution before them.
 *
 * To be called within `tf.tidy`, which keeps the weights that it returns and frees what led to them.
 */
export function compile(original: NetworkDescription, originalTensors: Tensors): CompiledNetwork {
  const { description: { nodes }, tensors } = foldBatchNorm(original, originalTensors);
  const readers = readersOf(nodes);
  const weights: tf.Tensor[] = [];
  const keep: Keep = (tensor) => {
    weights.push(tensor);
    return tensor;
  };

  const steps: { inputs: number[]; apply: Apply; last: number[] }[] = [];
  const valueOf = new Map<string, number>();
  for (const node of nodes) {
    if (valueOf.has(node.name)) continue;
    if (node.kind === "input") {
      valueOf.set(node.name, 0);
      continue;
    }
    const activation = activationAfter(node, readers.get(node.name) ?? []);
    steps.push({
      inputs: node.inputs.map((input) => valueOf.get(input)!),
      apply: compileNode(node, tensors, keep, activation?.kind),
      last: [],
    });
    valueOf.set(node.name, steps.length);
    if (activation) valueOf.set(activation.name, steps.length);
  }
  const lastReaders = new Map<number, number>();
  steps.forEach(({ inputs }, i) => inputs.forEach((input) => lastReaders.set(input, i)));
  for (const [value, i] of lastReaders) steps[i]!.last.push(value);
  return { steps, weights };
}

/** The activation that the convolution can do by itself: the one reader of its value. */
function activationAfter(
  node: NetworkNode,
  readers: readonly NetworkNode[],
): { readonly name: string; readonly kind: Activation } | undefined {
  const [reader] = readers;
  const fusable = node.kind === "convolution" || node.kind === "batch-normalization";
  return fusable && readers.length === 1 && (reader?.kind === "relu" || reader?.kind === "relu6")
    ? reader
    : undefined;
}

function compileNode(
  node: Exclude<NetworkNode, { kind: "input" }>,
  tensors: Tensors,
  keep: Keep,
  activation: Activation | undefined,
): Apply {
  switch (node.kind) {
    case "convolution":
      return compileConvolution(node, tensors, keep, activation);
    case "batch-normalization":
      return compileNorm(node, tensors, keep, activation);
    case "relu":
      return ([x]) => tf.relu(x!);
    case "relu6":
      return ([x]) => tf.relu6(x!);
    case "add":
      return ([a, b]) => tf.add(a!, b!);
    case "concatenate":
      return (inputs) => tf.concat([...inputs], 3);
    case "max-pool":
      return ([x]) => tf.maxPool(map(x), node.window, node.stride, explicit(node.padding));
    case "average-pool":
      return ([x]) => tf.avgPool(map(x), node.window, node.stride, "valid");
    case "global-average-pool":
      // On wasm fifteen times as fast as tf.mean.
      return ([x]) => tf.avgPool(map(x), [map(x).shape[1], map(x).shape[2]], 1, "valid");
    case "subsample":
      // On wasm a hundred times as fast as tf.stridedSlice.
      return ([x]) => tf.maxPool(map(x), 1, node.stride, "valid");
    case "pad-channels":
      return ([x]) => tf.pad(x!, [[0, 0], [0, 0], [0, 0], [node.before, node.after]]);
    case "flatten":
      return ([x]) => {
        const [size, height, width, channels] = map(x).shape;
        // Channel by channel, as described; with one pixel nothing needs to move.
        const channelsFirst = height * width === 1 ? map(x) : tf.transpose(map(x), [0, 3, 1, 2]);
        return tf.reshape(channelsFirst, [size, channels * height * width]);
      };
    case "linear":
      return compileLinear(node, tensors, keep);
  }
}

function compileConvolution(
  { weight, bias, stride, padding, groups }: ConvolutionNode,
  tensors: Tensors,
  keep: Keep,
  activation: Activation | undefined,
): Apply {
  const shape = tensors.get(weight)!.shape as readonly [number, number, number, number];
  const [out, perGroup, height, width] = shape;
  const filter = tf.transpose(tf.tensor4d(valuesOf(tensors, weight), [...shape]), [2, 3, 1, 0]);
  const options = {
    strides: stride,
    pad: explicit(padding),
    ...(bias === undefined ? {} : { bias: keep(tf.tensor1d(valuesOf(tensors, bias))) }),
    ...(activation === undefined ? {} : { activation }),
  };
  if (groups === 1) {
    keep(filter);
    return ([x]) => tf.fused.conv2d({ x: map(x), filter, ...options });
  }
  if (perGroup === 1) {
    // [height, width, 1, groups * multiplier] row by row is [height, width, groups, multiplier].
    const depthwise = keep(
      tf.reshape<tf.Rank.R4>(filter, [height, width, groups, out / groups]),
    );
    return ([x]) => depthwiseConvolution(map(x), depthwise, options);
  }
  const filters = tf.split(filter, groups, 3).map(keep);
  const { bias: summand, activation: function_, ...geometry } = options;
  return ([x]) => {
    const parts = tf.split<tf.Tensor4D>(map(x), groups, 3).map((part, group) =>
      tf.conv2d(part, map(filters[group]), geometry.strides, geometry.pad)
    );
    const joined = tf.concat(parts, 3);
    const sum = summand === undefined ? joined : tf.add<tf.Tensor4D>(joined, summand);
    return function_ === undefined ? sum : tf[function_](sum);
  };
}

/** A norm that couldn't be folded, as a depthwise 1x1 convolution: on wasm six times as fast as multiplying and adding. */
function compileNorm(
  node: BatchNormalizationNode,
  tensors: Tensors,
  keep: Keep,
  activation: Activation | undefined,
): Apply {
  const { factors, summands } = affineOf(node, tensors);
  const filter = keep(tf.tensor4d(Float32Array.from(factors), [1, 1, factors.length, 1]));
  const bias = keep(tf.tensor1d(Float32Array.from(summands)));
  const options = {
    strides: 1,
    pad: "valid",
    bias,
    ...(activation ? { activation } : {}),
  } as const;
  return ([x]) => depthwiseConvolution(map(x), filter, options);
}

function compileLinear({ weight, bias }: LinearNode, tensors: Tensors, keep: Keep): Apply {
  const shape = tensors.get(weight)!.shape as readonly [number, number];
  const matrix = keep(tf.transpose(tf.tensor2d(valuesOf(tensors, weight), [...shape])));
  const summand = keep(tf.tensor1d(valuesOf(tensors, bias)));
  return ([x]) => tf.fused.matMul({ a: x as tf.Tensor2D, b: matrix, bias: summand });
}

function depthwiseConvolution(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  options: {
    readonly strides: number;
    readonly pad: ReturnType<typeof explicit>;
    readonly bias?: tf.Tensor1D;
    readonly activation?: Activation;
  },
): tf.Tensor4D {
  // The type lacks explicit padding, which works as in conv2d.
  return tf.fused.depthwiseConv2d({ x, filter, ...options, pad: options.pad as "valid" });
}

/** A feature map with its batch axis: every value but what follows a flatten is one. */
function map(x: tf.Tensor | undefined): tf.Tensor4D {
  return x as tf.Tensor4D;
}

function explicit([top, left, bottom, right]: Padding): "valid" | ExplicitPadding {
  return top + left + bottom + right === 0
    ? "valid"
    : [[0, 0], [top, bottom], [left, right], [0, 0]];
}

type Sides = [before: number, after: number];
type ExplicitPadding = [Sides, Sides, Sides, Sides];
