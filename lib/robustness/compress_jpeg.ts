import createCodec from "@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs";
import decode from "@jsquash/jpeg/decode.js";

/** Options of {@linkcode compressJpeg}. */
export interface CompressJpegOptions {
  readonly height: number;
  readonly width: number;
  /** On libjpeg's scale: an integer in [1, 100], best last. */
  readonly quality: number;
}

/**
 * An image as it comes back from a JPEG file, as Hendrycks and Dietterich's JPEG compression (ICLR 2019): encoded by
 * libjpeg-turbo as baseline JPEG with the chroma at half the resolution (4:2:0, Pillow's default), and decoded with smooth
 * upsampling. Only rounding within the transforms tells it from Pillow's.
 *
 * The codecs are in WebAssembly: the same bytes on every machine.
 *
 * @param pixels Bytes R G B of one image, `[height, width, 3]`.
 *
 * @throws {RangeError} If quality is out of its range, or the number of bytes is another.
 *
 * @example
 * ```ts
 * import { generateShapes } from "@bitbell/bitbell/datasets";
 * import { compressJpeg } from "@bitbell/bitbell/robustness";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const { pixels, height, width } = generateShapes({ size: 1, seed: 1 });
 * const compressed = await compressJpeg(pixels, { height, width, quality: 40 });
 * assertEquals(compressed.length, pixels.length);
 * assert(compressed.some((pixel, i) => pixel !== pixels[i]));
 * ```
 */
export async function compressJpeg(
  pixels: Uint8Array,
  { height, width, quality }: CompressJpegOptions,
): Promise<Uint8Array> {
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw new RangeError(
      `Cannot compress an image as quality must be an integer in [1, 100]: current value is ${quality}`,
    );
  }
  if (pixels.length === 0 || pixels.length !== height * width * 3) {
    throw new RangeError(
      `Cannot compress an image as one of ${height}x${width} pixels must have ${
        height * width * 3
      } bytes: current value is ${pixels.length}`,
    );
  }
  encoder ??= (createCodec as CreateCodec)().then(({ JPEGEncoder }) => new JPEGEncoder());
  const file = encode(await encoder, pixels, { height, width, quality });
  const { data } = await decode(file);
  return pixels.map((_, i) => data[4 * Math.floor(i / 3) + i % 3]!);
}

/** What the package exports, which comes without types. */
type CreateCodec = () => Promise<{ readonly JPEGEncoder: new () => Encoder }>;

/** The package's encoder: one image at a time lies in its memory. */
interface Encoder {
  setQuality(quality: number): void;
  setProgressive(progressive: boolean): void;
  /** 2 is 4:2:0, of libjpeg-turbo's TJSAMP. */
  setSubSampling(kind: number): void;
  /** Where the pixels are to be written. */
  getDecodedBuffer(frame: {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
    readonly isSigned: boolean;
  }): Uint8Array;
  encode(): void;
  /** The file, until the next one. */
  getEncodedBuffer(): Uint8Array;
}

let encoder: Promise<Encoder> | undefined;

function encode(
  encoder: Encoder,
  pixels: Uint8Array,
  { height, width, quality }: CompressJpegOptions,
): ArrayBuffer {
  const frame = { height, width, bitsPerSample: 8, componentCount: 3, isSigned: false };
  encoder.getDecodedBuffer(frame).set(pixels);
  encoder.setQuality(quality);
  encoder.setProgressive(false);
  encoder.setSubSampling(2);
  encoder.encode();
  return new Uint8Array(encoder.getEncodedBuffer()).buffer;
}
