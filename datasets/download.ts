import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { createTarDecoder } from "modern-tar";
import { type DatasetArchive, type DatasetEntry, findDatasetEntry } from "./catalog.ts";
import { cacheFolder } from "./find_data.ts";

/** Options of {@linkcode downloadDataset}. */
export interface DownloadOptions {
  /** Where the data set's folder is made. @default {cacheFolder()} */
  readonly folder?: string;
  /** Aborting it stops the download and leaves nothing behind. */
  readonly signal?: AbortSignal;
  /** Called with the bytes received, and the bytes of the whole archive. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What {@linkcode downloadDataset} did. */
export interface DownloadReport {
  /** `present`: all files were there already, and nothing was fetched. */
  readonly status: "downloaded" | "present";
  readonly folder: string;
  /** Paths inside the folder. */
  readonly files: readonly string[];
}

/** Unfinished downloads lie in folders of this prefix; what a killed process left is removed after a day. */
const unfinished = ".unfinished-";
const oneDay = 24 * 60 * 60 * 1000;

/**
 * Downloads a data set from its official source into the data folder.
 *
 * Size and sha256 of the archive are checked while it streams to the disk; its files are unpacked beside their destination, and
 * appear there, by renaming, only when all is complete.
 *
 * @param dataset The name of a data set of the catalog, or an entry of one's own.
 *
 * @throws {RangeError} If the catalog has no such data set, or nothing is to be downloaded for it.
 * @throws {Error} If the server can't be reached, refuses, or sends something else than the catalog tells; the message names
 * the address and the reason, in one line.
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
  { folder = cacheFolder(), signal, onProgress }: DownloadOptions = {},
): Promise<DownloadReport> {
  const { name, archive, homepage } = typeof dataset === "string"
    ? findDatasetEntry(dataset)
    : dataset;
  if (archive === undefined) {
    const instead = homepage === undefined ? "it is generated" : `get it from ${homepage}`;
    throw new RangeError(`Cannot download ${name} as there is nothing to download: ${instead}`);
  }
  signal?.throwIfAborted();
  const files = archive.members.map(({ file }) => file.path);
  if (await isComplete(folder, archive)) return { status: "present", folder, files };

  await Deno.mkdir(folder, { recursive: true });
  await removeAbandoned(folder);
  const workshop = await Deno.makeTempDir({ dir: folder, prefix: `${unfinished}${name}-` });
  try {
    const path = join(workshop, "archive");
    await fetchArchive(archive, path, signal, onProgress);
    await unpack(archive, path, workshop, signal);
    for (const { file } of archive.members) {
      const destination = join(folder, file.path);
      await Deno.mkdir(dirname(destination), { recursive: true });
      await Deno.rename(join(workshop, file.sha256), destination);
    }
  } finally {
    await Deno.remove(workshop, { recursive: true });
  }
  return { status: "downloaded", folder, files };
}

/** Whether all files are there in full length: they are renamed into place only when complete. */
async function isComplete(folder: string, { members }: DatasetArchive): Promise<boolean> {
  for (const { file } of members) {
    try {
      if ((await Deno.stat(join(folder, file.path))).size !== file.bytes) return false;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }
  return true;
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
  signal?: AbortSignal,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const hash = createHash("sha256");
  let received = 0;
  using file = await Deno.open(path, { write: true, createNew: true });
  try {
    const response = await fetch(url, { ...(signal && { signal }) });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd());
    }
    for await (const chunk of response.body) {
      received += chunk.length;
      if (received > bytes) break;
      hash.update(chunk);
      await writeAll(file, chunk);
      onProgress?.(received, bytes);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`Cannot download ${url}: ${reasonOf(error, url)}`, { cause: error });
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
