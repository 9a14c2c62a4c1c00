import type { ImageSet } from "../../datasets/image_set.ts";
import type { Checkpoint, Tensor } from "../checkpoints/checkpoint.ts";
import { wilsonInterval } from "../metrics/intervals.ts";
import { assertBackend, type Backend } from "../networks/backend.ts";
import type { NetworkDescription } from "../networks/description.ts";
import { describeNetwork, type DescribeOptions } from "../networks/registry.ts";
import { untilAborted } from "./until_aborted.ts";
import { startWorker, type WorkerHandle } from "./worker_handle.ts";

/** How often a network is right; plain data. */
export interface AccuracyReport {
  /** The share of images whose label has the largest logit, in `[0, 1]`. Of equal logits the lower index is first; with a NaN none is. */
  readonly top1: number;
  /** The share of images whose label is among the five largest logits, in `[0, 1]`. */
  readonly top5: number;
  /** For each image in the order of the set 1 for a top-1 hit and 0 for none: what a paired test needs. */
  readonly correct: Uint8Array;
  /** Number of images. */
  readonly size: number;
  /** Wilson's 95 % interval of `top1`. */
  readonly interval95: readonly [lower: number, upper: number];
}

/** Options of {@linkcode openEvaluator}. */
export interface EvaluatorOptions {
  /** The images. All are used: `selectImages(set, balancedSubset(...))` makes a smaller set. */
  readonly dataset: ImageSet;
  /** How many workers compute, each on one core; the result doesn't depend on it. @default {navigator.hardwareConcurrency} */
  readonly workers?: number;
  /** Where TensorFlow.js computes. @default {"wasm"} */
  readonly backend?: Backend;
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

/** Workers that hold a set of images, ready for one checkpoint after the other. */
export interface Evaluator {
  /**
   * Measures a checkpoint's accuracy on the images. Calls that overlap are answered one after the other.
   *
   * @throws {TypeError} If the checkpoint doesn't fit its network, or the images are of another size than it takes.
   * @throws {RangeError} If a label is not one of its classes, or a weight is not finite.
   * @throws {Error} If the evaluator is closed.
   */
  evaluate(checkpoint: Checkpoint, options?: EvaluateOptions): Promise<AccuracyReport>;
  /** Ends the workers; an evaluation under way rejects. */
  close(): void;
}

/**
 * Starts workers on a set of images, which they share, to measure many checkpoints on it; `evaluateAccuracy` does it for one.
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
export async function openEvaluator(options: EvaluatorOptions): Promise<Evaluator> {
  const { dataset, workers = navigator.hardwareConcurrency, backend = "wasm", signal } = options;
  assertConsistent(dataset);
  assertBackend(backend);
  if (!Number.isInteger(workers) || workers < 1 || workers > 256) {
    throw new RangeError(
      `Cannot evaluate as workers must be an integer in [1, 256]: current value is ${workers}`,
    );
  }
  signal?.throwIfAborted();

  const batch = batchFor(dataset);
  const count = Math.min(workers, Math.ceil(dataset.size / batch));
  const handles = Array.from({ length: count }, startWorker);
  const close = () => handles.forEach((handle) => handle.close());
  const { labels } = dataset;
  const open = {
    kind: "open",
    backend,
    pixels: shared(dataset.pixels),
    labels,
    stride: dataset.height * dataset.width * 3,
  } as const;
  try {
    await untilAborted(Promise.all(handles.map((handle) => handle.ask(open))), signal);
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
        const shares = handles.map((handle) => job.work(handle));
        working = Promise.allSettled(shares);
        await untilAborted(Promise.all(shares), signal);
        return report(job.ranks);
      } finally {
        // Whose turn is next must wait until every worker has answered, even if this caller doesn't.
        Promise.all([turn, working]).then(() => resolve());
      }
    },
    close,
  };
}

/**
 * Measures the accuracy of a checkpoint on a set of images, on all cores.
 *
 * The network is read off the checkpoint, see `describeNetwork`. Every worker builds it for itself and takes one batch of images after the
 * other; the batches are the same however many workers there are, so the result is too. To measure many checkpoints on the same images,
 * `openEvaluator` keeps the workers.
 *
 * @throws {TypeError} If the checkpoint doesn't fit its network, or the images are of another size than it takes.
 * @throws {RangeError} If an option is out of its domain, a label is not one of the network's classes, or a weight is not finite.
 * @throws {Error} If the backend can't start.
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
  /** Has a worker do one batch after the other, until none is left or the job ends otherwise. */
  work(handle: WorkerHandle): Promise<void>;
}

function startJob(
  checkpoint: Checkpoint,
  dataset: ImageSet,
  batch: number,
  options: EvaluateOptions,
): Job {
  const { signal, onProgress } = options;
  const description = describeNetwork(checkpoint, options);
  assertTakes(description, dataset);
  const tensors = tensorsOf(description, checkpoint);
  const { size } = dataset;
  const ranks = new Uint16Array(size);
  let next = 0, done = 0, failed = false;
  return {
    ranks,
    async work(handle) {
      try {
        await handle.ask({ kind: "load", description, tensors });
        while (next < size && !failed && !signal?.aborted) {
          const from = next, to = next = Math.min(size, from + batch);
          const reply = await handle.ask({ kind: "rank", from, to });
          ranks.set(reply.ranks!, from);
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

function report(ranks: Uint16Array): AccuracyReport {
  const size = ranks.length;
  const correct = Uint8Array.from(ranks, (rank) => rank === 0 ? 1 : 0);
  const hits = correct.reduce((sum, hit) => sum + hit, 0);
  const hitsOfFive = ranks.reduce((sum, rank) => rank < 5 ? sum + 1 : sum, 0);
  return {
    top1: hits / size,
    top5: hitsOfFive / size,
    correct,
    size,
    interval95: wilsonInterval(hits, size),
  };
}

/** Images per batch: enough to keep a core busy, few enough that progress shows and the last worker is not waited for. */
function batchFor({ height, width }: ImageSet): number {
  return Math.max(1, Math.min(16, Math.floor(2 ** 18 / (height * width))));
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

function assertConsistent({ name, size, height, width, pixels, labels }: ImageSet): void {
  if (size < 1 || labels.length !== size || pixels.length !== size * height * width * 3) {
    throw new RangeError(
      `Cannot evaluate on ${name} as a set of ${size} images of ${height}x${width} pixels must have at least one image, and as many labels and bytes: it has ${labels.length} labels and ${pixels.length} bytes`,
    );
  }
}

function assertTakes({ title, input, classes }: NetworkDescription, dataset: ImageSet): void {
  const { name, height, width, labels } = dataset;
  if (height !== input.height || width !== input.width) {
    throw new TypeError(
      `Cannot evaluate ${title} on ${name} as it takes images of ${input.height}x${input.width} pixels: these have ${height}x${width}`,
    );
  }
  const foreign = labels.findIndex((label) => label >= classes);
  if (foreign >= 0) {
    throw new RangeError(
      `Cannot evaluate ${title} on ${name} as labels must be in [0, ${
        classes - 1
      }]: that of image ${foreign} is ${labels[foreign]}`,
    );
  }
}
