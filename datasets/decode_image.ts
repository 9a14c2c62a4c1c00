import { type DecodedImage, decodeJpeg } from "./decode_jpeg.ts";
import { decodePng } from "./decode_png.ts";

/** What names of images end in. */
export const imageExtension = /\.(jpe?g|png)$/i;

const pngSignature = [0x89, 0x50, 0x4e, 0x47], jpegSignature = [0xff, 0xd8];

/**
 * Decodes a JPEG or PNG file to RGB as Pillow does, alpha dropped.
 *
 * The first bytes tell which it is, and the name only where they are those of neither: ImageNet has a PNG among its files *.JPEG.
 *
 * @throws {SyntaxError} If the file is not a whole image; the message names it.
 */
export async function decodeImage(path: string): Promise<DecodedImage> {
  const bytes = await Deno.readFile(path);
  const startsWith = (signature: readonly number[]) =>
    signature.every((byte, i) => bytes[i] === byte);
  const isPng = startsWith(pngSignature) || (/\.png$/i.test(path) && !startsWith(jpegSignature));
  return isPng ? await decodePng(bytes, path) : await decodeJpeg(bytes, path);
}
