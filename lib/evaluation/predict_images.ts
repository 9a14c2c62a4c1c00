import type { ImageSet, ImageSource } from "../../datasets/image_set.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { pause } from "../compression/pause.ts";
import { type EvaluationBackend, openPredictor } from "../networks/predictor.ts";
import { describeNetwork, type DescribeOptions } from "../networks/registry.ts";
import { assertConsistent, assertTakes, batchSize, readBatch } from "./image_batches.ts";

/** Options of {@linkcode predictImages}. */
export interface PredictImagesOptions extends DescribeOptions {
  /** The images; their labels aren't used, but must be classes of the network. */
  readonly dataset: ImageSet | ImageSource;
  /** What computes. @default {"wasm"} */
  readonly backend?: EvaluationBackend;
  /** Stops it: the promise rejects with the signal's reason after the batch under way. */
  readonly signal?: AbortSignal;
  /** Called after each batch with the number of images done, and of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a network says of each image, in the order of the set; plain data. */
export interface ImagePredictions {
  /** Number of images. */
  readonly size: number;
  /** Number of classes. */
  readonly classes: number;
  /** `[size, classes]`, row by row: the outputs before softmax. */
  readonly logits: Float32Array;
  /** The class with the largest logit; of equal ones the lower index. */
  readonly top: Uint16Array;
  /** The share of that class in the softmax of the logits, in `(0, 1]`. */
  readonly probabilities: Float64Array;
  /** The largest logit less the second largest, at least 0; 0 for a network of one class. */
  readonly margins: Float64Array;
}

/**
 * What a network says of each image: the class that it takes it for, and by how much. With two networks: which images change their class.
 *
 * In this thread, batch by batch as `evaluateAccuracy` does it with its workers, so with the same classes. The margin `m` says what change
 * an image withstands: where no logit moves by `m / 2`, the class stays. Memory: 4 bytes for each logit.
 *
 * @throws {TypeError} If the checkpoint doesn't fit its network, or the images are of another size than it takes.
 * @throws {RangeError} If a label is not one of its classes, a weight or a logit is not finite, or there is no such backend.
 * @throws {Error} If the backend can't start, or images can't be read.
 *
 * @example
 * ```ts
 * import { quantizeCheckpoint } from "@bitbell/bitbell";
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { predictImages } from "@bitbell/bitbell/evaluation";
 * import { assertGreater } from "@std/assert";
 *
 * const dataset = generateShapes({ size: 50, seed: 1 });
 * const float = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const { checkpoint: coarse } = await quantizeCheckpoint(float, { method: "min-max", bits: 2 });
 * const before = await predictImages(float, { dataset });
 * const after = await predictImages(coarse, { dataset });
 * assertGreater(before.top.filter((label, i) => label !== after.top[i]).length, 0);
 * ```
 */
export async function predictImages(
  checkpoint: Checkpoint,
  { dataset, backend, network, signal, onProgress }: PredictImagesOptions,
): Promise<ImagePredictions> {
  assertConsistent(dataset);
  const description = describeNetwork(checkpoint, { network });
  assertTakes(description, dataset);
  signal?.throwIfAborted();
  const { classes } = description, { size } = dataset;
  const batch = batchSize(dataset);
  const logits = new Float32Array(size * classes);
  const predictor = await openPredictor(description, checkpoint.tensors, { backend });
  try {
    for (let from = 0; from < size; from += batch) {
      signal?.throwIfAborted();
      const to = Math.min(size, from + batch);
      const pixels = await pixelsOf(dataset, from, to);
      logits.set(await predictor.predict(pixels, to - from), from * classes);
      onProgress?.(to, size);
      await pause();
    }
  } finally {
    predictor.close();
  }
  signal?.throwIfAborted();
  return readLogits(logits, classes);
}

/**
 * The classes, their probabilities and margins of logits, `[images, classes]` row by row.
 *
 * @throws {RangeError} If a logit is not finite.
 */
export function readLogits(logits: Float32Array, classes: number): ImagePredictions {
  const size = logits.length / classes;
  const top = new Uint16Array(size);
  const probabilities = new Float64Array(size), margins = new Float64Array(size);
  for (let image = 0; image < size; image++) {
    const row = logits.subarray(image * classes, (image + 1) * classes);
    const odd = row.findIndex((logit) => !Number.isFinite(logit));
    if (odd >= 0) {
      throw new RangeError(
        `Cannot read the logits of image ${image} as they must be finite: that of class ${odd} is ${
          row[odd]
        }`,
      );
    }
    let first = 0, second = -Infinity;
    for (let label = 1; label < classes; label++) {
      const logit = row[label]!;
      if (logit > row[first]!) {
        second = row[first]!;
        first = label;
      } else if (logit > second) second = logit;
    }
    const largest = row[first]!;
    top[image] = first;
    probabilities[image] = 1 / row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    margins[image] = classes === 1 ? 0 : largest - second;
  }
  return { size, classes, logits, top, probabilities, margins };
}

async function pixelsOf(
  dataset: ImageSet | ImageSource,
  from: number,
  to: number,
): Promise<Uint8Array> {
  if (!("pixels" in dataset)) return await readBatch(dataset, from, to);
  const bytes = dataset.height * dataset.width * 3;
  return dataset.pixels.subarray(from * bytes, to * bytes);
}
