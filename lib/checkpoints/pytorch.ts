import type { Checkpoint, Tensor } from "./checkpoint.ts";
import { explain, explainAsync } from "./explain.ts";
import { withFormat } from "./format.ts";
import { stripModulePrefix } from "./module_prefix.ts";
import type { ParseOptions } from "./parse_options.ts";
import type { PyTorchContainer } from "./pytorch_container.ts";
import { isTensorReference, type TensorReference } from "./pytorch_globals.ts";
import { readLegacy } from "./pytorch_legacy.ts";
import { readZip } from "./pytorch_zip.ts";
import { decodeValues, isStoredType } from "./stored_values.ts";
import { elementCount, gatherStrided } from "./strided.ts";
import { looksLikeZip } from "./zip_archive.ts";

/**
 * Reads what `torch.save` wrote: the zip archive of PyTorch 1.6 and later (checksums are verified) or the stream before
 * it. The saved object is a dictionary of tensors, or holds one under `state_dict` or `model_state_dict`; whatever else
 * stands there (an optimizer's state, numbers, texts) is left out, and the prefix `module.` is removed where all names
 * have it. Views, transposed or expanded tensors and tensors that share a storage become arrays of their own.
 *
 * The pickle inside is interpreted by an allow-list of opcodes and globals; nothing in it is executed.
 * `metadata.format` is "pytorch-zip" or "pytorch-legacy".
 *
 * @throws {SyntaxError} If the bytes are cut off, damaged or from a big-endian machine, or if the pickle names a global
 * that is not on the list.
 * @throws {TypeError} If there are no tensors, or if one of them has a type other than float64, float32, float16,
 * bfloat16, int64, int32, int16, int8, uint8 and bool.
 * @throws {RangeError} If a float64 value lies beyond the range of float32.
 *
 * @example
 * ```ts
 * import { parsePyTorch } from "@bitbell/bitbell/checkpoints";
 * import { assertRejects } from "@std/assert";
 *
 * const pickle = Uint8Array.from("\x80\x02cposix\nsystem\n", (c) => c.charCodeAt(0));
 * await assertRejects(() => parsePyTorch(pickle), SyntaxError, "posix.system at byte 2");
 * ```
 */
export async function parsePyTorch(
  bytes: Uint8Array,
  { source = "the bytes" }: ParseOptions = {},
): Promise<Checkpoint> {
  return await explainAsync(`Cannot read ${source} as a PyTorch checkpoint`, async () => {
    const container = await open(bytes);
    const references = selectTensors(container.root);
    assertSize(references, bytes.length);
    const tensors = new Map<string, Tensor>();
    for (const [name, reference] of references) {
      const tensor = await explainAsync(`tensor ${name}`, () => readTensor(reference, container));
      tensors.set(name, tensor);
    }
    container.assertWhole();
    return { tensors: stripModulePrefix(tensors), metadata: withFormat(container.format) };
  });
}

/** Whether the bytes begin as one of the two containers does. */
export function looksLikePyTorch(bytes: Uint8Array): boolean {
  return looksLikeZip(bytes) || looksLikeLegacy(bytes);
}

/** Protocol 2 and later begin with an opcode of their own; protocol 1 with the magic number in decimal digits. */
function looksLikeLegacy(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 || bytes[0] === 0x4c && bytes[1] === 0x31 && bytes[2] === 0x31;
}

async function open(bytes: Uint8Array): Promise<PyTorchContainer> {
  if (looksLikeZip(bytes)) return await readZip(bytes);
  if (looksLikeLegacy(bytes)) return readLegacy(bytes);
  throw new SyntaxError("at byte 0 stands neither a zip archive nor PyTorch's magic number");
}

const wrappers = ["state_dict", "model_state_dict"] as const;

function selectTensors(root: unknown): ReadonlyMap<string, TensorReference> {
  if (!(root instanceof Map)) {
    throw new TypeError("what was saved is not a dictionary of tensors");
  }
  const state = wrappers.map((key) => root.get(key)).find((value) => value instanceof Map) ?? root;
  const tensors = new Map<string, TensorReference>();
  for (const [name, value] of state) {
    if (typeof name === "string" && isTensorReference(value)) tensors.set(name, value);
  }
  if (tensors.size === 0) {
    const keys = [...root.keys()].filter((key) => typeof key === "string").slice(0, 10).join(", ");
    throw new TypeError(
      `there is no tensor at the top level, under ${wrappers.join(" or under ")}; keys: ${
        keys || "none"
      }`,
    );
  }
  return tensors;
}

/** A few bytes can describe an enormous tensor, by strides of 0 or by many views of one storage. */
function assertSize(references: ReadonlyMap<string, TensorReference>, fileSize: number): void {
  const limit = 16 * fileSize + 2 ** 24;
  let values = 0;
  for (const [name, { shape }] of references) {
    values += explain(`tensor ${name}`, () => elementCount(shape));
    if (values > limit) {
      throw new RangeError(
        `up to tensor ${name} it describes ${values} values, too many for a file of ${fileSize} bytes`,
      );
    }
  }
}

async function readTensor(
  reference: TensorReference,
  { readBytes }: PyTorchContainer,
): Promise<Tensor> {
  const { storage, shape } = reference;
  const { type, itemSize } = storage.storageType;
  if (!isStoredType(type)) throw new TypeError(`values of type ${type} are not supported`);
  const packed = gatherStrided(await readBytes(storage), itemSize, reference);
  return { shape, data: decodeValues(packed, type) };
}
