import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import type { DatasetArchive, FileArchive, FolderArchive } from "./catalog.ts";
import { imageExtension } from "./decode_image.ts";
import { reasonOf, writeAll } from "./fetch_file.ts";

/** What an archive may hold beyond the files that are wanted, in bytes: other files, headers, padding. */
const allowance = 4 * 2 ** 20;

/** Images are compressed already: a folder of them doesn't unpack to many times the archive. */
const largestExpansion = 2;

/** How many bytes there may be for each byte of members: of small files there are as many of headers and padding. */
const largestOverhead = 2;

/** How many members there may be beside the images: folders and lists of them. */
const otherMembers = 4096;

/**
 * Unpacks a `.tar.gz` into the folder: of a {@linkcode FileArchive} each wanted member under its sha256 as name, of a
 * {@linkcode FolderArchive} its folder.
 *
 * Nothing of an archive is believed: absolute paths, paths with "..", links and special files are refused, wherever they stand, and so
 * is what unpacks to more than the catalog tells.
 *
 * @throws {Error} If it can't be unpacked, lacks what is wanted, or something in it is refused; one line with the address and the member.
 */
export async function unpackArchive(
  archive: DatasetArchive,
  path: string,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    if ("members" in archive) await unpackFiles(archive, path, folder, signal);
    else await unpackFolder(archive, path, folder, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`Cannot unpack ${archive.url}: ${reasonOf(error, archive.url)}`, {
      cause: error,
    });
  }
}

async function unpackFiles(
  { members }: FileArchive,
  path: string,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const missing = new Map(members.map(({ name, file }) => [name, file]));
  const limit = members.reduce((sum, { file }) => sum + file.bytes, allowance);
  for await (const { header: { name, size }, body } of readMembers(path, limit, signal)) {
    const file = missing.get(name);
    if (file === undefined) {
      await body.cancel();
      continue;
    }
    if (size !== file.bytes) {
      throw new Error(`the length of ${name} must be ${file.bytes} bytes, but is ${size}`);
    }
    const digest = await writeHashed(body, join(folder, file.sha256));
    if (digest !== file.sha256) {
      throw new Error(`the sha256 of ${name} must be ${file.sha256}, but is ${digest}`);
    }
    missing.delete(name);
  }
  for (const name of missing.keys()) throw new Error(`there is no ${name} in it`);
}

async function unpackFolder(
  archive: FolderArchive,
  path: string,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const limit = largestExpansion * archive.bytes + allowance;
  const images = Object.values(archive.images).reduce((sum, count) => sum + count);
  let members = 0;
  for await (const { header, body } of readMembers(path, limit, signal)) {
    const name = header.name.replace(/^(\.\/+)+/, "");
    members += 1;
    if (members > images + otherMembers) {
      throw new Error(`there are more members than ${images} images explain: ${header.name}`);
    }
    if (header.type === "directory" || !name.startsWith(`${archive.folder}/`)) {
      await body.cancel();
      continue;
    }
    const destination = join(folder, name);
    await Deno.mkdir(dirname(destination), { recursive: true });
    await writeHashed(body, destination);
  }
  for (const [name, count] of Object.entries(archive.images)) {
    const found = await countImages(join(folder, archive.folder, name));
    if (found !== count) {
      throw new Error(
        `there must be ${count} images in ${archive.folder}/${name}, but are ${found}`,
      );
    }
  }
}

/** How many images there are in the folder and those in it; none where it isn't there. */
export async function countImages(folder: string): Promise<number> {
  let count = 0;
  try {
    for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
      if (isDirectory) count += await countImages(join(folder, name));
      else if (isFile && imageExtension.test(name)) count += 1;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return count;
}

/** The members of an archive, one by one, none of which may lead out of the folder; together they are within the limit. */
async function* readMembers(
  path: string,
  limit: number,
  signal?: AbortSignal,
): AsyncGenerator<ParsedTarEntry> {
  let total = 0;
  const archive = await Deno.open(path);
  const members = archive.readable
    .pipeThrough(new DecompressionStream("gzip"))
    .pipeThrough(atMost(largestOverhead * limit))
    .pipeThrough(createTarDecoder({ strict: true }));
  for await (const member of members) {
    signal?.throwIfAborted();
    const { name, type, size } = member.header;
    requireHarmless(name, type);
    total += size;
    if (total > limit) throw new Error(`it unpacks to more than ${limit} bytes, at ${name}`);
    yield member;
  }
}

/** Passes so many bytes: headers and padding are no members, and are held back by this alone. */
function atMost(limit: number): TransformStream<Uint8Array, Uint8Array> {
  let passed = 0;
  return new TransformStream({
    transform(chunk, controller) {
      passed += chunk.length;
      if (passed > limit) {
        throw new Error(`it unpacks to more than ${limit} bytes, many of which are no members`);
      }
      controller.enqueue(chunk);
    },
  });
}

function requireHarmless(name: string, type = "file"): void {
  if (type !== "file" && type !== "directory") {
    throw new Error(`${name} is a ${type}, and only files and folders are unpacked`);
  }
  const steps = name.split(/[/\\]/);
  if (steps[0] === "" || /^[a-z]:/i.test(name) || steps.includes("..")) {
    throw new Error(`${JSON.stringify(name)} may lead out of the folder`);
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
