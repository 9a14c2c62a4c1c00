import type { NetworkDescription } from "../../lib/networks/description.ts";

/** One image of bytes as the reference takes it: normalized, plane by plane. */
export function planes(pixels: Uint8Array, { normalization }: NetworkDescription): Float64Array {
  const { mean, standardDeviation } = normalization;
  const size = pixels.length / 3;
  return Float64Array.from({ length: pixels.length }, (_, i) => {
    const channel = Math.floor(i / size), pixel = i % size;
    return (pixels[3 * pixel + channel]! / 255 - mean[channel]!) / standardDeviation[channel]!;
  });
}
