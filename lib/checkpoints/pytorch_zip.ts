import type { FileEntry } from "@zip.js/zip.js";
import { explain } from "./explain.ts";
import { byteLength, type PyTorchContainer, unpickleStorages } from "./pytorch_container.ts";
import type { StorageReference } from "./pytorch_globals.ts";
import { readEntries, unpackEntry } from "./zip_archive.ts";

/** Reads the zip archive of PyTorch 1.6 and later: `data.pkl` and one uncompressed record per storage. */
export async function readZip(bytes: Uint8Array): Promise<PyTorchContainer> {
  const entries = await readEntries(bytes);
  const pickleName = [...entries.keys()].find(isPickle);
  if (pickleName === undefined) {
    throw new SyntaxError("the zip archive has no data.pkl, so PyTorch did not write it");
  }
  const root = pickleName.slice(0, -"data.pkl".length);
  if (entries.has(`${root}constants.pkl`)) {
    throw new SyntaxError("it is a TorchScript program: save the network's state_dict instead");
  }
  const byteOrder = entries.get(`${root}byteorder`);
  if (byteOrder && new TextDecoder().decode(await readEntry(byteOrder, bytes)) !== "little") {
    throw new SyntaxError("it was written on a big-endian machine, which is not read");
  }
  const pickle = await readEntry(entries.get(pickleName)!, bytes);
  const { value } = explain(pickleName, () => unpickleStorages(pickle));

  const contents = new Map<string, Uint8Array>();
  const readBytes = async (storage: StorageReference) => {
    const name = `${root}data/${storage.key}`;
    const known = contents.get(name);
    if (known) return known;
    const entry = entries.get(name);
    if (!entry) throw new SyntaxError(`the zip archive has no ${name}`);
    if (entry.uncompressedSize !== byteLength(storage)) {
      throw new SyntaxError(
        `${name} has ${entry.uncompressedSize} bytes, but the pickle says ${byteLength(storage)}`,
      );
    }
    const content = await readEntry(entry, bytes);
    contents.set(name, content);
    return content;
  };
  return { format: "pytorch-zip", root: value, readBytes, assertWhole: () => {} };
}

/** Whether a record of a zip archive has the name of the pickle that PyTorch writes. */
export function isPickle(name: string): boolean {
  return /^([^/]+\/)?data\.pkl$/.test(name);
}

async function readEntry(entry: FileEntry, bytes: Uint8Array): Promise<Uint8Array> {
  // PyTorch never compresses, so a record cannot be larger than the archive: no bomb can go off.
  if (entry.compressionMethod !== 0 || entry.encrypted) {
    throw new SyntaxError(`${entry.filename} is compressed or encrypted, which PyTorch never does`);
  }
  if (entry.uncompressedSize > bytes.length) {
    throw new SyntaxError(
      `${entry.filename} has ${entry.uncompressedSize} bytes, but the file ends at byte ${bytes.length}`,
    );
  }
  return await unpackEntry(entry, bytes);
}
