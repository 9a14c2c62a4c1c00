import { type Checkpoint, isFloating } from "../checkpoints/checkpoint.ts";
import type {
  ImageSize,
  NetworkDescription,
  NetworkNode,
  ParameterDescription,
} from "./description.ts";

/** A description but for its normalization, which doesn't follow from the tensors' names and shapes. */
export type NetworkStructure = Omit<NetworkDescription, "normalization">;

/** The names of a convolution's or a linear layer's tensors. */
export interface WeightNames {
  readonly weight: string;
  readonly bias?: string;
}

/** The names of a batch norm's tensors, and its epsilon. */
export interface NormNames {
  readonly scale: string;
  readonly offset: string;
  readonly mean: string;
  readonly variance: string;
  readonly epsilon: number;
}

export interface ConvolutionOptions extends WeightNames {
  /** Output channels; read off the tensor where not given. */
  readonly channels?: number;
  readonly kernel: number;
  /** @default {1} */
  readonly stride?: number;
  /** On all four sides, or TensorFlow's rule of that name: `ceil(input / stride)` outputs, an odd pixel to the bottom and right. @default {0} */
  readonly padding?: number | "same";
  /** @default {false} */
  readonly depthwise?: boolean;
}

export interface MaxPoolOptions {
  readonly window: number;
  readonly stride: number;
  /** On all four sides, or PyTorch's ceil_mode without any: a last window that reaches over the bottom or right edge counts. */
  readonly padding: number | "ceil";
}

/** Takes down a network node by node, each a method that returns its value's name, and holds the checkpoint's tensors to it. */
export interface NetworkBuilder {
  readonly input: string;
  /** Shape of a value without the batch axis. */
  shapeOf(value: string): readonly number[];
  convolution(name: string, input: string, options: ConvolutionOptions): string;
  batchNormalization(name: string, input: string, names: NormNames): string;
  relu(input: string): string;
  relu6(input: string): string;
  add(name: string, first: string, second: string): string;
  concatenate(name: string, inputs: readonly string[]): string;
  maxPool(name: string, input: string, options: MaxPoolOptions): string;
  averagePool(name: string, input: string, options: { window: number; stride: number }): string;
  globalAveragePool(input: string): string;
  subsample(name: string, input: string, options: { stride: number }): string;
  /** As many zero channels in front as behind. `because` names the tensor that asks for `channels`. */
  padChannels(
    name: string,
    input: string,
    options: { channels: number; because: string },
  ): string;
  flatten(input: string): string;
  linear(name: string, input: string, names: Required<WeightNames>): string;
  /** The structure, once every tensor has found its place. */
  finish(title: string): NetworkStructure;
}

/** What may be in a checkpoint without a part in inference. */
const ignored = /(^|\.)num_batches_tracked$/;

const wholeMap = 3;

/**
 * Starts a network whose tensors come from the checkpoint.
 *
 * Its methods throw a TypeError on the first tensor that is missing, is not float32 or has another shape than the network so far
 * asks for, `finish` on one that the network has no place for.
 */
export function buildDescription(
  network: string,
  checkpoint: Checkpoint,
  input: ImageSize,
): NetworkBuilder {
  const { tensors } = checkpoint;
  const nodes: NetworkNode[] = [];
  const shapes = new Map<string, readonly number[]>();
  const parameters = new Map<string, ParameterDescription>();

  function addNode<N extends NetworkNode>(node: N): string {
    nodes.push(node);
    shapes.set(node.name, node.shape);
    return node.name;
  }

  function shapeOf(value: string): readonly number[] {
    return shapes.get(value)!;
  }

  function mapOf(value: string): readonly [channels: number, height: number, width: number] {
    const shape = shapeOf(value);
    if (shape.length !== wholeMap) throw new TypeError(`${value} is not a feature map`);
    return shape as readonly [number, number, number];
  }

  /** Takes a tensor of the checkpoint; `undefined` in the expected shape is any size. */
  function parameter(name: string, expected: readonly (number | undefined)[]): readonly number[] {
    const wanted = formatShape(expected);
    const tensor = tensors.get(name);
    if (tensor === undefined) {
      throw refusal(network, `tensor ${name} of shape ${wanted} is missing`);
    }
    const { shape } = tensor;
    if (
      shape.length !== expected.length ||
      expected.some((size, axis) => size !== undefined && size !== shape[axis])
    ) {
      throw refusal(
        network,
        `tensor ${name} must have shape ${wanted}, but has ${formatShape(shape)}`,
      );
    }
    if (!isFloating(tensor)) {
      throw refusal(network, `tensor ${name} of shape ${wanted} must hold floating-point values`);
    }
    if (shape.includes(0)) {
      throw refusal(
        network,
        `tensor ${name} must hold values, but has shape ${formatShape(shape)}`,
      );
    }
    parameters.set(name, { name, shape: [...shape] });
    return shape;
  }

  const inputName = addNode({
    kind: "input",
    name: "input",
    inputs: [],
    shape: [3, input.height, input.width],
  });

  return {
    input: inputName,
    shapeOf,

    convolution(name, input, options) {
      const { weight, bias, kernel, stride = 1, padding = 0, depthwise = false } = options;
      const [channels, height, width] = mapOf(input);
      const groups = depthwise ? channels : 1;
      const [out] = parameter(weight, [options.channels, channels / groups, kernel, kernel]);
      if (bias !== undefined) parameter(bias, [out]);
      const [top, bottom] = padSides(height, kernel, stride, padding);
      const [left, right] = padSides(width, kernel, stride, padding);
      return addNode({
        kind: "convolution",
        name,
        inputs: [input],
        shape: [
          out!,
          countWindows(height + top + bottom, kernel, stride),
          countWindows(width + left + right, kernel, stride),
        ],
        weight,
        ...(bias === undefined ? {} : { bias }),
        stride,
        padding: [top, left, bottom, right],
        groups,
      });
    },

    batchNormalization(name, input, names) {
      const [channels] = mapOf(input);
      for (const tensor of [names.scale, names.offset, names.mean, names.variance]) {
        parameter(tensor, [channels]);
      }
      const { scale, offset, mean, variance, epsilon } = names;
      return addNode({
        kind: "batch-normalization",
        name,
        inputs: [input],
        shape: shapeOf(input),
        scale,
        offset,
        mean,
        variance,
        epsilon,
      });
    },

    relu(input) {
      return addNode({
        kind: "relu",
        name: `${input}.relu`,
        inputs: [input],
        shape: shapeOf(input),
      });
    },

    relu6(input) {
      return addNode({
        kind: "relu6",
        name: `${input}.relu6`,
        inputs: [input],
        shape: shapeOf(input),
      });
    },

    add(name, first, second) {
      return addNode({ kind: "add", name, inputs: [first, second], shape: shapeOf(first) });
    },

    concatenate(name, inputs) {
      const [, height, width] = mapOf(inputs[0]!);
      const channels = inputs.reduce((sum, input) => sum + mapOf(input)[0], 0);
      return addNode({ kind: "concatenate", name, inputs, shape: [channels, height, width] });
    },

    maxPool(name, input, { window, stride, padding }) {
      const [channels, height, width] = mapOf(input);
      const [top, bottom] = poolSides(height, window, stride, padding);
      const [left, right] = poolSides(width, window, stride, padding);
      return addNode({
        kind: "max-pool",
        name,
        inputs: [input],
        shape: [
          channels,
          countWindows(height + top + bottom, window, stride),
          countWindows(width + left + right, window, stride),
        ],
        window,
        stride,
        padding: [top, left, bottom, right],
      });
    },

    averagePool(name, input, { window, stride }) {
      const [channels, height, width] = mapOf(input);
      return addNode({
        kind: "average-pool",
        name,
        inputs: [input],
        shape: [
          channels,
          countWindows(height, window, stride),
          countWindows(width, window, stride),
        ],
        window,
        stride,
      });
    },

    globalAveragePool(input) {
      const [channels] = mapOf(input);
      return addNode({
        kind: "global-average-pool",
        name: `${input}.mean`,
        inputs: [input],
        shape: [channels, 1, 1],
      });
    },

    subsample(name, input, { stride }) {
      const [channels, height, width] = mapOf(input);
      return addNode({
        kind: "subsample",
        name,
        inputs: [input],
        shape: [channels, Math.ceil(height / stride), Math.ceil(width / stride)],
        stride,
      });
    },

    padChannels(name, input, { channels, because }) {
      const [from, height, width] = mapOf(input);
      const side = (channels - from) / 2;
      if (!Number.isInteger(side) || side < 0) {
        throw refusal(
          network,
          `tensor ${because} must have an even number of output channels more than ${from}, for as many zeros on both sides of its shortcut, but has shape ${
            formatShape(tensors.get(because)!.shape)
          }`,
        );
      }
      return addNode({
        kind: "pad-channels",
        name,
        inputs: [input],
        shape: [channels, height, width],
        before: side,
        after: side,
      });
    },

    flatten(input) {
      const features = shapeOf(input).reduce((product, size) => product * size, 1);
      return addNode({
        kind: "flatten",
        name: `${input}.flat`,
        inputs: [input],
        shape: [features],
      });
    },

    linear(name, input, { weight, bias }) {
      const [out] = parameter(weight, [undefined, ...shapeOf(input)]);
      parameter(bias, [out]);
      return addNode({ kind: "linear", name, inputs: [input], shape: [out!], weight, bias });
    },

    finish(title) {
      for (const [name, { shape }] of tensors) {
        if (!parameters.has(name) && !ignored.test(name)) {
          throw refusal(
            network,
            `tensor ${name} of shape ${formatShape(shape)} has no place in it`,
          );
        }
      }
      const [classes] = nodes.at(-1)!.shape;
      return {
        network,
        title,
        input: { height: input.height, width: input.width },
        classes: classes!,
        parameters: [...parameters.values()],
        nodes,
      };
    },
  };
}

/** How many blocks the tensors' names number: one more than the largest number that the pattern captures, at least 1. */
export function countBlocks({ tensors }: Checkpoint, pattern: RegExp): number {
  let count = 1;
  for (const name of tensors.keys()) {
    const number = name.match(pattern)?.[1];
    if (number !== undefined) count = Math.max(count, Number(number) + 1);
  }
  return count;
}

/** Whether a tensor's name matches. */
export function hasTensor({ tensors }: Checkpoint, pattern: RegExp): boolean {
  return tensors.keys().some((name) => pattern.test(name));
}

function refusal(network: string, reason: string): TypeError {
  return new TypeError(`Cannot use the checkpoint as ${network}: ${reason}`);
}

function formatShape(shape: readonly (number | undefined)[]): string {
  return `[${shape.map((size) => size ?? "any").join(", ")}]`;
}

function padSides(
  size: number,
  kernel: number,
  stride: number,
  padding: number | "same",
): readonly [before: number, after: number] {
  if (padding !== "same") return [padding, padding];
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

function countWindows(size: number, window: number, stride: number): number {
  return Math.floor((size - window) / stride) + 1;
}

function poolSides(
  size: number,
  window: number,
  stride: number,
  padding: number | "ceil",
): readonly [before: number, after: number] {
  if (padding !== "ceil") return [padding, padding];
  return [0, Math.ceil((size - window) / stride) * stride + window - size];
}
