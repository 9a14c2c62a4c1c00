import type { Tensor } from "./checkpoint.ts";
import { explain } from "./explain.ts";
import type { ParseOptions } from "./parse_options.ts";
import {
  decodeValues,
  itemSizes,
  type StoredType,
  swapBytes,
  writtenType,
} from "./stored_values.ts";
import { elementCount, gatherStrided, parseShape, rowMajorStrides } from "./strided.ts";

const storedTypes: Readonly<Record<string, StoredType>> = {
  f8: "float64",
  f4: "float32",
  f2: "float16",
  i8: "int64",
  i4: "int32",
  i2: "int16",
  i1: "int8",
  u1: "uint8",
  b1: "bool",
};
const descrs = new Map(Object.entries(storedTypes).map(([descr, type]) => [type, descr]));

/** "\x93NUMPY" */
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;

/** As in NumPy. */
const maximalHeader = 10_000;

/**
 * Reads one array in NumPy's .npy format, versions 1 to 3 (numpy.lib.format), of either byte order and either memory
 * order. Floating types become float32. O(n).
 *
 * @throws {SyntaxError} If the bytes are cut off or damaged, or if more bytes follow the array.
 * @throws {TypeError} If the values are not of type f8, f4, f2, i8, i4, i2, i1, u1 or b1.
 * @throws {RangeError} If an f8 value lies beyond the range of float32.
 *
 * @example
 * ```ts
 * import { parseNpy } from "@bitbell/bitbell/checkpoints";
 * import { assertEquals } from "@std/assert";
 *
 * const header = "{'descr': '|i1', 'fortran_order': False, 'shape': (3,), }\n";
 * const text = `\x93NUMPY\x01\x00${String.fromCharCode(header.length)}\x00${header}abc`;
 * const { shape, data } = parseNpy(Uint8Array.from(text, (c) => c.charCodeAt(0)));
 *
 * assertEquals(shape, [3]);
 * assertEquals(data, new Int8Array([97, 98, 99]));
 * ```
 */
export function parseNpy(
  bytes: Uint8Array,
  { source = "the bytes" }: ParseOptions = {},
): Tensor {
  return explain(`Cannot read ${source} as a NumPy array`, () => {
    const { type, bigEndian, fortranOrder, shape, dataStart } = readHeader(bytes);
    const itemSize = itemSizes[type];
    const end = dataStart + elementCount(shape) * itemSize;
    if (bytes.length < end) {
      throw new SyntaxError(
        `the data end at byte ${bytes.length}, inside the values, which end at byte ${end}`,
      );
    }
    if (bytes.length > end) {
      throw new SyntaxError(
        `${bytes.length - end} bytes follow the values, which end at byte ${end}`,
      );
    }
    const strides = fortranOrder
      ? rowMajorStrides(shape.toReversed()).toReversed()
      : rowMajorStrides(shape);
    const view = { offset: 0, shape, strides };
    const packed = gatherStrided(bytes.subarray(dataStart), itemSize, view);
    return { shape, data: decodeValues(bigEndian ? swapBytes(packed, itemSize) : packed, type) };
  });
}

/** Whether the bytes begin with NumPy's magic text. */
export function looksLikeNpy(bytes: Uint8Array): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

interface NpyHeader {
  readonly type: StoredType;
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  readonly dataStart: number;
}

function readHeader(bytes: Uint8Array): NpyHeader {
  if (!looksLikeNpy(bytes)) throw new SyntaxError("at byte 0 stands no NumPy magic text");
  const version = bytes[6];
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) {
    throw new SyntaxError(`the data end at byte ${bytes.length}, before the header`);
  }
  if (version !== 1 && version !== 2 && version !== 3) {
    throw new SyntaxError(`at byte 6 stands version ${version}, which is unknown`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataStart = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (dataStart - start > maximalHeader) {
    throw new SyntaxError(`the header at byte ${start} has more than ${maximalHeader} bytes`);
  }
  if (dataStart > bytes.length) {
    throw new SyntaxError(
      `the data end at byte ${bytes.length}, inside the header, which ends at byte ${dataStart}`,
    );
  }
  const text = new TextDecoder().decode(bytes.subarray(start, dataStart));
  return { ...parseDictionary(text, start), dataStart };
}

/** The header is a Python dictionary written out, of three keys in any order. */
function parseDictionary(text: string, start: number): Omit<NpyHeader, "dataStart"> {
  const find = (key: string, value: string) =>
    text.match(`^\\{.*'${key}': *${value} *(?=[,}]).*\\}\\s*$`)?.[1];
  const order = find("fortran_order", "(True|False)");
  const lengths = find("shape", "\\(([\\dL, ]*)\\)");
  if (order === undefined || lengths === undefined || !/'descr':/.test(text)) {
    throw new SyntaxError(`the header at byte ${start} lacks descr, fortran_order or shape`);
  }
  const descr = find("descr", "'([^']*)'") ?? "structured";
  const type = storedTypes[descr.slice(1)];
  if (!type || !/^[<>=|]/.test(descr)) {
    const known = Object.keys(storedTypes).join(", ");
    throw new TypeError(`values of type ${descr} are not supported, only those of ${known}`);
  }
  const shape = parseShape((lengths.match(/\d+/g) ?? []).map(Number));
  return { type, bigEndian: descr.startsWith(">"), fortranOrder: order === "True", shape };
}

/** As in NumPy: the values of an array begin at a multiple of it. */
const alignment = 64;

/**
 * Writes one array in version 1 of the format, row-major; booleans have become `u1`. O(n).
 *
 * @param name What errors call the tensor.
 *
 * @throws {TypeError} If the shape disagrees with the data.
 */
export function serializeNpy(name: string, tensor: Tensor): Uint8Array<ArrayBuffer> {
  const { shape, data } = tensor;
  const type = writtenType(name, tensor);
  const descr = `${itemSizes[type] === 1 ? "|" : "<"}${descrs.get(type)}`;
  const lengths = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${lengths}), }`;
  const dataStart = Math.ceil((10 + text.length + 1) / alignment) * alignment;
  const bytes = new Uint8Array(dataStart + data.byteLength);
  bytes.set([...magic, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, dataStart - 10, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(dataStart - 11)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataStart);
  return bytes;
}
