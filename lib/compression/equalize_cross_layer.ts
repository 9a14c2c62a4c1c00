import type { Checkpoint, Tensor } from "../checkpoints/checkpoint.ts";
import type {
  ConvolutionNode,
  LinearNode,
  NetworkDescription,
  NetworkNode,
} from "../networks/description.ts";
import { isFolded, readersOf, valuesOf } from "../networks/fold_batch_norm.ts";

/** Options for {@linkcode equalizeCrossLayer}. */
export interface EqualizeOptions {
  /**
   * Largest number of sweeps over all pairs, an integer above 0.
   *
   * @default {100}
   */
  readonly iterations?: number;
  /**
   * A sweep whose scales are all within this distance of 1, as logarithms, is the last; above 0.
   *
   * @default {1e-6}
   */
  readonly tolerance?: number;
}

/** Two layers whose channels were balanced against each other. */
export interface EqualizedPair {
  /** Name of the weight tensor whose output channel c was divided by `scales[c]`, and its bias with it. */
  readonly first: string;
  /** Name of the weight tensor whose inputs from that channel were multiplied by it. */
  readonly second: string;
  /** Positive; 1 where one of the two has nothing but zeros for the channel. */
  readonly scales: Float64Array;
}

/** A layer whose output channels can't be scaled. */
export interface LeftOutLayer {
  /** Name of its weight tensor. */
  readonly weight: string;
  /** What stands between it and one next layer. */
  readonly reason: string;
}

/** An equalized checkpoint, and how it came about. */
export interface EqualizedCheckpoint {
  /** The same tensors, in their order. */
  readonly checkpoint: Checkpoint;
  readonly pairs: readonly EqualizedPair[];
  readonly leftOut: readonly LeftOutLayer[];
  /**
   * For the second weight tensor of each pair, what each of its input channels (of a linear layer: input features) was multiplied by. What
   * it reads was divided by it: means by the scale, variances by its square.
   */
  readonly inputScales: ReadonlyMap<string, Float64Array>;
  /** Number of sweeps. */
  readonly iterations: number;
  /** Largest absolute logarithm of a scale in the last sweep. */
  readonly residual: number;
  readonly converged: boolean;
}

type Layer = ConvolutionNode | LinearNode;

/** A tensor, and for each of its values the channel of a pair that it belongs to; -1 for none. */
interface ChannelsOfTensor {
  readonly name: string;
  readonly channels: Int32Array;
}

/** Two layers, and what is scaled when a factor moves from one into the other. */
interface Pair {
  readonly first: ChannelsOfTensor;
  readonly second: ChannelsOfTensor;
  /** The first layer's bias, and the offsets of folded norms between the two. */
  readonly biases: readonly ChannelsOfTensor[];
  /** The second layer's inputs. */
  readonly inputs: ChannelsOfTensor;
  /** Product of the scales so far, for each channel of the first. */
  readonly scales: Float64Array;
}

/** The tensors that are scaled, in double precision. */
type WorkingTensors = ReadonlyMap<string, Float64Array>;

/**
 * Cross-layer equalization: moves a positive factor of each channel from one layer into the next, so that its weights have the same range
 * on both sides, and no channel is lost in a step that wider ones dictate. Scales are those of Nagel et al. ("Data-Free Quantization
 * Through Weight Equalization and Bias Correction", ICCV 2019, equation 11), `sqrt(r1 r2) / r2`, with r the largest magnitude of the
 * channel's weights in either layer; all pairs in turn, until nothing moves.
 *
 * A pair is two convolutions or linear layers with nothing between them but what commutes with positive factors: folded norms, ReLU, pooling,
 * subsampling, padding with channels of zeros, concatenation and flattening, where every value has one reader. Others are left out and
 * listed: ReLU6 isn't positively homogeneous, an addition would need both sides scaled. Norms must be folded first,
 * see {@linkcode foldBatchNormIntoWeights}.
 *
 * The function that the network computes stays the same to float32's rounding: tensors are scaled in double precision and rounded once. No
 * data and no storage. The checkpoint is left as it was. O(number of weights) for each sweep.
 *
 * @param description Of this checkpoint, by `describeNetwork`.
 *
 * @throws {RangeError} If a batch norm that follows a convolution isn't folded, an option is out of its range, a value isn't finite or
 * a scaled one would be beyond float32.
 *
 * @example
 * ```ts
 * import { equalizeCrossLayer, foldBatchNormIntoWeights } from "@bitbell/bitbell";
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint } from "@bitbell/bitbell/datasets";
 * import { describeNetwork } from "@bitbell/bitbell/networks";
 * import { assertEquals } from "@std/assert";
 *
 * const original = await loadCheckpoint(embeddedCheckpoint("resnet20-cifar10"));
 * const description = describeNetwork(original);
 * const folded = foldBatchNormIntoWeights(original, description).checkpoint;
 * const { pairs, leftOut, converged } = equalizeCrossLayer(folded, description);
 * // The two convolutions of each block; what is added up keeps its scale.
 * assertEquals([pairs.length, converged], [9, true]);
 * assertEquals(pairs[0]!.first, "layer1.0.conv1.weight");
 * assertEquals(leftOut[1], { weight: "layer1.0.conv2.weight", reason: "layer1.0.add adds it to another value" });
 * ```
 */
export function equalizeCrossLayer(
  { tensors: original, metadata }: Checkpoint,
  { nodes }: NetworkDescription,
  { iterations: limit = 100, tolerance = 1e-6 }: EqualizeOptions = {},
): EqualizedCheckpoint {
  assertOptions(limit, tolerance);
  const { pairs, leftOut } = findPairs(nodes, original);
  const working = workingTensors(pairs, original);
  let iterations = 0, residual = Infinity;
  while (iterations < limit && residual > tolerance) {
    residual = pairs.reduce((largest, pair) => Math.max(largest, balance(pair, working)), 0);
    iterations++;
  }
  return {
    checkpoint: { tensors: roundTensors(original, working), metadata },
    pairs: pairs.map(({ first, second, scales }) => ({
      first: first.name,
      second: second.name,
      scales,
    })),
    leftOut,
    inputScales: inputScalesOf(pairs),
    iterations,
    residual,
    converged: residual <= tolerance,
  };
}

function assertOptions(iterations: number, tolerance: number): void {
  if (!Number.isSafeInteger(iterations) || iterations < 1) {
    throw new RangeError(
      `Cannot equalize a network as iterations must be an integer above 0: current value is ${iterations}`,
    );
  }
  if (!(tolerance > 0)) {
    throw new RangeError(
      `Cannot equalize a network as tolerance must be above 0: current value is ${tolerance}`,
    );
  }
}

function findPairs(
  nodes: readonly NetworkNode[],
  tensors: Checkpoint["tensors"],
): { readonly pairs: readonly Pair[]; readonly leftOut: readonly LeftOutLayer[] } {
  const readers = readersOf(nodes);
  const shapes = new Map(nodes.map(({ name, shape }) => [name, shape]));
  const pairs: Pair[] = [];
  const leftOut: LeftOutLayer[] = [];
  for (const node of nodes) {
    if (node.kind !== "convolution" && node.kind !== "linear") continue;
    const found = findPair(node, readers, shapes, tensors);
    if (typeof found === "string") leftOut.push({ weight: node.weight, reason: found });
    else pairs.push(found);
  }
  return { pairs, leftOut };
}

/** A layer and the one that alone reads its channels, or why there is none. */
function findPair(
  first: Layer,
  readers: ReadonlyMap<string, readonly NetworkNode[]>,
  shapes: ReadonlyMap<string, readonly number[]>,
  tensors: Checkpoint["tensors"],
): Pair | string {
  const [count] = first.shape as readonly [number];
  const own = Int32Array.from({ length: count }, (_, c) => c);
  const biases = first.bias === undefined ? [] : [{ name: first.bias, channels: own }];
  // The channel of the first layer that each channel of the value is.
  let channels = own;
  let value: NetworkNode = first;
  while (true) {
    const following: readonly NetworkNode[] = readers.get(value.name) ?? [];
    const [node] = following;
    if (node === undefined) return `${value.name} is the network's output`;
    if (following.length > 1) return `${following.length} nodes read ${value.name}`;
    switch (node.kind) {
      case "convolution":
      case "linear":
        return {
          first: { name: first.weight, channels: ofOutputs(first, tensors) },
          second: { name: node.weight, channels: ofInputs(node, channels, tensors) },
          biases,
          inputs: { name: node.weight, channels },
          scales: new Float64Array(count).fill(1),
        };
      case "relu6":
        return `${node.name} is not positively homogeneous`;
      case "add":
        return `${node.name} adds it to another value`;
      case "batch-normalization":
        if (!isFolded(node, tensors)) {
          if (value !== first) return `${node.name} is not folded`;
          throw new RangeError(
            `Cannot equalize ${first.weight} as the batch norm ${node.name} must be folded into it first: see foldBatchNormIntoWeights`,
          );
        }
        biases.push({ name: node.offset, channels });
        break;
      case "pad-channels":
        channels = place(channels, node.before, node.shape[0]!);
        break;
      case "concatenate": {
        const before = node.inputs.slice(0, node.inputs.indexOf(value.name));
        const start = before.reduce((sum, name) => sum + shapes.get(name)![0]!, 0);
        channels = place(channels, start, node.shape[0]!);
        break;
      }
      case "flatten": {
        const [features] = node.shape as readonly [number], span = features / channels.length;
        const perMap = channels;
        channels = Int32Array.from(
          { length: features },
          (_, i) => perMap[Math.floor(i / span)]!,
        );
        break;
      }
      default:
        // ReLU, pooling and subsampling take each channel by itself and commute with its factor.
        break;
    }
    value = node;
  }
}

/** Channels among others that belong to no channel of the first layer. */
function place(channels: Int32Array, start: number, count: number): Int32Array<ArrayBuffer> {
  const placed = new Int32Array(count).fill(-1);
  placed.set(channels, start);
  return placed;
}

/** For each weight its output channel. */
function ofOutputs({ weight, shape }: Layer, tensors: Checkpoint["tensors"]): Int32Array {
  const { length } = valuesOf(tensors, weight);
  const perChannel = length / shape[0]!;
  return Int32Array.from({ length }, (_, i) => Math.floor(i / perChannel));
}

/** For each weight that which is given for its input channel. */
function ofInputs(
  layer: Layer,
  channels: Int32Array,
  tensors: Checkpoint["tensors"],
): Int32Array {
  const { length } = valuesOf(tensors, layer.weight);
  const [out] = layer.shape as readonly [number];
  const groups = layer.kind === "convolution" ? layer.groups : 1;
  const perGroup = channels.length / groups, perOutput = length / out, taps = perOutput / perGroup;
  return Int32Array.from({ length }, (_, i) => {
    const group = Math.floor(Math.floor(i / perOutput) * groups / out);
    return channels[group * perGroup + Math.floor((i % perOutput) / taps)]!;
  });
}

function workingTensors(pairs: readonly Pair[], tensors: Checkpoint["tensors"]): WorkingTensors {
  const scaled = pairs.flatMap(({ first, second, biases }) => [first, second, ...biases]);
  return new Map(scaled.map(({ name }) => {
    const values = Float64Array.from(valuesOf(tensors, name));
    const index = values.findIndex((value) => !Number.isFinite(value));
    if (index < 0) return [name, values];
    throw new RangeError(
      `Cannot equalize a network as values must be finite: tensor ${name} has ${
        values[index]
      } at index ${index}`,
    );
  }));
}

/** Gives both layers of a pair the same ranges; returns the largest absolute logarithm of a scale. */
function balance({ first, second, biases, scales }: Pair, working: WorkingTensors): number {
  const outgoing = rangesOf(first, scales.length, working);
  const incoming = rangesOf(second, scales.length, working);
  const factors = outgoing.map((range, c) =>
    range > 0 && incoming[c]! > 0 ? Math.sqrt(range / incoming[c]!) : 1
  );
  const inverses = factors.map((factor) => 1 / factor);
  scale(second, factors, working);
  for (const divided of [first, ...biases]) scale(divided, inverses, working);
  factors.forEach((factor, c) => scales[c]! *= factor);
  return factors.reduce((largest, factor) => Math.max(largest, Math.abs(Math.log(factor))), 0);
}

/** The largest magnitude in each channel. */
function rangesOf(
  { name, channels }: ChannelsOfTensor,
  count: number,
  working: WorkingTensors,
): Float64Array {
  const ranges = new Float64Array(count);
  const values = working.get(name)!;
  for (let i = 0; i < values.length; i++) {
    const c = channels[i]!;
    if (c >= 0) ranges[c] = Math.max(ranges[c]!, Math.abs(values[i]!));
  }
  return ranges;
}

function scale(
  { name, channels }: ChannelsOfTensor,
  factors: Float64Array,
  working: WorkingTensors,
): void {
  const values = working.get(name)!;
  for (let i = 0; i < values.length; i++) {
    const c = channels[i]!;
    if (c >= 0) values[i]! *= factors[c]!;
  }
}

function inputScalesOf(pairs: readonly Pair[]): Map<string, Float64Array> {
  const all = new Map<string, Float64Array>();
  for (const { inputs: { name, channels }, scales } of pairs) {
    const factors = all.get(name) ?? new Float64Array(channels.length).fill(1);
    channels.forEach((c, i) => {
      if (c >= 0) factors[i] = scales[c]!;
    });
    all.set(name, factors);
  }
  return all;
}

function roundTensors(
  original: Checkpoint["tensors"],
  working: WorkingTensors,
): Map<string, Tensor> {
  const tensors = new Map(original);
  for (const [name, values] of working) {
    const data = Float32Array.from(values);
    const index = data.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) {
      throw new RangeError(
        `Cannot equalize a network as scaled values must be finite in float32: tensor ${name} has ${
          values[index]
        } at index ${index}`,
      );
    }
    tensors.set(name, { shape: original.get(name)!.shape, data });
  }
  return tensors;
}
