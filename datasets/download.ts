import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { createTarDecoder } from "modern-tar";
import { type DatasetArchive, type DatasetEntry, findDatasetEntry } from "./catalog.ts";
import { cacheFolder } from "./find_data.ts";

/** Options of {@linkcode downloadDataset}. */
export interface DownloadOptions {
  /** Where the data set's folder is made. @default {cacheFolder()} */
  readonly folder?: string;
  /** How long the server may send nothing before the download is given up, in milliseconds. @default {60_000} */
  readonly idleTimeout?: number;
  /** Aborting it stops the download and leaves nothing behind. */
  readonly signal?: AbortSignal;
  /** Called with the bytes received, and the bytes of the whole archive. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What {@linkcode downloadDataset} did. */
export interface DownloadReport {
  /** `present`: all files were there already, with the right sha256, and nothing was fetched. */
  readonly status: "downloaded" | "present";
  readonly folder: string;
  /** Paths inside the folder. */
  readonly files: readonly string[];
}

/** Unfinished downloads lie in folders of this prefix; what a killed process left is removed after a day. */
const unfinished = ".unfinished-";
/** What `setTimeout` takes; it fires at once for more. */
const longestTimeout = 2 ** 31 - 1;
const oneDay = 24 * 60 * 60 * 1000;

/**
 * Downloads a data set from its official source into the data folder.
 *
 * Size and sha256 of the archive are checked while it streams to the disk; its files are unpacked beside their destination, and
 * appear there, by renaming, only when all is complete.
 *
 * @param dataset The name of a data set of the catalog, or an entry of one's own.
 *
 * @throws {RangeError} If the catalog has no such data set, nothing is to be downloaded for it, or `idleTimeout` is not in
 * (0, 2^31 - 1].
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
  { folder = cacheFolder(), idleTimeout = 60_000, signal, onProgress }: DownloadOptions = {},
): Promise<DownloadReport> {
  const { name, archive } = findDownload(dataset);
  if (!(idleTimeout > 0 && idleTimeout <= longestTimeout)) {
    throw new RangeError(
      `Cannot download ${name} as idleTimeout must be in (0, ${longestTimeout}] ms: current value is ${idleTimeout}`,
    );
  }
  signal?.throwIfAborted();
  const files = archive.members.map(({ file }) => file.path);
  const inFolder = <Result>(action: () => Promise<Result>) =>
    orNameFolder({ name, folder, signal }, action);
  if (await inFolder(() => isComplete(folder, archive, signal))) {
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
      const path = join(workshop, "archive");
      await fetchArchive(archive, path, { idleTimeout, signal, onProgress });
      await unpack(archive, path, workshop, signal);
      await inFolder(async () => {
        for (const { file } of archive.members) {
          const destination = join(folder, file.path);
          await Deno.mkdir(dirname(destination), { recursive: true });
          await Deno.rename(join(workshop, file.sha256), destination);
        }
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

/**
 * The data set of that name, or that entry, with its archive.
 *
 * @throws {RangeError} If the catalog has no such data set, or nothing is to be downloaded for it.
 */
export function findDownload(
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

/** Whether all files are there as the catalog knows them: a length alone doesn't tell a damaged one. */
async function isComplete(
  folder: string,
  { members }: DatasetArchive,
  signal?: AbortSignal,
): Promise<boolean> {
  for (const { file } of members) {
    const path = join(folder, file.path);
    try {
      const { isFile, size } = await Deno.stat(path);
      if (!isFile || size !== file.bytes) return false;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
        return false;
      }
      throw error;
    }
    if (await digestFile(path, signal) !== file.sha256) return false;
  }
  return true;
}

async function digestFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const file = await Deno.open(path);
  for await (const chunk of file.readable) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest("hex");
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

async function removeAbandoned(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory || !name.startsWith(unfinished)) continue;
    const path = join(folder, name);
    const { mtime } = await Deno.stat(path);
    if (mtime !== null && Date.now() - mtime.getTime() > oneDay) {
      await Deno.remove(path, { recursive: true });
    }
  }
}

async function fetchArchive(
  { url, bytes, sha256 }: DatasetArchive,
  path: string,
  { idleTimeout, signal, onProgress }:
    & Pick<DownloadOptions, "signal" | "onProgress">
    & { readonly idleTimeout: number },
): Promise<void> {
  const hash = createHash("sha256");
  let received = 0;
  using file = await Deno.open(path, { write: true, createNew: true });
  const idle = new AbortController();
  const giveUp = () => idle.abort(new Error(`the server sent nothing for ${idleTimeout / 1000} s`));
  let timer = setTimeout(giveUp, idleTimeout);
  try {
    const response = await fetch(url, {
      signal: signal === undefined ? idle.signal : AbortSignal.any([idle.signal, signal]),
    });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd());
    }
    for await (const chunk of response.body) {
      clearTimeout(timer);
      received += chunk.length;
      if (received > bytes) break;
      hash.update(chunk);
      await writeAll(file, chunk);
      onProgress?.(received, bytes);
      timer = setTimeout(giveUp, idleTimeout);
    }
  } catch (error) {
    signal?.throwIfAborted();
    const cause = idle.signal.aborted ? idle.signal.reason : error;
    throw new Error(`Cannot download ${url}: ${reasonOf(cause, url)}`, { cause });
  } finally {
    clearTimeout(timer);
  }
  if (received !== bytes) {
    const got = received > bytes ? "more came" : `${received} came`;
    throw new Error(`Cannot download ${url}: its length must be ${bytes} bytes, but ${got}`);
  }
  const digest = hash.digest("hex");
  if (digest !== sha256) {
    throw new Error(`Cannot download ${url}: its sha256 must be ${sha256}, but is ${digest}`);
  }
}

/** Unpacks the members, checks each and leaves it in the folder under its sha256 as name. */
async function unpack(
  { url, members }: DatasetArchive,
  path: string,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const missing = new Map(members.map(({ name, file }) => [name, file.sha256]));
  const archive = await Deno.open(path);
  try {
    const entries = archive.readable
      .pipeThrough(new DecompressionStream("gzip"))
      .pipeThrough(createTarDecoder());
    for await (const { header, body } of entries) {
      signal?.throwIfAborted();
      const sha256 = missing.get(header.name);
      if (sha256 === undefined) {
        await body.cancel();
        continue;
      }
      const digest = await writeHashed(body, join(folder, sha256));
      if (digest !== sha256) {
        throw new Error(`the sha256 of ${header.name} must be ${sha256}, but is ${digest}`);
      }
      missing.delete(header.name);
    }
    for (const name of missing.keys()) throw new Error(`there is no ${name} in it`);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`Cannot unpack ${url}: ${reasonOf(error, url)}`, { cause: error });
  }
}

/** Writes the stream to a new file and returns the sha256 of its bytes. */
async function writeHashed(stream: ReadableStream<Uint8Array>, path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path, { write: true, createNew: true });
  for await (const chunk of stream) {
    hash.update(chunk);
    await writeAll(file, chunk);
  }
  return hash.digest("hex");
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** The innermost reason on one line, without the address, which the sentence around it has already. */
function reasonOf(error: unknown, url: string): string {
  let reason = error;
  while (reason instanceof Error && reason.cause !== undefined) reason = reason.cause;
  const text = reason instanceof Error ? reason.message : String(reason);
  return text.replace(` for url (${url})`, "").split("\n")[0]!;
}
