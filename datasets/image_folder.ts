import { join, relative } from "node:path";
import { balancedSubset } from "./balanced_subset.ts";
import { type ClassIndex, classIndexFile, readClassIndex } from "./class_index.ts";
import { decodeImage, imageExtension } from "./decode_image.ts";
import type { ImageSet, ImageSource } from "./image_set.ts";
import { readImages, type ReadImagesOptions } from "./read_images.ts";
import { type Interpolation, resizeAndCrop } from "./resize_and_crop.ts";

/** Options of {@linkcode streamImageFolder}. */
export interface ImageSourceOptions {
  /** How many images to take, balanced over the classes that are there. @default {all of them} */
  readonly images?: number;
  /** Takes random images of each class instead of its first ones, the same for the same seed. @default {undefined} */
  readonly seed?: number;
  /** The shorter side after resizing, in pixels; an image that has it already is left as it is. @default {256} */
  readonly shorterSide?: number;
  /** Height and width of the centre that is cut out, in pixels. @default {224} */
  readonly crop?: number;
  /** Both are antialiased; torchvision's own networks are measured with `bilinear`. @default {"bicubic"} */
  readonly interpolation?: Interpolation;
  /** The labels of the folders. @default {what `imagenet_class_index.json` in the folder says, else the order of the folders' names} */
  readonly classIndex?: ClassIndex;
  /** Name of the set in tables. @default {"imagenet"} */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

/** Options of {@linkcode loadImageFolder}. */
export interface ImageFolderOptions extends ImageSourceOptions, ReadImagesOptions {}

/**
 * Loads a folder of JPEG and PNG images, one folder of them per class as in ImageNet (`<wnid>/<name>.JPEG`), ready for a network:
 * the shorter side resized to 256 pixels (bicubic, antialiased), the central 224 x 224 cut out. {@linkcode streamImageFolder}
 * gives the same pixels batch by batch.
 *
 * A class's label is what `classIndex` says of its folder's name. Without one, `imagenet_class_index.json` beside the folders is
 * read; without that, the label is the folder's place among their sorted names, which is ImageNet's own order where all 1,000
 * classes are there. With a class index a part of the classes is enough. Greyscale, palette and CMYK images are turned into RGB,
 * transparency is dropped. Only the images that were asked for are decoded. Images that libjpeg decodes with a warning, such as of
 * corrupt data, are counted in a caveat.
 *
 * @throws {Deno.errors.NotFound} If there is no such folder, or a link in it leads nowhere.
 * @throws {SyntaxError} If an image, or the class index, can't be read; the message names the file.
 * @throws {RangeError} If there are no images, fewer than asked for, a folder is not in the class index, `crop` is not an
 * integer in [1, `shorterSide`], or `seed` is not an integer.
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
  { onProgress, ...options }: ImageFolderOptions = {},
): Promise<ImageSet> {
  return await readImages(await streamImageFolder(path, options), { onProgress });
}

/**
 * A folder of images like {@linkcode loadImageFolder}'s whose pixels are decoded when they are read: memory doesn't grow with the
 * number of images, but for their names.
 *
 * The caveats count the images that libjpeg warned of among those that have been read.
 *
 * @throws {Deno.errors.NotFound} If there is no such folder, or a link in it leads nowhere.
 * @throws {SyntaxError} If the class index can't be read; while reading, if an image can't. The message names the file.
 * @throws {RangeError} As `loadImageFolder` does; while reading, if `from` to `to` is no range of images.
 *
 * @example The first ten of all images, where ImageNet is present
 * ```ts
 * import { findData, findDataset, streamImageFolder } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const path = findDataset(findData(), "imagenet");
 * if (path !== undefined) {
 *   const source = await streamImageFolder(path, { interpolation: "bilinear" });
 *   assertEquals((await source.read(0, 10)).length, 10 * 224 * 224 * 3);
 * }
 * ```
 */
export async function streamImageFolder(
  path: string,
  options: ImageSourceOptions = {},
): Promise<ImageSource> {
  const {
    images,
    seed,
    shorterSide = 256,
    crop = 224,
    interpolation = "bicubic",
    name = "imagenet",
    signal,
  } = options;
  requireSize("shorterSide", shorterSide, 65_535);
  requireSize("crop", crop, shorterSide);
  const { files, classes, caveats } = await listImages(path, options.classIndex);
  const chosen = images === undefined ? files : chooseBalanced(files, images, path, seed);
  const size = chosen.length;
  const warnings = new Map<number, string>();

  const read = async (from: number, to: number) => {
    if (
      !(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to && to <= size)
    ) {
      throw new RangeError(
        `Cannot read images of ${path} as they must be a range of 0 to ${size}: current value is ${from} to ${to}`,
      );
    }
    const imageBytes = crop * crop * 3;
    const pixels = new Uint8Array((to - from) * imageBytes);
    for (let i = from; i < to; i++) {
      signal?.throwIfAborted();
      const { file } = chosen[i]!;
      const image = await decodeImage(file);
      if (image.warning !== undefined) {
        warnings.set(i, `${relative(path, file).replaceAll("\\", "/")}: ${image.warning}`);
      }
      const cut = await resizeAndCrop(image, { shorterSide, crop, interpolation });
      pixels.set(cut, (i - from) * imageBytes);
    }
    return pixels;
  };
  return {
    name,
    classes,
    size,
    height: crop,
    width: crop,
    labels: Uint16Array.from(chosen, ({ label }) => label),
    get caveats() {
      return [...caveats, ...caveatOfNames(chosen), ...caveatOfWarnings(warnings, size)];
    },
    read,
  };
}

function requireSize(option: string, value: number, limit: number): void {
  if (!Number.isInteger(value) || value < 1 || value > limit) {
    throw new RangeError(
      `Cannot load images as ${option} must be an integer in [1, ${limit}]: current value is ${value}`,
    );
  }
}

/** ImageNet's validation images say in their names that they are some; of others nobody knows. */
function caveatOfNames(files: readonly LabelledFile[]): readonly string[] {
  const others = files.filter(({ file }) => !file.includes("ILSVRC2012_val_")).length;
  if (others === 0) return [];
  const which = others === files.length ? "" : `${others} of ${files.length} are `;
  return [
    `${which}probably training images (their names don't mark them as validation images): not a validation figure`,
  ];
}

function caveatOfWarnings(warnings: ReadonlyMap<number, string>, size: number): readonly string[] {
  if (warnings.size === 0) return [];
  const first = warnings.get(Math.min(...warnings.keys()));
  return [`libjpeg warns of ${warnings.size} of ${size} images, first of ${first}`];
}

interface LabelledFile {
  readonly file: string;
  readonly label: number;
}

/** All images by class and name, with their labels. */
async function listImages(path: string, given?: ClassIndex) {
  const folders = await listClassFolders(path);
  const index = given ?? await readClassIndex(path);
  const files: LabelledFile[] = [];
  for (const [place, folder] of folders.entries()) {
    const label = index === undefined ? place : index.labels.get(folder);
    if (label === undefined) {
      const which = given === undefined ? classIndexFile : "the class index";
      throw new RangeError(
        `Cannot load images of ${join(path, folder)}: ${which} has no class ${folder}`,
      );
    }
    if (!Number.isInteger(label) || label < 0 || label >= (index?.classes ?? Infinity)) {
      throw new RangeError(
        `Cannot load images of ${join(path, folder)} as its label must be an integer in [0, ${
          index!.classes - 1
        }]: current value is ${label}`,
      );
    }
    for (const { name, isFile } of await list(join(path, folder))) {
      if (isFile && imageExtension.test(name)) {
        files.push({ file: join(path, folder, name), label });
      }
    }
  }
  if (files.length === 0) {
    throw new RangeError(
      `Cannot load images of ${path}: there are no JPEG or PNG files in folders, one folder per class`,
    );
  }
  const caveats = index === undefined
    ? [`labels are the order of the ${folders.length} folders' names`]
    : [];
  return { files, classes: index?.classes ?? folders.length, caveats };
}

/** The folders with images, one per class, sorted by name. */
export async function listClassFolders(path: string): Promise<string[]> {
  const entries = await list(path);
  return entries
    .filter(({ name, isDirectory }) => isDirectory && !name.startsWith("."))
    .map(({ name }) => name);
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

/** A balanced choice over the classes that are there, which may be a part of all. */
function chooseBalanced(
  files: readonly LabelledFile[],
  images: number,
  path: string,
  seed?: number,
) {
  const present = [...new Set(files.map(({ label }) => label))].sort((a, b) => a - b);
  const rank = new Map(present.map((label, i) => [label, i]));
  const ranks = files.map(({ label }) => rank.get(label)!);
  try {
    return balancedSubset(ranks, present.length, images, { seed }).map((i) => files[i]!);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`Cannot load images of ${path}: ${error.message}`);
  }
}
