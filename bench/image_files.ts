import { createHash } from "node:crypto";
import { join } from "node:path";
import { balancedSubset, selectImages } from "../datasets/balanced_subset.ts";
import { findDatasetEntry } from "../datasets/catalog.ts";
import { loadCifar10, loadCifar100 } from "../datasets/cifar.ts";
import { type DataLocation, findDataset } from "../datasets/find_data.ts";
import { streamImageFolder } from "../datasets/image_folder.ts";
import { type ImageSource, sourceOf } from "../datasets/image_set.ts";
import { generateShapes } from "../datasets/shapes.ts";
import type { Selection } from "./options.ts";
import type { ImageSetRecord } from "./results.ts";

/** Images in a file that every worker reads what it needs of: pixels (NHWC bytes), then labels (16 bits, little-endian). */
export interface ImageFile {
  readonly record: ImageSetRecord;
  readonly path: string;
  readonly height: number;
  readonly width: number;
}

/** How many generated images "all" are. */
const allShapes = 5000;
/** Images that are decoded and written at a time. */
const batch = 64;

/** The images that a run is about, decoded on reading where they are in files of their own. */
export async function findImages(
  dataset: string,
  { images, seed }: Pick<Selection, "images" | "seed">,
  location: DataLocation,
): Promise<ImageSource> {
  if (dataset === "shapes") return sourceOf(generateShapes({ size: images ?? allShapes, seed }));
  if (dataset === "imagenet") return await findPhotographs(images, location);
  const path = findDataset(location, dataset)!;
  const all = await (dataset === "cifar-10" ? loadCifar10(path) : loadCifar100(path));
  if (images === undefined) return sourceOf(all);
  try {
    return sourceOf(selectImages(all, balancedSubset(all.labels, all.classes, images)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`Cannot use the images of ${path}: ${error.message}`, { cause: error });
  }
}

/** The sets of photographs that a network for ImageNet can be measured on: the first that is there stands for it. */
const photographs = ["imagenet", "imagenette", "imagenette-320", "imagenette-160"];

/** Where data was found, with "imagenet" among the sets where a part of it is there. */
export function withImageNet(location: DataLocation): DataLocation {
  const { datasets } = location;
  const others = datasets.filter((name) => !photographs.includes(name));
  return datasets.some((name) => photographs.includes(name))
    ? { ...location, datasets: [...others, "imagenet"] }
    : location;
}

async function findPhotographs(
  images: number | undefined,
  location: DataLocation,
): Promise<ImageSource> {
  const set = photographs.find((name) => findDataset(location, name) !== undefined)!;
  const { title, classIndex } = findDatasetEntry(set);
  const source = await streamImageFolder(findDataset(location, set)!, { images, classIndex });
  if (set === "imagenet") return source;
  const caveat = `${title}: a part of ImageNet, all 1,000 classes being possible answers`;
  return Object.defineProperties({ ...source }, {
    // What decoding warns of is known when all are decoded.
    caveats: { get: () => [caveat, ...source.caveats], enumerable: true },
  });
}

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
