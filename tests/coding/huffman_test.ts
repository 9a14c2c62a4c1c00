import { assertEquals, assertLess, assertLessOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import { codedSize } from "../../lib/coding/coded_size.ts";
import { countCodes, entropyOfCodes, entropyOfCounts } from "../../lib/coding/entropy.ts";
import {
  canonicalCode,
  type HuffmanCode,
  huffmanCode,
  huffmanDecode,
  huffmanEncode,
  huffmanTableBits,
} from "../../lib/coding/huffman.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

const { cases } = readFixture<
  {
    cases: { name: string; counts: number[]; bits: number; entropy: number }[];
  }
>("coding/huffman.json");

const bitsOf = (counts: readonly number[], { lengths }: HuffmanCode) =>
  counts.reduce((bits, count, symbol) => bits + count * lengths[symbol]!, 0);

const kraftSum = ({ lengths }: HuffmanCode) =>
  lengths.reduce((sum, length) => length === 0 ? sum : sum + 2 ** -length, 0);

/** Each word as text, cut off at its length. */
const textsOf = ({ lengths, words }: HuffmanCode) =>
  [...lengths].map((length, symbol) =>
    length === 0 ? "" : words[symbol]!.toString(2).padStart(length, "0")
  );

Deno.test("huffmanCode() takes as many bits as the code of dahuffman", () => {
  for (const { name, counts, bits } of cases) {
    const code = huffmanCode(counts);
    assertEquals(bitsOf(counts, code), bits, name);
    assertEquals(kraftSum(code), 1, name);
  }
});

Deno.test("entropyOfCounts() is scipy.stats.entropy to 1e-14 bits", () => {
  for (const { name, counts, entropy } of cases) {
    // SciPy rounds the share of a symbol that has nearly all.
    assertRelative(entropyOfCounts(counts), entropy, 1e-14, name, Math.max(1, entropy));
  }
});

Deno.test("entropyOfCounts() keeps its digits where one symbol has nearly all", () => {
  // One of 10^15 + 1: (log2(10^15) + 1 / ln 2) / 10^15 but for terms of its square.
  const expected = (Math.log2(1e15) + 1 / Math.LN2) / 1e15;
  assertRelative(entropyOfCounts([1e15, 1]), expected, 1e-13, "of one in 10^15");
});

Deno.test("huffmanCode() is a prefix code, canonical, within 1 bit of the entropy, without holes", () => {
  const histograms = fc.array(fc.oneof(fc.nat(3), fc.nat(1e9)), { minLength: 2, maxLength: 60 });
  fc.assert(
    fc.property(histograms, (counts) => {
      const code = huffmanCode(Object.freeze(counts));
      const used = counts.filter((count) => count > 0).length;
      const texts = textsOf(code).filter((text) => text !== "");
      assertEquals(texts.length, used);
      for (const [i, text] of texts.entries()) {
        assertEquals(texts.some((other, j) => i !== j && other.startsWith(text)), false);
      }
      // Canonical: by length, then by symbol, words ascend as binary fractions.
      const sorted = texts.toSorted((a, b) => a.length - b.length);
      assertEquals(sorted.toSorted(), sorted);
      if (used < 2) return;
      const total = counts.reduce((sum, count) => sum + count, 0);
      const mean = bitsOf(counts, code) / total;
      assertLessOrEqual(entropyOfCounts(counts), mean * (1 + 1e-12));
      assertLess(mean, entropyOfCounts(counts) + 1);
    }),
    { seed: 2 },
  );
});

/** The least bits of all complete sets of lengths, ascending with descending counts: by trying all of them. */
function leastBits(counts: readonly number[], maxLength: number): number {
  const descending = counts.toSorted((a, b) => b - a);
  const search = (symbol: number, shortest: number, room: number): number => {
    if (symbol === descending.length) return 0;
    let least = Infinity;
    for (let length = shortest; length <= maxLength; length++) {
      const share = 2 ** -length;
      if (share > room || (descending.length - symbol) * 2 ** -maxLength > room) continue;
      const rest = search(symbol + 1, length, room - share);
      least = Math.min(least, descending[symbol]! * length + rest);
    }
    return least;
  };
  return search(0, 1, 1);
}

Deno.test("huffmanCode() with maxLength is the best of all codes that keep it", () => {
  const histograms = fc.array(
    fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9999 })),
    {
      minLength: 2,
      maxLength: 8,
    },
  );
  fc.assert(
    fc.property(histograms, fc.integer({ min: 3, max: 5 }), (counts, maxLength) => {
      const code = huffmanCode(counts, { maxLength });
      assertLessOrEqual(Math.max(...code.lengths), maxLength);
      assertEquals(bitsOf(counts, code), leastBits(counts, maxLength));
    }),
    { seed: 3, numRuns: 60 },
  );
});

Deno.test("huffmanCode() keeps a limit that Fibonacci counts would pass", () => {
  const fibonacci = [1, 1];
  while (fibonacci.length < 40) fibonacci.push(fibonacci.at(-1)! + fibonacci.at(-2)!);
  assertEquals(Math.max(...huffmanCode(fibonacci.slice(0, 33)).lengths), 32);
  const limited = huffmanCode(fibonacci);
  assertEquals([Math.max(...limited.lengths), kraftSum(limited)], [32, 1]);
  const short = huffmanCode(fibonacci, { maxLength: 16 });
  assertEquals([Math.max(...short.lengths), kraftSum(short)], [16, 1]);
  assertThrows(
    () => huffmanCode([1, 1, 1, 1, 1], { maxLength: 2 }),
    RangeError,
    "Cannot build a Huffman code as 5 symbols need words of more bits: maxLength is 2",
  );
});

Deno.test("huffmanDecode() gives back what huffmanEncode() wrote, from the lengths alone", () => {
  const cases = fc.integer({ min: 1, max: 700 }).chain((levels) =>
    fc.tuple(fc.constant(levels), fc.array(fc.nat(levels - 1), { maxLength: 400 }))
  );
  fc.assert(
    fc.property(cases, ([levels, list]) => {
      const codes = levels <= 256 ? Uint8Array.from(list) : Uint16Array.from(list);
      const code = huffmanCode(countCodes(codes, levels));
      const bytes = huffmanEncode(codes, code);
      const text = list.map((symbol) => textsOf(code)[symbol]).join("");
      assertEquals(
        [...bytes],
        (text.match(/.{1,8}/g) ?? []).map((byte) => parseInt(byte.padEnd(8, "0"), 2)),
      );
      assertEquals(huffmanDecode(bytes, canonicalCode(code.lengths), list.length), codes);
      const { payloadBits, entropy } = codedSize(codes, levels);
      assertEquals([payloadBits, entropy], [text.length, entropyOfCodes(codes)]);
    }),
    { seed: 4, numRuns: 60 },
  );
});

Deno.test("huffmanEncode() codes 65,536 symbols, words past 16 bits, and chunks by one code", () => {
  const prng = createPrng(6);
  // Most draws are small, so that the rare ones get long words.
  const codes = Uint16Array.from({ length: 200_000 }, () => Math.floor(65536 * prng() ** 8));
  codes[0] = 65535;
  const counts = countCodes(
    codes.subarray(1000),
    65536,
    countCodes(codes.subarray(0, 1000), 65536),
  );
  const code = huffmanCode(counts);
  assertLess(16, Math.max(...code.lengths));
  for (const chunk of [codes, codes.subarray(0, 1000), codes.subarray(1000)]) {
    assertEquals(huffmanDecode(huffmanEncode(chunk, code), code, chunk.length), chunk.slice());
  }
});

Deno.test("huffmanCode() gives a single symbol 1 bit, and none nothing", () => {
  assertEquals([...huffmanCode([0, 5, 0]).lengths], [0, 1, 0]);
  const codes = new Uint8Array(9).fill(1);
  const code = huffmanCode(countCodes(codes, 3));
  assertEquals(huffmanEncode(codes, code).length, 2);
  assertEquals(huffmanDecode(huffmanEncode(codes, code), code, 9), codes);
  assertEquals(codedSize(codes, 3), { payloadBits: 9, tableBits: 3 + 3, entropy: 0 });
  const none = huffmanCode([0, 0]);
  assertEquals(huffmanEncode(new Uint8Array(), none).length, 0);
  assertEquals(huffmanDecode(new Uint8Array(), none, 0).length, 0);
  assertEquals(huffmanTableBits(none), 3);
  assertEquals(codedSize(new Uint8Array(), 2), { payloadBits: 0, tableBits: 3, entropy: 0 });
});

Deno.test("huffmanTableBits() has room for the longest length", () => {
  assertEquals(huffmanTableBits(canonicalCode([1, 2, 3, 3])), 3 + 4 * 2);
  assertEquals(huffmanTableBits(canonicalCode([1, 2, 3, 4, 4])), 3 + 5 * 3);
});

Deno.test("Huffman coding refuses what is no count, no code and no word", () => {
  const refused: [() => unknown, string][] = [
    [() => huffmanCode([1, -1]), "every count must be an integer of at least 0: count 1 is -1"],
    [() => huffmanCode([0.5]), "count 0 is 0.5"],
    [() => huffmanCode([NaN]), "count 0 is NaN"],
    [() => huffmanCode([2 ** 53 - 1, 1]), "must add up to less than 2^53: sum is 9007199254740992"],
    [() => huffmanCode(new Float64Array(65537)), "at most 65536 symbols: their number is 65537"],
    [() => huffmanCode([1], { maxLength: 33 }), "maxLength must be an integer in [1, 32]"],
    [
      () => canonicalCode([1, 1, 2]),
      "the sum of 2^-length must be at most 1: current value is 1.25",
    ],
    [() => canonicalCode([33]), "length 0 is 33"],
    [() => huffmanEncode(Uint8Array.of(0, 1), canonicalCode([1])), "code 1 is 1"],
    [() => huffmanDecode(Uint8Array.of(0), canonicalCode([1]), 9), "they end in code 8"],
    [
      () => huffmanDecode(Uint8Array.of(255, 255, 255, 255, 255), canonicalCode([1]), 1),
      "it is none",
    ],
    [() => huffmanDecode(new Uint8Array(), canonicalCode([1]), -1), "current value is -1"],
    [() => countCodes(Uint8Array.of(3), 3), "every code must be below 3: code 0 is 3"],
    [() => countCodes(new Uint8Array(), 0), "levels must be an integer in [1, 65536]"],
    [() => countCodes(new Uint8Array(), 3, new Float64Array(2)), "their number is 2"],
  ];
  for (const [call, text] of refused) assertThrows(call, RangeError, text);
});
