import { mean as meanOf, populationVariance } from "../numerics/moments.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { channelBounds } from "./granularity.ts";
import { type Affine, type Bounds, type QuantizedTensor, reconstruct } from "./quantized_tensor.ts";

/** What is restored in each output channel of a quantized tensor: its mean, its standard deviation. */
export type Correction = "mean" | "variance";

/** Every correction. */
export const corrections: readonly Correction[] = ["mean", "variance"];

/** The map `scale * value + offset` of a channel. */
interface ChannelMap {
  readonly scale: number;
  readonly offset: number;
}

/** A deviation below this share of the largest magnitude is rounding: the channel's quantized weights are all the same. */
const negligibleDeviation = 1e-12;

/**
 * Restores moments that quantization moved, by a scale and an offset for each output channel (axis 0; a tensor of rank 1 is one channel);
 * the codes stay as they are:
 *
 * - `["mean"]` adds the difference of the channel's means;
 * - `["variance"]` multiplies by the ratio of its standard deviations, which moves the mean in the same ratio;
 * - both give the channel the mean and the standard deviation that it had: the bias correction of ACIQ (Banner, Nahshan and Soudry,
 *   "Post training 4-bit quantization of convolutional networks for rapid-deployment", NeurIPS 2019, section 4, as its published code
 *   computes it: the offset is added after scaling, where the paper's formula scales the corrected mean as well).
 *
 * Moments are exact in double precision, before the weights are rounded to float32. A channel whose quantized weights are all the same
 * can't be given a deviation: its scale stays, and so does that of a constant channel where only the variance is asked for. All others
 * are exact, also where scales were there before, groups are finer than channels, or a book is shared.
 *
 * Storage: one number more for each channel that gets a scale, one for each that gets an offset, as a rule all of them. Where the
 * tensor has scales already (one that isn't 1), they take the new ones in and only those count that come by cutting their runs at
 * the channels' bounds; offsets alike. That books of their own could take in both is left out of the count. O(n).
 *
 * @param original The weights before quantization.
 *
 * @throws {TypeError} If there are not as many weights as codes.
 * @throws {RangeError} If a correction has no such name, or a weight isn't finite.
 *
 * @example
 * ```ts
 * import { correctChannels, dequantize, quantizeTensor } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const data = Float32Array.of(0, 1, 2, 5, -4, -2, 0, 6);
 * const { quantized } = quantizeTensor({ shape: [2, 4], data }, { method: "min-max", bits: 1 });
 * assertEquals([...dequantize(quantized)], [-4, 6, 6, 6, -4, -4, -4, 6]);
 * const corrected = correctChannels(data, quantized, ["mean"]);
 * assertEquals([...dequantize(corrected)], [-5.5, 4.5, 4.5, 4.5, -2.5, -2.5, -2.5, 7.5]);
 * assertEquals(corrected.storedValues - quantized.storedValues, 2);
 * ```
 */
export function correctChannels(
  original: Sample,
  quantized: QuantizedTensor,
  wanted: readonly Correction[],
): QuantizedTensor {
  assertCorrections(wanted);
  const { codes, shape } = quantized;
  if (original.length !== codes.length) {
    throw new TypeError(
      `Cannot correct a quantized tensor as there must be as many weights as codes: their numbers are ${original.length} and ${codes.length}`,
    );
  }
  if (wanted.length === 0) return quantized;
  assertFiniteSample(original, "correct a quantized tensor");
  const restored = reconstruct(quantized);
  const weights = Float64Array.from(original);
  const channels = channelBounds(shape);
  const maps = Array.from({ length: channels.length - 1 }, (_, c) => {
    const [start, end] = [channels[c]!, channels[c + 1]!];
    return channelMap(weights.subarray(start, end), restored.subarray(start, end), wanted);
  });
  return {
    ...quantized,
    affine: compose(quantized, channels, maps),
    storedValues: quantized.storedValues + addedValues(quantized, channels, wanted),
  };
}

/** @throws {RangeError} If a correction has no such name. */
export function assertCorrections(wanted: readonly Correction[]): void {
  for (const name of wanted) {
    if (corrections.includes(name)) continue;
    throw new RangeError(
      `Cannot correct a quantized tensor as corrections must be among ${
        corrections.join(", ")
      }: current value is ${name}`,
    );
  }
}

function channelMap(
  original: Float64Array,
  restored: Float64Array,
  wanted: readonly Correction[],
): ChannelMap {
  const restoresMean = wanted.includes("mean");
  const scale = wanted.includes("variance") ? deviationRatio(original, restored, restoresMean) : 1;
  return { scale, offset: restoresMean ? meanOf(original) - scale * meanOf(restored) : 0 };
}

/** By what the quantized weights must be multiplied to have the deviation of the original; 1 where nothing can. */
function deviationRatio(
  original: Float64Array,
  restored: Float64Array,
  restoresMean: boolean,
): number {
  const [lower, upper] = extent(restored);
  const deviation = Math.sqrt(populationVariance(restored));
  if (deviation <= negligibleDeviation * Math.max(-lower, upper)) return 1;
  const ratio = Math.sqrt(populationVariance(original)) / deviation;
  // Without its mean, a constant channel would be lost altogether.
  return Number.isFinite(ratio) && (ratio > 0 || restoresMean) ? ratio : 1;
}

/** The scales and offsets that there were, followed by those of the channels. */
function compose(
  { affine, groups }: QuantizedTensor,
  channels: Bounds,
  maps: readonly ChannelMap[],
): Affine {
  const bounds = refine([channels, groups, affine?.bounds ?? channels]);
  const runs = bounds.length - 1;
  const scales = new Float64Array(runs), offsets = new Float64Array(runs);
  for (let run = 0, channel = 0, before = 0; run < runs; run++) {
    const start = bounds[run]!;
    while (channels[channel + 1]! <= start) channel++;
    while (affine !== undefined && affine.bounds[before + 1]! <= start) before++;
    const { scale, offset } = maps[channel]!;
    scales[run] = scale * (affine?.scales[before] ?? 1);
    offsets[run] = offset + scale * (affine?.offsets[before] ?? 0);
  }
  return { bounds, scales, offsets };
}

function addedValues(
  { affine }: QuantizedTensor,
  channels: Bounds,
  wanted: readonly Correction[],
): number {
  const count = channels.length - 1;
  const cuts = affine === undefined
    ? 0
    : refine([channels, affine.bounds]).length - affine.bounds.length;
  const hasScales = affine?.scales.some((scale) => scale !== 1) ?? false;
  const hasOffsets = affine?.offsets.some((offset) => offset !== 0) ?? false;
  const scales = !wanted.includes("variance") ? 0 : hasScales ? cuts : count;
  // Offsets that are there are scaled along with the levels.
  const offsets = hasOffsets ? cuts : wanted.includes("mean") ? count : 0;
  return scales + offsets;
}

/** Every bound of any of them. */
function refine(cuts: readonly Bounds[]): Bounds {
  const bounds = new Set(cuts.flatMap((cut) => [...cut]));
  return Uint32Array.from(bounds).sort();
}
