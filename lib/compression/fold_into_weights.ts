import type { Checkpoint, Tensor } from "../checkpoints/checkpoint.ts";
import type { NetworkDescription } from "../networks/description.ts";
import { foldableConvolutions, foldedTensors } from "../networks/fold_batch_norm.ts";

/** A batch norm and the weight tensor that took it in. */
export interface FoldedNorm {
  /** The norm's name in the description. */
  readonly norm: string;
  /** Name of the convolution's weight tensor. */
  readonly weight: string;
}

/** A checkpoint whose batch norms are folded where they can be. */
export interface FoldedCheckpoint {
  /** The same tensors, in their order. */
  readonly checkpoint: Checkpoint;
  readonly folded: readonly FoldedNorm[];
  /** Names of the norms that stay as they were, since they don't read a convolution that nothing else reads. */
  readonly kept: readonly string[];
}

/**
 * Folds each batch norm into the filters before it and leaves it in place as no more than a bias, so that the checkpoint still has all of
 * its architecture's tensors: filters are multiplied by `scale / sqrt(variance + epsilon)`; the norm is left with scale 1, mean 0, the
 * variance that makes `sqrt(variance + epsilon)` one, and as its offset the folded bias. A convolution's own bias goes into that
 * too and is left 0. To store such a norm takes its offset alone.
 *
 * The function that the network computes stays the same to float32's rounding: of the filters once, and of the bias. Folding twice
 * is folding once. The checkpoint is left as it was. O(number of weights).
 *
 * A folded norm has no statistics any more: `inputMoments` and `correctBias` are surer with the original.
 *
 * @param description Of this checkpoint, by `describeNetwork`.
 *
 * @throws {RangeError} If a variance is negative or not a number, a folded value is beyond float32, or an epsilon is above 1.
 *
 * @example
 * ```ts
 * import { foldBatchNormIntoWeights } from "@bitbell/bitbell";
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint } from "@bitbell/bitbell/datasets";
 * import { describeNetwork } from "@bitbell/bitbell/networks";
 * import { assertEquals } from "@std/assert";
 *
 * const original = await loadCheckpoint(embeddedCheckpoint("resnet20-cifar10"));
 * const { checkpoint, folded, kept } = foldBatchNormIntoWeights(original, describeNetwork(original));
 * assertEquals([folded.length, kept.length], [19, 0]);
 * assertEquals(folded[0], { norm: "bn1", weight: "conv1.weight" });
 * assertEquals(checkpoint.tensors.get("bn1.weight")!.data[0], 1);
 * ```
 */
export function foldBatchNormIntoWeights(
  { tensors: original, metadata }: Checkpoint,
  { nodes }: NetworkDescription,
): FoldedCheckpoint {
  const convolutions = foldableConvolutions(nodes);
  const tensors = new Map(original);
  const folded: FoldedNorm[] = [];
  const kept: string[] = [];
  for (const node of nodes) {
    if (node.kind !== "batch-normalization") continue;
    const convolution = convolutions.get(node.name);
    if (convolution === undefined) {
      kept.push(node.name);
      continue;
    }
    const variance = unitVariance(node.epsilon);
    const remaining = 1 / Math.sqrt(variance + node.epsilon);
    const { weights, biases } = foldedTensors(convolution, node, original, remaining);
    assertFolded(convolution.weight, weights, node.name);
    assertFolded(node.offset, biases, node.name);
    const constant = (value: number) => ({
      shape: biases.shape,
      data: new Float32Array(biases.data.length).fill(value),
    });
    tensors.set(convolution.weight, weights);
    if (convolution.bias !== undefined) tensors.set(convolution.bias, constant(0));
    tensors.set(node.offset, biases);
    tensors.set(node.scale, constant(1));
    tensors.set(node.mean, constant(0));
    tensors.set(node.variance, constant(variance));
    folded.push({ norm: node.name, weight: convolution.weight });
  }
  return { checkpoint: { tensors, metadata }, folded, kept };
}

/** The float32 that comes nearest to `1 - epsilon`. */
function unitVariance(epsilon: number): number {
  if (epsilon >= 0 && epsilon <= 1) return Math.fround(1 - epsilon);
  throw new RangeError(
    `Cannot leave a folded batch norm as the identity as its epsilon must be in [0, 1]: current value is ${epsilon}`,
  );
}

function assertFolded(name: string, { data }: Tensor<Float32Array>, norm: string): void {
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new RangeError(
    `Cannot fold ${norm} as the result must be finite in float32: that of tensor ${name} at index ${index} is ${
      data[index]
    }`,
  );
}
