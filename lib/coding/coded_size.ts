import type { Codes } from "../codebooks/encode.ts";
import { countCodes, entropyOfCounts } from "./entropy.ts";
import { huffmanCode, huffmanTableBits } from "./huffman.ts";

/** What codes take in storage once they are Huffman-coded. */
export interface CodedSize {
  /** The words of all codes together, in bits. */
  readonly payloadBits: number;
  /** The table of the words' lengths, in bits, as `huffmanTableBits` counts it. */
  readonly tableBits: number;
  /**
   * The entropy of the codes, in bits per code: `payloadBits / n` is at least that, and less than 1 bit above it; 1 bit where all are one
   * code.
   */
  readonly entropy: number;
}

/**
 * What codes take once they are coded by their own Huffman code. A fraction of a byte at the end is not rounded up. O(n + levels log levels).
 *
 * @param levels How many levels the book has: an integer in [1, 65536].
 *
 * @throws {RangeError} If `levels` is out of its range, or a code is not below it.
 *
 * @example
 * ```ts
 * import { codedSize } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const codes = Uint8Array.of(1, 1, 0, 1, 3, 1, 3, 1);
 * const { payloadBits, tableBits } = codedSize(codes, 4);
 * assertEquals([payloadBits, tableBits], [5 * 1 + 1 * 2 + 2 * 2, 3 + 4 * 2]);
 * ```
 */
export function codedSize(codes: Codes, levels: number): CodedSize {
  return codedSizeOfCounts(countCodes(codes, levels));
}

/** {@linkcode codedSize} of codes that occur so often, such as those of all chunks of a tensor. */
export function codedSizeOfCounts(counts: Float64Array): CodedSize {
  const code = huffmanCode(counts);
  const payloadBits = counts.reduce(
    (bits, count, symbol) => bits + count * code.lengths[symbol]!,
    0,
  );
  return { payloadBits, tableBits: huffmanTableBits(code), entropy: entropyOfCounts(counts) };
}
