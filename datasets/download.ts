import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import {
  type DatasetArchive,
  datasetCatalog,
  type DatasetEntry,
  findDatasetEntry,
  type RemoteFile,
  weightsCatalog,
  type WeightsEntry,
} from "./catalog.ts";
import { digestFile, fetchFile, type FetchOptions } from "./fetch_file.ts";
import { cacheFolder } from "./find_data.ts";
import { countImages, unpackArchive } from "./unpack_archive.ts";

/** Options of {@linkcode downloadDataset} and {@linkcode downloadWeights}. */
export interface DownloadOptions extends FetchOptions {
  /** The data folder: where what is downloaded gets its place. @default {cacheFolder()} */
  readonly folder?: string;
}

/** What {@linkcode downloadDataset} or {@linkcode downloadWeights} did. */
export interface DownloadReport {
  /** `present`: everything was there already, as the catalog knows it, and nothing was fetched. */
  readonly status: "downloaded" | "present";
  readonly folder: string;
  /** Paths inside the folder: of files, or of the folder that an archive of images becomes. */
  readonly files: readonly string[];
}

/** What is unpacked lies in folders of this prefix until it is complete; what a killed process left is removed after a day. */
const unfinished = ".unfinished-";
/** Downloads that the next call goes on with; removed when nobody has done so for a month. */
const partial = ".partial-";
const oneDay = 24 * 60 * 60 * 1000;
const keptFor = { [unfinished]: oneDay, [partial]: 30 * oneDay };

/**
 * Downloads a data set from its official source into the data folder.
 *
 * What has come is kept when the connection breaks or the call is aborted, and the next call for the same file goes on from there, by
 * HTTP range requests. Length and sha256 of the archive are checked before it is unpacked beside its destination; its files appear
 * there, by renaming, only when all is complete. Archives with paths that lead elsewhere, links, or more in them than the catalog
 * tells are refused. The environment's HTTP_PROXY, HTTPS_PROXY and NO_PROXY are honoured.
 *
 * @param dataset The name of a data set of the catalog, or an entry of one's own.
 *
 * @throws {RangeError} If the catalog has no such data set, nothing is to be downloaded for it, or an option is out of its range.
 * @throws {Error} If the folder can't be written to, or the server can't be reached, refuses, falls silent, or sends something
 * else than the catalog tells; the message names the folder or the address, and the reason, in one line.
 *
 * @example Nothing is to be downloaded for generated images
 * ```ts
 * import { downloadDataset } from "@bitbell/bitbell/datasets";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => downloadDataset("shapes"), RangeError, "it is generated");
 * ```
 */
export async function downloadDataset(
  dataset: string | DatasetEntry,
  options: DownloadOptions = {},
): Promise<DownloadReport> {
  const { name, archive } = findArchive(dataset);
  const isFolder = "folder" in archive;
  const files = isFolder ? [archive.folder] : archive.members.map(({ file }) => file.path);
  return await download({
    name,
    remote: archive,
    files,
    isPresent: (folder, signal) => isUnpacked(folder, archive, signal),
    place: async (path, folder, workshop) => {
      await unpackArchive(archive, path, workshop, options.signal);
      const moves = isFolder
        ? [{ from: archive.folder, to: archive.folder }]
        : archive.members.map(({ file }) => ({ from: file.sha256, to: file.path }));
      return moves.map(({ from, to }) => ({ from: join(workshop, from), to: join(folder, to) }));
    },
  }, options);
}

/**
 * Downloads pretrained weights from those who publish them to where the catalog places them in the data folder, as
 * {@linkcode downloadDataset} does.
 *
 * @param weights The name of weights of the catalog, or an entry of one's own.
 *
 * @throws {RangeError} If the catalog has no such weights, no address for them, or an option is out of its range.
 * @throws {Error} As `downloadDataset` does.
 *
 * @example Weights that come with this project need no download
 * ```ts
 * import { downloadWeights } from "@bitbell/bitbell/datasets";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => downloadWeights("resnet20-own"), RangeError, "get them from this project");
 * ```
 */
export async function downloadWeights(
  weights: string | WeightsEntry,
  options: DownloadOptions = {},
): Promise<DownloadReport> {
  const { name, path, remote } = findRemote(weights);
  return await download({
    name,
    remote,
    files: [path],
    isPresent: (folder, signal) => isFileOf(join(folder, path), remote, signal),
    place: (fetched, folder) => Promise.resolve([{ from: fetched, to: join(folder, path) }]),
  }, options);
}

/**
 * The download of the data set or the weights of that name.
 *
 * @throws {RangeError} If the catalog has nothing of that name, or no address for it; the message names what can be downloaded.
 */
export function findDownload(name: string): (options: DownloadOptions) => Promise<DownloadReport> {
  if (datasetCatalog.some((entry) => entry.name === name)) {
    findArchive(name);
    return (options) => downloadDataset(name, options);
  }
  if (weightsCatalog.some((entry) => entry.name === name)) {
    findRemote(name);
    return (options) => downloadWeights(name, options);
  }
  const names = [
    ...datasetCatalog.filter(({ archive }) => archive !== undefined),
    ...weightsCatalog.filter(({ download }) => download !== undefined),
  ].map(({ name }) => name);
  throw new RangeError(
    `Cannot download ${name} as it must be one of ${names.join(", ")}: current value is ${name}`,
  );
}

function findArchive(
  dataset: string | DatasetEntry,
): { readonly name: string; readonly archive: DatasetArchive } {
  const { name, archive, homepage } = typeof dataset === "string"
    ? findDatasetEntry(dataset)
    : dataset;
  if (archive === undefined) {
    const instead = homepage === undefined ? "it is generated" : `get it from ${homepage}`;
    throw new RangeError(`Cannot download ${name} as there is nothing to download: ${instead}`);
  }
  return { name, archive };
}

function findRemote(
  weights: string | WeightsEntry,
): { readonly name: string; readonly path: string; readonly remote: RemoteFile } {
  const entries = typeof weights === "string"
    ? weightsCatalog.filter(({ name }) => name === weights)
    : [weights];
  const [first] = entries;
  if (first === undefined) {
    const names = [...new Set(weightsCatalog.map(({ name }) => name))].join(", ");
    throw new RangeError(`Cannot find the weights "${weights}": there are ${names}`);
  }
  for (const { name, path, download } of entries) {
    if (download !== undefined) return { name, path, remote: download };
  }
  throw new RangeError(
    `Cannot download ${first.name} as no address of these weights is known: get them from ${first.source}`,
  );
}

/** How a download becomes what it is for. */
interface Plan {
  readonly name: string;
  readonly remote: RemoteFile;
  readonly files: readonly string[];
  readonly isPresent: (folder: string, signal?: AbortSignal) => Promise<boolean>;
  /** Makes of the fetched file what is wanted, inside the workshop, and says what is to be renamed to where. */
  readonly place: (
    fetched: string,
    folder: string,
    workshop: string,
  ) => Promise<readonly { readonly from: string; readonly to: string }[]>;
}

async function download(
  { name, remote, files, isPresent, place }: Plan,
  { folder = cacheFolder(), ...options }: DownloadOptions,
): Promise<DownloadReport> {
  const { signal } = options;
  signal?.throwIfAborted();
  const inFolder = <Result>(action: () => Promise<Result>) =>
    orNameFolder({ name, folder, signal }, action);
  if (await inFolder(() => isPresent(folder, signal))) {
    return { status: "present", folder, files };
  }

  const made: string[] = [];
  try {
    const workshop = await inFolder(async () => {
      await makeFolder(folder, made);
      await removeAbandoned(folder);
      return await Deno.makeTempDir({ dir: folder, prefix: `${unfinished}${name}-` });
    });
    try {
      const fetched = join(folder, partialName(remote));
      await fetchFile(remote, fetched, options);
      const moves = await place(fetched, folder, workshop).catch(async (error) => {
        // Whole and yet no good: fetching it again would end in the same way.
        if (!signal?.aborted) await Deno.remove(fetched);
        throw error;
      });
      await inFolder(async () => {
        for (const { from, to } of moves) {
          await Deno.mkdir(dirname(to), { recursive: true });
          await Deno.rename(from, to);
        }
        if (!moves.some(({ from }) => from === fetched)) await Deno.remove(fetched);
      });
    } finally {
      await Deno.remove(workshop, { recursive: true });
    }
  } catch (error) {
    await removeEmpty(made);
    throw error;
  }
  return { status: "downloaded", folder, files };
}

/** The same for the same file of the same address, and only for it. */
function partialName({ url, sha256 }: RemoteFile): string {
  const key = createHash("sha256").update(`${url}\n${sha256}`).digest("hex").slice(0, 16);
  return `${partial}${key}-${basename(new URL(url).pathname)}`;
}

/** Whether all files are there as the catalog knows them: a length alone doesn't tell a damaged one. */
async function isUnpacked(
  folder: string,
  archive: DatasetArchive,
  signal?: AbortSignal,
): Promise<boolean> {
  if ("members" in archive) {
    for (const { file } of archive.members) {
      if (!await isFileOf(join(folder, file.path), file, signal)) return false;
    }
    return true;
  }
  // Of a folder of images only their number is known; it came by renaming, so that it is whole unless somebody changed it.
  if (await infoOf(join(folder, archive.folder)) === undefined) return false;
  for (const [name, count] of Object.entries(archive.images)) {
    const found = await countImages(join(folder, archive.folder, name));
    if (found !== count) {
      throw new Error(
        `${archive.folder}/${name} has ${found} images instead of ${count}: remove ${archive.folder} first`,
      );
    }
  }
  return true;
}

async function isFileOf(
  path: string,
  { bytes, sha256 }: { readonly bytes?: number; readonly sha256: string },
  signal?: AbortSignal,
): Promise<boolean> {
  const info = await infoOf(path);
  if (!info?.isFile || (bytes !== undefined && info.size !== bytes)) return false;
  return await digestFile(path, signal) === sha256;
}

async function infoOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

/** Turns what the disk refuses into one line that names the folder; Deno's own may advise to grant all permissions. */
async function orNameFolder<Result>(
  { name, folder, signal }: {
    readonly name: string;
    readonly folder: string;
    readonly signal?: AbortSignal;
  },
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Deno.errors.NotCapable
      ? "the permission to read and write there is missing"
      : (error as Error).message.split("\n")[0];
    throw new Error(`Cannot download ${name} to ${folder}: ${reason}`, { cause: error });
  }
}

/** Makes the folder and what is missing above it; adds each folder that it makes to `made`, the outermost first. */
async function makeFolder(folder: string, made: string[]): Promise<void> {
  try {
    await Deno.mkdir(folder);
    made.push(folder);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists && (await Deno.stat(folder)).isDirectory) return;
    if (!(error instanceof Deno.errors.NotFound) || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder), made);
    await makeFolder(folder, made);
  }
}

/** Removes those of the folders that are empty, the innermost, which is the last, first. */
async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders.toReversed()) {
    try {
      await Deno.remove(folder);
    } catch {
      return;
    }
  }
}

/** Removes what nobody has gone on with. */
async function removeAbandoned(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    const prefix = ([unfinished, partial] as const).find((prefix) => name.startsWith(prefix));
    if (prefix === undefined) continue;
    const path = join(folder, name);
    const { mtime } = await Deno.stat(path);
    if (mtime !== null && Date.now() - mtime.getTime() > keptFor[prefix]) {
      await Deno.remove(path, { recursive: true });
    }
  }
}
