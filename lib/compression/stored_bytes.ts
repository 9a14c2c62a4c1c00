import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { QuantizedCheckpoint } from "./quantize_checkpoint.ts";

/** What a checkpoint takes in storage, in bytes. */
export interface StoredBytes {
  /** The codes of the quantized tensors, with the tables of those that are Huffman-coded. */
  readonly payload: number;
  /** The numbers that the quantized tensors' books are made from, their scales and offsets: 4 bytes each. */
  readonly books: number;
  /** The tensors that are not quantized, as they are in memory: 4 bytes for a floating value. */
  readonly rest: number;
  /** All of it. */
  readonly total: number;
}

/**
 * What a quantized checkpoint takes in storage: the packed codes of each tensor, from a byte of their own on; 4 bytes for each number that
 * `LayerReport.storedValues` counts, which are a law's parameters where a design makes the levels from them; and all other tensors unchanged.
 * The names and shapes of tensors, and what else a file's header holds, are not counted. O(tensors).
 *
 * It is the size that `effectiveBits` spreads over the weights, but for the fractions of bytes and the tensors that are not quantized.
 *
 * @param checkpoint Whose tensors are stored: the quantized checkpoint, or one that none of is quantized.
 * @param quantized What `quantizeCheckpoint` says of the quantized ones; none where it is left out.
 *
 * @throws {RangeError} If a quantized tensor isn't one of the checkpoint's, or has another number of values there.
 *
 * @example
 * ```ts
 * import { quantizeCheckpoint, storedBytes } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const weight = { shape: [5, 3], data: Float32Array.from({ length: 15 }, (_, i) => Math.sin(i)) };
 * const tensors = new Map([["fc.weight", weight], ["fc.bias", { shape: [5], data: new Float32Array(5) }]]);
 * const quantized = await quantizeCheckpoint({ tensors, metadata: {} }, { method: "min-max", bits: 3 });
 * assertEquals(storedBytes(quantized.checkpoint), { payload: 0, books: 0, rest: 4 * 20, total: 80 });
 * // 15 codes of 3 bits fill 45 bits of 6 bytes; a scale and an offset make the book.
 * assertEquals(storedBytes(quantized.checkpoint, quantized), { payload: 6, books: 8, rest: 20, total: 34 });
 * ```
 */
export function storedBytes(
  { tensors }: Checkpoint,
  { layers }: Pick<QuantizedCheckpoint, "layers"> = { layers: [] },
): StoredBytes {
  let payload = 0, books = 0, rest = 0;
  const quantized = new Set<string>();
  for (const { name, size, payloadBits, storedValues } of layers) {
    const values = tensors.get(name)?.data.length;
    if (values !== size) {
      throw new RangeError(
        `Cannot count the bytes of a checkpoint as it must hold tensor ${name} with ${size} values: ${
          values === undefined ? "there is none of that name" : `their number is ${values}`
        }`,
      );
    }
    quantized.add(name);
    payload += Math.ceil(payloadBits / 8);
    books += 4 * storedValues;
  }
  for (const [name, { data }] of tensors) {
    if (!quantized.has(name)) rest += data.byteLength;
  }
  return { payload, books, rest, total: payload + books + rest };
}
