import { type Checkpoint, isFloating, type Tensor } from "../checkpoints/checkpoint.ts";
import { levelCount } from "../codebooks/codebook.ts";
import { quantizeWithError } from "../codebooks/quantization_error.ts";
import { effectiveBits } from "../metrics/storage.ts";
import { meanSquare, populationVariance } from "../numerics/moments.ts";
import { assertFiniteSample } from "../numerics/sample.ts";
import { assertMethod, designCodebook } from "../quantizers/methods.ts";
import { granularities, type Granularity, groupsOf } from "./granularity.ts";

/** What quantization did to one tensor: plain data. */
export interface LayerReport {
  /** The tensor's name in the checkpoint. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Number of weights. */
  readonly size: number;
  readonly method: string;
  readonly bits: number;
  readonly granularity: Granularity;
  /** Population variance of the weights before. */
  readonly variance: number;
  /** Mean of `(w - q)^2`. */
  readonly mse: number;
  /** `mse / variance`, whatever the granularity; 0 for a constant tensor that lost nothing. */
  readonly relativeMse: number;
  /** `10 log10(sum w^2 / sum (w - q)^2)`; Infinity when nothing is lost. */
  readonly sqnrDb: number;
  /** Number of groups of weights with a codebook of their own. */
  readonly groups: number;
  /** How many groups were designed for which family of laws: none by methods without a law, nor constant groups. */
  readonly families: Readonly<Record<string, number>>;
  /** How many 32-bit numbers the tensor's books take. */
  readonly storedValues: number;
  /** `(codes + 32 storedValues) / size`, in bits per weight. */
  readonly effectiveBits: number;
}

/** A quantized checkpoint, and what that cost. */
export interface QuantizedCheckpoint {
  /** The tensors of the original, in its order; the quantized ones hold the decoded values. */
  readonly checkpoint: Checkpoint;
  /** One report for each quantized tensor, in the order of the file. */
  readonly layers: readonly LayerReport[];
}

/** Options for {@linkcode quantizeCheckpoint}. */
export interface QuantizeCheckpointOptions {
  /** One of `quantizerMethods`. */
  readonly method: string;
  /** Code width, an integer in [1, 16]. */
  readonly bits: number;
  /**
   * Which weights share a codebook.
   *
   * @default {"tensor"}
   */
  readonly granularity?: Granularity;
  /** Stops between two tensors; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each tensor, with the number of weights done and in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The tensors that are quantized by default: every floating one of rank 2 or 4 (weights of linear layers and convolutions, first and last
 * included), in the order of the file. Biases, batch-norm vectors and buffers are not among them.
 *
 * @example
 * ```ts
 * import { quantizableTensors } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const tensors = new Map([
 *   ["fc.weight", { shape: [1, 2], data: Float32Array.of(0.1, 0.2) }],
 *   ["fc.bias", { shape: [1], data: Float32Array.of(0.3) }],
 * ]);
 * assertEquals(quantizableTensors({ tensors, metadata: {} }).map(([name]) => name), ["fc.weight"]);
 * ```
 */
export function quantizableTensors(
  { tensors }: Checkpoint,
): readonly (readonly [name: string, tensor: Tensor<Float32Array>])[] {
  const found: [string, Tensor<Float32Array>][] = [];
  for (const [name, tensor] of tensors) {
    if (isFloating(tensor) && (tensor.shape.length === 2 || tensor.shape.length === 4)) {
      found.push([name, tensor]);
    }
  }
  return found;
}

/**
 * Quantizes every weight tensor of a checkpoint: a codebook for each group of weights, designed for these weights alone, without data.
 * The checkpoint is left as it was. The same input gives the same result.
 *
 * @throws {RangeError} If an option is out of its range, there is nothing to quantize, or a tensor holds a value that isn't finite: the error
 * names the tensor.
 *
 * @example
 * ```ts
 * import { createPrng, gaussian, quantizeCheckpoint } from "@bitbell/bitbell";
 * import { assertEquals, assertLess } from "@std/assert";
 *
 * const weights = gaussian({ mean: 0, standardDeviation: 0.05 }).sample(4000, { prng: createPrng(1) });
 * const tensors = new Map([["fc.weight", { shape: [40, 100], data: Float32Array.from(weights) }]]);
 * const { layers } = await quantizeCheckpoint({ tensors, metadata: {} }, { method: "ks-lloyd-max", bits: 4 });
 * assertEquals(layers[0]!.families, { gaussian: 1 });
 * assertLess(layers[0]!.relativeMse, 0.0105);
 * ```
 */
export async function quantizeCheckpoint(
  checkpoint: Checkpoint,
  { method, bits, granularity = "tensor", signal, onProgress }: QuantizeCheckpointOptions,
): Promise<QuantizedCheckpoint> {
  assertMethod(method);
  levelCount({ bits });
  if (!granularities.includes(granularity)) {
    throw new RangeError(
      `Cannot quantize a checkpoint as granularity must be one of ${
        granularities.join(", ")
      }: current value is ${granularity}`,
    );
  }
  const selected = quantizableTensors(checkpoint);
  if (selected.length === 0) {
    throw new RangeError(
      `Cannot quantize a checkpoint as none of its ${checkpoint.tensors.size} tensors is floating of rank 2 or 4`,
    );
  }
  const total = selected.reduce((sum, [, { data }]) => sum + data.length, 0);
  const tensors = new Map(checkpoint.tensors);
  const layers: LayerReport[] = [];
  let done = 0;
  for (const [name, tensor] of selected) {
    signal?.throwIfAborted();
    const { data, report } = quantizeTensor(name, tensor, { method, bits, granularity });
    tensors.set(name, { shape: tensor.shape, data });
    layers.push(report);
    done += data.length;
    onProgress?.(done, total);
    // Lets the caller's timers and signals through between two tensors.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return { checkpoint: { tensors, metadata: checkpoint.metadata }, layers };
}

function quantizeTensor(
  name: string,
  tensor: Tensor<Float32Array>,
  { method, bits, granularity }: { method: string; bits: number; granularity: Granularity },
): { data: Float32Array; report: LayerReport } {
  const { shape, data: original } = tensor;
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== original.length) {
    throw new TypeError(
      `Cannot quantize tensor ${name} as its shape [${shape}] must hold as many values as its data: their numbers are ${size} and ${original.length}`,
    );
  }
  const data = new Float32Array(original.length);
  const families: Record<string, number> = {};
  let loss = 0, payloadBits = 0, storedValues = 0, offset = 0;
  let groups: readonly Float32Array[];
  try {
    // Before it is cut into groups, so that an error names the position in the tensor.
    assertFiniteSample(original, "design a codebook");
    groups = groupsOf(tensor, granularity);
    for (const group of groups) {
      const codebook = designCodebook(group, { method, bits });
      const restored = data.subarray(offset, offset + group.length);
      loss += quantizeWithError(group, codebook, { restored }).mse * group.length;
      payloadBits += codebook.bits * group.length;
      storedValues += codebook.design.storedValues;
      const family = codebook.design.law?.family;
      if (family !== undefined) families[family] = (families[family] ?? 0) + 1;
      offset += group.length;
    }
    assertFiniteSample(data, "hold the levels in float32");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`Cannot quantize tensor ${name}: ${error.message}`, { cause: error });
  }
  const variance = populationVariance(original);
  const mse = loss / original.length;
  return {
    data,
    report: {
      name,
      shape,
      size: original.length,
      method,
      bits,
      granularity,
      variance,
      mse,
      relativeMse: mse === 0 ? 0 : mse / variance,
      sqnrDb: mse === 0 ? Infinity : 10 * Math.log10(meanSquare(original) / mse),
      groups: groups.length,
      families,
      storedValues,
      effectiveBits: effectiveBits({ payloadBits, storedValues, weights: original.length }),
    },
  };
}
