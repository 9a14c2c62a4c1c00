import type { ImageSet, ImageSource } from "../../datasets/image_set.ts";
import type { Checkpoint, Tensor } from "../checkpoints/checkpoint.ts";
import { assertBackendName } from "../networks/backend.ts";
import type { NetworkDescription } from "../networks/description.ts";
import { type EvaluationBackend, evaluationBackends } from "../networks/predictor.ts";
import { describeNetwork, type DescribeOptions } from "../networks/registry.ts";
import { type AccuracyReport, accuracyReport } from "./accuracy_report.ts";
import { assertConsistent, assertTakes, batchSize, readBatch } from "./image_batches.ts";
import { createLane, type Lane } from "./lane.ts";
import { untilAborted } from "./until_aborted.ts";

/** Options of {@linkcode openEvaluator}. */
export interface EvaluatorOptions {
  /**
   * The images. All are used: `selectImages(set, balancedSubset(...))` makes a smaller set. A set is held in memory that the workers
   * share; of a source each worker is handed one batch at a time, however many images there are.
   */
  readonly dataset: ImageSet | ImageSource;
  /** How many workers compute, each on one core; the result doesn't depend on it. @default {navigator.hardwareConcurrency} */
  readonly workers?: number;
  /** What computes. @default {"wasm"} */
  readonly backend?: EvaluationBackend;
  /** Stops the start. */
  readonly signal?: AbortSignal;
}

/** Options of one evaluation. */
export interface EvaluateOptions extends DescribeOptions {
  /** Stops it: the promise rejects with the signal's reason at once. */
  readonly signal?: AbortSignal;
  /** Called after each batch with the number of images done, and of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Workers with a set of images, ready for one checkpoint after the other. */
export interface Evaluator {
  /**
   * Measures a checkpoint's accuracy on the images. Calls that overlap are answered one after the other.
   *
   * @throws {TypeError} If the checkpoint doesn't fit its network, or the images are of another size than it takes.
   * @throws {RangeError} If a label is not one of its classes, or a weight is not finite.
   * @throws {Error} If the evaluator is closed, a worker stopped twice at the same images, or images can't be read.
   */
  evaluate(checkpoint: Checkpoint, options?: EvaluateOptions): Promise<AccuracyReport>;
  /** Ends the workers; an evaluation under way rejects. */
  close(): void;
}

/**
 * Starts workers on a set of images to measure many checkpoints on it; `evaluateAccuracy` does it for one.
 *
 * A worker that stops (an error of its own, memory of WebAssembly used up) is replaced, and does the images that it was at once more; if
 * they stop a second worker, that is an error. Only where JavaScript's own heap is used up, the whole process ends.
 *
 * @throws {RangeError} If the set is empty or inconsistent, `workers` is not an integer in [1, 256], or there is no such backend.
 * @throws {Error} If the backend can't start.
 *
 * @example
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { openEvaluator } from "@bitbell/bitbell/evaluation";
 * import { quantizeCheckpoint } from "@bitbell/bitbell";
 * import { assertGreater } from "@std/assert";
 *
 * const float = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const options = { method: "min-max", bits: 2, granularity: "tensor" } as const;
 * const { checkpoint: coarse } = await quantizeCheckpoint(float, options);
 *
 * const evaluator = await openEvaluator({ dataset: generateShapes({ size: 100, seed: 1 }), workers: 1 });
 * const before = await evaluator.evaluate(float);
 * const after = await evaluator.evaluate(coarse);
 * evaluator.close();
 * assertGreater(before.top1, after.top1);
 * ```
 */
export function openEvaluator(options: EvaluatorOptions): Promise<Evaluator> {
  return openEvaluatorWith(options, new URL("./worker.ts", import.meta.url));
}

/** The same with workers that run another module, which speaks as worker.ts does. */
export async function openEvaluatorWith(
  options: EvaluatorOptions,
  module: URL,
): Promise<Evaluator> {
  const { dataset, workers = navigator.hardwareConcurrency, backend = "wasm", signal } = options;
  assertConsistent(dataset);
  assertBackendName(backend, evaluationBackends);
  if (!Number.isInteger(workers) || workers < 1 || workers > 256) {
    throw new RangeError(
      `Cannot evaluate as workers must be an integer in [1, 256]: current value is ${workers}`,
    );
  }
  signal?.throwIfAborted();

  const batch = batchSize(dataset);
  const count = Math.min(workers, Math.ceil(dataset.size / batch));
  const images = {
    kind: "open",
    backend,
    labels: dataset.labels,
    stride: dataset.height * dataset.width * 3,
    pixels: "pixels" in dataset ? shared(dataset.pixels) : undefined,
  } as const;
  const lanes = Array.from({ length: count }, () => createLane(images, module));
  const close = () => lanes.forEach((lane) => lane.close());
  try {
    await untilAborted(Promise.all(lanes.map((lane) => lane.open())), signal);
  } catch (error) {
    close();
    throw error;
  }

  let free: Promise<unknown> = Promise.resolve();
  return {
    async evaluate(checkpoint, options = {}) {
      const { signal } = options;
      signal?.throwIfAborted();
      const turn = free;
      const { promise, resolve } = Promise.withResolvers<void>();
      free = promise;
      let working: Promise<unknown> | undefined;
      try {
        await untilAborted(turn, signal);
        const job = startJob(checkpoint, dataset, batch, options);
        const shares = lanes.map((lane) => job.work(lane));
        working = Promise.allSettled(shares);
        await untilAborted(Promise.all(shares), signal);
        return accuracyReport(job.ranks);
      } finally {
        // Whose turn is next must wait until every worker has answered, even if this caller doesn't.
        Promise.all([turn, working]).then(() => resolve());
      }
    },
    close,
  };
}

/**
 * Measures the accuracy of a checkpoint on images, on all cores.
 *
 * The network is read off the checkpoint, see `describeNetwork`. Every worker builds it for itself and takes one batch of images after the
 * other; the batches are the same however many workers there are, so the result is too. To measure many checkpoints on the same images,
 * `openEvaluator` keeps the workers.
 *
 * @throws {TypeError} If the checkpoint doesn't fit its network, or the images are of another size than it takes.
 * @throws {RangeError} If an option is out of its domain, a label is not one of the network's classes, or a weight is not finite.
 * @throws {Error} If the backend can't start, a worker stopped twice at the same images, or images can't be read.
 *
 * @example
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { evaluateAccuracy } from "@bitbell/bitbell/evaluation";
 * import { assertGreater, assertLess } from "@std/assert";
 *
 * const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const { top1, interval95 } = await evaluateAccuracy(checkpoint, {
 *   dataset: generateShapes({ size: 100, seed: 1 }),
 *   workers: 1,
 * });
 * assertGreater(top1, 0.75);
 * assertLess(interval95[0], top1);
 * ```
 */
export async function evaluateAccuracy(
  checkpoint: Checkpoint,
  options: EvaluatorOptions & EvaluateOptions,
): Promise<AccuracyReport> {
  // Before any worker starts: most errors are found here.
  assertConsistent(options.dataset);
  assertTakes(describeNetwork(checkpoint, options), options.dataset);
  const evaluator = await openEvaluator(options);
  try {
    return await evaluator.evaluate(checkpoint, options);
  } finally {
    evaluator.close();
  }
}

interface Job {
  /** The ranks of the labels, of all images. */
  readonly ranks: Uint16Array;
  /** Does one batch after the other on a lane, until none is left or the job ends otherwise. */
  work(lane: Lane): Promise<void>;
}

function startJob(
  checkpoint: Checkpoint,
  dataset: ImageSet | ImageSource,
  batch: number,
  options: EvaluateOptions,
): Job {
  const { signal, onProgress } = options;
  const description = describeNetwork(checkpoint, options);
  assertTakes(description, dataset);
  const load = {
    kind: "load",
    description,
    tensors: tensorsOf(description, checkpoint),
  } as const;
  const { size } = dataset;
  const ranks = new Uint16Array(size);
  let next = 0, done = 0, failed = false;
  return {
    ranks,
    async work(lane) {
      try {
        await lane.load(load);
        while (next < size && !failed && !signal?.aborted) {
          const from = next, to = next = Math.min(size, from + batch);
          ranks.set(await lane.rank(from, to, readerOf(dataset, from, to)), from);
          done += to - from;
          if (!failed && !signal?.aborted) onProgress?.(done, size);
        }
      } catch (error) {
        failed = true;
        throw error;
      }
    },
  };
}

/** Reads a batch of a source into memory of its own; undefined for a set, which the workers hold. */
function readerOf(
  dataset: ImageSet | ImageSource,
  from: number,
  to: number,
): (() => Promise<Uint8Array<ArrayBuffer>>) | undefined {
  if ("pixels" in dataset) return undefined;
  return async () => (await readBatch(dataset, from, to)).slice();
}

function shared(pixels: Uint8Array): Uint8Array {
  if (pixels.buffer instanceof SharedArrayBuffer) return pixels;
  const copy = new Uint8Array(new SharedArrayBuffer(pixels.length));
  copy.set(pixels);
  return copy;
}

/** The tensors that the network takes: no others are sent to the workers. */
function tensorsOf(
  { parameters }: NetworkDescription,
  { tensors }: Checkpoint,
): Checkpoint["tensors"] {
  return new Map(parameters.map(({ name }): [string, Tensor] => [name, tensors.get(name)!]));
}
