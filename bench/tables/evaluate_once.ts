import { createHash } from "node:crypto";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import type { Evaluator } from "../../lib/evaluation/evaluate_accuracy.ts";

/** How often a network is right; fractions. */
export interface Accuracy {
  readonly top1: number;
  readonly top5: number;
  /** Wilson's interval of top1. */
  readonly interval95: readonly [number, number];
  /** Number of images. */
  readonly size: number;
}

/** What was measured on an evaluator's images, by the digest of the weights: two methods may well give the same ones. */
const measured = new WeakMap<Evaluator, Map<string, Accuracy>>();

/** Measures a checkpoint, unless the same weights were measured on the same images before. */
export async function evaluateOnce(
  evaluator: Evaluator,
  checkpoint: Checkpoint,
  onProgress: (fraction: number) => void,
): Promise<Accuracy> {
  const known = measured.get(evaluator) ?? new Map<string, Accuracy>();
  measured.set(evaluator, known);
  const digest = digestOf(checkpoint);
  const earlier = known.get(digest);
  if (earlier !== undefined) return earlier;
  const { top1, top5, interval95, size } = await evaluator.evaluate(checkpoint, {
    onProgress: (done, total) => onProgress(done / total),
  });
  known.set(digest, { top1, top5, interval95, size });
  return { top1, top5, interval95, size };
}

function digestOf({ tensors, metadata }: Checkpoint): string {
  const hash = createHash("sha256").update(JSON.stringify(metadata));
  for (const [name, { data: { buffer, byteOffset, byteLength } }] of tensors) {
    hash.update(`\n${name}\n`).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}
