import { createHash } from "node:crypto";
import { basename, join, relative, resolve } from "node:path";
import { caveatsOfWeights, findDatasetEntry } from "../datasets/catalog.ts";
import type { DataLocation } from "../datasets/find_data.ts";
import { howToGet } from "../datasets/find_images.ts";
import { findWeights, usualNetworks } from "../datasets/find_weights.ts";
import type { Checkpoint } from "../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../lib/checkpoints/load.ts";
import { quantizableTensors } from "../lib/compression/select_tensors.ts";
import { describeNetwork } from "../lib/networks/registry.ts";
import type { Selection } from "./options.ts";
import type { NetworkRecord } from "./results.ts";

/** A network that a run is about, as plain data: workers load its weights by themselves. */
export interface SceneNetwork {
  readonly record: NetworkRecord;
  readonly path: string;
  /** The architecture that the user named; undefined: read off the tensors. */
  readonly network?: string;
  /** Whether its accuracy can be measured: its architecture is known. */
  readonly evaluable: boolean;
}

/** A network, and its weights. */
export interface LoadedNetwork {
  readonly network: SceneNetwork;
  readonly checkpoint: Checkpoint;
}

/** Where weights may be had. */
export interface Source {
  readonly name: string;
  readonly dataset?: string;
  /** As the results name it. */
  readonly file: string;
  readonly path: string;
  readonly network?: string;
  /** As the catalog knows it; undefined for weights of the user's. */
  readonly sha256?: string;
  readonly caveats: readonly string[];
}

/** The network without convolutions: its matrices are measured whatever the images. */
const matricesOnly = "shapes-mlp";

/** The networks that were asked for by name; every one, where all are wanted; else the usual one of each data set. */
export function chooseSources(
  { networks: names, allNetworks, checkpoint }: Selection,
  datasets: readonly string[],
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
  if (checkpoint !== undefined) return [];
  const inScope = sources.filter(({ name, dataset }) =>
    dataset !== "shapes" || datasets.includes("shapes") || name === matricesOnly
  );
  return allNetworks ? inScope : usualOf(inScope);
}

/** The first of the usual networks of each data set that is there, and the one without convolutions. */
export function usualOf(sources: readonly Source[]): readonly Source[] {
  const usual = Object.entries(usualNetworks).flatMap(([dataset, usual]) => {
    const there = sources.filter((source) => source.dataset === dataset);
    const first = usual.find((name) => there.some((source) => source.name === name));
    return there.filter(({ name }) => name === first);
  });
  return [...usual, ...sources.filter(({ name }) => name === matricesOnly)];
}

/** All weights that are at hand; workers take a path. */
function listSources(location: DataLocation): readonly Source[] {
  return findWeights(location).map(({ path, ...found }) => ({
    ...found,
    path: path instanceof URL ? Deno.realPathSync(path) : path,
  }));
}

/**
 * Reads a network's weights.
 *
 * @throws {RangeError} If there is nothing to quantize in it, or a weight is not finite.
 */
export async function loadNetwork(source: Source, usual: boolean): Promise<LoadedNetwork> {
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
  const normalization = describeNormalization(checkpoint, source.network);
  return {
    checkpoint,
    network: {
      path,
      evaluable: true,
      ...(source.network === undefined ? {} : { network: source.network }),
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
    },
  };
}

/** By what pixels are normalised, which a file may say and an architecture suggests; undefined where it isn't known. */
function describeNormalization(checkpoint: Checkpoint, network?: string): string | undefined {
  try {
    const { mean, standardDeviation } = describeNetwork(checkpoint, { network }).normalization;
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
export async function loadOwnNetwork(
  { checkpoint: given, network: architecture }: {
    readonly checkpoint: string;
    readonly network?: string;
  },
  wanted: readonly string[],
  location: DataLocation,
): Promise<{ readonly network: SceneNetwork; readonly note?: string }> {
  if (/^https?:/.test(given)) {
    throw new RangeError(`Cannot measure ${given} as the bench downloads nothing: name a file`);
  }
  // A task runs in the repository's root, wherever it was started.
  const path = resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), given);
  const name = basename(path);
  const source = { name, file: given, path, network: architecture, caveats: [] };
  const { network, checkpoint } = await loadNetwork(source, true);
  let dataset: string | undefined, reason: string;
  try {
    const { classes, input: { height } } = describeNetwork(checkpoint, { network: architecture });
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
    // What was named must fit; what is only guessed may not.
    if (architecture !== undefined) throw error;
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
  wanted: readonly string[],
): string | undefined {
  const candidates = (height === 32 ? ["cifar-10", "cifar-100", "shapes"] : ["imagenet"])
    .filter((name) => findDatasetEntry(name).classes === classes);
  return candidates.find((name) => wanted.includes(name)) ??
    candidates.find((name) => name !== "shapes");
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
function listFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? listFiles(join(folder, name)) : [join(folder, name)]
  );
}
