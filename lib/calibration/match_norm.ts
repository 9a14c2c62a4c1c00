import type { Checkpoint, Tensor } from "../checkpoints/checkpoint.ts";
import type { BatchNormalizationNode } from "../networks/description.ts";
import { affineOf, valuesOf } from "../networks/fold_batch_norm.ts";
import type { ChannelMoments } from "../networks/input_moments.ts";

type Tensors = Checkpoint["tensors"];

/** A network's tensors, and the mean and variance of what one of its norms reads. */
export interface NormInput {
  readonly tensors: Tensors;
  readonly moments: ChannelMoments;
}

/** The tensors with a norm's mean and variance replaced. */
export function withStatistics(
  tensors: Tensors,
  norm: BatchNormalizationNode,
  { mean, variance }: ChannelMoments,
): Map<string, Tensor> {
  const shape = [mean.length];
  return new Map(tensors)
    .set(norm.mean, { shape, data: Float32Array.from(mean) })
    .set(norm.variance, { shape, data: Float32Array.from(variance) });
}

/**
 * The mean and variance with which a norm gives its output the mean and variance that it has in a reference, on the same images.
 * So where both networks are the same, nothing changes, whether the statistics stem from the training or from folding.
 *
 * A channel whose input is constant keeps its variance, as does one that is constant in the reference; one of scale 0 keeps both.
 */
export function matchNorm(
  norm: BatchNormalizationNode,
  reference: NormInput,
  current: NormInput,
): ChannelMoments {
  const { factors, summands } = affineOf(norm, reference.tensors);
  const scales = valuesOf(current.tensors, norm.scale);
  const offsets = valuesOf(current.tensors, norm.offset);
  const mean = Float64Array.from(valuesOf(current.tensors, norm.mean));
  const variance = Float64Array.from(valuesOf(current.tensors, norm.variance));
  for (let channel = 0; channel < mean.length; channel++) {
    const scale = scales[channel]!;
    if (scale === 0) continue;
    const wantedMean = summands[channel]! + factors[channel]! * reference.moments.mean[channel]!;
    const wantedSpread = Math.abs(factors[channel]!) *
      Math.sqrt(reference.moments.variance[channel]!);
    const spread = Math.abs(scale) * Math.sqrt(current.moments.variance[channel]!);
    if (spread > 0 && wantedSpread > 0) {
      variance[channel] = Math.max(0, (spread / wantedSpread) ** 2 - norm.epsilon);
    }
    const deviation = Math.sqrt(variance[channel]! + norm.epsilon);
    mean[channel] = current.moments.mean[channel]! -
      (wantedMean - offsets[channel]!) * deviation / scale;
  }
  return { mean, variance };
}
