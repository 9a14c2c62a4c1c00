import type { Checkpoint, Tensor } from "./checkpoint.ts";
import { withFormat } from "./format.ts";
import { baseName, locate, type Location, resolve } from "./location.ts";
import { stripModulePrefix } from "./module_prefix.ts";
import { looksLikeNpy, parseNpy } from "./npy.ts";
import { hasArrays, parseNpz } from "./npz.ts";
import { looksLikePyTorch, parsePyTorch } from "./pytorch.ts";
import { isPickle } from "./pytorch_zip.ts";
import { looksLikeSafetensors, parseSafetensors } from "./safetensors.ts";
import { onSystem } from "./system_error.ts";
import { looksLikeModelJson, parseTfjsLayers } from "./tfjs_layers.ts";
import { looksLikeZip, readEntries } from "./zip_archive.ts";

/**
 * Loads the weights of a network from a file, a folder or an http(s) address. The format is told from the content:
 *
 * - PyTorch, before and since 1.6 (see {@linkcode parsePyTorch}): nothing in the file is executed;
 * - safetensors (see {@linkcode parseSafetensors});
 * - a NumPy .npy array, or a folder of them, itself or in its folder `weights`: each tensor is named after its file, and
 *   they come in the order of their names, conv2 before conv10;
 * - NumPy's .npz archive of such arrays (see {@linkcode parseNpz});
 * - a TensorFlow.js layers model: its model.json or the folder of it.
 *
 * Layouts become PyTorch's, floating types float32; the prefix `module.` is removed where all names have it.
 * `metadata.format` is "pytorch-zip", "pytorch-legacy", "safetensors", "npy", "npz" or "tfjs-layers", unless the file has a word
 * of its own there. NaN and infinities are loaded as they are.
 *
 * @throws {SyntaxError} If the content is cut off, damaged or of no known format.
 * @throws {TypeError} If there are no tensors, or of a type that is not supported.
 * @throws {RangeError} If the file cannot be read, or a float64 value lies beyond the range of float32.
 *
 * @example
 * ```ts
 * import { loadCheckpoint, saveCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const weight = { shape: [2, 1], data: new Float32Array([0.25, -0.25]) };
 * await saveCheckpoint(`${folder}/small.safetensors`, {
 *   tensors: new Map([["linear.weight", weight]]),
 *   metadata: {},
 * });
 * const { tensors } = await loadCheckpoint(`${folder}/small.safetensors`);
 *
 * assertEquals(tensors.get("linear.weight"), weight);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function loadCheckpoint(pathOrUrl: string | URL): Promise<Checkpoint> {
  const location = locate(pathOrUrl);
  return await isFolder(location) ? await loadFolder(location) : await loadFile(location);
}

async function loadFile(location: Location): Promise<Checkpoint> {
  const source = location.name;
  const bytes = await readBytes(location);
  if (bytes.length === 0) throw new SyntaxError(`Cannot read ${source}: the file is empty`);
  switch (await recognize(bytes, source)) {
    case "pytorch":
      return await parsePyTorch(bytes, { source });
    case "safetensors": {
      const { tensors, metadata } = parseSafetensors(bytes, { source });
      return { tensors: stripModulePrefix(tensors), metadata };
    }
    case "npy":
      return npyCheckpoint(new Map([[baseName(location), parseNpy(bytes, { source })]]));
    case "npz":
      return await parseNpz(bytes, { source });
    case "tfjs-layers":
      return await parseTfjsLayers(
        new TextDecoder().decode(bytes),
        (path) => readBytes(resolve(location, path, false)),
        { source },
      );
    default:
      throw new SyntaxError(
        `Cannot read ${source}: its first bytes (${firstBytes(bytes)}) are not those of ` +
          "a PyTorch checkpoint, of safetensors, of a NumPy array or archive or of a tfjs model.json",
      );
  }
}

/** The content decides. Where it is damaged in its first bytes, the ending tells which parser finds the right words. */
async function recognize(bytes: Uint8Array, source: string): Promise<string | undefined> {
  if (looksLikeSafetensors(bytes)) return "safetensors";
  if (looksLikeZip(bytes)) return await recognizeZip(bytes, source);
  if (looksLikePyTorch(bytes)) return "pytorch";
  if (looksLikeNpy(bytes)) return "npy";
  if (bytes[0] === 0x7b && looksLikeModelJson(new TextDecoder().decode(bytes))) {
    return "tfjs-layers";
  }
  if (/\.(pt|pth|th|ckpt)$/i.test(source)) return "pytorch";
  if (/\bmodel\.json$/i.test(source)) return "tfjs-layers";
  return source.match(/\.(safetensors|npy|npz)$/i)?.[1]?.toLowerCase();
}

async function recognizeZip(bytes: Uint8Array, source: string): Promise<"npz" | "pytorch"> {
  const byEnding = /\.npz$/i.test(source) ? "npz" : "pytorch";
  try {
    const names = [...(await readEntries(bytes)).keys()];
    return names.some(isPickle) ? "pytorch" : hasArrays(names) ? "npz" : byEnding;
  } catch {
    return byEnding;
  }
}

function firstBytes(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

async function loadFolder(location: Location): Promise<Checkpoint> {
  const { files, folders } = await readFolder(location);
  if (files.includes("model.json")) return await loadFile(resolve(location, "model.json", true));
  if (files.some(isNpy)) return await loadNpyFolder(location, files);
  if (folders.includes("weights")) {
    const weights = resolve(location, "weights", true);
    const inside = await readFolder(weights);
    if (inside.files.some(isNpy)) return await loadNpyFolder(weights, inside.files);
  }
  const checkpoint = files.find((name) => /\.(safetensors|pt|pth|th|ckpt|npz)$/i.test(name));
  throw new TypeError(
    `Cannot load ${location.name}: the folder has neither a model.json nor .npy files, itself or in a folder weights${
      checkpoint === undefined ? "" : `; load ${checkpoint} in it by its own path`
    }`,
  );
}

function isNpy(file: string): boolean {
  return file.endsWith(".npy");
}

async function loadNpyFolder(folder: Location, files: readonly string[]): Promise<Checkpoint> {
  const tensors = new Map<string, Tensor>();
  for (const file of files.filter(isNpy)) {
    const location = resolve(folder, file, true);
    tensors.set(baseName(location), parseNpy(await readBytes(location), { source: location.name }));
  }
  return npyCheckpoint(tensors);
}

function npyCheckpoint(tensors: ReadonlyMap<string, Tensor>): Checkpoint {
  return { tensors: stripModulePrefix(tensors), metadata: withFormat("npy") };
}

async function readBytes({ name, url, path }: Location): Promise<Uint8Array> {
  return await onSystem(`Cannot load ${name}`, () => url ? download(url) : Deno.readFile(path!));
}

async function download(url: URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (response.ok) return await response.bytes();
  await response.body?.cancel();
  throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd());
}

/** Whether it is a folder of this machine. */
async function isFolder({ name, path }: Location): Promise<boolean> {
  if (path === undefined) return false;
  const { isDirectory } = await onSystem(`Cannot load ${name}`, () => Deno.stat(path));
  return isDirectory;
}

/** The names of the files and folders in a folder, in the order of a reader: conv2 before conv10. */
async function readFolder(
  { name, path }: Location,
): Promise<{ files: readonly string[]; folders: readonly string[] }> {
  const read = () => Array.fromAsync(Deno.readDir(path!));
  const { compare } = new Intl.Collator("en", { numeric: true });
  const entries = (await onSystem(`Cannot load ${name}`, read))
    .filter((entry) => !entry.name.startsWith("."))
    .sort((a, b) => compare(a.name, b.name));
  return {
    files: entries.filter((entry) => !entry.isDirectory).map((entry) => entry.name),
    folders: entries.filter((entry) => entry.isDirectory).map((entry) => entry.name),
  };
}
