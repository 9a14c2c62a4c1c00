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
