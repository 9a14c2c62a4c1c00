import { join, resolve } from "node:path";
import { datasetCatalog, findDatasetEntry } from "./catalog.ts";

/** Where settings are read from: `Deno.env`, or a map in its place. */
export interface Environment {
  get(name: string): string | undefined;
}

/** Where data was found. */
export interface DataLocation {
  /** The folder that `BITBELL_DATA` names, the cache that `deno task data` fills, or what the repository brings along. */
  readonly source: "BITBELL_DATA" | "cache" | "embedded";
  /** The data folder; undefined for `embedded`. */
  readonly folder?: string;
  /** Names of the data sets there whose test images are present, in the catalog's order; `shapes` always is. */
  readonly datasets: readonly string[];
  /** One line for the reader of any figure: which data was used, and how to get what is missing. */
  readonly line: string;
}

/**
 * Finds the data folder: the one that the environment variable `BITBELL_DATA` names, else the cache folder where it holds data,
 * else none, and only what is embedded in the repository can be used. Looks at the disk only, never at the network.
 *
 * @throws {Deno.errors.NotFound} If `BITBELL_DATA` names a folder that doesn't exist.
 *
 * @example The line that stands above every figure
 * ```ts
 * import { findData } from "@bitbell/bitbell/datasets";
 * import { assert } from "@std/assert";
 *
 * const location = findData();
 * assert(location.line.startsWith("Data: "));
 * assert(location.datasets.includes("shapes"));
 * ```
 */
export function findData(environment: Environment = Deno.env): DataLocation {
  const named = environment.get("BITBELL_DATA");
  if (named !== undefined && named !== "") {
    const folder = resolve(named);
    if (!isFolder(folder)) {
      throw new Deno.errors.NotFound(
        `Cannot use the data folder that BITBELL_DATA names: there is no folder ${folder}; unset it to use the cache or what is embedded`,
      );
    }
    return locate("BITBELL_DATA", folder);
  }
  const folder = cacheFolderIfKnown(environment);
  const cache = folder === undefined ? undefined : locate("cache", folder);
  const used = cache !== undefined &&
    (cache.datasets.length > 1 || findPath(cache, "weights") !== undefined);
  return used ? cache : locate("embedded");
}

/**
 * The path of a data set's test images, `undefined` where they are not present: a file for CIFAR, a folder for ImageNet.
 *
 * @throws {RangeError} If the catalog has no data set of that name.
 *
 * @example Use CIFAR-10 where it is present
 * ```ts
 * import { findData, findDataset, generateShapes, loadCifar10 } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const path = findDataset(findData(), "cifar-10");
 * const images = path === undefined ? generateShapes({ size: 50, seed: 1 }) : await loadCifar10(path);
 * assertEquals(images.classes, 10);
 * ```
 */
export function findDataset(location: DataLocation, name: string): string | undefined {
  const { path } = findDatasetEntry(name);
  return path === undefined ? undefined : findPath(location, path);
}

/** The full path of a file or folder of the data folder, such as one of the weights', `undefined` where it is not present. */
export function findPath(location: DataLocation, path: string): string | undefined {
  if (location.folder === undefined) return undefined;
  const full = join(location.folder, path);
  return exists(full) ? full : undefined;
}

/**
 * The folder into which data sets are downloaded: the environment variable `BITBELL_CACHE`, else `bitbell` in the system's folder
 * for caches (`$XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`). It need not exist.
 *
 * @throws {Deno.errors.NotFound} If no environment variable tells where caches lie.
 */
export function cacheFolder(environment: Environment = Deno.env): string {
  const folder = cacheFolderIfKnown(environment);
  if (folder === undefined) {
    throw new Deno.errors.NotFound(
      "Cannot tell the cache folder as HOME is not set: name one in BITBELL_CACHE",
    );
  }
  return folder;
}

function cacheFolderIfKnown(environment: Environment): string | undefined {
  const set = (name: string) => environment.get(name) || undefined;
  const own = set("BITBELL_CACHE");
  if (own !== undefined) return resolve(own);
  const home = set("HOME") ?? set("USERPROFILE");
  const inHome = (...parts: string[]) => home === undefined ? undefined : join(home, ...parts);
  const system = Deno.build.os === "windows"
    ? set("LOCALAPPDATA") ?? inHome("AppData", "Local")
    : Deno.build.os === "darwin"
    ? inHome("Library", "Caches")
    : set("XDG_CACHE_HOME") ?? inHome(".cache");
  return system === undefined ? undefined : join(system, "bitbell");
}

function locate(source: DataLocation["source"], folder?: string): DataLocation {
  const datasets = datasetCatalog
    .filter(({ path }) =>
      path === undefined || (folder !== undefined && exists(join(folder, path)))
    )
    .map(({ name }) => name);
  const used = folder === undefined
    ? "Data: embedded networks and generated shapes"
    : `Data: ${folder} (${source === "cache" ? "cache" : source}): ${
      datasets.filter((name) => name !== "shapes").join(", ") || "no images"
    }`;
  const missing = ["cifar-10", "cifar-100"].filter((name) => !datasets.includes(name));
  const instead = source === "BITBELL_DATA"
    ? " into the cache, used when BITBELL_DATA is unset"
    : "";
  const hint = missing.length === 0
    ? ""
    : `; no ${missing.join(", ")} images: \`deno task data ${
      missing[0]
    }\` downloads them${instead}`;
  return { source, ...(folder === undefined ? {} : { folder }), datasets, line: used + hint };
}

function exists(path: string): boolean {
  return stat(path) !== undefined;
}

function isFolder(path: string): boolean {
  return stat(path)?.isDirectory ?? false;
}

function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}
