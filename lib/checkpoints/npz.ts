import type { FileEntry } from "@zip.js/zip.js";
import type { Checkpoint, Tensor } from "./checkpoint.ts";
import { explainAsync } from "./explain.ts";
import { withFormat, withoutFormat } from "./format.ts";
import { stripModulePrefix } from "./module_prefix.ts";
import { parseNpy, serializeNpy } from "./npy.ts";
import type { ParseOptions } from "./parse_options.ts";
import { packZip, readEntries, unpackEntry } from "./zip_archive.ts";

const ending = ".npy";

/** Compression methods by their numbers in a zip archive. */
const stored = 0, deflated = 8;

/**
 * Reads NumPy's archive of arrays, as `numpy.savez` and `numpy.savez_compressed` write it: a zip of .npy files. Tensors have the names
 * that `numpy.load` gives them (without `.npy`, with any dots and slashes) and come in the order of the archive; other files in it are
 * left out, and the prefix `module.` is removed where all names have it. Arrays are read by {@linkcode parseNpy}, and like those of a
 * folder of .npy files have to be in PyTorch's layout. Checksums are verified; pickled objects are refused, nothing is executed.
 * `metadata.format` is "npz".
 *
 * @throws {SyntaxError} If the bytes are cut off or damaged, a file is encrypted or compressed in another way than NumPy does, or two have
 * one name.
 * @throws {TypeError} If there is no array, or one of a type that {@linkcode parseNpy} doesn't read.
 * @throws {RangeError} If the arrays would take over 64 times as many bytes as the archive, and 64 MiB more, or an f8 value lies beyond
 * the range of float32.
 *
 * @example
 * ```ts
 * import { parseNpz, serializeNpz } from "@bitbell/bitbell/checkpoints";
 * import { assertEquals } from "@std/assert";
 *
 * const weight = { shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) };
 * const bytes = await serializeNpz({ tensors: new Map([["layer1.0/weight", weight]]), metadata: {} });
 * const { tensors, metadata } = await parseNpz(bytes);
 *
 * assertEquals(tensors.get("layer1.0/weight"), weight);
 * assertEquals(metadata, { format: "npz" });
 * ```
 */
export async function parseNpz(
  bytes: Uint8Array,
  { source = "the bytes" }: ParseOptions = {},
): Promise<Checkpoint> {
  const prefix = `Cannot read ${source} as a NumPy archive`;
  const entries = await explainAsync(prefix, async () => {
    const arrays = [...(await readEntries(bytes)).values()].filter(isArray);
    assertArrays(arrays, bytes.length);
    return arrays;
  });
  const tensors = new Map<string, Tensor>();
  for (const entry of entries) {
    const array = await explainAsync(prefix, () => unpackEntry(entry, bytes));
    const name = entry.filename.slice(0, -ending.length);
    tensors.set(name, parseNpy(array, { source: `${source}/${entry.filename}` }));
  }
  return { tensors: stripModulePrefix(tensors), metadata: withFormat("npz") };
}

function isArray({ filename }: Pick<FileEntry, "filename">): boolean {
  return filename.endsWith(ending);
}

/** Whether some of these names of a zip archive's files are those of arrays. */
export function hasArrays(names: Iterable<string>): boolean {
  return [...names].some((filename) => isArray({ filename }));
}

/** Before any array is unpacked: a few bytes can unpack to any number of them. */
function assertArrays(entries: readonly FileEntry[], fileSize: number): void {
  if (entries.length === 0) throw new TypeError("there is no array: no file in it ends in .npy");
  const limit = 64 * fileSize + 2 ** 26;
  let size = 0;
  for (const { filename, encrypted, compressionMethod, uncompressedSize } of entries) {
    if (encrypted) throw new SyntaxError(`${filename} is encrypted`);
    if (compressionMethod !== stored && compressionMethod !== deflated) {
      throw new SyntaxError(
        `${filename} is compressed by method ${compressionMethod}: NumPy has but ${stored} and ${deflated}`,
      );
    }
    size += uncompressedSize;
    if (size > limit) {
      throw new RangeError(
        `up to ${filename} the arrays take ${size} bytes, too many for a file of ${fileSize} bytes: ` +
          "written by numpy.savez, without compression, they are read",
      );
    }
  }
}

/**
 * Writes the tensors of a checkpoint as NumPy's archive, uncompressed: `numpy.load` gives them by their names, in their order. The same
 * checkpoint gives the same bytes. O(n).
 *
 * @throws {RangeError} If the checkpoint has metadata besides a loader's `format`: an archive has no place for them, and some tell how a
 * network is to be used, such as `normalization`. Or if a name has a character that an archive can't hold, or takes more than 64 KiB.
 * @throws {TypeError} If a shape disagrees with its data.
 *
 * @example
 * ```ts
 * import { parseNpz, serializeNpz } from "@bitbell/bitbell/checkpoints";
 * import { assertEquals } from "@std/assert";
 *
 * const step = { shape: [], data: new BigInt64Array([7n]) };
 * const bytes = await serializeNpz({ tensors: new Map([["step", step]]), metadata: {} });
 *
 * assertEquals(await serializeNpz(await parseNpz(bytes)), bytes);
 * ```
 */
export async function serializeNpz(checkpoint: Checkpoint): Promise<Uint8Array<ArrayBuffer>> {
  return await explainAsync("Cannot write the checkpoint as a NumPy archive", async () => {
    const { tensors, metadata } = checkpoint;
    const notes = Object.keys(withoutFormat(metadata));
    if (notes.length > 0) {
      throw new RangeError(
        `it has no place for metadata, and there are ${
          notes.join(", ")
        }: leave them out by { tensors, metadata: {} }, or save as .safetensors`,
      );
    }
    const files = [...tensors].map(([name, tensor]) => {
      assertName(name);
      return [name + ending, serializeNpy(name, tensor)] as const;
    });
    return await packZip(files);
  });
}

/** The bytes that a zip archive has for a name at most. */
const longestName = 2 ** 16 - 1;

/** NumPy cuts a name at its first U+0000, and UTF-8 has nothing for half of a surrogate pair. */
function assertName(name: string): void {
  if (name.includes("\0") || !name.isWellFormed()) {
    throw new RangeError(`tensor ${name} has a character in its name that an archive can't hold`);
  }
  const size = new TextEncoder().encode(name + ending).length;
  if (size > longestName) {
    throw new RangeError(
      `a tensor's name takes ${size} bytes with ${ending}, an archive holds ${longestName}: ${name}`,
    );
  }
}
