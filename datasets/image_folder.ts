import { join, relative } from "node:path";
import { balancedSubset } from "./balanced_subset.ts";
import { decodeJpeg } from "./decode_jpeg.ts";
import type { ImageSet } from "./image_set.ts";
import { resizeAndCrop } from "./resize_and_crop.ts";

/** Options of {@linkcode loadImageFolder}. */
export interface ImageFolderOptions {
  /** How many images to load, balanced over the classes that are there. @default {all of them} */
  readonly images?: number;
  /** The shorter side after resizing, in pixels; an image that has it already is left as it is. @default {256} */
  readonly shorterSide?: number;
  /** Height and width of the centre that is cut out, in pixels. @default {224} */
  readonly crop?: number;
  /** Name of the set in tables. @default {"imagenet"} */
  readonly name?: string;
  readonly signal?: AbortSignal;
  /** Called after each image with the number of those decoded, and of all chosen. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Loads a folder of JPEG images, one folder of them per class as in ImageNet (`<wnid>/<name>.JPEG`), ready for a network: the
 * shorter side resized to 256 pixels (bicubic, antialiased), the central 224 x 224 cut out.
 *
 * A class's label is its place among the sorted names of the folders. Where `imagenet_class_index.json` lies beside them, which
 * has the same order for all 1,000 classes, it gives the labels, and a part of the classes is enough. Greyscale and CMYK images
 * are turned into RGB. Only the images that were asked for are decoded. Images that libjpeg decodes with a
 * warning, such as of corrupt data, are counted in a caveat.
 *
 * @throws {Deno.errors.NotFound} If there is no such folder, or a link in it leads nowhere.
 * @throws {SyntaxError} If an image, or the class index, can't be read; the message names the file.
 * @throws {RangeError} If there are no images, fewer than asked for, a folder is not in the class index, or `crop` is not an
 * integer in [1, `shorterSide`].
 *
 * @example A hundred balanced images, where ImageNet is present
 * ```ts
 * import { findData, findDataset, loadImageFolder } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const path = findDataset(findData(), "imagenet");
 * if (path !== undefined) {
 *   const images = await loadImageFolder(path, { images: 100 });
 *   assertEquals([images.size, images.height, images.width], [100, 224, 224]);
 * }
 * ```
 */
export async function loadImageFolder(
  path: string,
  options: ImageFolderOptions = {},
): Promise<ImageSet> {
  const { images, shorterSide = 256, crop = 224, name = "imagenet", signal, onProgress } = options;
  for (
    const [option, value, limit] of [["crop", crop, shorterSide], [
      "shorterSide",
      shorterSide,
      65_535,
    ]] as const
  ) {
    if (!Number.isInteger(value) || value < 1 || value > limit) {
      throw new RangeError(
        `Cannot load images as ${option} must be an integer in [1, ${limit}]: current value is ${value}`,
      );
    }
  }
  const { files, classes, caveats } = await listImages(path);
  const chosen = images === undefined ? files : chooseBalanced(files, images, path);

  const imageBytes = crop * crop * 3;
  const warnings: string[] = [];
  const pixels = new Uint8Array(chosen.length * imageBytes);
  for (const [i, { file }] of chosen.entries()) {
    signal?.throwIfAborted();
    const image = await decodeJpeg(file);
    if (image.warning !== undefined) {
      warnings.push(`${relative(path, file).replaceAll("\\", "/")}: ${image.warning}`);
    }
    pixels.set(await resizeAndCrop(image, { shorterSide, crop }), i * imageBytes);
    onProgress?.(i + 1, chosen.length);
  }
  return {
    name,
    classes,
    size: chosen.length,
    height: crop,
    width: crop,
    pixels,
    labels: Uint16Array.from(chosen, ({ label }) => label),
    caveats: warnings.length === 0 ? caveats : [
      ...caveats,
      `libjpeg warns of ${warnings.length} of ${chosen.length} images, first of ${warnings[0]}`,
    ],
  };
}

interface LabelledFile {
  readonly file: string;
  readonly label: number;
}

/** All images by class and name, with their labels. */
async function listImages(path: string) {
  const folders: string[] = [];
  for (const entry of await list(path)) {
    if (entry.isDirectory && !entry.name.startsWith(".")) folders.push(entry.name);
  }
  const index = await readClassIndex(path);
  const files: LabelledFile[] = [];
  for (const [place, folder] of folders.entries()) {
    const label = index === undefined ? place : index.get(folder);
    if (label === undefined) {
      throw new RangeError(
        `Cannot load images of ${
          join(path, folder)
        }: imagenet_class_index.json has no class ${folder}`,
      );
    }
    for (const { name, isFile } of await list(join(path, folder))) {
      if (isFile && /\.jpe?g$/i.test(name)) {
        files.push({ file: join(path, folder, name), label });
      }
    }
  }
  if (files.length === 0) {
    throw new RangeError(
      `Cannot load images of ${path}: there are no JPEG files in folders, one folder per class`,
    );
  }
  const caveats: string[] = [];
  if (index === undefined) {
    caveats.push(`labels are the order of the ${folders.length} folders' names`);
  }
  if (files.some(({ file }) => !/ILSVRC2012_val_/.test(file))) {
    caveats.push(
      "probably training images (their names don't mark them as validation images): not a validation figure",
    );
  }
  return { files, classes: index?.size ?? folders.length, caveats };
}

/** A folder's entries, sorted by name; links count as what they point to. */
async function list(path: string) {
  let found: Deno.DirEntry[];
  try {
    found = await Array.fromAsync(Deno.readDir(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new Deno.errors.NotFound(`Cannot load images of ${path}: there is no such folder`);
    }
    throw error;
  }
  const entries = await Promise.all(found.map(async ({ name, isDirectory, isFile, isSymlink }) => {
    const target = isSymlink ? await followLink(path, name) : { isDirectory, isFile };
    return { name, isDirectory: target.isDirectory, isFile: target.isFile };
  }));
  return entries.sort((a, b) => a.name < b.name ? -1 : 1);
}

async function followLink(folder: string, name: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(join(folder, name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.FilesystemLoop) {
      throw new Deno.errors.NotFound(
        `Cannot load images of ${folder}: the link ${name} leads nowhere`,
      );
    }
    throw error;
  }
}

/** The label of each wnid by `imagenet_class_index.json` ({ "0": ["n01440764", "tench"], ... }), where it is there. */
async function readClassIndex(path: string): Promise<ReadonlyMap<string, number> | undefined> {
  const file = join(path, "imagenet_class_index.json");
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const mustBe =
    `Cannot read ${file} as a class index: it must be JSON like { "0": ["n01440764", "tench"] }`;
  let entries: [string, unknown][];
  try {
    entries = Object.entries(JSON.parse(text));
  } catch (error) {
    throw new SyntaxError(mustBe, { cause: error });
  }
  const labels = new Map<string, number>(), taken = new Set<number>();
  for (const [key, value] of entries) {
    const label = Number(key);
    const wnid: unknown = Array.isArray(value) ? value[0] : undefined;
    if (
      !/^\d+$/.test(key) || label >= entries.length || taken.has(label) ||
      typeof wnid !== "string" || labels.has(wnid)
    ) {
      throw new SyntaxError(
        `${mustBe}, with each label from 0 to ${entries.length - 1} and each class once: entry ${
          JSON.stringify(key)
        } is ${JSON.stringify(value).slice(0, 80)}`,
      );
    }
    taken.add(label);
    labels.set(wnid, label);
  }
  return labels;
}

/** A balanced choice over the classes that are there, which may be a part of all. */
function chooseBalanced(files: readonly LabelledFile[], images: number, path: string) {
  const present = [...new Set(files.map(({ label }) => label))].sort((a, b) => a - b);
  const rank = new Map(present.map((label, i) => [label, i]));
  const ranks = files.map(({ label }) => rank.get(label)!);
  try {
    return balancedSubset(ranks, present.length, images).map((i) => files[i]!);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`Cannot load images of ${path}: ${error.message}`);
  }
}
