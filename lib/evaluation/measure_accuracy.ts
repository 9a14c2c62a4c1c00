import type { ImageSource } from "../../datasets/image_set.ts";
import type { Predictor } from "../networks/predictor.ts";
import { type AccuracyReport, accuracyReport } from "./accuracy_report.ts";
import { assertConsistent, assertTakes, batchSize, readBatch } from "./image_batches.ts";
import { labelRanks } from "./label_ranks.ts";

/** Options of one measurement. */
export interface MeasureOptions {
  /** Stops it: the promise rejects with the signal's reason after the batch under way. */
  readonly signal?: AbortSignal;
  /** Called after each batch with the number of images done, and of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Measures the accuracy of a network on all images of a source, in this thread. `evaluateAccuracy` does it on all cores, with the same
 * batches, so with the same result; this is for programs that share out networks between threads or processes of their own.
 *
 * One batch is read at a time, so memory doesn't grow with the number of images but by four bytes for each.
 *
 * @throws {TypeError} If the images are of another size than the network takes, or the source gives another number of bytes.
 * @throws {RangeError} If the source is empty, has not one label for each image, or a label is not one of the network's classes.
 * @throws {Error} If images can't be read; the source's error is the cause.
 *
 * @example
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes, sourceOf } from "@bitbell/bitbell/datasets";
 * import { measureAccuracy } from "@bitbell/bitbell/evaluation";
 * import { describeNetwork, openPredictor } from "@bitbell/bitbell/networks";
 * import { assertGreater } from "@std/assert";
 *
 * const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const predictor = await openPredictor(describeNetwork(checkpoint), checkpoint.tensors);
 * const images = sourceOf(generateShapes({ size: 100, seed: 1 }));
 * const { top1 } = await measureAccuracy(predictor, images);
 * predictor.close();
 * assertGreater(top1, 0.75);
 * ```
 */
export async function measureAccuracy(
  predictor: Predictor,
  source: ImageSource,
  { signal, onProgress }: MeasureOptions = {},
): Promise<AccuracyReport> {
  assertConsistent(source);
  assertTakes(predictor.description, source);
  const { size, labels } = source, { classes } = predictor.description;
  const batch = batchSize(source);
  const ranks = new Uint16Array(size);
  for (let from = 0; from < size; from += batch) {
    signal?.throwIfAborted();
    const to = Math.min(size, from + batch);
    const logits = await predictor.predict(await readBatch(source, from, to), to - from);
    ranks.set(labelRanks(logits, labels.subarray(from, to), classes), from);
    onProgress?.(to, size);
  }
  signal?.throwIfAborted();
  return accuracyReport(ranks);
}
