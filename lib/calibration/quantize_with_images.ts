import type { ImageSet } from "../../datasets/image_set.ts";
import type { Checkpoint, Tensor } from "../checkpoints/checkpoint.ts";
import { granularities, type GranularityOptions } from "../compression/granularity.ts";
import { type LayerReport, reportLayer } from "../compression/layer_report.ts";
import {
  quantizeTensor,
  type QuantizeTensorOptions,
  type Width,
} from "../compression/quantize_tensor.ts";
import { pause } from "../compression/pause.ts";
import { dequantize, type QuantizedTensor } from "../compression/quantized_tensor.ts";
import { selectTensors, type SelectTensorsOptions } from "../compression/select_tensors.ts";
import type {
  BatchNormalizationNode,
  NetworkDescription,
  NetworkNode,
} from "../networks/description.ts";
import type { ChannelMoments } from "../networks/input_moments.ts";
import { foldableConvolutions, valuesOf } from "../networks/fold_batch_norm.ts";
import { describeNetwork } from "../networks/registry.ts";
import { describeMethod } from "../quantizers/methods.ts";
import { channelMoments } from "./channel_moments.ts";
import { assertFitCodes, fitCodes, type FitCodesOptions } from "./fit_codes.ts";
import { assertImages } from "./image_batches.ts";
import { type LayerOutputs, layerOutputs, roundingProblem } from "./layer_fit.ts";
import { type LayerMoments, layerMoments } from "./layer_moments.ts";
import { matchNorm, withStatistics } from "./match_norm.ts";
import type { LayerNode } from "./patches.ts";
import type { RoundingProblem } from "./rounding_problem.ts";

type Tensors = Checkpoint["tensors"];

/** Options for {@linkcode quantizeWithImages}. */
export interface QuantizeWithImagesOptions
  extends
    Pick<QuantizeTensorOptions, "method" | "sharedBook">,
    GranularityOptions,
    Omit<SelectTensorsOptions, "biases">,
    FitCodesOptions {
  /** The calibration images; their labels aren't used. */
  readonly dataset: ImageSet;
  /** Code width, as for `quantizeTensor`; or that of each tensor by its name. */
  readonly bits?: Width | Readonly<Record<string, Width>>;
  /**
   * Whether a layer's weights make up for what the layers before it do to its inputs: wanted are the outputs of the original
   * network, not what the original weights make of changed inputs.
   *
   * @default {true}
   */
  readonly asymmetric?: boolean;
  /**
   * Whether each batch norm's mean and variance are replaced, so that its output keeps mean and variance ({@linkcode
   * reestimateBatchNorm} with a reference), and the biases of layers without a norm, so that their outputs keep their mean.
   *
   * @default {true}
   */
  readonly reestimateBatchNorm?: boolean;
  /**
   * How much the original weights count beside the outputs: a share of the mean square of a layer's inputs, at least 0.
   *
   * @default {0.01}
   */
  readonly damping?: number;
  /**
   * At how many output positions of each image a layer is looked at, at most; an integer above 0.
   *
   * @default {64}
   */
  readonly positions?: number;
  /** Seeds the choice of positions, and methods that draw random numbers; an integer. @default {0} */
  readonly seed?: number;
  /** Stops between two batches of images, and between two designs; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each layer with the number of layers done, and of all; before the first, books are designed for all of them. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What quantization did to one layer, measured on the calibration images. */
export interface CalibratedLayer extends LayerReport {
  /**
   * The mean squared error of the layer's outputs over the mean square of the wanted ones, about their means where a norm or a
   * bias takes those up. What the layers before it did to its inputs counts as well.
   */
  readonly outputError: number;
  /** The same with the nearest level for each weight of the original, the books before they were fitted. */
  readonly nearestOutputError: number;
}

/** A checkpoint that was quantized with images, and what that cost. */
export interface CalibratedCheckpoint {
  /**
   * The tensors of the original, in its order; the quantized ones hold the decoded values, norms and biases are replaced where
   * that was asked for.
   */
  readonly checkpoint: Checkpoint;
  /** One report for each quantized tensor, in the network's order. */
  readonly layers: readonly CalibratedLayer[];
  /** Codes and books of each quantized tensor, by its name. */
  readonly quantized: ReadonlyMap<string, QuantizedTensor>;
}

const action = "quantize with images";
const defaultDamping = 0.01, defaultPositions = 64;

/**
 * Quantizes the weights of a network with calibration images, layer by layer in the network's order: each layer's inputs are
 * those behind the layers that are quantized already, its wanted outputs those of the original network. Books are designed by any
 * method, for the weights that the layer would best have then; codes are chosen for the least error of the layer's outputs.
 *
 * Images are seen as the network's input only, no labels. The checkpoint is left as it was. The same seed and images give the
 * same result. Call `useBackend` first.
 *
 * Time: both networks are computed up to each layer in turn, and `images positions (1 + inputs + outputs)^2` multiply-adds,
 * besides what rounding takes. Peak memory doesn't depend on the number of images: two copies of the network with the values of
 * one batch of images (as many as have 16,384 pixels, at least one), `12 (1 + inputs + outputs)^2` bytes for each group of the
 * layer's channels, `16 inputs^2` for the factor of one, eight bytes a few times for each of its weights, and a code or two for
 * each weight of the network.
 *
 * @throws {RangeError} If there are no images, an option is out of its range, there is nothing to quantize, or a value isn't
 * finite.
 * @throws {TypeError} If the checkpoint doesn't fit its network, or the images are of another size than it takes.
 * @throws {Error} If no backend is in use.
 *
 * @example
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { useBackend } from "@bitbell/bitbell/networks";
 * import { quantizeWithImages } from "@bitbell/bitbell/calibration";
 * import { assertLess } from "@std/assert";
 *
 * await useBackend("wasm");
 * const { layers } = await quantizeWithImages(await loadCheckpoint(embeddedCheckpoint("shapes-resnet8")), {
 *   dataset: generateShapes({ size: 32, seed: 1 }),
 *   method: "k-means",
 *   bits: 3,
 *   granularity: "channel",
 * });
 * for (const { outputError, nearestOutputError } of layers) assertLess(outputError, nearestOutputError);
 * ```
 */
export async function quantizeWithImages(
  checkpoint: Checkpoint,
  options: QuantizeWithImagesOptions,
): Promise<CalibratedCheckpoint> {
  assertOptions(options);
  const { dataset, reestimateBatchNorm = true, signal, onProgress } = options;
  const { positions = defaultPositions, seed = 0 } = options;
  const description = describeNetwork(checkpoint, options);
  assertImages(dataset, description, action);
  const work = chooseLayers(checkpoint, description, options);
  const norms = followingNorms(description);
  const original = checkpoint.tensors;
  const nearest = await designNearest(work, original, options);
  const layers: CalibratedLayer[] = [];
  const quantized = new Map<string, QuantizedTensor>();
  const matched = new Set<NetworkNode>();
  let tensors = original;
  for (const node of description.nodes) {
    const norm = norms.get(node.name);
    const layer = node as LayerNode;
    if (work.has(layer)) {
      const current = tensors;
      const look = { dataset, positions, seed, signal };
      const moments = await layerMoments(description, layer, { original, current }, look);
      const centred = reestimateBatchNorm && (norm !== undefined || layer.bias !== undefined);
      const result = quantizeLayer(
        { name: layer.weight, tensor: weightsOf(original, layer), nearest: nearest.get(layer)! },
        moments,
        centred,
        options,
      );
      layers.push(result.report);
      quantized.set(layer.weight, result.quantized);
      const own: Tensor = { shape: result.quantized.shape, data: dequantize(result.quantized) };
      tensors = new Map(tensors).set(layer.weight, own);
      if (centred) tensors = restoreMoments(layer, norm, original, tensors, result.outputs);
      if (norm !== undefined) matched.add(norm);
      signal?.throwIfAborted();
      onProgress?.(layers.length, work.size);
    } else if (
      node.kind === "batch-normalization" && reestimateBatchNorm && layers.length > 0 &&
      !matched.has(node)
    ) {
      const [input] = node.inputs as [string];
      const look = { dataset, signal };
      const wanted = await channelMoments(description, original, input, look);
      const given = await channelMoments(description, tensors, input, look);
      tensors = matchTensors(node, original, tensors, { wanted, given });
    }
  }
  return { checkpoint: { tensors, metadata: checkpoint.metadata }, layers, quantized };
}

function assertOptions(options: QuantizeWithImagesOptions): void {
  assertFitCodes(options, action);
  const { damping = defaultDamping, positions = defaultPositions, seed = 0 } = options;
  if (!(damping >= 0 && damping < Infinity)) {
    throw new RangeError(
      `Cannot ${action} as damping must be finite and at least 0: current value is ${damping}`,
    );
  }
  if (!Number.isInteger(positions) || positions < 1) {
    throw new RangeError(
      `Cannot ${action} as positions must be an integer above 0: current value is ${positions}`,
    );
  }
  if (!Number.isInteger(seed)) {
    throw new RangeError(
      `Cannot ${action} as the seed must be an integer: current value is ${seed}`,
    );
  }
}

function chooseLayers(
  checkpoint: Checkpoint,
  { nodes, title }: NetworkDescription,
  options: QuantizeWithImagesOptions,
): ReadonlySet<LayerNode> {
  const selected = new Set(selectTensors(checkpoint, options).map(([name]) => name));
  const chosen = nodes.filter((node): node is LayerNode =>
    (node.kind === "convolution" || node.kind === "linear") && selected.has(node.weight)
  );
  if (chosen.length > 0) return new Set(chosen);
  throw new RangeError(
    `Cannot ${action} as there must be a layer to quantize: the first and the last of ${title} are left out`,
  );
}

/** The norm that alone reads a convolution, by the convolution's name. */
function followingNorms(
  { nodes }: NetworkDescription,
): ReadonlyMap<string, BatchNormalizationNode> {
  const convolutions = foldableConvolutions(nodes);
  return new Map(nodes.flatMap((node) => {
    const convolution = convolutions.get(node.name);
    return node.kind === "batch-normalization" && convolution
      ? [[convolution.name, node] as const]
      : [];
  }));
}

/** Each layer with the nearest levels: whatever is wrong with options or weights shows before the first image. */
async function designNearest(
  layers: ReadonlySet<LayerNode>,
  original: Tensors,
  options: QuantizeWithImagesOptions,
): Promise<ReadonlyMap<LayerNode, QuantizedTensor>> {
  const nearest = new Map<LayerNode, QuantizedTensor>();
  for (const layer of layers) {
    options.signal?.throwIfAborted();
    const { weight: name } = layer;
    const tensor = weightsOf(original, layer);
    nearest.set(layer, quantizeTensor(tensor, tensorOptions(name, options), name).quantized);
    await pause();
  }
  return nearest;
}

function weightsOf(tensors: Tensors, { weight }: LayerNode): Tensor<Float32Array> {
  return tensors.get(weight) as Tensor<Float32Array>;
}

/** A layer's weights, and what the nearest levels make of them. */
interface OriginalLayer {
  readonly name: string;
  readonly tensor: Tensor<Float32Array>;
  readonly nearest: QuantizedTensor;
}

interface QuantizedByImages {
  readonly quantized: QuantizedTensor;
  readonly outputs: LayerOutputs;
  readonly report: CalibratedLayer;
}

function quantizeLayer(
  { name, tensor, nearest }: OriginalLayer,
  moments: LayerMoments,
  centred: boolean,
  options: QuantizeWithImagesOptions,
): QuantizedByImages {
  const { asymmetric = true, damping = defaultDamping, granularity = granularities[0]! } = options;
  const problem = roundingProblem(moments, tensor.data, { centred, asymmetric, damping });
  const wanted = { shape: tensor.shape, data: Float32Array.from(problem.targets) };
  const designOptions = tensorOptions(name, options);
  const designed = quantizeTensor(
    wanted,
    { ...designOptions, ...importanceOf(problem, options) },
    name,
  );
  const quantized = fitCodes(designed.quantized, problem, options);
  const outputs = layerOutputs(moments, dequantize(quantized), { centred });
  const { method, bits } = designed.report;
  const widths = typeof designOptions.bits === "object" ? designOptions.bits : [bits];
  return {
    quantized,
    outputs,
    report: {
      ...reportLayer({ name, method, widths, granularity }, tensor.data, quantized),
      outputError: outputs.relativeError,
      nearestOutputError: layerOutputs(moments, dequantize(nearest), { centred }).relativeError,
    },
  };
}

function tensorOptions(
  name: string,
  { method, bits, granularity, groupSize, partial, sharedBook, seed }: QuantizeWithImagesOptions,
): QuantizeTensorOptions {
  const shared = { method, granularity, groupSize, partial, sharedBook, seed };
  if (typeof bits !== "object" || bits === null || Array.isArray(bits)) {
    return { ...shared, bits: bits as Width };
  }
  const widths = bits as Readonly<Record<string, Width>>;
  if (Object.hasOwn(widths, name)) return { ...shared, bits: widths[name]! };
  throw new RangeError(
    `Cannot ${action} as bits must have a width for every tensor: there is none for ${name}`,
  );
}

/** The mean square of each weight's input, for methods that take an importance; none where no input ever came. */
function importanceOf(
  { targets, hessians }: RoundingProblem,
  { method }: QuantizeWithImagesOptions,
): Pick<QuantizeTensorOptions, "importance"> {
  if (!describeMethod(method).importance) return {};
  const inputs = Math.sqrt(hessians[0]!.length);
  const perGroup = targets.length / hessians.length;
  const importance = targets.map((_, i) =>
    hessians[Math.floor(i / perGroup)]![(i % inputs) * (inputs + 1)]!
  );
  return importance.every((square) => square > 0) ? { importance } : {};
}

/** Gives a layer's outputs their mean back, and their variance where a norm follows. */
function restoreMoments(
  { bias }: LayerNode,
  norm: BatchNormalizationNode | undefined,
  original: Tensors,
  tensors: Tensors,
  { given, wanted }: LayerOutputs,
): Tensors {
  const biases = bias === undefined ? undefined : valuesOf(original, bias);
  if (norm !== undefined) {
    const withBias = ({ mean, variance }: ChannelMoments): ChannelMoments => ({
      mean: mean.map((value, channel) => value + (biases?.[channel] ?? 0)),
      variance,
    });
    return matchTensors(norm, original, tensors, {
      wanted: withBias(wanted),
      given: withBias(given),
    });
  }
  const data = biases!.map((value, channel) =>
    value + wanted.mean[channel]! - given.mean[channel]!
  );
  return new Map(tensors).set(bias!, { shape: [data.length], data });
}

function matchTensors(
  norm: BatchNormalizationNode,
  original: Tensors,
  tensors: Tensors,
  { wanted, given }: { readonly wanted: ChannelMoments; readonly given: ChannelMoments },
): Tensors {
  const reference = { tensors: original, moments: wanted };
  return withStatistics(tensors, norm, matchNorm(norm, reference, { tensors, moments: given }));
}
