import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type {
  BatchNormalizationNode,
  ConvolutionNode,
  LinearNode,
  NetworkDescription,
  NetworkNode,
  Normalization,
} from "./description.ts";
import { affineOf, isFolded, valuesOf } from "./fold_batch_norm.ts";
import {
  clippedGaussianMoments,
  largestGaussianMoments,
  type MeanAndVariance,
} from "./gaussian_moments.ts";
import { kernelCoverage } from "./kernel_coverage.ts";
import { imagenetNormalization } from "./normalization.ts";

type Tensors = Checkpoint["tensors"];

/** Mean and variance of each channel of a feature map, or of each feature of a vector, over images and positions. */
export interface ChannelMoments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/**
 * The correlation that is assumed between two positions of one channel within a kernel or a pooling window.
 *
 * It matters only where no batch norm with statistics follows: networks without norms, folded ones, and pooling.
 */
const spatialCorrelation = 0.5;

/**
 * How much of the squared mean of its inputs a convolution or linear layer without statistics behind it sees as variance: channels
 * rise and fall together from image to image, here with half their mean as deviation. With independent channels alone the variance
 * would die out within a few layers.
 */
const commonVariation = 0.25;

/**
 * Mean and variance of what each convolution and linear layer reads, told by the network's own numbers without any data: for each weight
 * tensor's name those of its input channels (of a linear layer: its input features), before padding.
 *
 * After Nagel et al. ("Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, section 4.2.1): a batch norm
 * that has statistics of its own leaves each channel with mean `offset` and variance `scale^2 variance / (variance + epsilon)`, taken
 * as Gaussian; ReLU and ReLU6 clip that law. Beyond the paper, and as far as assumptions go:
 *
 * - pixels have the mean and deviation per channel that are usual for ImageNet, seen through the network's normalization;
 * - channels, and the two sides of an addition, are independent, so that variances add up;
 * - positions within a kernel or a pooling window are Gaussian with correlation 0.5: the mean over n has the variance times
 *   `0.5 + 0.5 / n`, the maximum follows from the order statistics of n independent ones;
 * - through a convolution without a norm behind it (and through a norm that is the identity but for its offset, as folding leaves
 *   it) mean and variance are carried by the weights, the variance enlarged by a quarter of the squared mean. That figure and the
 *   correlation were chosen on SqueezeNet 1.1; there a layer's mean comes out within a factor of two and its variance of five, its single
 *   channels past the first layers not at all.
 *   Where the original with its norms is at hand, take its moments, since folding doesn't change what layers read.
 *
 * Never NaN: a channel that is always 0 has variance 0. Nothing that was passed in is changed. O(number of weights).
 *
 * @throws {RangeError} If a tensor holds a value that is not finite, or a variance is negative.
 *
 * @example
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint } from "@bitbell/bitbell/datasets";
 * import { describeNetwork, inputMoments } from "@bitbell/bitbell/networks";
 * import { assertEquals } from "@std/assert";
 *
 * const checkpoint = await loadCheckpoint(embeddedCheckpoint("resnet20-cifar10"));
 * const moments = inputMoments(describeNetwork(checkpoint), checkpoint.tensors);
 * // The image, in units of its normalization.
 * assertEquals([...moments.get("conv1.weight")!.variance], [1, 1, 1]);
 * // What ReLU leaves is positive.
 * assertEquals(moments.get("layer1.0.conv1.weight")!.mean.every((mean) => mean >= 0), true);
 * ```
 */
export function inputMoments(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
): Map<string, ChannelMoments> {
  assertFinite(description, tensors);
  const values = new Map<string, Value>();
  const shapes = new Map<string, readonly number[]>();
  const found = new Map<string, ChannelMoments>();
  for (const node of description.nodes) {
    const inputs = node.inputs.map((name) => values.get(name)!);
    const inputShapes = node.inputs.map((name) => shapes.get(name)!);
    if (node.kind === "convolution" || node.kind === "linear") {
      found.set(node.weight, momentsOf(inputs[0]!));
    }
    values.set(
      node.name,
      node.kind === "input"
        ? { gaussian: imageMoments(description.normalization) }
        : valueAfter(node, inputs, inputShapes, tensors),
    );
    shapes.set(node.name, node.shape);
  }
  return found;
}

/** A value of the network: Gaussian, or what clipping to `[0, clip]` leaves of a Gaussian. */
interface Value {
  readonly gaussian: ChannelMoments;
  /** Infinity after ReLU, 6 after ReLU6. */
  readonly clip?: number;
}

function valueAfter(
  node: Exclude<NetworkNode, { kind: "input" }>,
  inputs: readonly Value[],
  inputShapes: readonly (readonly number[])[],
  tensors: Tensors,
): Value {
  const first = inputs[0]!;
  switch (node.kind) {
    case "convolution":
      return { gaussian: convolve(node, momentsOf(first), inputShapes[0]!, tensors) };
    case "linear":
      return { gaussian: multiply(node, momentsOf(first), tensors) };
    case "batch-normalization":
      return { gaussian: normalize(node, momentsOf(first), tensors) };
    case "relu":
      return { ...first, clip: first.clip ?? Infinity };
    case "relu6":
      return { ...first, clip: Math.min(first.clip ?? 6, 6) };
    case "add":
      return { gaussian: add(inputs.map(momentsOf)) };
    case "concatenate":
      return concatenate(inputs);
    case "max-pool":
      // Clipping is monotonic, so the maximum of clipped values is the clipped maximum.
      return { ...first, gaussian: largest(first.gaussian, node.window ** 2) };
    case "average-pool":
      return { gaussian: average(momentsOf(first), node.window ** 2) };
    case "global-average-pool": {
      const [, height, width] = inputShapes[0]!;
      return { gaussian: average(momentsOf(first), height! * width!) };
    }
    case "subsample":
      return first;
    case "pad-channels":
      return { ...first, gaussian: padChannels(first.gaussian, node) };
    case "flatten": {
      const [, height = 1, width = 1] = inputShapes[0]!;
      return { ...first, gaussian: repeat(first.gaussian, height * width) };
    }
  }
}

function momentsOf({ gaussian, clip }: Value): ChannelMoments {
  return clip === undefined
    ? gaussian
    : mapChannels(gaussian, (channel) => clippedGaussianMoments(channel, clip));
}

function mapChannels(
  { mean, variance }: ChannelMoments,
  change: (channel: MeanAndVariance) => MeanAndVariance,
): ChannelMoments {
  const changed = { mean: new Float64Array(mean.length), variance: new Float64Array(mean.length) };
  for (let c = 0; c < mean.length; c++) {
    const moments = change({ mean: mean[c]!, variance: variance[c]! });
    changed.mean[c] = moments.mean;
    changed.variance[c] = moments.variance;
  }
  return changed;
}

function imageMoments({ mean, standardDeviation }: Normalization): ChannelMoments {
  const { mean: means, standardDeviation: deviations } = imagenetNormalization;
  return {
    mean: Float64Array.from(means, (value, c) => (value - mean[c]!) / standardDeviation[c]!),
    variance: Float64Array.from(deviations, (value, c) => (value / standardDeviation[c]!) ** 2),
  };
}

function normalize(
  norm: BatchNormalizationNode,
  input: ChannelMoments,
  tensors: Tensors,
): ChannelMoments {
  const offset = valuesOf(tensors, norm.offset), variance = valuesOf(tensors, norm.variance);
  if (isFolded(norm, tensors)) {
    return { mean: input.mean.map((mean, c) => mean + offset[c]!), variance: input.variance };
  }
  return {
    mean: Float64Array.from(offset),
    variance: affineOf(norm, tensors).factors.map((factor, c) => factor * factor * variance[c]!),
  };
}

function convolve(
  node: ConvolutionNode,
  { mean, variance }: ChannelMoments,
  inputShape: readonly number[],
  tensors: Tensors,
): ChannelMoments {
  const { shape } = tensors.get(node.weight)!;
  const [out, perGroup, height, width] = shape as readonly [number, number, number, number];
  const weights = valuesOf(tensors, node.weight);
  const biases = node.bias === undefined ? undefined : valuesOf(tensors, node.bias);
  const coverage = kernelCoverage(node, inputShape, [height, width]);
  const result = { mean: new Float64Array(out), variance: new Float64Array(out) };
  let at = 0;
  for (let o = 0; o < out; o++) {
    const firstChannel = Math.floor(o * node.groups / out) * perGroup;
    let outputMean = biases?.[o] ?? 0, outputVariance = 0;
    for (let c = firstChannel; c < firstChannel + perGroup; c++) {
      let sum = 0, squares = 0;
      for (const share of coverage) {
        const weight = weights[at++]!;
        sum += share * weight;
        squares += share * weight * weight;
      }
      outputMean += sum * mean[c]!;
      outputVariance += (variance[c]! + commonVariation * mean[c]! ** 2) *
        (spatialCorrelation * sum * sum + (1 - spatialCorrelation) * squares);
    }
    result.mean[o] = outputMean;
    result.variance[o] = outputVariance;
  }
  return result;
}

function multiply(node: LinearNode, input: ChannelMoments, tensors: Tensors): ChannelMoments {
  const weights = valuesOf(tensors, node.weight), biases = valuesOf(tensors, node.bias);
  const features = input.mean.length;
  const mean = Float64Array.from(biases), variance = new Float64Array(biases.length);
  for (let i = 0; i < weights.length; i++) {
    const o = Math.floor(i / features), feature = i % features, weight = weights[i]!;
    mean[o]! += weight * input.mean[feature]!;
    variance[o]! += weight * weight *
      (input.variance[feature]! + commonVariation * input.mean[feature]! ** 2);
  }
  return { mean, variance };
}

function add(inputs: readonly ChannelMoments[]): ChannelMoments {
  const sum = (arrays: readonly Float64Array[]) =>
    arrays[0]!.map((_, c) => arrays.reduce((total, array) => total + array[c]!, 0));
  return {
    mean: sum(inputs.map(({ mean }) => mean)),
    variance: sum(inputs.map(({ variance }) => variance)),
  };
}

function concatenate(inputs: readonly Value[]): Value {
  const { clip } = inputs[0]!;
  // Clipped alike, they stay Gaussians to be clipped.
  const alike = inputs.every((input) => input.clip === clip);
  const parts = inputs.map((input) => alike ? input.gaussian : momentsOf(input));
  const join = (arrays: readonly Float64Array[]) =>
    Float64Array.from(arrays.flatMap((array) => [...array]));
  const gaussian = {
    mean: join(parts.map(({ mean }) => mean)),
    variance: join(parts.map(({ variance }) => variance)),
  };
  return alike && clip !== undefined ? { gaussian, clip } : { gaussian };
}

/** With a common part of variance `spatialCorrelation`, only the rest of each position competes. */
function largest(input: ChannelMoments, count: number): ChannelMoments {
  const standard = largestGaussianMoments(count);
  const own = 1 - spatialCorrelation;
  return mapChannels(input, ({ mean, variance }) => ({
    mean: mean + Math.sqrt(own * variance) * standard.mean,
    variance: variance * (spatialCorrelation + own * standard.variance),
  }));
}

function average({ mean, variance }: ChannelMoments, count: number): ChannelMoments {
  const share = spatialCorrelation + (1 - spatialCorrelation) / count;
  return { mean, variance: variance.map((value) => value * share) };
}

function padChannels(
  { mean, variance }: ChannelMoments,
  { before, after }: { readonly before: number; readonly after: number },
): ChannelMoments {
  const pad = (values: Float64Array) => {
    const padded = new Float64Array(before + values.length + after);
    padded.set(values, before);
    return padded;
  };
  return { mean: pad(mean), variance: pad(variance) };
}

function repeat({ mean, variance }: ChannelMoments, times: number): ChannelMoments {
  const spread = (values: Float64Array) =>
    Float64Array.from({ length: values.length * times }, (_, i) => values[Math.floor(i / times)]!);
  return { mean: spread(mean), variance: spread(variance) };
}

function assertFinite({ parameters, title }: NetworkDescription, tensors: Tensors): void {
  for (const { name } of parameters) {
    const values = valuesOf(tensors, name);
    const index = values.findIndex((value) => !Number.isFinite(value));
    if (index < 0) continue;
    throw new RangeError(
      `Cannot tell the moments of ${title} as values must be finite: tensor ${name} has ${
        values[index]
      } at index ${index}`,
    );
  }
}
