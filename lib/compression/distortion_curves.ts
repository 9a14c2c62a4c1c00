import type { Checkpoint, TensorData } from "../checkpoints/checkpoint.ts";
import { blockwiseSum } from "../numerics/blockwise_sum.ts";
import type { BitCurve } from "./bit_allocation.ts";
import { channelBounds } from "./granularity.ts";
import type { LayerReport } from "./layer_report.ts";
import { bitsPerWidth } from "./payload.ts";
import {
  quantizeCheckpoint,
  type QuantizeCheckpointOptions,
  type QuantizedCheckpoint,
} from "./quantize_checkpoint.ts";
import { reconstruct } from "./quantized_tensor.ts";

/** What a tensor's squared error counts for: nothing special, its variance taken out, or a weight of the caller's by the tensor's name. */
export type DistortionWeighting = "mse" | "relative" | Readonly<Record<string, number>>;

/** Options for {@linkcode distortionCurves}: those of `quantizeCheckpoint` that leave the checkpoint's weights the ones that errors are measured from. */
export interface DistortionCurvesOptions
  extends Omit<QuantizeCheckpointOptions, "bits" | "keepGoing" | "foldBatchNorm" | "equalize"> {
  /** The widths to measure, each one that the method exists for. */
  readonly bits: readonly number[];
  /**
   * - `"mse"`: the sum of squared errors; then bits go where errors are large.
   * - `"relative"`: that sum over the tensor's variance; then all tensors count alike, whatever their scale.
   * - By name: that sum times the tensor's weight, such as its mean squared gradient (the diagonal Fisher information) or a measured sensitivity; finite, not negative.
   *
   * @default {"mse"}
   */
  readonly weighting?: DistortionWeighting;
  /**
   * Whether each tensor gets a curve, or each of its output channels; channels need a granularity that gives them books of their own.
   *
   * @default {"tensor"}
   */
  readonly per?: "tensor" | "channel";
  /** Called after each tensor at each width, with the number of weights done and in all, all widths together. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A line of a report on sensitivity. */
export interface SensitivityRow {
  readonly name: string;
  readonly channel?: number;
  readonly bits: number;
  /** The weighted error of this tensor (or channel), when only it matters. */
  readonly distortion: number;
  /** That over the sum of all tensors at this width, in `[0, 1]`; 0 where nothing is lost. */
  readonly share: number;
}

/**
 * What each width makes of each tensor, by quantizing the checkpoint at every width: what `allocateBits` takes. Takes as long as quantizing it so many
 * times.
 *
 * A curve's overhead is what its books, scales and code tables take. With `per: "channel"` the tensor's overhead is divided among its channels evenly, and
 * each takes 4 bits more to tell its width.
 *
 * @throws {RangeError} If there are no widths, one comes twice, a tensor has no weight or one out of its range, or channels are asked for without books of
 * their own; and as `quantizeCheckpoint`.
 *
 * @example Three bits in the mean, for tensors of different scales
 * ```ts
 * import { allocateBits, createPrng, distortionCurves, gaussian, quantizeCheckpoint } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const tensorOf = (standardDeviation: number) => ({
 *   shape: [20, 100],
 *   data: Float32Array.from(gaussian({ mean: 0, standardDeviation }).sample(2000, { prng: createPrng(1) })),
 * });
 * const tensors = new Map([["a.weight", tensorOf(0.04)], ["b.weight", tensorOf(0.01)]]);
 * const checkpoint = { tensors, metadata: {} };
 * const curves = await distortionCurves(checkpoint, { method: "lloyd-max-gaussian", bits: [2, 3, 4] });
 * const { bits } = allocateBits(curves, { averageBits: 3.1 });
 * assertEquals(bits, { "a.weight": 4, "b.weight": 2 });
 * const { layers } = await quantizeCheckpoint(checkpoint, { method: "lloyd-max-gaussian", bits });
 * assertEquals(layers.map(({ bits }) => bits), [4, 2]);
 * ```
 */
export async function distortionCurves(
  checkpoint: Checkpoint,
  { bits: widths, weighting = "mse", per = "tensor", onProgress, ...options }:
    DistortionCurvesOptions,
): Promise<BitCurve[]> {
  assertOptions(widths, { ...options, per });
  const curves = new Map<string, BitCurve>();
  for (const [i, bits] of widths.entries()) {
    const result = await quantizeCheckpoint(checkpoint, {
      ...options,
      bits,
      onProgress: (done, total) => onProgress?.(i * total + done, widths.length * total),
    });
    for (const layer of result.layers) {
      const weight = weightOf(layer, weighting);
      for (const { channel, size, squaredError, cost } of partsOf(checkpoint, result, layer, per)) {
        const { name } = layer;
        const key = JSON.stringify([name, channel]);
        const { distortion, overhead } = curves.get(key) ?? { distortion: {}, overhead: {} };
        curves.set(key, {
          name,
          ...(channel !== undefined && { channel }),
          size,
          distortion: { ...distortion, [bits]: weight * squaredError },
          overhead: { ...overhead, [bits]: cost - bits * size },
        });
      }
    }
  }
  return [...curves.values()];
}

function refuse(condition: string, value: string): never {
  throw new RangeError(`Cannot measure distortion as ${condition}: ${value}`);
}

function assertOptions(
  widths: readonly number[],
  { per, granularity = "tensor", sharedBook }: Pick<
    DistortionCurvesOptions,
    "per" | "granularity" | "sharedBook"
  >,
): void {
  if (widths.length === 0) refuse("bits must hold a width", "their number is 0");
  const again = widths.find((bits, i) => widths.indexOf(bits) < i);
  if (again !== undefined) refuse("bits must be different", `one that comes twice is ${again}`);
  if (per !== "tensor" && per !== "channel") {
    refuse('per must be "tensor" or "channel"', `current value is ${per}`);
  }
  if (per === "channel" && (granularity === "tensor" || sharedBook)) {
    refuse(
      "curves of channels need books of their own",
      sharedBook ? "sharedBook is true" : `granularity is ${granularity}`,
    );
  }
}

/** What a unit of a tensor's squared error counts for. */
function weightOf({ name, variance }: LayerReport, weighting: DistortionWeighting): number {
  if (weighting === "mse") return 1;
  // A constant tensor loses nothing.
  if (weighting === "relative") return variance > 0 ? 1 / variance : 1;
  if (typeof weighting !== "object" || !Object.hasOwn(weighting, name)) {
    refuse(
      'weighting must be "mse", "relative" or a weight for every tensor',
      typeof weighting === "object" ? `there is none for ${name}` : `current value is ${weighting}`,
    );
  }
  const weight = weighting[name]!;
  if (weight >= 0 && weight < Infinity) return weight;
  return refuse(
    `the weight of ${name} must be finite and not negative`,
    `current value is ${weight}`,
  );
}

/** A tensor or a channel of it. */
interface Part {
  readonly channel?: number;
  readonly size: number;
  readonly squaredError: number;
  /** Bits that it takes in all. */
  readonly cost: number;
}

function partsOf(
  { tensors }: Checkpoint,
  { quantized }: QuantizedCheckpoint,
  { name, shape, size, mse, effectiveBits }: LayerReport,
  per: "tensor" | "channel",
): Part[] {
  const cost = size * effectiveBits;
  const bounds = channelBounds(shape);
  const channels = bounds.length - 1;
  if (per === "tensor" || channels === 1) return [{ size, squaredError: size * mse, cost }];
  const original = tensors.get(name)!.data;
  const restored = reconstruct(quantized.get(name)!);
  return Array.from({ length: channels }, (_, channel) => ({
    channel,
    size: size / channels,
    squaredError: squaredError(original, restored, bounds[channel]!, bounds[channel + 1]!),
    cost: cost / channels + bitsPerWidth,
  }));
}

function squaredError(
  original: TensorData,
  restored: Float64Array,
  start: number,
  end: number,
): number {
  return blockwiseSum(
    end - start,
    (i) => (Number(original[start + i]!) - restored[start + i]!) ** 2,
  );
}

/**
 * A report on sensitivity: a row for each tensor (or channel) and width, the most sensitive first at each width.
 *
 * @example
 * ```ts
 * import { sensitivityRows } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = sensitivityRows([
 *   { name: "a", size: 10, distortion: { 2: 1, 4: 0.1 } },
 *   { name: "b", size: 10, distortion: { 2: 3, 4: 0 } },
 * ]);
 * assertEquals(rows.map(({ name, bits, share }) => [name, bits, share]), [["b", 2, 0.75], ["a", 2, 0.25], ["a", 4, 1], ["b", 4, 0]]);
 * ```
 */
export function sensitivityRows(curves: readonly BitCurve[]): SensitivityRow[] {
  const widths = new Set(curves.flatMap(({ distortion }) => Object.keys(distortion).map(Number)));
  return [...widths].sort((a, b) => a - b).flatMap((bits) => {
    const measured = curves.filter(({ distortion }) => distortion[bits] !== undefined);
    const total = blockwiseSum(measured.length, (i) => measured[i]!.distortion[bits]!);
    return measured
      .map(({ name, channel, distortion }) => ({
        name,
        ...(channel !== undefined && { channel }),
        bits,
        distortion: distortion[bits]!,
        share: total > 0 ? distortion[bits]! / total : 0,
      }))
      .sort((a, b) => b.distortion - a.distortion);
  });
}
