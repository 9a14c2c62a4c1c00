/**
 * Labelled colour images of one size, decoded and ready for a network.
 *
 * `pixels` holds `size * height * width * 3` bytes in 0..255: image by image, row by row, R G B interleaved
 * (NHWC). `labels[i]` is in `[0, classes)`.
 */
export interface ImageSet {
  readonly name: string;
  readonly classes: number;
  readonly size: number;
  readonly height: number;
  readonly width: number;
  readonly pixels: Uint8Array;
  readonly labels: Uint16Array;
  /** What a reader of any figure measured on these images must know: source, lossy copies, training images. */
  readonly caveats: readonly string[];
}

/** Labelled images that are read batch by batch, so that memory doesn't grow with their number; what it holds is as in {@linkcode ImageSet}. */
export interface ImageSource extends Omit<ImageSet, "pixels"> {
  /** The pixels of the images `from` to `to - 1`. */
  readonly read: (from: number, to: number) => Promise<Uint8Array>;
}

/** A set of images as a source: what is read are views of its pixels, not copies. */
export function sourceOf(set: ImageSet): ImageSource {
  const { pixels, ...rest } = set;
  const bytes = set.height * set.width * 3;
  return {
    ...rest,
    read: (from, to) => Promise.resolve(pixels.subarray(from * bytes, to * bytes)),
  };
}
