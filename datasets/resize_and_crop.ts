import resize from "@jsquash/resize";
import type { DecodedImage } from "./decode_jpeg.ts";

/** How a resized pixel is computed from its neighbours. */
export type Interpolation = "bicubic" | "bilinear";

/** The names that the library has for Pillow's kernels: Catmull-Rom is the cubic with a = -0.5. */
const kernels = { bicubic: "catrom", bilinear: "triangle" } as const;

/** Of {@linkcode resizeAndCrop}. */
export interface ResizeOptions {
  readonly shorterSide: number;
  readonly crop: number;
  readonly interpolation: Interpolation;
}

/**
 * Resizes the shorter side to `shorterSide` pixels, the longer one in proportion (rounded down), and cuts out the central square
 * of `crop` pixels; returns its bytes, R G B interleaved.
 *
 * The kernels are those of Pillow's BICUBIC and BILINEAR, widened when shrinking against aliasing; Pillow also rounds and
 * clips to bytes between its two passes. Sizes and offsets are those of torchvision's Resize and CenterCrop.
 */
export async function resizeAndCrop(
  image: DecodedImage,
  { shorterSide, crop, interpolation }: ResizeOptions,
): Promise<Uint8Array> {
  const { width, height, data } = await resizeShorterSide(image, shorterSide, interpolation);
  const left = roundHalfToEven((width - crop) / 2), top = roundHalfToEven((height - crop) / 2);
  const out = new Uint8Array(crop * crop * 3);
  for (let y = 0, to = 0; y < crop; y++) {
    let from = ((top + y) * width + left) * 4;
    for (let x = 0; x < crop; x++, from += 4) {
      out[to++] = data[from]!;
      out[to++] = data[from + 1]!;
      out[to++] = data[from + 2]!;
    }
  }
  return out;
}

async function resizeShorterSide(
  image: DecodedImage,
  target: number,
  interpolation: Interpolation,
): Promise<DecodedImage> {
  const { width, height } = image;
  const shorter = Math.min(width, height);
  if (shorter === target) return image;
  return await resize(image as unknown as ImageData, {
    width: width === shorter ? target : Math.floor(target * width / shorter),
    height: height === shorter ? target : Math.floor(target * height / shorter),
    method: kernels[interpolation],
    fitMethod: "stretch",
    premultiply: false,
    linearRGB: false,
  });
}

/** As Python's `round`, which torchvision takes for the offset of its crop. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const above = value - below > 0.5 || (value - below === 0.5 && below % 2 === 1);
  return above ? below + 1 : below;
}
