import type { ImageSet, ImageSource } from "./image_set.ts";

/** Options of {@linkcode readImages}. */
export interface ReadImagesOptions {
  /** Called after each image with the number of those read, and of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads all images of a source into memory, one after the other: `size * height * width * 3` bytes.
 *
 * For a source that decodes files, and is measured on more than once. `sourceOf` is the other way round.
 *
 * @throws What the source throws while reading.
 *
 * @example There and back
 * ```ts
 * import { generateShapes, readImages, sourceOf } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const set = generateShapes({ size: 10, seed: 1 });
 * assertEquals(await readImages(sourceOf(set)), set);
 * ```
 */
export async function readImages(
  source: ImageSource,
  { onProgress }: ReadImagesOptions = {},
): Promise<ImageSet> {
  const { name, classes, size, height, width, labels, read } = source;
  const imageBytes = height * width * 3;
  const pixels = new Uint8Array(size * imageBytes);
  for (let i = 0; i < size; i++) {
    pixels.set(await read(i, i + 1), i * imageBytes);
    onProgress?.(i + 1, size);
  }
  // What decoding warns of is known when all are decoded.
  return { name, classes, size, height, width, pixels, labels, caveats: source.caveats };
}
