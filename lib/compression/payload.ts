import { codedSizeOfCounts } from "../coding/coded_size.ts";
import { countCodes } from "../coding/entropy.ts";
import { type QuantizedTensor, stretchesOf } from "./quantized_tensor.ts";

/** A width in 1..16 that is told for each channel takes so many bits. */
export const bitsPerWidth = 4;

/**
 * The bits that the codes of a tensor take: `book.bits` each, or as many as a Huffman code for all weights of a book gives them together
 * with its table, where the book's design says so. O(n).
 */
export function payloadOf(quantized: QuantizedTensor): number {
  const { codes, books } = quantized;
  let bits = 0;
  const counts = new Map<number, Float64Array>();
  for (const { start, end, group, book } of stretchesOf(quantized)) {
    if (book.design.coding !== "huffman") {
      bits += book.bits * (end - start);
      continue;
    }
    const index = books.length === 1 ? 0 : group;
    const known = counts.get(index);
    counts.set(index, countCodes(codes.subarray(start, end), book.levels.length, known));
  }
  for (const count of counts.values()) {
    const { payloadBits, tableBits } = codedSizeOfCounts(count);
    bits += payloadBits + tableBits;
  }
  return bits;
}
