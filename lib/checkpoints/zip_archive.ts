import type { Entry, FileEntry } from "@zip.js/zip.js";

/** Whether the bytes begin with a record of a zip archive, or are an archive without any. */
export function looksLikeZip(bytes: Uint8Array): boolean {
  const [p, k, third, fourth] = bytes;
  return p === 0x50 && k === 0x4b && (third === 3 && fourth === 4 || third === 5 && fourth === 6);
}

/** The files of the archive by name, in the order of its directory; none of them is read. */
export async function readEntries(bytes: Uint8Array): Promise<ReadonlyMap<string, FileEntry>> {
  // Loaded where it is needed only, for it takes longer than most files.
  const { Uint8ArrayReader, ZipReader } = await import("@zip.js/zip.js");
  // Names are keys, and nothing is unpacked to a path: /a and ../a do no harm, and NumPy writes them.
  const options = { useWebWorkers: false, filenameValidation: "tolerant" } as const;
  const reader = new ZipReader(new Uint8ArrayReader(bytes), options);
  const entries = new Map<string, FileEntry>();
  for (const entry of await undamaged(bytes, "its directory", () => reader.getEntries())) {
    if (!isFile(entry)) continue;
    if (entries.has(entry.filename)) {
      throw new SyntaxError(`the zip archive has two records named ${entry.filename}`);
    }
    entries.set(entry.filename, entry);
  }
  return entries;
}

function isFile(entry: Entry): entry is FileEntry {
  return !entry.directory;
}

/** The content of a file of the archive, which never gets longer than its record says; its checksum is verified. */
export async function unpackEntry(entry: FileEntry, bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(
    await undamaged(
      bytes,
      entry.filename,
      () => entry.arrayBuffer({ useWebWorkers: false, checkCrc32: true }),
    ),
  );
}

async function undamaged<T>(bytes: Uint8Array, what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(
      `the zip archive, which ends at byte ${bytes.length}, is cut off or damaged in ${what}: ${reason}`,
      { cause: error },
    );
  }
}

/** 1 January 1980, the first that the format knows: year since then, month and day above the bits of the time. */
const firstDate = (1 << 5 | 1) << 16;

/** Packs files into a zip archive, uncompressed: the same files give the same bytes. */
export async function packZip(
  files: Iterable<readonly [name: string, content: Uint8Array]>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } = await import("@zip.js/zip.js");
  const writer = new ZipWriter(new Uint8ArrayWriter(), {
    level: 0,
    useWebWorkers: false,
    extendedTimestamp: false,
    rawLastModDate: firstDate,
  });
  for (const [name, content] of files) await writer.add(name, new Uint8ArrayReader(content));
  return await writer.close();
}
