import { balancedSubset, selectImages } from "./balanced_subset.ts";
import { findDatasetEntry } from "./catalog.ts";
import { loadCifar10, loadCifar100 } from "./cifar.ts";
import type { ClassIndex } from "./class_index.ts";
import { shapesTestSeed } from "./embedded.ts";
import { type DataLocation, findDataset } from "./find_data.ts";
import { streamImageFolder } from "./image_folder.ts";
import { type ImageSet, type ImageSource, sourceOf } from "./image_set.ts";
import { generateShapes } from "./shapes.ts";

/** Options of {@linkcode findImages}. */
export interface FindImagesOptions {
  /** How many images, equally many of each class. @default {all of them; 5,000 of the generated ones} */
  readonly images?: number;
  /** Takes random images of each class instead of its first ones, the same for the same seed; of generated images it is the seed. @default {undefined} */
  readonly seed?: number;
}

/** How many generated images "all" are. */
const allShapes = 5000;

/** The sets of photographs that a network for ImageNet can be measured on: the first that is there stands for it. */
const photographSets = ["imagenet", "imagenette", "imagenette-320", "imagenette-160"];

/** Where photographs for networks of ImageNet lie. */
export interface Photographs {
  /** The set's name in the catalog. */
  readonly name: string;
  /** The folder of the classes' folders. */
  readonly path: string;
  /** The labels of those folders, where the catalog knows them. */
  readonly classIndex?: ClassIndex;
}

/**
 * The folder of a set of photographs, undefined where there is none. For "imagenet" it is that of a part of it, such as Imagenette,
 * where the whole isn't there.
 */
export function findPhotographs(location: DataLocation, dataset: string): Photographs | undefined {
  for (const name of dataset === "imagenet" ? photographSets : [dataset]) {
    const path = findDataset(location, name);
    if (path !== undefined) return { name, path, classIndex: findDatasetEntry(name).classIndex };
  }
  return undefined;
}

/** Where data was found, with "imagenet" among the sets where a part of it is there. */
export function withImageNet(location: DataLocation): DataLocation {
  const { datasets } = location;
  const others = datasets.filter((name) => !photographSets.includes(name));
  return datasets.some((name) => photographSets.includes(name))
    ? { ...location, datasets: [...others, "imagenet"] }
    : location;
}

/**
 * The test images of a data set that is present, balanced over its classes; photographs are decoded on reading. "imagenet" is also
 * what is there of it, such as Imagenette, and a caveat says so.
 *
 * @throws {RangeError} If there is no such data set, its images are not there, or they are fewer than asked for.
 *
 * @example Two generated images of each class
 * ```ts
 * import { findData, findImages } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const images = await findImages(findData(), "shapes", { images: 20, seed: 1 });
 * assertEquals([images.size, images.classes], [20, 10]);
 * ```
 */
export async function findImages(
  location: DataLocation,
  dataset: string,
  { images, seed }: FindImagesOptions = {},
): Promise<ImageSource> {
  if (dataset === "shapes") {
    return sourceOf(generateShapes({ size: images ?? allShapes, seed: seed ?? shapesTestSeed }));
  }
  if (photographSets.includes(dataset)) {
    const photographs = findPhotographs(location, dataset);
    if (photographs === undefined) throw notThere(dataset);
    return await openPhotographs(photographs, { images, seed });
  }
  const path = findDataset(location, dataset);
  if (path === undefined) throw notThere(dataset);
  return sourceOf(await loadBalanced(path, dataset, { images, seed }));
}

/**
 * Loads a file of CIFAR and chooses images of each class.
 *
 * @throws {RangeError} If it has fewer than asked for; the message names the file.
 */
export async function loadBalanced(
  path: string,
  dataset: string,
  { images, seed }: FindImagesOptions,
): Promise<ImageSet> {
  const all = await (dataset === "cifar-10" ? loadCifar10(path) : loadCifar100(path));
  if (images === undefined) return all;
  try {
    return selectImages(all, balancedSubset(all.labels, all.classes, images, { seed }));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`Cannot use the images of ${path}: ${error.message}`, { cause: error });
  }
}

/** How to get the images of a data set. */
export function howToGet(dataset: string): string {
  return findDatasetEntry(dataset).archive === undefined
    ? `BITBELL_DATA must name a folder that holds them as ${dataset}/<wnid>/*.JPEG`
    : `\`deno task data ${dataset}\` downloads them`;
}

function notThere(dataset: string): RangeError {
  return new RangeError(`Cannot find images of ${dataset}: ${howToGet(dataset)}`);
}

async function openPhotographs(
  { name, path, classIndex }: Photographs,
  options: FindImagesOptions,
): Promise<ImageSource> {
  const source = await streamImageFolder(path, { ...options, classIndex });
  if (name === "imagenet") return source;
  const { title } = findDatasetEntry(name);
  const caveat = `${title}: a part of ImageNet, all 1,000 classes being possible answers`;
  return Object.defineProperties({ ...source }, {
    // What decoding warns of is known when all are decoded.
    caveats: { get: () => [caveat, ...source.caveats], enumerable: true },
  });
}
