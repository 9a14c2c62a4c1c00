import { unpickle } from "./pickle.ts";
import { pytorchGlobals, readStorage, type StorageReference } from "./pytorch_globals.ts";

/** A PyTorch file once its pickle is read: what was saved, and a way to the bytes of each storage. */
export interface PyTorchContainer {
  readonly format: "pytorch-zip" | "pytorch-legacy";
  readonly root: unknown;
  readonly readBytes: (storage: StorageReference) => Uint8Array | Promise<Uint8Array>;
  /** Throws if the file lacks anything, even what no tensor of interest needs. */
  readonly assertWhole: () => void;
}

/** Reads a pickle of PyTorch's and notes every storage that it refers to. */
export function unpickleStorages(
  bytes: Uint8Array,
  start = 0,
): { value: unknown; end: number; storages: ReadonlyMap<string, StorageReference> } {
  const storages = new Map<string, StorageReference>();
  const persistent = (id: unknown) => {
    const storage = readStorage(id);
    const known = storages.get(storage.key);
    if (!known) storages.set(storage.key, storage);
    else if (known.size !== storage.size || known.storageType !== storage.storageType) {
      throw new SyntaxError(`storage ${storage.key} is described in two ways`);
    }
    return known ?? storage;
  };
  return { ...unpickle(bytes, { start, globals: pytorchGlobals, persistent }), storages };
}

/** Bytes that the values of a storage take. */
export function byteLength({ size, storageType }: StorageReference): number {
  return size * storageType.itemSize;
}
