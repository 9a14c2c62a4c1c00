import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type {
  ConvolutionNode,
  LinearNode,
  NetworkDescription,
  NetworkNode,
} from "../networks/description.ts";
import { foldableConvolutions, isFolded, valuesOf } from "../networks/fold_batch_norm.ts";
import { type ChannelMoments, inputMoments } from "../networks/input_moments.ts";
import { kernelCoverage } from "../networks/kernel_coverage.ts";

/** Options for {@linkcode correctBias}. */
export interface CorrectBiasOptions {
  /**
   * Mean of what each layer reads, by the weight tensor's name.
   *
   * @default {what `inputMoments` tells of the original}
   */
  readonly moments?: ReadonlyMap<string, Pick<ChannelMoments, "mean">>;
}

/** A layer whose expected outputs were restored. */
export interface CorrectedLayer {
  /** Name of its weight tensor. */
  readonly weight: string;
  /** Name of the tensor that was shifted: a norm's mean or offset, or the layer's bias. */
  readonly shifted: string;
}

/** A checkpoint with corrected biases. */
export interface BiasCorrectedCheckpoint {
  /** The quantized tensors, in their order. */
  readonly checkpoint: Checkpoint;
  readonly corrected: readonly CorrectedLayer[];
  /** Names of quantized weight tensors whose layers have neither a bias nor a norm of their own to shift. */
  readonly leftOut: readonly string[];
}

type Layer = ConvolutionNode | LinearNode;

/**
 * Restores the mean of each layer's output channels after quantization, without data: quantized weights differ by `e` from the original, so
 * outputs are off by `e E[x]` on average (Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction",
 * ICCV 2019, section 4.2). That is taken into the running mean of the batch norm behind the layer, into the offset of a folded one,
 * or out of the layer's bias.
 *
 * `E[x]` is that of the original network, {@linkcode inputMoments}: zeros of the padding count by the share of positions that meet
 * them. For a folded checkpoint pass the moments of the one with its norms; for an equalized one divide them by its `inputScales`.
 * A network without norms, as SqueezeNet, needs moments from elsewhere.
 *
 * Nothing more is stored where norms and biases are stored anyway. It is apart from `correctChannels`, which restores the weights' own
 * mean: that is all of it where every input has the same mean. O(number of weights). Nothing that was passed in is changed.
 *
 * Tested against an interpreter of networks in double precision, as no other system's figures were at hand.
 *
 * @param original The checkpoint that was quantized.
 * @param quantized The same tensors, with quantized weights.
 * @param description Of the original, by `describeNetwork`.
 *
 * @throws {TypeError} If a weight tensor of the quantized checkpoint is missing or has another size, or a layer's moments do.
 * @throws {RangeError} If a corrected value is not finite, or there are neither moments nor a norm with statistics.
 *
 * @example
 * ```ts
 * import { correctBias, quantizeCheckpoint } from "@bitbell/bitbell";
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint } from "@bitbell/bitbell/datasets";
 * import { describeNetwork } from "@bitbell/bitbell/networks";
 * import { assertEquals } from "@std/assert";
 *
 * const original = await loadCheckpoint(embeddedCheckpoint("resnet20-cifar10"));
 * const quantized = await quantizeCheckpoint(original, { method: "min-max", bits: 4 });
 * const { corrected, leftOut } = correctBias(original, quantized.checkpoint, describeNetwork(original));
 * assertEquals([corrected.length, leftOut.length], [20, 0]);
 * assertEquals(corrected[1], { weight: "layer1.0.conv1.weight", shifted: "layer1.0.bn1.running_mean" });
 * ```
 */
export function correctBias(
  original: Checkpoint,
  quantized: Checkpoint,
  description: NetworkDescription,
  { moments = momentsByNorms(description, original.tensors) }: CorrectBiasOptions = {},
): BiasCorrectedCheckpoint {
  const { nodes } = description;
  const shapes = new Map(nodes.map(({ name, shape }) => [name, shape]));
  const targets = targetsOf(nodes, quantized.tensors);
  const tensors = new Map(quantized.tensors);
  const corrected: CorrectedLayer[] = [];
  const leftOut: string[] = [];
  for (const node of nodes) {
    if (node.kind !== "convolution" && node.kind !== "linear") continue;
    const inputShape = shapes.get(node.inputs[0]!)!;
    const errors = weightErrors(node.weight, original, quantized);
    if (errors.every((error) => error === 0)) continue;
    const target = targets.get(node.name);
    if (target === undefined) {
      leftOut.push(node.weight);
      continue;
    }
    const means = meansFor(node.weight, moments, inputShape[0]!);
    const coverage = coverageOf(node, inputShape, original);
    const shifts = expectedErrors(node, errors, means, coverage);
    const values = valuesOf(tensors, target.name);
    const data = values.map((value, c) => value + target.sign * shifts[c]!);
    assertFinite(target.name, data);
    tensors.set(target.name, { shape: tensors.get(target.name)!.shape, data });
    corrected.push({ weight: node.weight, shifted: target.name });
  }
  return { checkpoint: { tensors, metadata: quantized.metadata }, corrected, leftOut };
}

/** Moments that rest on statistics: carried by weights alone they are too rough, and would do harm. */
export function momentsByNorms(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
): ReadonlyMap<string, ChannelMoments> {
  const hasStatistics = description.nodes.some((node) =>
    node.kind === "batch-normalization" && !isFolded(node, tensors)
  );
  if (hasStatistics) return inputMoments(description, tensors);
  throw new RangeError(
    `Cannot correct biases without data as ${description.title} has no batch norm with statistics, to tell the means of its layers' inputs: pass moments`,
  );
}

/** A tensor that takes in a shift of a layer's outputs: as it is, or with the opposite sign. */
interface Target {
  readonly name: string;
  readonly sign: 1 | -1;
}

/** By the layer's name. */
function targetsOf(
  nodes: readonly NetworkNode[],
  tensors: Checkpoint["tensors"],
): ReadonlyMap<string, Target> {
  const targets = new Map<string, Target>();
  for (const node of nodes) {
    if ((node.kind === "convolution" || node.kind === "linear") && node.bias !== undefined) {
      targets.set(node.name, { name: node.bias, sign: -1 });
    }
  }
  const convolutions = foldableConvolutions(nodes);
  for (const node of nodes) {
    const convolution = convolutions.get(node.name);
    if (node.kind !== "batch-normalization" || convolution === undefined) continue;
    targets.set(
      convolution.name,
      // Its mean of 0 is what marks a norm as folded.
      isFolded(node, tensors) ? { name: node.offset, sign: -1 } : { name: node.mean, sign: 1 },
    );
  }
  return targets;
}

function weightErrors(name: string, original: Checkpoint, quantized: Checkpoint): Float64Array {
  const before = valuesOf(original.tensors, name);
  const after = quantized.tensors.get(name)?.data;
  if (!(after instanceof Float32Array) || after.length !== before.length) {
    throw new TypeError(
      `Cannot correct biases as the quantized checkpoint must have ${before.length} floating values in tensor ${name}: ${
        after === undefined ? "there is none of that name" : `it has ${after.length}`
      }`,
    );
  }
  return Float64Array.from(after, (value, i) => value - before[i]!);
}

function meansFor(
  weight: string,
  moments: ReadonlyMap<string, Pick<ChannelMoments, "mean">>,
  channels: number,
): Float64Array {
  const means = moments.get(weight)?.mean;
  if (means?.length === channels) return means;
  throw new TypeError(
    `Cannot correct biases as there must be means of ${channels} inputs for ${weight}: their number is ${
      means?.length ?? 0
    }`,
  );
}

/** Of a linear layer: that of its one tap. */
function coverageOf(node: Layer, inputShape: readonly number[], { tensors }: Checkpoint) {
  if (node.kind === "linear") return Float64Array.of(1);
  const [, , height, width] = tensors.get(node.weight)!.shape as readonly [
    number,
    number,
    number,
    number,
  ];
  return kernelCoverage(node, inputShape, [height, width]);
}

/** By how much quantization moves the mean of each output channel. */
function expectedErrors(
  node: Layer,
  errors: Float64Array,
  means: Float64Array,
  coverage: Float64Array,
): Float64Array {
  const [out] = node.shape as readonly [number];
  const groups = node.kind === "convolution" ? node.groups : 1;
  const perGroup = means.length / groups;
  const shifts = new Float64Array(out);
  let at = 0;
  for (let o = 0; o < out; o++) {
    const firstChannel = Math.floor(o * groups / out) * perGroup;
    for (let c = firstChannel; c < firstChannel + perGroup; c++) {
      let error = 0;
      for (const share of coverage) error += share * errors[at++]!;
      shifts[o]! += error * means[c]!;
    }
  }
  return shifts;
}

function assertFinite(name: string, data: Float32Array): void {
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new RangeError(
    `Cannot correct biases as the result must be finite in float32: tensor ${name} would have ${
      data[index]
    } at index ${index}`,
  );
}
