import { createHash } from "node:crypto";
import { basename } from "node:path";
import { caveatsOfFile } from "./catalog.ts";
import type { ImageSet } from "./image_set.ts";

const side = 32;
const pixelCount = side * side;

/**
 * Loads a file of CIFAR-10 in its binary layout: records of 3,073 bytes, the label and the planes R, G and B, row by row.
 *
 * Any of its files will do, `test_batch.bin` as well as `data_batch_1.bin`. Files that the catalog knows by their sha256
 * bring their caveats along.
 *
 * @throws {Deno.errors.NotFound} If there is no such file.
 * @throws {Deno.errors.IsADirectory} If it is a folder.
 * @throws {SyntaxError} If the length is not a whole number of records.
 * @throws {RangeError} If a label is not in 0..9.
 *
 * @example A file of one image, a white ship
 * ```ts
 * import { loadCifar10 } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeFile(path, new Uint8Array(3073).fill(255).with(0, 8));
 * const images = await loadCifar10(path);
 * assertEquals([images.size, images.labels[0], images.pixels[0]], [1, 8, 255]);
 * await Deno.remove(path);
 * ```
 */
export function loadCifar10(path: string): Promise<ImageSet> {
  return loadRecords(path, { name: "cifar-10", title: "CIFAR-10", labels: [fine(10)] });
}

/**
 * Loads a file of CIFAR-100 in its binary layout: records of 3,074 bytes, the coarse label, the fine label and the planes R, G
 * and B, row by row. The image set's labels are the fine ones, 0..99.
 *
 * @throws {Deno.errors.NotFound} If there is no such file.
 * @throws {Deno.errors.IsADirectory} If it is a folder.
 * @throws {SyntaxError} If the length is not a whole number of records.
 * @throws {RangeError} If a coarse label is not in 0..19, or a fine one not in 0..99.
 *
 * @example The fine label counts
 * ```ts
 * import { loadCifar100 } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeFile(path, new Uint8Array(3074).with(0, 11).with(1, 98));
 * assertEquals((await loadCifar100(path)).labels[0], 98);
 * await Deno.remove(path);
 * ```
 */
export function loadCifar100(path: string): Promise<ImageSet> {
  const labels = [{ title: "coarse label", classes: 20 }, fine(100)];
  return loadRecords(path, { name: "cifar-100", title: "CIFAR-100", labels });
}

interface RecordLayout {
  readonly name: string;
  readonly title: string;
  /** The bytes before the pixels; the last one is the image set's label. */
  readonly labels: readonly LabelLayout[];
}

interface LabelLayout {
  readonly title: string;
  readonly classes: number;
}

const fine = (classes: number): LabelLayout => ({ title: "label", classes });

async function loadRecords(path: string, layout: RecordLayout): Promise<ImageSet> {
  const { name, title } = layout;
  const labelBytes = layout.labels.length;
  const { classes } = layout.labels.at(-1)!;
  const bytes = await readFile(path, title);
  const recordBytes = labelBytes + 3 * pixelCount;
  if (bytes.length === 0 || bytes.length % recordBytes !== 0) {
    throw new SyntaxError(
      `Cannot read ${path} as ${title}: its ${bytes.length} bytes are not a whole number of records of ${recordBytes} bytes`,
    );
  }
  const size = bytes.length / recordBytes;
  const labels = new Uint16Array(size);
  const pixels = new Uint8Array(size * 3 * pixelCount);
  for (let record = 0; record < size; record++) {
    const first = record * recordBytes + labelBytes;
    for (const [at, { title: labelTitle, classes }] of layout.labels.entries()) {
      const label = bytes[record * recordBytes + at]!;
      if (label >= classes) {
        throw new RangeError(
          `Cannot read ${path} as ${title}: the ${labelTitle} of record ${record} must be in [0, ${
            classes - 1
          }], but is ${label}`,
        );
      }
    }
    labels[record] = bytes[first - 1]!;
    interleavePlanes(bytes, first, pixels, record * 3 * pixelCount);
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const caveats = caveatsOfFile(sha256).map((caveat) => `${basename(path)}: ${caveat}`);
  return { name, classes, size, height: side, width: side, pixels, labels, caveats };
}

/** Copies one image's planes R, G, B at `from` to interleaved pixels at `to`. */
function interleavePlanes(planes: Uint8Array, from: number, pixels: Uint8Array, to: number): void {
  for (let pixel = 0; pixel < pixelCount; pixel++) {
    pixels[to++] = planes[from + pixel]!;
    pixels[to++] = planes[from + pixelCount + pixel]!;
    pixels[to++] = planes[from + 2 * pixelCount + pixel]!;
  }
}

async function readFile(path: string, title: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (await isFolder(path)) {
      throw new Deno.errors.IsADirectory(
        `Cannot read ${path} as ${title}: it must be a file of records, but is a folder`,
      );
    }
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new Deno.errors.NotFound(`Cannot read ${path} as ${title}: there is no such file`);
    }
    throw error;
  }
}

function isFolder(path: string): Promise<boolean> {
  return Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}
