import decode, { init } from "@jsquash/jpeg/decode.js";

/** An image of `width * height` pixels of four bytes, R G B A, row by row. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
  /** What libjpeg warns of, which decodes corrupt data as far as it can; it tells the first warning only. */
  readonly warning?: string;
}

/**
 * Decodes a JPEG file of any colour space to RGB, bit for bit as libjpeg-turbo does (CMYK, which is rare, to a unit).
 *
 * @param path Names the file in errors.
 *
 * @throws {SyntaxError} If the bytes are not a whole JPEG image.
 */
export function decodeJpeg(bytes: Uint8Array<ArrayBuffer>, path: string): Promise<DecodedImage> {
  const image = last.then(() => decodeNext(bytes, path));
  last = image.catch(() => {});
  return image;
}

/** One image at a time: libjpeg's messages don't say which image they are about. */
let last: Promise<unknown> = Promise.resolve();

/** What libjpeg says of the image in hand; without this it would go to the console. */
let messages: string[] = [];
let ready: Promise<void> | undefined;

async function decodeNext(bytes: Uint8Array<ArrayBuffer>, path: string): Promise<DecodedImage> {
  ready ??= init({ printErr: (line: string) => messages.push(line) } as Parameters<typeof init>[0]);
  await ready;
  messages = [];
  try {
    const { width, height, data } = await decode(bytes.buffer);
    const damage = messages.find((message) => /premature end/i.test(message));
    if (damage !== undefined) throw new Error(damage);
    return { width, height, data, ...(messages.length > 0 && { warning: messages[0] }) };
  } catch (error) {
    // libjpeg has no conversion from CMYK to RGB.
    if (messages.includes("Unsupported color conversion request")) return await decodeCmyk(bytes);
    const reason = messages[0] ?? (error instanceof Error ? error.message : "it can't be decoded");
    throw new SyntaxError(`Cannot read ${path} as a JPEG image: ${reason}`, { cause: error });
  }
}

async function decodeCmyk(bytes: Uint8Array): Promise<DecodedImage> {
  const { default: jpeg } = await import("jpeg-js");
  const { width, height, data } = jpeg.decode(bytes, { useTArray: true, formatAsRGBA: true });
  return { width, height, data: new Uint8ClampedArray(data) };
}
