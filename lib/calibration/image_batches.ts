import type { ImageSet } from "../../datasets/image_set.ts";
import { pause } from "../compression/pause.ts";
import type { NetworkDescription } from "../networks/description.ts";

/** Some consecutive images of a set. */
export interface ImageBatch {
  /** The index of the first one. */
  readonly first: number;
  readonly size: number;
  readonly pixels: Uint8Array;
}

/** Pixels in a batch: enough to keep a core busy, few enough for a cache. */
const pixelsPerBatch = 2 ** 14;

/**
 * The images in their order, a few at a time; the same few each time. Between two batches the caller's timers and signals get
 * through.
 *
 * @throws The signal's reason, if it is aborted.
 */
export async function* imageBatches(
  { size, height, width, pixels }: ImageSet,
  signal: AbortSignal | undefined,
): AsyncGenerator<ImageBatch, void, void> {
  const stride = height * width * 3;
  const batch = Math.max(1, Math.floor(pixelsPerBatch / (height * width)));
  for (let first = 0; first < size; first += batch) {
    signal?.throwIfAborted();
    const end = Math.min(size, first + batch);
    yield { first, size: end - first, pixels: pixels.subarray(first * stride, end * stride) };
    await pause();
  }
}

/**
 * Throws unless the images are there and fit the network.
 *
 * @throws {TypeError} If they are of another size than the network takes.
 * @throws {RangeError} If there are none, or not as many bytes as their size says.
 */
export function assertImages(
  dataset: ImageSet | undefined | null,
  { title, input }: NetworkDescription,
  action: string,
): asserts dataset is ImageSet {
  if (!dataset || !(dataset.size > 0)) {
    throw new RangeError(
      `Cannot ${action} as dataset must hold at least one image: ${
        !dataset ? "there is no dataset" : `the size of ${dataset.name} is 0`
      }`,
    );
  }
  const { name, size, height, width, pixels } = dataset;
  if (height !== input.height || width !== input.width) {
    throw new TypeError(
      `Cannot ${action} as ${title} takes images of ${input.height}x${input.width} pixels: those of ${name} have ${height}x${width}`,
    );
  }
  if (pixels.length !== size * height * width * 3) {
    throw new RangeError(
      `Cannot ${action} as ${size} images of ${height}x${width} pixels have ${
        size * height * width * 3
      } bytes: ${name} holds ${pixels.length}`,
    );
  }
}
