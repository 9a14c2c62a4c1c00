import decode from "@jsquash/png/decode.js";
import type { DecodedImage } from "./decode_jpeg.ts";

/**
 * Decodes a PNG file of any colour type to RGB; of 16 bits a channel the upper eight are taken.
 *
 * @param path Names the file in errors.
 *
 * @throws {SyntaxError} If the bytes are not a whole PNG image.
 */
export async function decodePng(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
): Promise<DecodedImage> {
  try {
    const { width, height, data } = await decode(bytes.buffer);
    return { width, height, data };
  } catch (error) {
    // The decoder tells no reason.
    throw new SyntaxError(`Cannot read ${path} as a PNG image: it is damaged or no PNG file`, {
      cause: error,
    });
  }
}
