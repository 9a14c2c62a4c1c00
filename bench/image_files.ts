import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ImageSource } from "../datasets/image_set.ts";
import type { ImageSetRecord } from "./results.ts";

/** Images in a file that every worker reads what it needs of: pixels (NHWC bytes), then labels (16 bits, little-endian). */
export interface ImageFile {
  readonly record: ImageSetRecord;
  readonly path: string;
  readonly height: number;
  readonly width: number;
}

/** Images that are decoded and written at a time. */
const batch = 64;

/** Writes images to a file of the folder, whose name is their digest: the same images are the same file. */
export async function storeImages(source: ImageSource, folder: string): Promise<ImageFile> {
  const { name, size, classes, height, width, labels } = source;
  const partial = join(folder, `.${crypto.randomUUID()}.partial`);
  const hash = createHash("sha256");
  Deno.mkdirSync(folder, { recursive: true });
  let caveats: readonly string[];
  try {
    using file = Deno.openSync(partial, { write: true, createNew: true });
    const write = (bytes: Uint8Array) => {
      hash.update(bytes);
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    };
    for (let from = 0; from < size; from += batch) {
      write(await source.read(from, Math.min(size, from + batch)));
    }
    write(labelBytes(labels));
    // What decoding warned of is known when all are decoded.
    caveats = source.caveats;
  } catch (error) {
    Deno.removeSync(partial);
    throw error;
  }
  const sha256 = hash.digest("hex");
  const path = join(folder, `${sha256}.images`);
  Deno.renameSync(partial, path);
  return { path, height, width, record: { name, images: size, classes, sha256, caveats } };
}

/** Opens such a file; what isn't asked for isn't read. */
export function openImages({ record, path, height, width }: ImageFile): ImageSource {
  const { name, images: size, classes, caveats } = record;
  const stride = height * width * 3;
  const file = Deno.openSync(path);
  const read = (at: number, length: number) => {
    const bytes = new Uint8Array(length);
    file.seekSync(at, Deno.SeekMode.Start);
    for (let done = 0; done < length;) {
      const count = file.readSync(bytes.subarray(done));
      if (count === null) throw new Error(`Cannot read ${path} as images: it ends too early`);
      done += count;
    }
    return bytes;
  };
  const view = new DataView(read(size * stride, 2 * size).buffer);
  return {
    name,
    classes,
    size,
    height,
    width,
    labels: Uint16Array.from({ length: size }, (_, i) => view.getUint16(2 * i, true)),
    caveats,
    read: (from, to) => Promise.resolve(read(from * stride, (to - from) * stride)),
  };
}

function labelBytes(labels: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(2 * labels.length);
  const view = new DataView(bytes.buffer);
  labels.forEach((label, i) => view.setUint16(2 * i, label, true));
  return bytes;
}
