import type { Checkpoint } from "./checkpoint.ts";
import { locate } from "./location.ts";
import { serializeNpz } from "./npz.ts";
import { serializeSafetensors } from "./safetensors.ts";
import { onSystem } from "./system_error.ts";

/** How checkpoints are written, by the ending of the file. */
const writers: Readonly<
  Record<string, (checkpoint: Checkpoint) => Uint8Array | Promise<Uint8Array>>
> = {
  ".safetensors": serializeSafetensors,
  ".npz": serializeNpz,
};

/**
 * Saves a checkpoint as safetensors (see {@linkcode serializeSafetensors}) or for `numpy.load` (see {@linkcode serializeNpz}), as the
 * path's ending tells. The file appears at once and whole: it is written under another name in the same folder and then renamed, and an
 * older file of that name stays as it was if anything goes wrong. A checkpoint has PyTorch's layout, and so do these files: no layout of an older file is restored.
 *
 * @throws {RangeError} If the path does not end in `.safetensors` or `.npz`, if it cannot be written to, or if there are metadata that
 * an `.npz` has no place for, or names that it can't hold.
 * @throws {TypeError} If a shape disagrees with its data, or if metadata holds something else than texts.
 *
 * @example
 * ```ts
 * import { loadCheckpoint, saveCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { assertEquals } from "@std/assert";
 *
 * const path = `${await Deno.makeTempDir()}/counts.safetensors`;
 * const counts = { shape: [3], data: new Int32Array([1, 2, 3]) };
 * await saveCheckpoint(path, { tensors: new Map([["counts", counts]]), metadata: { bits: "4" } });
 *
 * const { metadata } = await loadCheckpoint(path);
 * assertEquals(metadata, { format: "safetensors", bits: "4" });
 * ```
 */
export async function saveCheckpoint(path: string | URL, checkpoint: Checkpoint): Promise<void> {
  const { name, path: target } = locate(path);
  const ending = Object.keys(writers).find((ending) => name.endsWith(ending));
  if (target === undefined || ending === undefined) {
    throw new RangeError(
      `Cannot save a checkpoint to ${name} as only local files that end in .safetensors or .npz are written`,
    );
  }
  const bytes = await writers[ending]!(checkpoint);
  await onSystem(`Cannot save a checkpoint to ${name}`, () => replaceFile(target, bytes));
}

async function replaceFile(target: string | URL, bytes: Uint8Array): Promise<void> {
  const suffix = `.${crypto.randomUUID()}.tmp`;
  const temporary = typeof target === "string" ? target + suffix : new URL(target.href + suffix);
  try {
    await Deno.writeFile(temporary, bytes, { createNew: true });
    await Deno.rename(temporary, target);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {}); // It may not exist; the first error is the one to report.
    throw error;
  }
}
