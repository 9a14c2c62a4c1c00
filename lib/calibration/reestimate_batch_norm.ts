import type { ImageSet } from "../../datasets/image_set.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { isFolded } from "../networks/fold_batch_norm.ts";
import { describeNetwork, type DescribeOptions } from "../networks/registry.ts";
import { channelMoments } from "./channel_moments.ts";
import { assertImages } from "./image_batches.ts";
import { matchNorm, withStatistics } from "./match_norm.ts";

/** Options for {@linkcode reestimateBatchNorm}. */
export interface ReestimateBatchNormOptions extends DescribeOptions {
  /** The images; their labels aren't used. */
  readonly dataset: ImageSet;
  /**
   * The network before it was quantized, of the same architecture. With it each norm's output gets the mean and variance that it
   * has there on the same images, instead of those that its scale and offset say: better, where the images are few or are not as
   * they were in training.
   */
  readonly reference?: Checkpoint;
  /** Stops between two batches of images; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each norm with the number of norms done, and of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

const action = "re-estimate batch norms";

/**
 * Takes the running mean and variance of every batch norm anew on images: those of the population of all images and positions,
 * one norm after the other in the network's order, each behind those that were taken anew already. What quantization did to the
 * mean and spread of activations is undone that way.
 *
 * Norms that were folded into the weights before them (scale 1, mean 0, variance 1 with its epsilon) have no statistics: without
 * a `reference` they stay as they are, with one they are matched to it like all others.
 *
 * The checkpoint is left as it was. The network is computed up to each norm, so the time grows with the number of norms; memory
 * doesn't depend on the number of images. Call `useBackend` first.
 *
 * @throws {RangeError} If there are no images, or a weight is not finite.
 * @throws {TypeError} If the checkpoint or the reference doesn't fit its network, or the images are of another size than it
 * takes.
 * @throws {Error} If no backend is in use.
 *
 * @example
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { useBackend } from "@bitbell/bitbell/networks";
 * import { reestimateBatchNorm } from "@bitbell/bitbell/calibration";
 * import { assertNotEquals } from "@std/assert";
 *
 * await useBackend("wasm");
 * const before = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const after = await reestimateBatchNorm(before, { dataset: generateShapes({ size: 16, seed: 1 }) });
 * assertNotEquals(after.tensors.get("bn1.running_mean"), before.tensors.get("bn1.running_mean"));
 * ```
 */
export async function reestimateBatchNorm(
  checkpoint: Checkpoint,
  options: ReestimateBatchNormOptions,
): Promise<Checkpoint> {
  const { dataset, reference, signal, onProgress } = options;
  const description = describeNetwork(checkpoint, options);
  if (reference !== undefined) {
    describeNetwork(reference, { ...options, network: description.network });
  }
  assertImages(dataset, description, action);
  const norms = description.nodes.filter((node) => node.kind === "batch-normalization");
  let tensors = checkpoint.tensors;
  for (const [done, norm] of norms.entries()) {
    const [input] = norm.inputs as [string];
    if (reference !== undefined) {
      const wanted = await channelMoments(description, reference.tensors, input, options);
      const moments = await channelMoments(description, tensors, input, options);
      const statistics = matchNorm(norm, { tensors: reference.tensors, moments: wanted }, {
        tensors,
        moments,
      });
      tensors = withStatistics(tensors, norm, statistics);
    } else if (!isFolded(norm, tensors)) {
      const moments = await channelMoments(description, tensors, input, options);
      tensors = withStatistics(tensors, norm, moments);
    }
    signal?.throwIfAborted();
    onProgress?.(done + 1, norms.length);
  }
  return { tensors, metadata: checkpoint.metadata };
}
