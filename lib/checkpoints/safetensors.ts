import type { Checkpoint, Tensor } from "./checkpoint.ts";
import { explain } from "./explain.ts";
import { withFormat, withoutFormat } from "./format.ts";
import { assertUniqueKeys } from "./json_keys.ts";
import type { ParseOptions } from "./parse_options.ts";
import { decodeValues, itemSizes, type StoredType, writtenType } from "./stored_values.ts";
import { elementCount, parseShape, parseWholeNumbers } from "./strided.ts";

const storedTypes: Readonly<Record<string, StoredType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U8: "uint8",
  BOOL: "bool",
};
const dtypes = new Map(Object.entries(storedTypes).map(([dtype, type]) => [type, dtype]));

/** As in the reference implementation. */
const maximalHeader = 100_000_000;

const metadataKey = "__metadata__";

/**
 * Reads a safetensors file with the checks of the reference implementation (huggingface/safetensors): a header of 100 MB
 * at most, every name once, offsets that begin at 0 and leave neither gap nor overlap nor rest, sizes that agree with type
 * and shape. Tensors come in the order of their data; the file's metadata are kept, and `metadata.format` is
 * "safetensors" where the file says nothing of a format. O(n).
 *
 * @throws {SyntaxError} If the bytes are cut off or damaged.
 * @throws {TypeError} If a tensor has a type other than F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL.
 * @throws {RangeError} If an F64 value lies beyond the range of float32.
 *
 * @example
 * ```ts
 * import { parseSafetensors, serializeSafetensors } from "@bitbell/bitbell/checkpoints";
 * import { assertEquals } from "@std/assert";
 *
 * const weight = { shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) };
 * const bytes = serializeSafetensors({ tensors: new Map([["weight", weight]]), metadata: {} });
 * const { tensors, metadata } = parseSafetensors(bytes);
 *
 * assertEquals(tensors.get("weight"), weight);
 * assertEquals(metadata, { format: "safetensors" });
 * ```
 */
export function parseSafetensors(
  bytes: Uint8Array,
  { source = "the bytes" }: ParseOptions = {},
): Checkpoint {
  return explain(`Cannot read ${source} as safetensors`, () => {
    const { header, dataStart } = readHeader(bytes);
    const { [metadataKey]: notes, ...entries } = header;
    const metadata = notes ?? {};
    assertTexts(metadata);
    const records = Object.entries(entries).map(([name, entry]) =>
      explain(`tensor ${name}`, () => readRecord(name, entry))
    ).sort((a, b) => a.begin - b.begin || a.end - b.end);
    assertContiguous(records, bytes.length - dataStart, dataStart);

    const tensors = new Map<string, Tensor>();
    for (const { name, type, shape, begin, end } of records) {
      const packed = bytes.subarray(dataStart + begin, dataStart + end);
      const data = explain(`tensor ${name}`, () => decodeValues(packed, type));
      tensors.set(name, { shape, data });
    }
    return { tensors, metadata: withFormat("safetensors", metadata) };
  });
}

/** Whether the bytes begin with a length that a header can have and then with that header. */
export function looksLikeSafetensors(bytes: Uint8Array): boolean {
  return bytes[8] === 0x7b && headerLength(bytes) <= maximalHeader;
}

function headerLength(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Number(view.getBigUint64(0, true));
}

function readHeader(
  bytes: Uint8Array,
): { header: Readonly<Record<string, unknown>>; dataStart: number } {
  if (bytes.length < 8) {
    throw new SyntaxError(`the data end at byte ${bytes.length}, inside the length of the header`);
  }
  const length = headerLength(bytes);
  if (length > maximalHeader) {
    throw new SyntaxError(
      `the header has ${length} bytes, as stands at byte 0: more than ${maximalHeader}`,
    );
  }
  const dataStart = 8 + length;
  if (dataStart > bytes.length) {
    throw new SyntaxError(
      `the data end at byte ${bytes.length}, inside the header, which ends at byte ${dataStart}`,
    );
  }
  if (bytes[8] !== 0x7b) throw new SyntaxError("at byte 8 the header does not begin with {");
  const header = explain("the header, which begins at byte 8", () => {
    const text = decodeText(bytes.subarray(8, dataStart));
    const value: unknown = JSON.parse(text);
    assertUniqueKeys(text);
    return value;
  });
  if (!isRecord(header)) throw new SyntaxError("the header is not an object");
  return { header, dataStart };
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new SyntaxError("it is not UTF-8", { cause: error });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function assertTexts(value: unknown): asserts value is Readonly<Record<string, string>> {
  if (!isRecord(value) || !Object.values(value).every((entry) => typeof entry === "string")) {
    throw new SyntaxError(`${metadataKey} holds something else than texts`);
  }
}

interface TensorRecord {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readRecord(name: string, entry: unknown): TensorRecord {
  if (!isRecord(entry)) throw new SyntaxError("its description is not an object");
  const { dtype } = entry;
  if (typeof dtype !== "string") throw new SyntaxError("it has no dtype");
  const type = Object.hasOwn(storedTypes, dtype) ? storedTypes[dtype] : undefined;
  if (!type) throw new TypeError(`values of type ${dtype} are not supported`);
  const shape = parseShape(entry.shape);
  const [begin, end, more] = parseWholeNumbers(entry.data_offsets, "pair of data_offsets");
  if (begin === undefined || end === undefined || more !== undefined) {
    throw new SyntaxError("data_offsets is not a pair");
  }
  const size = elementCount(shape) * itemSizes[type];
  if (end - begin !== size) {
    throw new SyntaxError(
      `the shape [${
        shape.join(", ")
      }] of ${dtype} takes ${size} bytes, but data_offsets are [${begin}, ${end}]`,
    );
  }
  return { name, type, shape, begin, end };
}

function assertContiguous(
  records: readonly TensorRecord[],
  dataSize: number,
  dataStart: number,
): void {
  let position = 0;
  for (const { name, begin, end } of records) {
    if (begin !== position) {
      throw new SyntaxError(
        `tensor ${name} begins at byte ${dataStart + begin}, but the data before it end at byte ${
          dataStart + position
        }`,
      );
    }
    if (end > dataSize) {
      throw new SyntaxError(
        `the data end at byte ${dataStart + dataSize}, inside tensor ${name}, which ends at byte ${
          dataStart + end
        }`,
      );
    }
    position = end;
  }
  if (position !== dataSize) {
    throw new SyntaxError(
      `${dataSize - position} bytes that belong to no tensor follow at byte ${
        dataStart + position
      }`,
    );
  }
}

/**
 * Writes a checkpoint as safetensors. Tensors of 8-byte values go first, then 4, 2 and 1 byte, each group in the order of the checkpoint, so that
 * every array begins at a multiple of its item size. Booleans are written as U8; `metadata.format` is left out where it is
 * what a loader of this library put there. O(n).
 *
 * @throws {TypeError} If a shape disagrees with its data, or if metadata holds something else than texts.
 * @throws {RangeError} If a tensor is named `__metadata__`, or if the header gets longer than 100 MB.
 *
 * @example
 * ```ts
 * import { parseSafetensors, serializeSafetensors } from "@bitbell/bitbell/checkpoints";
 * import { assertEquals } from "@std/assert";
 *
 * const bias = { shape: [2], data: new Float32Array([0.5, -0.5]) };
 * const bytes = serializeSafetensors({ tensors: new Map([["bias", bias]]), metadata: { bits: "4" } });
 *
 * assertEquals(serializeSafetensors(parseSafetensors(bytes)), bytes);
 * ```
 */
export function serializeSafetensors(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  return explain("Cannot write the checkpoint as safetensors", () => {
    const tensors = [...checkpoint.tensors]
      .sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
    const metadata = withoutFormat(checkpoint.metadata);
    const header = encodeHeader(tensors, metadata);
    const dataStart = 8 + header.length;
    const dataSize = tensors.reduce((sum, [, { data }]) => sum + data.byteLength, 0);

    const bytes = new Uint8Array(dataStart + dataSize);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(header, 8);
    let position = dataStart;
    for (const [, { data }] of tensors) {
      bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
      position += data.byteLength;
    }
    return bytes;
  });
}

function encodeHeader(
  tensors: readonly (readonly [string, Tensor])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const fields: string[] = [];
  if (Object.keys(metadata).length > 0) {
    if (!Object.values(metadata).every((value) => typeof value === "string")) {
      throw new TypeError("metadata holds something else than texts");
    }
    fields.push(`${JSON.stringify(metadataKey)}:${JSON.stringify(metadata)}`);
  }
  let offset = 0;
  for (const [name, tensor] of tensors) {
    if (name === metadataKey) throw new RangeError(`a tensor cannot have the name ${metadataKey}`);
    const dtype = dtypes.get(writtenType(name, tensor));
    const end = offset + tensor.data.byteLength;
    const entry = { dtype, shape: tensor.shape, data_offsets: [offset, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset = end;
  }
  const text = new TextEncoder().encode(`{${fields.join(",")}}`);
  const header = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  header.set(text);
  if (header.length > maximalHeader) {
    throw new RangeError(
      `the header takes ${header.length} bytes, more than ${maximalHeader}`,
    );
  }
  return header;
}
