import type { Codes } from "../codebooks/encode.ts";
import { totalOf } from "./entropy.ts";
import { packageMerge } from "./package_merge.ts";

/** The words of a prefix code, symbol by symbol. Plain data, of which the lengths alone need be stored: {@linkcode canonicalCode}. */
export interface HuffmanCode {
  /** Bits of each symbol's word; 0 for a symbol that has none. */
  readonly lengths: Uint8Array;
  /** Each symbol's word, its first bit the most significant of `lengths[symbol]` bits. */
  readonly words: Uint32Array;
}

/** The longest word that a code may have, in bits. */
const longestWord = 32;
/** How many bits say how wide an entry of a stored table is: widths are 0 to 6. */
const widthBits = 3;

/**
 * The optimal prefix code for symbols that occur so often (Huffman 1952), in canonical form: words of one length are consecutive numbers in the order of
 * the symbols, and shorter words come before longer ones (Schwartz and Kallick 1964). Among codes that keep `maxLength` it is optimal still,
 * by the package-merge algorithm; no code for fewer than 9,227,465 codes in all needs more than the default of 32 bits.
 *
 * A symbol that is the only one has a word of 1 bit, as in DEFLATE. Symbols that don't occur have no word. O(symbols (log symbols + maxLength)).
 *
 * @param counts How often each symbol occurs: non-negative integers, up to 2^53 in all; at most 65,536 symbols.
 * @param options `maxLength`: the longest word allowed, in bits, an integer in [1, 32]; 32 by default.
 *
 * @throws {RangeError} If a count is negative or no integer, there are too many symbols, `maxLength` is out of its range, or that many bits have fewer words
 * than there are symbols that occur.
 *
 * @example
 * ```ts
 * import { huffmanCode } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { lengths, words } = huffmanCode([1, 4, 0, 2]);
 * assertEquals([...lengths], [2, 1, 0, 2]);
 * assertEquals([...words], [0b10, 0b0, 0, 0b11]);
 * ```
 */
export function huffmanCode(
  counts: ArrayLike<number>,
  { maxLength = longestWord }: { readonly maxLength?: number } = {},
): HuffmanCode {
  const action = "build a Huffman code";
  if (counts.length > 2 ** 16) {
    throw new RangeError(
      `Cannot ${action} as there may be at most 65536 symbols: their number is ${counts.length}`,
    );
  }
  if (!Number.isInteger(maxLength) || maxLength < 1 || maxLength > longestWord) {
    throw new RangeError(
      `Cannot ${action} as maxLength must be an integer in [1, ${longestWord}]: current value is ${maxLength}`,
    );
  }
  totalOf(counts, action);
  const symbols = Uint32Array.from({ length: counts.length }, (_, symbol) => symbol)
    .filter((symbol) => counts[symbol]! > 0)
    .sort((a, b) => counts[a]! - counts[b]! || a - b);
  if (symbols.length > 2 ** maxLength) {
    throw new RangeError(
      `Cannot ${action} as ${symbols.length} symbols need words of more bits: maxLength is ${maxLength}`,
    );
  }
  const lengths = new Uint8Array(counts.length);
  if (symbols.length === 1) {
    lengths[symbols[0]!] = 1;
    return canonicalCode(lengths);
  }
  if (symbols.length === 0) return canonicalCode(lengths);
  const ascending = Float64Array.from(symbols, (symbol) => counts[symbol]!);
  packageMerge(ascending, maxLength).forEach((length, i) => lengths[symbols[i]!] = length);
  return canonicalCode(lengths);
}

/**
 * The canonical code whose words have these lengths: all that a decoder must be given. O(symbols).
 *
 * @param lengths Integers in [0, 32]; 0 for a symbol without a word.
 *
 * @throws {RangeError} If a length is out of its range, or no prefix code has such lengths (Kraft's inequality).
 *
 * @example
 * ```ts
 * import { canonicalCode } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...canonicalCode([2, 1, 0, 2]).words], [0b10, 0b0, 0, 0b11]);
 * ```
 */
export function canonicalCode(lengths: ArrayLike<number>): HuffmanCode {
  const counts = new Float64Array(longestWord + 1);
  let used = 0;
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!;
    if (!Number.isInteger(length) || length < 0 || length > longestWord) {
      throw new RangeError(
        `Cannot build a prefix code as every length must be an integer in [0, ${longestWord}]: length ${symbol} is ${length}`,
      );
    }
    if (length === 0) continue;
    counts[length]! += 1;
    used += 2 ** -length;
  }
  if (used > 1) {
    throw new RangeError(
      `Cannot build a prefix code as the sum of 2^-length must be at most 1: current value is ${used}`,
    );
  }
  const next = new Float64Array(longestWord + 1);
  for (let length = 2; length <= longestWord; length++) {
    next[length] = 2 * (next[length - 1]! + counts[length - 1]!);
  }
  const words = new Uint32Array(lengths.length);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!;
    if (length > 0) words[symbol] = next[length]!++;
  }
  return { lengths: Uint8Array.from(lengths), words };
}

/**
 * What it takes to store a code, in bits: 3 for the width of an entry, and so many for each symbol's length as the longest needs. The number of symbols is
 * known from the book. 3 alone where no symbol has a word.
 *
 * @example Four symbols with words of up to 2 bits, so lengths from 0 to 2
 * ```ts
 * import { huffmanCode, huffmanTableBits } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(huffmanTableBits(huffmanCode([1, 4, 0, 2])), 3 + 4 * 2);
 * ```
 */
export function huffmanTableBits({ lengths }: HuffmanCode): number {
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  return widthBits + lengths.length * Math.ceil(Math.log2(longest + 1));
}

/**
 * Writes the words of codes one after the other, the first bit of each byte being its most significant one; the last byte is filled up with zeros. O(bits).
 *
 * Codes that come in chunks share one code, of the counts of all of them; each chunk then begins at a byte of its own, which costs less than a byte.
 *
 * @throws {RangeError} If a code has no word: the error names it and its position.
 *
 * @example
 * ```ts
 * import { countCodes, huffmanCode, huffmanDecode, huffmanEncode } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const codes = Uint8Array.of(1, 1, 0, 1, 3, 1, 3);
 * const code = huffmanCode(countCodes(codes, 4));
 * const bytes = huffmanEncode(codes, code);
 * assertEquals(bytes, Uint8Array.of(0b0_0_10_0_11_0, 0b11_000000));
 * assertEquals(huffmanDecode(bytes, code, 7), codes);
 * ```
 */
export function huffmanEncode(codes: Codes, { lengths, words }: HuffmanCode): Uint8Array {
  let bits = 0;
  for (let i = 0; i < codes.length; i++) {
    const length = lengths[codes[i]!] ?? 0;
    if (length === 0) {
      throw new RangeError(
        `Cannot encode as every code must have a word: code ${i} is ${codes[i]}`,
      );
    }
    bits += length;
  }
  const bytes = new Uint8Array(Math.ceil(bits / 8));
  let position = 0, free = 8;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!, word = words[code]!;
    for (let rest = lengths[code]!; rest > 0;) {
      const taken = Math.min(free, rest);
      rest -= taken;
      free -= taken;
      bytes[position]! |= ((word >>> rest) & (2 ** taken - 1)) << free;
      if (free > 0) continue;
      position++;
      free = 8;
    }
  }
  return bytes;
}

/**
 * Reads codes that {@linkcode huffmanEncode} wrote. O(bits).
 *
 * @param size Number of codes; bits after the last one are not looked at.
 *
 * @returns A Uint8Array for up to 256 symbols, a Uint16Array for more.
 *
 * @throws {RangeError} If the size is no integer of at least 0, the bytes end before so many codes, or hold a word that the code has not.
 *
 * @example
 * ```ts
 * import { canonicalCode, huffmanDecode } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(huffmanDecode(Uint8Array.of(0b0_10_11_000), canonicalCode([1, 2, 2]), 3), Uint8Array.of(0, 1, 2));
 * ```
 */
export function huffmanDecode(bytes: Uint8Array, { lengths }: HuffmanCode, size: number): Codes {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new RangeError(
      `Cannot decode as size must be an integer of at least 0: current value is ${size}`,
    );
  }
  const counts = new Uint32Array(longestWord + 1);
  for (const length of lengths) counts[length]! += 1;
  const symbols = symbolsInOrder(lengths, counts);
  const codes = lengths.length <= 256 ? new Uint8Array(size) : new Uint16Array(size);
  const bits = 8 * bytes.length;
  let bit = 0;
  for (let i = 0; i < size; i++) {
    // How far the word lies past the first of its length, and how many symbols have shorter ones.
    let offset = 0, shorter = 0;
    for (let length = 1;; length++) {
      if (length > longestWord) {
        throw new RangeError(`Cannot decode as code ${i} must be a word of the code: it is none`);
      }
      if (bit === bits) {
        throw new RangeError(
          `Cannot decode as bytes must hold ${size} codes: they end in code ${i}`,
        );
      }
      offset += (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1;
      bit++;
      const count = counts[length]!;
      if (offset < count) {
        codes[i] = symbols[shorter + offset]!;
        break;
      }
      offset = 2 * (offset - count);
      shorter += count;
    }
  }
  return codes;
}

/** The symbols that have words, in the order of these. */
function symbolsInOrder(lengths: Uint8Array, counts: Uint32Array): Uint16Array {
  const starts = new Uint32Array(longestWord + 1);
  for (let length = 2; length <= longestWord; length++) {
    starts[length] = starts[length - 1]! + counts[length - 1]!;
  }
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length > 0) symbols[starts[length]!++] = symbol;
  });
  return symbols;
}
