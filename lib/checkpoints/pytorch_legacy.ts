import { byteLength, type PyTorchContainer, unpickleStorages } from "./pytorch_container.ts";
import type { StorageReference } from "./pytorch_globals.ts";

const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;

/**
 * Reads the stream of PyTorch before 1.6: pickles of a magic number, a protocol version, notes on the machine, the saved
 * object and the keys of its storages, and then for each key an int64 count and the values.
 */
export function readLegacy(bytes: Uint8Array): PyTorchContainer {
  let position = 0;
  const next = () => {
    const read = unpickleStorages(bytes, position);
    position = read.end;
    return read;
  };

  if (next().value !== magicNumber) {
    throw new SyntaxError("at byte 0 stands something else than PyTorch's magic number");
  }
  const version = next().value;
  if (version !== protocolVersion) {
    throw new SyntaxError(`the protocol is not ${protocolVersion}, before byte ${position}`);
  }
  const system = next().value;
  if (!(system instanceof Map) || system.get("little_endian") !== true) {
    throw new SyntaxError(
      `it was written on a big-endian machine, which is not read: see the notes before byte ${position}`,
    );
  }
  const { value: root, storages } = next();
  const keys = next().value;
  if (!Array.isArray(keys)) {
    throw new SyntaxError(`the list of storages is missing, before byte ${position}`);
  }
  const { contents, problem } = sliceStorages(bytes, position, keys, storages);
  return {
    format: "pytorch-legacy",
    root,
    readBytes: ({ key }) => {
      const content = contents.get(key);
      if (!content) throw problem ?? new SyntaxError(`storage ${key} is not in the file`);
      return content;
    },
    assertWhole: () => {
      if (problem) throw problem;
    },
  };
}

/**
 * Finds every storage, those of the optimizer too: each one's place follows from the ones before. Ends at the first problem,
 * which is for the caller to throw, who knows the name of the tensor.
 */
function sliceStorages(
  bytes: Uint8Array,
  start: number,
  keys: readonly unknown[],
  storages: ReadonlyMap<string, StorageReference>,
): { contents: ReadonlyMap<string, Uint8Array>; problem?: SyntaxError } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const contents = new Map<string, Uint8Array>();
  const stop = (reason: string) => ({ contents, problem: new SyntaxError(reason) });
  let position = start;
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (!storage) return stop(`at byte ${position} follows a storage that nothing refers to`);
    const end = position + 8 + byteLength(storage);
    if (end > bytes.length) {
      return stop(
        `the file ends at byte ${bytes.length}, inside storage ${storage.key} (bytes ${position} to ${end})`,
      );
    }
    const size = view.getBigInt64(position, true);
    if (size !== BigInt(storage.size)) {
      return stop(
        `storage ${storage.key} has ${size} values at byte ${position}, but ${storage.size} in the pickle`,
      );
    }
    contents.set(storage.key, bytes.subarray(position + 8, end));
    position = end;
  }
  return { contents };
}
