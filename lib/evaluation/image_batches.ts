import type { ImageSet, ImageSource } from "../../datasets/image_set.ts";
import type { NetworkDescription } from "../networks/description.ts";

/**
 * Images per batch: enough to keep a core busy, few enough that progress shows and the last worker is not waited for. It depends on the
 * images alone, so that neither the number of workers nor the backend changes what is computed together.
 */
export function batchSize({ height, width }: ImageSource | ImageSet): number {
  return Math.max(1, Math.min(16, Math.floor(2 ** 18 / (height * width))));
}

/**
 * The pixels of the images `from` to `to - 1`.
 *
 * @throws {TypeError} If the source gives another number of bytes.
 * @throws {Error} If the source can't read them; its error is the cause.
 */
export async function readBatch(
  source: ImageSource,
  from: number,
  to: number,
): Promise<Uint8Array> {
  const { name, height, width } = source;
  let pixels: Uint8Array;
  try {
    pixels = await source.read(from, to);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `Cannot evaluate on ${name} as images ${from}..${to - 1} could not be read: ${reason}`,
      { cause },
    );
  }
  const bytes = (to - from) * height * width * 3;
  if (pixels.length !== bytes) {
    throw new TypeError(
      `Cannot evaluate on ${name} as images ${from}..${
        to - 1
      } must have ${bytes} bytes: current value is ${pixels.length}`,
    );
  }
  return pixels;
}

/** @throws {RangeError} If the set is empty, or its parts don't agree. */
export function assertConsistent(dataset: ImageSource | ImageSet): void {
  const { name, size, height, width, labels } = dataset;
  const bytes = size * height * width * 3;
  const held = "pixels" in dataset ? dataset.pixels.length : bytes;
  if (size < 1 || labels.length !== size || held !== bytes) {
    throw new RangeError(
      `Cannot evaluate on ${name} as a set of ${size} images of ${height}x${width} pixels must have at least one image, and as many labels and bytes: it has ${labels.length} labels and ${held} bytes`,
    );
  }
}

/**
 * @throws {TypeError} If the images are of another size than the network takes.
 * @throws {RangeError} If a label is not one of its classes.
 */
export function assertTakes(
  { title, input, classes }: NetworkDescription,
  { name, height, width, labels }: ImageSource | ImageSet,
): void {
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
