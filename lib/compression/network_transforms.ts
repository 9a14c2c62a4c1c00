import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { NetworkDescription } from "../networks/description.ts";
import { type ChannelMoments, inputMoments } from "../networks/input_moments.ts";
import { describeNetwork, type DescribeOptions } from "../networks/registry.ts";
import { correctBias, type CorrectedLayer, momentsByNorms } from "./correct_bias.ts";
import {
  equalizeCrossLayer,
  type EqualizedPair,
  type LeftOutLayer,
} from "./equalize_cross_layer.ts";
import { foldBatchNormIntoWeights, type FoldedNorm } from "./fold_into_weights.ts";
import { describeIfKnown } from "./select_tensors.ts";

/** Options that change a network as a whole; all but `network` need an architecture that Bitbell knows. */
export interface NetworkTransformOptions extends DescribeOptions {
  /**
   * Whether batch norms are folded into the weights before they are quantized, see `foldBatchNormIntoWeights`.
   *
   * @default {false}
   */
  readonly foldBatchNorm?: boolean;
  /**
   * Whether layers are equalized before they are quantized, see `equalizeCrossLayer`; needs folded norms.
   *
   * @default {false}
   */
  readonly equalize?: boolean;
  /**
   * Whether biases and the means of norms take up what quantization is expected to add to each layer's outputs, see `correctBias`.
   *
   * @default {false}
   */
  readonly biasCorrection?: boolean;
}

/** What was done to a network besides quantization: plain data. */
export interface NetworkTransforms {
  /** The norms that were folded, and the tensors that took them in. */
  readonly foldedNorms: readonly FoldedNorm[];
  /** The norms that could not be. */
  readonly keptNorms: readonly string[];
  /** The pairs of weight tensors that were balanced against each other. */
  readonly equalizedPairs: readonly Pick<EqualizedPair, "first" | "second">[];
  /** The layers that could not be, and why. */
  readonly unequalizedLayers: readonly LeftOutLayer[];
  /** The layers whose expected outputs were restored. */
  readonly correctedBiases: readonly CorrectedLayer[];
}

/** A network that is ready to be quantized. */
export interface PreparedNetwork {
  readonly checkpoint: Checkpoint;
  readonly transforms: NetworkTransforms;
  /** Left out where nothing needs it, or the architecture isn't known. */
  readonly description?: NetworkDescription;
  /** What each layer reads, by its weight tensor; left out alike. */
  readonly moments?: ReadonlyMap<string, ChannelMoments>;
}

/**
 * Folds and equalizes as the options ask for, and tells what the layers read from then on.
 *
 * @throws {TypeError} If something is asked for that needs the network, and the checkpoint is of no known architecture.
 * @throws {RangeError} If equalization is asked for without folding, biases are to be corrected where no norm has statistics, or a value isn't
 * finite.
 */
export function prepareNetwork(
  original: Checkpoint,
  options: NetworkTransformOptions,
  wantsMoments: boolean,
): PreparedNetwork {
  const { foldBatchNorm = false, equalize = false, biasCorrection = false } = options;
  const needsNetwork = foldBatchNorm || equalize || biasCorrection;
  const description = needsNetwork
    ? describeNetwork(original, options)
    : wantsMoments
    ? describeIfKnown(original, options)
    : undefined;
  if (description === undefined) return { checkpoint: original, transforms: noTransforms };
  // Biases are corrected by the statistics of norms alone; other uses make do with a model where there are none.
  const moments = biasCorrection
    ? new Map(momentsByNorms(description, original.tensors))
    : wantsMoments
    ? new Map(inputMoments(description, original.tensors))
    : undefined;
  const fold = foldBatchNorm ? foldBatchNormIntoWeights(original, description) : undefined;
  const folded = fold?.checkpoint ?? original;
  const balance = equalize ? equalizeCrossLayer(folded, description) : undefined;
  for (const [name, scales] of balance?.inputScales ?? []) {
    moments?.set(name, dividedMoments(moments.get(name)!, scales));
  }
  return {
    checkpoint: balance?.checkpoint ?? folded,
    description,
    moments,
    transforms: {
      ...noTransforms,
      foldedNorms: fold?.folded ?? [],
      keptNorms: fold?.kept ?? [],
      equalizedPairs: balance?.pairs.map(({ first, second }) => ({ first, second })) ?? [],
      unequalizedLayers: balance?.leftOut ?? [],
    },
  };
}

/** Has biases and norms take up the error of the means, where the options ask for it. */
export function finishNetwork(
  quantized: Checkpoint,
  { checkpoint: original, description, transforms, moments }: PreparedNetwork,
  { biasCorrection }: NetworkTransformOptions,
): Pick<PreparedNetwork, "checkpoint" | "transforms"> {
  if (!biasCorrection || description === undefined) return { checkpoint: quantized, transforms };
  const { checkpoint, corrected } = correctBias(original, quantized, description, { moments });
  return { checkpoint, transforms: { ...transforms, correctedBiases: corrected } };
}

const noTransforms: NetworkTransforms = {
  foldedNorms: [],
  keptNorms: [],
  equalizedPairs: [],
  unequalizedLayers: [],
  correctedBiases: [],
};

/** What a layer reads once each of its input channels is divided by a scale. */
function dividedMoments({ mean, variance }: ChannelMoments, scales: Float64Array): ChannelMoments {
  return {
    mean: mean.map((value, i) => value / scales[i]!),
    variance: variance.map((value, i) => value / scales[i]! ** 2),
  };
}
