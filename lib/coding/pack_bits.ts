import type { Codes } from "../codebooks/encode.ts";
import { maxBits } from "../codebooks/codebook.ts";

/**
 * Packs codes into as few bytes as they need, least significant bit first.
 *
 * The stream is one row of bits: bit j of code i is bit `i * bits + j` of the row, and bit k of the row is bit `k % 8` of byte
 * `k >> 3`. So a code may span up to three bytes, and 4-bit codes have the first of a pair in the low half. Bits after the last code are 0.
 *
 * Multiples of 8 codes end at a byte, for every width: such chunks may be packed and unpacked one by one. O(n).
 *
 * @param bits Width of a code, an integer in [1, 16].
 * @param out Where to write, `ceil(codes.length * bits / 8)` bytes at least, none of which is shared with `codes`; a new array otherwise. Bytes
 * beyond that many stay as they are.
 *
 * @throws {RangeError} If a code needs more bits, with its position, the width is out of its range, or `out` is too short. Nothing is written then.
 *
 * @example
 * ```ts
 * import { packBits, unpackBits } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = packBits(Uint8Array.of(1, 2, 7), 3);
 * assertEquals(bytes, Uint8Array.of(0b11_010_001, 0b1));
 * assertEquals(unpackBits(bytes, 3, 3), Uint8Array.of(1, 2, 7));
 * ```
 */
export function packBits(codes: Codes, bits: number, out?: Uint8Array): Uint8Array {
  const action = "pack codes";
  assertWidth(bits, action);
  const length = packedLength(codes.length, bits);
  const bytes = out ?? new Uint8Array(length);
  assertLength("out", bytes, length, "bytes", action);
  assertFit(codes, bits);
  if (bits === 8) {
    bytes.set(codes);
    return bytes;
  }
  // With each code a byte more than it needs may be written, so the last codes go by way of a copy.
  const inner = 8 * Math.max(0, Math.floor(codes.length / 8) - 2);
  insert(bytes, bits, codes, 0, inner);
  const rest = new Uint8Array(restLength);
  insert(rest, bits, codes, inner, codes.length);
  const start = packedLength(inner, bits);
  bytes.set(rest.subarray(0, length - start), start);
  return bytes;
}

/** Writes the codes from `start` to `end`, the first of them at the first bit of `bytes`. */
function insert(bytes: Uint8Array, bits: number, codes: Codes, start: number, end: number): void {
  let position = 0, pending = 0, pendingBits = 0;
  for (let i = start; i < end; i++) {
    pending |= codes[i]! << pendingBits;
    pendingBits += bits;
    bytes[position] = pending;
    bytes[position + 1] = pending >>> 8;
    // Whole bytes leave; up to 7 bits wait for the next code.
    position += pendingBits >> 3;
    pending >>>= pendingBits & 24;
    pendingBits &= 7;
  }
  if (pendingBits > 0) bytes[position] = pending;
}

/**
 * Unpacks codes that {@linkcode packBits} packed. O(n).
 *
 * @param bits Width of a code, an integer in [1, 16].
 * @param size Number of codes; bytes beyond theirs, and bits after the last code, are not looked at.
 * @param out Where to write, at least `size` codes, in memory that `bytes` has no part of; a new array otherwise (Uint8Array up to 8 bits, Uint16Array above).
 *
 * @throws {RangeError} If `bytes` or `out` are too short for so many codes, or the width or the size are out of their range.
 * @throws {TypeError} If `out` is a Uint8Array and codes have more than 8 bits.
 *
 * @example A tensor in chunks of a multiple of 8 codes
 * ```ts
 * import { packBits, unpackBits } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const codes = Uint8Array.from({ length: 20 }, (_, i) => i);
 * const bytes = packBits(codes, 5);
 * const chunk = unpackBits(bytes.subarray((8 * 5) / 8), 5, 8);
 * assertEquals(chunk, codes.slice(8, 16));
 * ```
 */
export function unpackBits(bytes: Uint8Array, bits: number, size: number, out?: Codes): Codes {
  const action = "unpack codes";
  assertWidth(bits, action);
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new RangeError(
      `Cannot unpack codes as size must be an integer of at least 0: current value is ${size}`,
    );
  }
  assertLength("bytes", bytes, packedLength(size, bits), "bytes", action);
  const codes = out ?? (bits <= 8 ? new Uint8Array(size) : new Uint16Array(size));
  if (bits > 8 && codes instanceof Uint8Array) {
    throw new TypeError(
      `Cannot unpack codes as out must be a Uint16Array for more than 8 bits: current value is ${bits}`,
    );
  }
  assertLength("out", codes, size, "codes", action);
  // Each code is read with two bytes more than it needs at least. Groups of 8 codes that have them stand first; the others, fewer than 32,
  // get theirs in a copy.
  const groups = Math.floor(Math.min(size, (8 * (bytes.length - 2)) / bits) / 8);
  const inner = 8 * Math.max(0, groups);
  extract(bytes, bits, codes, 0, inner);
  const rest = new Uint8Array(restLength);
  rest.set(bytes.subarray(packedLength(inner, bits), packedLength(size, bits)));
  extract(rest, bits, codes, inner, size);
  return codes;
}

/** Writes the codes from `start` to `end`, of which the first begins at the first bit of `bytes`. */
function extract(bytes: Uint8Array, bits: number, codes: Codes, start: number, end: number): void {
  const mask = 2 ** bits - 1;
  let position = 0, bit = 0;
  for (let i = start; i < end; i++) {
    const three = bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16);
    codes[i] = (three >>> bit) & mask;
    bit += bits;
    position += bit >> 3;
    bit &= 7;
  }
}

/** Room for the last codes, up to 23 of 16 bits, and the bytes that are touched beyond them. */
const restLength = 64;

function assertFit(codes: Codes, bits: number): void {
  const limit = 2 ** bits;
  if (limit > (codes instanceof Uint8Array ? 0xff : 0xffff)) return;
  for (let i = 0; i < codes.length; i++) {
    if (codes[i]! >= limit) {
      throw new RangeError(
        `Cannot pack codes as every code must be below ${limit} for ${bits} bits: code ${i} is ${
          codes[i]
        }`,
      );
    }
  }
}

/** How many bytes so many codes take. */
const packedLength = (size: number, bits: number) => Math.ceil((size * bits) / 8);

function assertWidth(bits: number, action: string): void {
  if (!Number.isInteger(bits) || bits < 1 || bits > maxBits) {
    throw new RangeError(
      `Cannot ${action} as bits must be an integer in [1, ${maxBits}]: current value is ${bits}`,
    );
  }
}

function assertLength(
  name: string,
  array: Codes,
  length: number,
  unit: string,
  action: string,
): void {
  if (array.length < length) {
    throw new RangeError(
      `Cannot ${action} as ${name} must hold ${length} ${unit}: its length is ${array.length}`,
    );
  }
}
