import { createHash } from "node:crypto";
import { basename, join, relative, resolve } from "node:path";
import { balancedSubset, selectImages } from "../datasets/balanced_subset.ts";
import { caveatsOfWeights, findDatasetEntry, weightsCatalog } from "../datasets/catalog.ts";
import { loadCifar10, loadCifar100 } from "../datasets/cifar.ts";
import {
  embeddedCheckpoint,
  type EmbeddedName,
  embeddedNames,
  embeddedSha256,
} from "../datasets/embedded.ts";
import { type DataLocation, findDataset, findPath } from "../datasets/find_data.ts";
import { loadImageFolder } from "../datasets/image_folder.ts";
import type { ImageSet } from "../datasets/image_set.ts";
import { generateShapes } from "../datasets/shapes.ts";
import type { Checkpoint } from "../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../lib/checkpoints/load.ts";
import { quantizableTensors } from "../lib/compression/select_tensors.ts";
import { type Evaluator, openEvaluator } from "../lib/evaluation/evaluate_accuracy.ts";
import { describeNetwork } from "../lib/networks/registry.ts";
import type { Selection } from "./options.ts";
import type { ImageSetRecord, NetworkRecord } from "./results.ts";
import type { BenchTable } from "./tables/table.ts";

/** A network whose weights are loaded. */
export interface BenchNetwork {
  readonly record: NetworkRecord;
  readonly checkpoint: Checkpoint;
  /** Whether its accuracy can be measured: its architecture is known. */
  readonly evaluable: boolean;
}

/** Images that are loaded. */
export interface BenchImages {
  readonly record: ImageSetRecord;
  readonly images: ImageSet;
}

/** What the tables of a run are computed from. */
export interface Scene {
  readonly selection: Selection;
  /** The tables that can be measured. */
  readonly tables: readonly BenchTable[];
  readonly networks: readonly BenchNetwork[];
  readonly sets: readonly BenchImages[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
  /** The network of that label. */
  readonly network: (label: string) => BenchNetwork;
  /** Workers that hold the images of a data set; those of the last one are closed first. */
  readonly evaluator: (dataset: string) => Promise<Evaluator>;
  /** Lets the progress bar and signals through. */
  readonly pause: () => Promise<void>;
  readonly close: () => void;
}

/** Where weights may be had. */
interface Source {
  readonly name: string;
  readonly dataset?: string;
  /** As the results name it. */
  readonly file: string;
  readonly path: string;
  /** As the catalog knows it; undefined for weights of the user's. */
  readonly sha256?: string;
  readonly caveats: readonly string[];
}

/** The networks that stand for a data set where none is named: the first one that is there. */
const usualNetworks: Readonly<Record<string, readonly string[]>> = {
  "cifar-10": ["resnet20", "resnet20-own"],
  "cifar-100": ["resnet20-variant", "resnet20-own"],
  "imagenet": ["mobilenet-v1-0.25", "squeezenet-1.1"],
  "shapes": ["shapes-resnet8"],
};

/** How many generated images "all" are. */
const allShapes = 5000;

/**
 * Decides which tables, networks and images a run is about, and loads them.
 *
 * @throws {Error} One line that names the file or the option: something was asked for by name and isn't there, or can't be read.
 */
export async function prepareScene(
  { selection, tables, location, workers }: {
    readonly selection: Selection;
    readonly tables: readonly BenchTable[];
    readonly location: DataLocation;
    readonly workers?: number;
  },
): Promise<Scene> {
  const wanted = chooseTables(selection, tables, location);
  const notes: string[] = [];
  const networks: BenchNetwork[] = [];
  const sources = chooseSources(selection, wanted, location);
  const usual = selection.networks === undefined ? usualOf(sources) : sources;
  for (const source of sources) networks.push(await loadNetwork(source, usual.includes(source)));
  if (selection.weights !== undefined) {
    const { network, note } = await loadOwnNetwork(selection.weights, wanted, location);
    networks.push(network);
    if (note !== undefined) notes.push(note);
  }

  const measurable = wanted.filter(({ name, dataset }) => {
    const some = dataset === undefined ||
      networks.some(({ record, evaluable }) => evaluable && record.dataset === dataset);
    if (!some && selection.tables !== undefined) {
      throw new RangeError(
        `Cannot measure table ${name} as none of the networks is for ${dataset}: they are ${
          networks.map(({ record }) => record.label).join(", ")
        }`,
      );
    }
    return some;
  });
  const sets: BenchImages[] = [];
  const datasets = new Set(measurable.flatMap((table) => datasetsOf(table, location)));
  for (const dataset of datasets) {
    if (!networks.some(({ record, evaluable }) => evaluable && record.dataset === dataset)) {
      continue;
    }
    const images = await loadImages(dataset, selection, location);
    sets.push({ images, record: recordImages(images) });
  }

  let open: { readonly dataset: string; readonly evaluator: Evaluator } | undefined;
  const close = () => {
    open?.evaluator.close();
    open = undefined;
  };
  return {
    selection,
    tables: measurable,
    networks,
    sets,
    notes,
    network: (label) => networks.find(({ record }) => record.label === label)!,
    evaluator: async (dataset) => {
      if (open?.dataset !== dataset) {
        close();
        const { images } = sets.find(({ images }) => images.name === dataset)!;
        open = { dataset, evaluator: await openEvaluator({ dataset: images, workers }) };
      }
      return open.evaluator;
    },
    pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
    close,
  };
}

/** The tables that were asked for, or those for which there are images: the generated ones only where there are no others. */
function chooseTables(
  { tables: names }: Selection,
  tables: readonly BenchTable[],
  location: DataLocation,
): readonly BenchTable[] {
  if (names !== undefined) {
    const chosen = tables.filter(({ name }) => names.includes(name));
    for (const { name, dataset } of chosen) {
      if (dataset !== undefined && !location.datasets.includes(dataset)) {
        throw new RangeError(
          `Cannot measure table ${name} as there are no images of ${dataset}: ${howToGet(dataset)}`,
        );
      }
    }
    return chosen;
  }
  const there = usedDatasets(location);
  return tables.filter(({ dataset, onRequest }) =>
    !onRequest && (dataset === undefined || there.includes(dataset))
  );
}

/** The data sets that are measured on where none is asked for: the generated one only where there is no other. */
function usedDatasets({ datasets }: DataLocation): readonly string[] {
  const photographs = datasets.filter((name) => name !== "shapes");
  return photographs.length > 0 ? photographs : datasets;
}

/** The data sets whose images a table takes. */
function datasetsOf(
  { dataset, anyDataset }: BenchTable,
  location: DataLocation,
): readonly string[] {
  if (anyDataset) return usedDatasets(location);
  return dataset === undefined ? [] : [dataset];
}

function howToGet(dataset: string): string {
  return findDatasetEntry(dataset).archive === undefined
    ? `BITBELL_DATA must name a folder that holds them as ${dataset}/<wnid>/*.JPEG`
    : `\`deno task data ${dataset}\` downloads them`;
}

/** The networks that were asked for by name; every one, where all are wanted; else the usual one of each data set. */
function chooseSources(
  { networks: names, allNetworks, weights }: Selection,
  tables: readonly BenchTable[],
  location: DataLocation,
): readonly Source[] {
  const sources = listSources(location);
  if (names !== undefined) {
    for (const name of names) {
      if (!sources.some((source) => source.name === name)) {
        const known = [...new Set(sources.map((source) => source.name))].join(", ");
        throw new RangeError(
          `Cannot read the command line: --networks must be some of ${known}: current value is ${name}`,
        );
      }
    }
    return sources.filter(({ name }) => names.includes(name));
  }
  if (weights !== undefined) return [];
  const shapes = tables.some((table) => datasetsOf(table, location).includes("shapes"));
  const inScope = sources.filter(({ dataset }) => dataset !== "shapes" || shapes);
  return allNetworks ? inScope : usualOf(inScope);
}

/** The first of the usual networks of each data set that is there. */
function usualOf(sources: readonly Source[]): readonly Source[] {
  return Object.entries(usualNetworks).flatMap(([dataset, usual]) => {
    const there = sources.filter((source) => source.dataset === dataset);
    const first = usual.find((name) => there.some((source) => source.name === name));
    return there.filter(({ name }) => name === first);
  });
}

/** All weights that are at hand: the data folder's, and those that the repository brings along. */
function listSources(location: DataLocation): readonly Source[] {
  const embedded = new Map(embeddedNames.map((name) => [`${name}.safetensors`, name]));
  const found: Source[] = [];
  for (const { name, dataset, path, sha256, caveats } of weightsCatalog) {
    const own = path.startsWith("weights/own/")
      ? embedded.get(path.slice("weights/own/".length))
      : undefined;
    if (own !== undefined) {
      embedded.delete(`${own}.safetensors`);
      found.push({ name, dataset, caveats, ...embeddedFile(own) });
      continue;
    }
    const full = findPath(location, path);
    if (full !== undefined) found.push({ name, dataset, caveats, sha256, file: path, path: full });
  }
  for (const name of embedded.values()) {
    found.push({ name, dataset: "shapes", caveats: [], ...embeddedFile(name) });
  }
  return found;
}

function embeddedFile(name: EmbeddedName): Pick<Source, "file" | "path" | "sha256"> {
  const path = Deno.realPathSync(embeddedCheckpoint(name));
  const file = relative(join(import.meta.dirname!, ".."), path).replaceAll("\\", "/");
  return { path, file, sha256: embeddedSha256[name] };
}

async function loadNetwork(source: Source, usual: boolean): Promise<BenchNetwork> {
  const { name, dataset, file, path, caveats } = source;
  const checkpoint = await loadCheckpoint(path);
  const tensors = quantizableTensors(checkpoint);
  if (tensors.length === 0) {
    throw new RangeError(
      `Cannot measure ${file} as none of its ${checkpoint.tensors.size} tensors is floating of rank 2 or 4`,
    );
  }
  for (const [tensor, { data }] of tensors) {
    if (data.length === 0) {
      throw new RangeError(`Cannot measure ${file} as its tensors need values: ${tensor} has none`);
    }
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) {
      throw new RangeError(
        `Cannot measure ${file} as its weights must be finite: value ${at} of tensor ${tensor} is ${
          data[at]
        }`,
      );
    }
  }
  const sha256 = digestPath(path);
  const { sha256: known = sha256 } = source;
  const normalization = describeNormalization(checkpoint);
  return {
    checkpoint,
    evaluable: true,
    record: {
      label: dataset === undefined ? name : `${name} (${dataset})`,
      name,
      ...(dataset === undefined ? {} : { dataset }),
      file,
      sha256,
      tensors: tensors.length,
      weights: tensors.reduce((sum, [, { data }]) => sum + data.length, 0),
      ...(normalization === undefined ? {} : { normalization }),
      ...(usual && { usual }),
      caveats: [...caveats, ...caveatsOfWeights({ known, found: sha256 })],
    },
  };
}

/** By what pixels are normalised, which a file may say and an architecture suggests; undefined where it isn't known. */
function describeNormalization(checkpoint: Checkpoint): string | undefined {
  try {
    const { mean, standardDeviation } = describeNetwork(checkpoint).normalization;
    const source = checkpoint.metadata["normalization"] === undefined
      ? "usual for the architecture and classes, as the file doesn't say"
      : "as the file says";
    return `mean ${mean.join(", ")} and deviation ${standardDeviation.join(", ")} (${source})`;
  } catch {
    // No accuracy is measured then, and a note says why.
    return undefined;
  }
}

/** A checkpoint of the user's: whether its accuracy can be measured, and on which images, is read off its tensors. */
async function loadOwnNetwork(
  given: string,
  tables: readonly BenchTable[],
  location: DataLocation,
): Promise<{ readonly network: BenchNetwork; readonly note?: string }> {
  if (/^https?:/.test(given)) {
    throw new RangeError(`Cannot measure ${given} as the bench downloads nothing: name a file`);
  }
  // A task runs in the repository's root, wherever it was started.
  const path = resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), given);
  const name = basename(path);
  const network = await loadNetwork({ name, file: given, path, caveats: [] }, true);
  let dataset: string | undefined, reason: string;
  try {
    const { classes, input: { height } } = describeNetwork(network.checkpoint);
    const wanted = new Set(tables.flatMap((table) => datasetsOf(table, location)));
    dataset = imagesFor(classes, height, wanted);
    if (dataset !== undefined && location.datasets.includes(dataset)) {
      const assumed =
        `taken for a network of ${dataset} by its ${classes} classes and ${height} pixels a side`;
      const record = {
        ...network.record,
        dataset,
        label: `${name} (${dataset})`,
        caveats: [...network.record.caveats, assumed],
      };
      return { network: { ...network, record } };
    }
    reason = dataset === undefined
      ? `no data set has ${classes} classes and ${height} pixels a side`
      : `there are no images of ${dataset}: ${howToGet(dataset)}`;
  } catch (error) {
    reason = (error as Error).message;
  }
  return {
    network: { ...network, evaluable: false },
    note: `Accuracy of ${given} is not measured: ${reason}`,
  };
}

/** The data set with as many classes, at about this size: of several one that is wanted, else that of photographs. */
function imagesFor(
  classes: number,
  height: number,
  wanted: ReadonlySet<string>,
): string | undefined {
  const candidates = (height === 32 ? ["cifar-10", "cifar-100", "shapes"] : ["imagenet"])
    .filter((name) => findDatasetEntry(name).classes === classes);
  return candidates.find((name) => wanted.has(name)) ??
    candidates.find((name) => name !== "shapes");
}

async function loadImages(
  dataset: string,
  { images, seed }: Selection,
  location: DataLocation,
): Promise<ImageSet> {
  if (dataset === "shapes") return generateShapes({ size: images ?? allShapes, seed });
  const path = findDataset(location, dataset)!;
  if (dataset === "imagenet") return await loadImageFolder(path, { images });
  const all = await (dataset === "cifar-10" ? loadCifar10(path) : loadCifar100(path));
  if (images === undefined) return all;
  try {
    return selectImages(all, balancedSubset(all.labels, all.classes, images));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`Cannot use the images of ${path}: ${error.message}`, { cause: error });
  }
}

function recordImages({ name, classes, size, pixels, labels, caveats }: ImageSet): ImageSetRecord {
  const labelBytes = new Uint8Array(2 * size);
  const view = new DataView(labelBytes.buffer);
  labels.forEach((label, i) => view.setUint16(2 * i, label, true));
  const sha256 = createHash("sha256").update(pixels).update(labelBytes).digest("hex");
  return { name, images: size, classes, sha256, caveats };
}

/** Sha256 of a file; of a folder: of the lines "sha256  path" for all of its files, sorted by path. */
export function digestPath(path: string): string {
  if (!Deno.statSync(path).isDirectory) return digestFile(path);
  const lines = listFiles(path)
    .map((file) => ({ file, name: relative(path, file).replaceAll("\\", "/") }))
    .sort((a, b) => a.name < b.name ? -1 : 1)
    .map(({ file, name }) => `${digestFile(file)}  ${name}\n`);
  return createHash("sha256").update(lines.join("")).digest("hex");
}

function digestFile(path: string): string {
  return createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
}

/** All files in a folder and those in it. */
export function listFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? listFiles(join(folder, name)) : [join(folder, name)]
  );
}
