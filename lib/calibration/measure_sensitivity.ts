import type { ImageSet } from "../../datasets/image_set.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { BitCurve } from "../compression/bit_allocation.ts";
import {
  quantizeCheckpoint,
  type QuantizeCheckpointOptions,
} from "../compression/quantize_checkpoint.ts";
import { describeNetwork } from "../networks/registry.ts";
import { assertImages } from "./image_batches.ts";
import { type OutputChange, outputChange, outputsOf } from "./output_change.ts";

/** Options for {@linkcode measureSensitivity}: those of `quantizeCheckpoint` that leave the other tensors as they are. */
export interface MeasureSensitivityOptions extends
  Omit<
    QuantizeCheckpointOptions,
    "bits" | "keepGoing" | "foldBatchNorm" | "equalize" | "biasCorrection"
  > {
  /** The images; their labels aren't used. */
  readonly dataset: ImageSet;
  /** The widths to measure, each one that the method exists for. */
  readonly bits: readonly number[];
  /** Stops between two tensors or two batches of images; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each tensor at each width, with the number of those done and of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What quantizing one tensor alone does to a network's outputs: plain data. */
export interface TensorSensitivity extends OutputChange {
  /** The tensor's name. */
  readonly name: string;
  readonly bits: number;
  /** Number of weights. */
  readonly size: number;
  /** The sum of `(w - q)^2`. */
  readonly squaredError: number;
}

/** How sensitive a network is to its tensors' quantization. */
export interface Sensitivity {
  /** One for each tensor and width: widths in the order asked for, the tensors of each in that of the file. */
  readonly rows: readonly TensorSensitivity[];
  /** One for each tensor, divergences by width: what `allocateBits` takes, and `sensitivityRows` for a sorted report. */
  readonly curves: readonly BitCurve[];
}

const action = "measure sensitivity";

/**
 * What quantizing each tensor alone, at each width, does to what the network computes: the mean Kullback-Leibler divergence of the classes' probabilities from those of the
 * network as it is, in nats per image, and the share of images whose class changes. No labels are needed.
 *
 * The divergence is what Cai et al. measure ("ZeroQ: A novel zero shot quantization framework", CVPR 2020, equation 4), with the float network first: the expected loss of
 * log-likelihood where the float network is right about its probabilities. Bits allocated by it assume that what the tensors lose adds up, as it does where the losses are small.
 *
 * The share is of few images and jumps; the divergence is a mean that few images of a doubtful class may dominate. The same images give the same figures. Call `useBackend` first.
 *
 * Time: each tensor is quantized once at each width, and the whole network computes all images once for each tensor and width, and once as it is. Memory: two copies of the weights,
 * and the values of one batch of images.
 *
 * @throws {RangeError} If there are no widths, one comes twice, there are no images, an option is out of its range, there is nothing to quantize, or a value or a logit isn't finite.
 * @throws {TypeError} If the checkpoint doesn't fit its network, or the images are of another size than it takes.
 * @throws {Error} If no backend is in use.
 *
 * @example Four bits in the mean, where they matter for the outputs
 * ```ts
 * import { allocateBits, quantizeCheckpoint } from "@bitbell/bitbell";
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { useBackend } from "@bitbell/bitbell/networks";
 * import { measureSensitivity } from "@bitbell/bitbell/calibration";
 * import { assertEquals, assertLess } from "@std/assert";
 *
 * await useBackend("wasm");
 * const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const dataset = generateShapes({ size: 20, seed: 1 });
 * const { rows, curves } = await measureSensitivity(checkpoint, { dataset, method: "lloyd-max-laplace", bits: [2, 4, 6] });
 * assertEquals(rows.length, 3 * curves.length);
 * const { bits, averageBits } = allocateBits(curves, { averageBits: 4 });
 * assertLess(averageBits, 4.001);
 * await quantizeCheckpoint(checkpoint, { method: "lloyd-max-laplace", bits });
 * ```
 */
export async function measureSensitivity(
  checkpoint: Checkpoint,
  { dataset, bits: widths, onProgress, ...options }: MeasureSensitivityOptions,
): Promise<Sensitivity> {
  assertWidths(widths);
  const description = describeNetwork(checkpoint, options);
  assertImages(dataset, description, action);
  const { signal } = options;
  const { tensors } = checkpoint;
  const reference = await outputsOf(description, tensors, { dataset, signal });
  const rows: TensorSensitivity[] = [];
  const curves = new Map<string, BitCurve>();
  for (const [i, bits] of widths.entries()) {
    const quantized = await quantizeCheckpoint(checkpoint, { ...options, bits });
    for (const [j, { name, size, mse, effectiveBits }] of quantized.layers.entries()) {
      const changed = new Map(tensors).set(name, quantized.checkpoint.tensors.get(name)!);
      const outputs = await outputsOf(description, changed, { dataset, signal });
      const change = outputChange(reference, outputs, description.classes);
      rows.push({ name, bits, size, squaredError: size * mse, ...change });
      const { distortion, overhead } = curves.get(name) ?? { distortion: {}, overhead: {} };
      curves.set(name, {
        name,
        size,
        distortion: { ...distortion, [bits]: change.divergence },
        overhead: { ...overhead, [bits]: size * effectiveBits - bits * size },
      });
      onProgress?.(i * quantized.layers.length + j + 1, widths.length * quantized.layers.length);
    }
  }
  return { rows, curves: [...curves.values()] };
}

function assertWidths(widths: readonly number[]): void {
  if (widths.length === 0) {
    throw new RangeError(`Cannot ${action} as bits must hold a width: their number is 0`);
  }
  const again = widths.find((bits, i) => widths.indexOf(bits) < i);
  if (again !== undefined) {
    throw new RangeError(
      `Cannot ${action} as bits must be different: one that comes twice is ${again}`,
    );
  }
}
