import type { Checkpoint, Tensor } from "../checkpoints/checkpoint.ts";
import type {
  BatchNormalizationNode,
  ConvolutionNode,
  NetworkDescription,
  NetworkNode,
} from "./description.ts";

type Tensors = Checkpoint["tensors"];

/** A description, and the tensors that it names. */
export interface DescribedTensors {
  readonly description: NetworkDescription;
  readonly tensors: Checkpoint["tensors"];
}

/**
 * Folds each batch norm into the convolution before it, where nothing else reads that convolution: its filters are multiplied by
 * `scale / sqrt(variance + epsilon)`, and `offset - mean * factor` is added. Others, as before a convolution in a wide ResNet, stay.
 *
 * The function that the network computes stays the same but for rounding: the products are taken in double precision and rounded to
 * float32 once. So folding after quantization doesn't change what was quantized; folding before it does, since it is the
 * multiplied filters that are quantized then.
 *
 * The folded convolution has the norm's name; its filters keep their tensor's name, its bias takes that of the norm's offset. Nothing
 * that was passed in is changed.
 *
 * @throws {RangeError} If a variance is negative or not a number.
 *
 * @example
 * ```ts
 * import { describeNetwork, foldBatchNorm } from "@bitbell/bitbell/networks";
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const { tensors, metadata } = await loadCheckpoint(embeddedCheckpoint("resnet20-cifar10"));
 * const { description } = foldBatchNorm(describeNetwork({ tensors, metadata }), tensors);
 * assertEquals(description.nodes.some(({ kind }) => kind === "batch-normalization"), false);
 * ```
 */
export function foldBatchNorm(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
): DescribedTensors {
  const convolutions = foldableConvolutions(description.nodes);
  const replaced = new Set([...convolutions.values()].map(({ name }) => name));
  const folded = new Map(tensors);
  const nodes: NetworkNode[] = [];
  for (const node of description.nodes) {
    if (replaced.has(node.name)) continue;
    const convolution = convolutions.get(node.name);
    nodes.push(
      node.kind === "batch-normalization" && convolution
        ? foldInto(convolution, node, folded)
        : node,
    );
  }
  const used = new Set(nodes.flatMap(parametersOf));
  for (const { name } of description.parameters) if (!used.has(name)) folded.delete(name);
  const parameters = description.parameters.filter(({ name }) => used.has(name));
  return { description: { ...description, parameters, nodes }, tensors: folded };
}

/** The convolutions that a batch norm can be folded into, since nothing else reads them, by that norm's name. */
export function foldableConvolutions(
  nodes: readonly NetworkNode[],
): ReadonlyMap<string, ConvolutionNode> {
  const readers = readersOf(nodes);
  const convolutions = new Map<string, ConvolutionNode>();
  for (const node of nodes) {
    const [reader, ...others] = readers.get(node.name) ?? [];
    if (
      node.kind === "convolution" && reader?.kind === "batch-normalization" && others.length === 0
    ) {
      convolutions.set(reader.name, node);
    }
  }
  return convolutions;
}

/** The factor and the summand of each channel that a batch norm comes to. */
export function affineOf(
  { scale, offset, mean, variance, epsilon }: BatchNormalizationNode,
  tensors: Tensors,
): { readonly factors: Float64Array; readonly summands: Float64Array } {
  const [scales, offsets, means, variances] = [
    valuesOf(tensors, scale),
    valuesOf(tensors, offset),
    valuesOf(tensors, mean),
    valuesOf(tensors, variance),
  ];
  const factors = Float64Array.from(scales, (value, channel) => {
    const spread = variances[channel]!;
    if (!(spread >= 0)) {
      throw new RangeError(
        `Cannot normalize by tensor ${variance} as variances must be 0 or more: that of channel ${channel} is ${spread}`,
      );
    }
    return value / Math.sqrt(spread + epsilon);
  });
  const summands = Float64Array.from(
    offsets,
    (value, channel) => value - means[channel]! * factors[channel]!,
  );
  return { factors, summands };
}

/** The values of a tensor that the description was read off, so is there and floating. */
export function valuesOf(tensors: Tensors, name: string): Float32Array {
  return tensors.get(name)!.data as Float32Array;
}

/** For each value, the nodes that read it. */
export function readersOf(
  nodes: readonly NetworkNode[],
): ReadonlyMap<string, readonly NetworkNode[]> {
  const readers = new Map<string, NetworkNode[]>();
  for (const node of nodes) {
    for (const input of node.inputs) {
      const known = readers.get(input);
      if (known) known.push(node);
      else readers.set(input, [node]);
    }
  }
  return readers;
}

/** Whether a norm does no more than add its offset, to float32, as folding into the checkpoint leaves it: it has no statistics. */
export function isFolded(norm: BatchNormalizationNode, tensors: Tensors): boolean {
  const rounding = 2 ** -22;
  return valuesOf(tensors, norm.mean).every((mean) => mean === 0) &&
    affineOf(norm, tensors).factors.every((factor) => Math.abs(factor - 1) <= rounding);
}

/**
 * Filters times a norm's factors, and the bias that it comes to: its offset, less its mean and plus the convolution's own bias, scaled.
 *
 * @param remaining The factor that stays behind, by which the filters are divided.
 */
export function foldedTensors(
  { weight, bias }: ConvolutionNode,
  norm: BatchNormalizationNode,
  tensors: Tensors,
  remaining = 1,
): { readonly weights: Tensor<Float32Array>; readonly biases: Tensor<Float32Array> } {
  const { factors, summands } = affineOf(norm, tensors);
  const { shape } = tensors.get(weight)!;
  const weights = valuesOf(tensors, weight);
  const biases = bias === undefined ? undefined : valuesOf(tensors, bias);
  const perChannel = weights.length / factors.length;
  return {
    weights: {
      shape,
      data: weights.map((value, i) => value * factors[Math.floor(i / perChannel)]! / remaining),
    },
    biases: {
      shape: [factors.length],
      data: Float32Array.from(
        summands,
        (summand, channel) => summand + (biases?.[channel] ?? 0) * factors[channel]!,
      ),
    },
  };
}

function foldInto(
  convolution: ConvolutionNode,
  norm: BatchNormalizationNode,
  tensors: Map<string, Tensor>,
): ConvolutionNode {
  const { weights, biases } = foldedTensors(convolution, norm, tensors);
  tensors.set(convolution.weight, weights);
  tensors.set(norm.offset, biases);
  return { ...convolution, name: norm.name, bias: norm.offset };
}

/** The names of the tensors that a node refers to. */
export function parametersOf(node: NetworkNode): string[] {
  switch (node.kind) {
    case "convolution":
      return node.bias === undefined ? [node.weight] : [node.weight, node.bias];
    case "batch-normalization":
      return [node.scale, node.offset, node.mean, node.variance];
    case "linear":
      return [node.weight, node.bias];
    default:
      return [];
  }
}
