import type { ImageSet } from "../../datasets/image_set.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { buildDescribed } from "../networks/build.ts";
import type { NetworkDescription } from "../networks/description.ts";
import { blockwiseSum } from "../numerics/blockwise_sum.ts";
import { imageBatches } from "./image_batches.ts";

/** How far a network's outputs are from those of another. */
export interface OutputChange {
  /** The Kullback-Leibler divergence of the softmax of the outputs from that of the reference's, `sum p log(p / q)`, in nats per image; never negative. */
  readonly divergence: number;
  /** The share of images whose largest output is another one, in `[0, 1]`; of equal outputs the first is the largest. */
  readonly changed: number;
}

/** Images that a network is shown. */
export interface OutputOptions {
  readonly dataset: ImageSet;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The logits of a network on all images, row by row.
 *
 * @throws {RangeError} If one is not finite.
 */
export async function outputsOf(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
  { dataset, signal }: OutputOptions,
): Promise<Float32Array> {
  const { classes } = description;
  const outputs = new Float32Array(dataset.size * classes);
  const network = buildDescribed(description, tensors);
  try {
    for await (const { first, size, pixels } of imageBatches(dataset, signal)) {
      outputs.set(network.predict(pixels, size), first * classes);
    }
  } finally {
    network.dispose();
  }
  const wrong = outputs.findIndex((output) => !Number.isFinite(output));
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot compare outputs as logits must be finite: one of image ${
        Math.floor(wrong / classes)
      } is ${outputs[wrong]}`,
    );
  }
  return outputs;
}

/**
 * How far outputs are from those of a reference, both finite and row by row.
 *
 * With d = log q - log p each class adds `p (e^d - 1 - d)`: as p and q add up to 1 the sum is the divergence, without its cancellation, so that it is
 * right to a few units in the last place of the logits' differences however small it is.
 */
export function outputChange(
  reference: Float32Array,
  outputs: Float32Array,
  classes: number,
): OutputChange {
  const size = reference.length / classes;
  let changed = 0;
  const total = blockwiseSum(size, (image) => {
    const row = image * classes;
    const p = logSoftmax(reference, row, classes), q = logSoftmax(outputs, row, classes);
    if (p.largest !== q.largest) changed++;
    let divergence = 0;
    for (let k = 0; k < classes; k++) {
      const logP = reference[row + k]! - p.logSum, logQ = outputs[row + k]! - q.logSum;
      divergence += excess(logP, logQ - logP);
    }
    return divergence;
  });
  return { divergence: total / size, changed: changed / size };
}

/** `p (e^d - 1 - d)`, also where p underflows and `e^d` overflows. */
function excess(logP: number, d: number): number {
  const p = Math.exp(logP);
  return d < 1 ? p * (Math.expm1(d) - d) : Math.exp(logP + d) - p * (1 + d);
}

/** The logarithm of the sum of exponentials of a row, and the index of its largest value. */
function logSoftmax(
  logits: Float32Array,
  row: number,
  classes: number,
): { readonly logSum: number; readonly largest: number } {
  let largest = 0;
  for (let k = 1; k < classes; k++) {
    if (logits[row + k]! > logits[row + largest]!) largest = k;
  }
  const top = logits[row + largest]!;
  let sum = 0;
  for (let k = 0; k < classes; k++) sum += Math.exp(logits[row + k]! - top);
  return { logSum: top + Math.log(sum), largest };
}
