import type { Checkpoint, Tensor } from "../checkpoints/checkpoint.ts";
import { widthOf } from "../quantizers/methods.ts";
import type { LayerReport } from "./layer_report.ts";
import {
  finishNetwork,
  type NetworkTransformOptions,
  type NetworkTransforms,
  prepareNetwork,
} from "./network_transforms.ts";
import { pause } from "./pause.ts";
import {
  assertTensorOptions,
  quantizeTensor,
  type QuantizeTensorOptions,
  type Width,
} from "./quantize_tensor.ts";
import type { QuantizedTensor } from "./quantized_tensor.ts";
import {
  type NamedTensor,
  quantizableTensors,
  selectTensors,
  type SelectTensorsOptions,
} from "./select_tensors.ts";
import type { Sample } from "../numerics/sample.ts";

/** A tensor that could not be quantized, and stayed as it was. */
export interface LayerFailure {
  readonly name: string;
  /** What was wrong with it. */
  readonly message: string;
}

/** A quantized checkpoint, and what that cost. */
export interface QuantizedCheckpoint {
  /** The tensors of the original, in its order; the quantized ones hold the decoded values. */
  readonly checkpoint: Checkpoint;
  /** One report for each quantized tensor, in the order of the file. */
  readonly layers: readonly LayerReport[];
  /** Codes and books of each quantized tensor, by its name. */
  readonly quantized: ReadonlyMap<string, QuantizedTensor>;
  /** The tensors that could not be quantized, where `keepGoing` let the others be. */
  readonly failures: readonly LayerFailure[];
  /** What was folded, equalized and corrected: nothing, unless options ask for it. */
  readonly transforms: NetworkTransforms;
}

/** Options for {@linkcode quantizeCheckpoint}. */
export interface QuantizeCheckpointOptions
  extends
    Omit<QuantizeTensorOptions, "bits" | "importance" | "moments">,
    SelectTensorsOptions,
    NetworkTransformOptions {
  /**
   * Code width, an integer in [1, 16] that the method exists for; or that of each tensor by its name, as `allocateBits` gives them, where
   * a list has one for each output channel. May be left out where the method has but one.
   */
  readonly bits?: number | Readonly<Record<string, Width>>;
  /** How much each weight's squared error counts, by the tensor's name and in the order of storage, for methods that take it. */
  readonly importance?: Readonly<Record<string, Sample>>;
  /**
   * Whether a tensor that can't be quantized is left as it was and listed in `failures`, instead of ending it all.
   *
   * @default {false}
   */
  readonly keepGoing?: boolean;
  /** Stops between two tensors; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each tensor, with the number of weights done and in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

const action = "quantize a checkpoint";

/**
 * Quantizes the weight tensors of a checkpoint: a codebook for each group of weights, designed for these weights alone, without data.
 * The checkpoint is left as it was. The same input gives the same result.
 *
 * @throws {RangeError} If an option is out of its range, there is nothing to quantize, or a tensor holds a value that isn't finite: the error
 * names the tensor, the channel and the index.
 * @throws {TypeError} If the network is named and the checkpoint isn't one.
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
  original: Checkpoint,
  options: QuantizeCheckpointOptions,
): Promise<QuantizedCheckpoint> {
  const { signal, onProgress, keepGoing = false } = options;
  assertTensorOptions(options, action);
  const prepared = prepareNetwork(original, options, usesMoments(options));
  const { checkpoint, moments } = prepared;
  const selected = chooseTensors(checkpoint, options);
  const widths = new Map(selected.map(([name]) => [name, widthFor(name, options)]));
  assertImportances(checkpoint, options);
  const total = selected.reduce((sum, [, { data }]) => sum + data.length, 0);
  const tensors = new Map(checkpoint.tensors);
  const layers: LayerReport[] = [];
  const quantized = new Map<string, QuantizedTensor>();
  const failures: LayerFailure[] = [];
  let done = 0;
  for (const [name, tensor] of selected) {
    signal?.throwIfAborted();
    try {
      const layer = quantizeTensor(
        tensor,
        {
          ...optionsFor(name, tensor, widths.get(name)!, options),
          moments: moments?.get(name),
        },
        name,
      );
      tensors.set(name, { shape: tensor.shape, data: layer.data });
      layers.push(layer.report);
      quantized.set(name, layer.quantized);
    } catch (error) {
      if (!keepGoing || !(error instanceof RangeError || error instanceof TypeError)) throw error;
      failures.push({ name, message: error.message });
    }
    done += tensor.data.length;
    onProgress?.(done, total);
    await pause();
  }
  const finished = finishNetwork({ tensors, metadata: checkpoint.metadata }, prepared, options);
  return { ...finished, layers, quantized, failures };
}

/** Whether what layers read has a part in how they are quantized. */
function usesMoments({ objective, rounding }: QuantizeCheckpointOptions): boolean {
  return objective === "output" || rounding === "output";
}

function chooseTensors(
  checkpoint: Checkpoint,
  options: SelectTensorsOptions,
): readonly NamedTensor[] {
  const selected = selectTensors(checkpoint, options);
  if (selected.length > 0) return selected;
  const { size } = checkpoint.tensors;
  const floating = quantizableTensors(checkpoint).length;
  throw new RangeError(
    floating === 0
      ? `Cannot ${action} as none of its ${size} tensors is floating of rank 2 or 4`
      : `Cannot ${action} as the first and the last layer are left out: their number is ${floating} in all`,
  );
}

/** @throws {RangeError} If importance is given for a tensor that isn't there. */
function assertImportances(
  { tensors }: Checkpoint,
  { importance = {} }: QuantizeCheckpointOptions,
): void {
  for (const name of Object.keys(importance)) {
    if (tensors.has(name)) continue;
    throw new RangeError(
      `Cannot ${action} as importance must be for tensors of the checkpoint: current value is for ${name}`,
    );
  }
}

function widthFor(
  name: string,
  { method, bits }: Pick<QuantizeCheckpointOptions, "method" | "bits">,
): Width {
  if (typeof bits !== "object" || bits === null) return widthOf({ method, bits });
  if (!Object.hasOwn(bits, name)) {
    throw new RangeError(
      `Cannot ${action} as bits must have a width for every tensor: there is none for ${name}`,
    );
  }
  const width = bits[name]!;
  try {
    for (const bits of [width].flat()) widthOf({ method, bits });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`Cannot quantize tensor ${name}: ${error.message}`, { cause: error });
  }
  return width;
}

function optionsFor(
  name: string,
  { shape }: Tensor,
  bits: Width,
  options: QuantizeCheckpointOptions,
): QuantizeTensorOptions {
  const { importance: importances, bits: _, ...rest } = options;
  // A bias has one value for each channel: no less than all of them share a book.
  const whole = shape.length < 2 && { granularity: "tensor", groupSize: undefined } as const;
  return { ...rest, bits, ...whole, importance: importances?.[name] };
}
