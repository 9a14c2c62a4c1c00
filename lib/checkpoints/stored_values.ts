import type { Tensor, TensorData } from "./checkpoint.ts";
import { elementCount } from "./strided.ts";

/** Bytes per value of every type that a file may hold. */
export const itemSizes = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
} as const;

/** How a file stores the values of a tensor. */
export type StoredType = keyof typeof itemSizes;

export function isStoredType(name: string): name is StoredType {
  return Object.hasOwn(itemSizes, name);
}

/**
 * Copies packed little-endian values (the byte order of every machine that JavaScript runs on today) into an array of
 * their own: floating types become float32 by rounding to nearest, booleans become 0 and 1 in a `Uint8Array`.
 *
 * @throws {RangeError} If a finite float64 value lies beyond the range of float32.
 */
export function decodeValues(bytes: Uint8Array, type: StoredType): TensorData {
  const { buffer } = new Uint8Array(bytes);
  switch (type) {
    case "float64":
      return narrow(new Float64Array(buffer));
    case "float32":
      return new Float32Array(buffer);
    case "float16":
      return new Float32Array(new Float16Array(buffer));
    case "bfloat16":
      return widenBfloat16(new Uint16Array(buffer));
    case "int64":
      return new BigInt64Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "uint8":
      return new Uint8Array(buffer);
    case "bool":
      return new Uint8Array(buffer).map((value) => value === 0 ? 0 : 1);
  }
}

function narrow(wide: Float64Array): Float32Array {
  const values = new Float32Array(wide);
  for (let i = 0; i < wide.length; i++) {
    if (!Number.isFinite(values[i]) && Number.isFinite(wide[i])) {
      throw new RangeError(`value ${i} is ${wide[i]}, which float32 cannot hold`);
    }
  }
  return values;
}

/** A bfloat16 is the upper half of a float32. */
function widenBfloat16(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
  return new Float32Array(words.buffer);
}

/** Turns packed values of the other byte order round. */
export function swapBytes(bytes: Uint8Array, itemSize: number): Uint8Array {
  const swapped = new Uint8Array(bytes);
  for (let start = 0; start < swapped.length; start += itemSize) {
    swapped.subarray(start, start + itemSize).reverse();
  }
  return swapped;
}

/**
 * How the values of a tensor are written; booleans have become `uint8`.
 *
 * @throws {TypeError} If the shape isn't one, or disagrees with the data, or these are no `TensorData`.
 */
export function writtenType(name: string, { shape, data }: Tensor): StoredType {
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    throw new TypeError(
      `tensor ${name} must have a shape of whole numbers, but has [${shape.join(", ")}]`,
    );
  }
  if (elementCount(shape) !== data.length) {
    throw new TypeError(
      `tensor ${name} has the shape [${shape.join(", ")}], but ${data.length} values`,
    );
  }
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Int8Array) return "int8";
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Int16Array) return "int16";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof BigInt64Array) return "int64";
  // Types keep TypeScript from this, not JavaScript.
  const given = (data as object | null | undefined)?.constructor?.name;
  throw new TypeError(
    `tensor ${name} must hold one of the arrays of TensorData, but holds ${given}`,
  );
}
