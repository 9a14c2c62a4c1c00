import { join } from "node:path";
import { findDatasetEntry } from "./catalog.ts";
import { readClassIndex } from "./class_index.ts";
import { cifar100Classes, cifar10Classes, namesOfIndex } from "./class_names.ts";
import {
  type DataLocation,
  type Environment,
  findData,
  findDataset,
  findPath,
} from "./find_data.ts";
import { findImages, findPhotographs, loadBalanced } from "./find_images.ts";
import { findWeights, type FoundWeights, usualNetworks } from "./find_weights.ts";
import { listClassFolders } from "./image_folder.ts";
import type { ImageSet } from "./image_set.ts";
import { readImages } from "./read_images.ts";
import { generateShapes, shapeClasses } from "./shapes.ts";

/** The data sets that there are examples of. */
export type ExampleName = "cifar-10" | "cifar-100" | "imagenet";

/** Options of {@linkcode openExample}. */
export interface ExampleOptions {
  /** How many test images, equally many of each class. */
  readonly images: number;
  /** Which ones: an integer, outside 1000 to 1009, with which the stand-in's training images are generated. */
  readonly seed: number;
  /** How many training images for methods that calibrate, equally many of each class; 0: none. @default {256} */
  readonly calibration?: number;
  /** Where settings are read from. @default {Deno.env} */
  readonly environment?: Environment;
}

/** A network of an example. */
export interface ExampleNetwork {
  readonly name: string;
  /** What `loadCheckpoint` takes. */
  readonly path: string | URL;
  /** What a reader of its figures must know. */
  readonly caveats: readonly string[];
}

/** A data set at hand, and networks for it: what a notebook works on. */
export interface Example {
  /** As asked for, also where a stand-in takes its place: what is at hand is `images.name`. */
  readonly name: ExampleName;
  /** For headings: the name of the data set at hand. */
  readonly title: string;
  /** At least one: the usual ones for the data set in front. */
  readonly networks: readonly [ExampleNetwork, ...ExampleNetwork[]];
  /** Test images, in memory. */
  readonly images: ImageSet;
  /** Training images, none of which is among the test images; undefined where there are none. */
  readonly calibration?: ImageSet;
  /** What the class of each label is called; two classes may have one name. */
  readonly classNames: readonly string[];
  /** Whether it is the generated images and networks that the repository brings along, in place of what was asked for. */
  readonly standIn: boolean;
  /** Markdown, two or three sentences: what is at hand, where it was found, and how to get what is missing. */
  readonly note: string;
}

const titles: Readonly<Record<ExampleName, string>> = {
  "cifar-10": "CIFAR-10",
  "cifar-100": "CIFAR-100",
  "imagenet": "ImageNet",
};

/** Files of training images, by preference: this project's own choice, then the official ones. */
const trainingFiles: Readonly<Record<ExampleName, readonly string[]>> = {
  "cifar-10": ["cifar-10/train_subset.bin", "cifar-10/data_batch_1.bin"],
  "cifar-100": ["cifar-100/train_subset.bin", "cifar-100/train.bin"],
  "imagenet": [],
};

/** The first and the last seed of the images that the embedded networks for shapes were trained on. */
const shapesTrainingSeeds = [1000, 1009] as const;

/**
 * Opens a data set together with networks for it: the real thing where `BITBELL_DATA` or the download cache holds its images, else a
 * stand-in that needs nothing, so that the same program runs with either.
 *
 * - The stand-in is generated shapes with `shapes-resnet8` and `shapes-mlp`. It also takes the place of photographs that there are no
 *   weights for; for CIFAR the repository brings a network along.
 * - Images are balanced over the classes and drawn with the seed. Photographs are decoded here, all at once, and take 147 KiB of memory
 *   each; "imagenet" is also a part of ImageNet such as Imagenette.
 * - Calibration images are those of a file of training images. For "imagenet" there are none, as one folder of photographs is no two
 *   disjoint sets.
 *
 * Nothing is downloaded, and weights are not read: `path` is what `loadCheckpoint` takes.
 *
 * @throws {RangeError} If there is no example of that name, `images` or `calibration` is out of its domain or more than there are, or
 * `seed` is no integer or one of the training images'.
 * @throws {Deno.errors.NotFound} If `BITBELL_DATA` names a folder that doesn't exist.
 * @throws {SyntaxError} If a file of images or the class index can't be read.
 *
 * @example What a notebook starts with
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { openExample } from "@bitbell/bitbell/datasets";
 * import { describeNetwork } from "@bitbell/bitbell/networks";
 * import { assertEquals } from "@std/assert";
 *
 * const { networks, images, classNames } = await openExample("cifar-10", { images: 20, seed: 1 });
 * const checkpoint = await loadCheckpoint(networks[0].path);
 * assertEquals(describeNetwork(checkpoint).classes, classNames.length);
 * assertEquals(images.size, 20);
 * ```
 */
export async function openExample(
  name: ExampleName,
  { images, seed, calibration = 256, environment = Deno.env }: ExampleOptions,
): Promise<Example> {
  requireOptions(name, { images, seed, calibration });
  const location = findData(environment);
  const weights = weightsFor(name, location);
  const lack = whatLacks(name, location, weights);
  const used = lack === undefined ? name : "shapes";
  const set = await readImages(await findImages(location, used, { images, seed }));
  const training = calibration === 0
    ? undefined
    : await loadTraining(used, calibration, seed, location);
  const [first, ...others] = (lack === undefined ? weights : weightsFor("shapes", location))
    .map(({ name, path, caveats }): ExampleNetwork => ({ name, path, caveats }));
  const networks: Example["networks"] = [first!, ...others];
  const example = { name, networks, images: set, calibration: training };
  return {
    ...example,
    title: lack === undefined ? titles[name] : "Shapes",
    classNames: await readClassNames(used, location),
    standIn: lack !== undefined,
    note: lack === undefined
      ? noteOnData(example, seed, location)
      : `Stand-in for ${
        titles[name]
      }: ${set.size} generated images of ten shapes (seed ${seed}) and the networks ${
        namesOf(networks)
      }, trained on other such images, as ${lack}. ${howToGetAll(name, location)}`,
  };
}

function requireOptions(
  name: ExampleName,
  { images, seed, calibration }: Required<Omit<ExampleOptions, "environment">>,
): void {
  if (!Object.hasOwn(titles, name)) {
    throw new RangeError(
      `Cannot open the example "${name}": there are ${Object.keys(titles).join(", ")}`,
    );
  }
  const sizes = [["images", images, 1], ["calibration", calibration, 0]] as const;
  for (const [option, value, least] of sizes) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(
        `Cannot open an example as ${option} must be an integer of at least ${least}: current value is ${value}`,
      );
    }
  }
  const [first, last] = shapesTrainingSeeds;
  // The low 32 bits are what a generator takes of a seed.
  if (!Number.isInteger(seed) || (seed >>> 0 >= first && seed >>> 0 <= last)) {
    throw new RangeError(
      `Cannot open an example as seed must be an integer outside ${first} to ${last}, those of the stand-in's training images: current value is ${seed}`,
    );
  }
}

/** The weights for a data set, the usual ones in front. */
function weightsFor(dataset: string, location: DataLocation): readonly FoundWeights[] {
  const weights = findWeights(location).filter((found) => found.dataset === dataset);
  const usual = (usualNetworks[dataset] ?? [])
    .flatMap((name) => weights.filter((found) => found.name === name));
  return [...usual, ...weights.filter((found) => !usual.includes(found))];
}

/** Why the real thing can't be used; undefined where it can. */
function whatLacks(
  name: ExampleName,
  location: DataLocation,
  weights: readonly FoundWeights[],
): string | undefined {
  const { folder } = location;
  if (folder === undefined) return "there is no data folder";
  const path = name === "imagenet"
    ? findPhotographs(location, name)?.path
    : findDataset(location, name);
  if (path === undefined) return `\`${folder}\` holds no images of ${titles[name]}`;
  return weights.length === 0
    ? `\`${path}\` holds images of ${titles[name]}, but \`${
      join(folder, "weights")
    }\` no weights for them`
    : undefined;
}

async function loadTraining(
  used: ExampleName | "shapes",
  images: number,
  seed: number,
  location: DataLocation,
): Promise<ImageSet | undefined> {
  if (used === "shapes") {
    return generateShapes({ size: images, seed: shapesTrainingSeeds[0] });
  }
  for (const file of trainingFiles[used]) {
    const path = findPath(location, file);
    if (path !== undefined) return await loadBalanced(path, used, { images, seed });
  }
  return undefined;
}

async function readClassNames(
  used: ExampleName | "shapes",
  location: DataLocation,
): Promise<readonly string[]> {
  if (used === "shapes") return shapeClasses;
  if (used !== "imagenet") return used === "cifar-10" ? cifar10Classes : cifar100Classes;
  const { path, classIndex } = findPhotographs(location, used)!;
  const index = classIndex ?? await readClassIndex(path);
  return index === undefined ? await listClassFolders(path) : namesOfIndex(index);
}

function noteOnData(
  { name, networks, images, calibration }: Pick<
    Example,
    "name" | "networks" | "images" | "calibration"
  >,
  seed: number,
  { source, folder }: DataLocation,
): string {
  const where = source === "cache" ? `the cache \`${folder}\`` : `\`${folder}\` (${source})`;
  const training = calibration === undefined
    ? "no training images for calibration"
    : `${calibration.size} training images for calibration`;
  const published = name === "cifar-10" && networks[0].name !== "resnet20"
    ? " The published ResNet-20 comes by `deno task data resnet20`."
    : "";
  const caveats = images.caveats.length === 0
    ? ""
    : ` Of the images: ${images.caveats.join("; ")}.`;
  return `${
    titles[name]
  } in ${where}: ${images.size} images to test on, balanced over the classes (seed ${seed}), and ${training}. Networks: ${
    namesOf(networks)
  }.${published}${caveats}`;
}

function namesOf(networks: readonly ExampleNetwork[]): string {
  return networks.map(({ name }) => name).join(", ");
}

/** How to get images, and weights where the repository brings none along. */
function howToGetAll(name: ExampleName, { source, folder }: DataLocation): string {
  const into = source === "BITBELL_DATA" ? `deno task data --folder ${folder}` : "deno task data";
  const { path } = findDatasetEntry(name);
  return name === "imagenet"
    ? `\`${into} imagenette-160\` downloads a part of ImageNet and \`${into} resnet18\` weights; images of your own go into \`${path}/<wnid>/\` of a folder that BITBELL_DATA names.`
    : `\`${into} ${name}\` downloads the images; where you have them, let BITBELL_DATA name a folder that holds \`${path}\`.`;
}
