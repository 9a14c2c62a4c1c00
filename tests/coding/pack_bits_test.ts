import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import fc from "fast-check";
import { packBits, unpackBits } from "../../lib/coding/pack_bits.ts";

const widths = Array.from({ length: 16 }, (_, i) => i + 1);

/** The row of bits as text, the least significant first, cut into bytes: no shifts in common with the library. */
function packAsText(codes: readonly number[], bits: number): number[] {
  const backwards = (text: string) => [...text].reverse().join("");
  const row = codes.map((code) => backwards(code.toString(2).padStart(bits, "0"))).join("");
  return (row.match(/.{1,8}/g) ?? []).map((byte) => parseInt(backwards(byte), 2));
}

const codesOf = (codes: readonly number[], bits: number) =>
  bits <= 8 ? Uint8Array.from(codes) : Uint16Array.from(codes);

Deno.test("packBits() writes the row of bits that text gives, for all widths and lengths 0 to 70", () => {
  for (const bits of widths) {
    for (let length = 0; length <= 70; length++) {
      const list = Array.from({ length }, (_, i) => (i * 40503 + 12345 * bits) % 2 ** bits);
      const codes = codesOf(list, bits);
      const bytes = packBits(codes, bits);
      assertEquals([...bytes], packAsText(list, bits), `${length} codes of ${bits} bits`);
      assertEquals(unpackBits(bytes, bits, length), codes);
    }
  }
});

Deno.test("unpackBits() of packBits() gives the codes back, whatever they are", () => {
  const cases = fc.integer({ min: 1, max: 16 }).chain((bits) =>
    fc.tuple(fc.constant(bits), fc.array(fc.nat(2 ** bits - 1), { maxLength: 300 }))
  );
  fc.assert(
    fc.property(cases, ([bits, list]) => {
      const codes = Uint16Array.from(list);
      const bytes = packBits(codes, bits);
      assertEquals([...bytes], packAsText(list, bits));
      assertEquals([...unpackBits(bytes, bits, list.length)], list);
      assertEquals([...codes], list);
    }),
    { seed: 1 },
  );
});

Deno.test("packBits() fills the last byte with zeros, and a byte with the first code lowest", () => {
  assertEquals(packBits(Uint8Array.of(1, 2, 3), 4), Uint8Array.of(0x21, 0x03));
  assertEquals(packBits(Uint16Array.of(0x1234), 16), Uint8Array.of(0x34, 0x12));
  assertEquals(packBits(Uint8Array.of(1, 0, 1), 1), Uint8Array.of(0b101));
});

Deno.test("packBits() and unpackBits() by chunks of multiples of 8 codes equal the whole", () => {
  for (const bits of widths) {
    const codes = codesOf(Array.from({ length: 203 }, (_, i) => (i * 7919) % 2 ** bits), bits);
    const whole = packBits(codes, bits);
    const chunked = new Uint8Array(whole.length);
    const restored = codesOf([...codes].fill(0), bits);
    for (const [start, end] of [[0, 8], [8, 72], [72, 203]] as const) {
      packBits(codes.subarray(start, end), bits, chunked.subarray((start * bits) / 8));
      const bytes = whole.subarray((start * bits) / 8);
      unpackBits(bytes, bits, end - start, restored.subarray(start));
    }
    assertEquals(chunked, whole);
    assertEquals(restored, codes);
  }
});

Deno.test("packBits() and unpackBits() write to the caller's array and leave what is behind", () => {
  const bytes = new Uint8Array(4).fill(0xff);
  assertEquals(packBits(Uint8Array.of(5, 2, 7), 3, bytes), bytes);
  assertEquals(bytes, Uint8Array.of(0b11_010_101, 0b1, 0xff, 0xff));
  const codes = new Uint16Array(4).fill(9);
  assertEquals(unpackBits(bytes, 3, 3, codes), Uint16Array.of(5, 2, 7, 9));
  // Bits after the last code, and bytes after its byte, don't matter.
  assertEquals(unpackBits(Uint8Array.of(0xff, 0xff, 0xff), 3, 2), Uint8Array.of(7, 7));
});

Deno.test("packBits() and unpackBits() touch nothing behind the last code, at any length", () => {
  for (const bits of widths) {
    for (let length = 0; length <= 40; length++) {
      const codes = new Uint16Array(length).fill(2 ** bits - 1);
      const size = Math.ceil((length * bits) / 8);
      const bytes = packBits(codes, bits, new Uint8Array(size + 4).fill(0xa5));
      assertEquals(bytes.subarray(size), new Uint8Array(4).fill(0xa5), `${length} of ${bits} bits`);
      const restored = unpackBits(bytes, bits, length, new Uint16Array(length + 4).fill(0xa5));
      assertEquals(restored.subarray(length), new Uint16Array(4).fill(0xa5));
      assertEquals(restored.subarray(0, length), codes);
    }
  }
});

Deno.test("unpackBits() uses Uint8Array up to 8 bits and Uint16Array above", () => {
  assertInstanceOf(unpackBits(Uint8Array.of(255), 8, 1), Uint8Array);
  assertInstanceOf(unpackBits(Uint8Array.of(255, 1), 9, 1), Uint16Array);
  assertThrows(
    () => unpackBits(Uint8Array.of(255, 1), 9, 1, new Uint8Array(1)),
    TypeError,
    "Cannot unpack codes as out must be a Uint16Array for more than 8 bits: current value is 9",
  );
});

Deno.test("packBits() refuses codes that don't fit, by their position", () => {
  for (const bits of [1, 3, 8, 15]) {
    assertThrows(
      () => packBits(Uint16Array.of(0, 2 ** bits), bits),
      RangeError,
      `Cannot pack codes as every code must be below ${2 ** bits} for ${bits} bits: code 1 is ${
        2 ** bits
      }`,
    );
  }
});

Deno.test("packBits() and unpackBits() refuse short arrays, and widths and sizes out of range", () => {
  const codes = Uint8Array.of(1, 1, 1);
  assertThrows(
    () => packBits(codes, 3, new Uint8Array(1)),
    RangeError,
    "Cannot pack codes as out must hold 2 bytes: its length is 1",
  );
  assertThrows(
    () => unpackBits(new Uint8Array(1), 3, 3),
    RangeError,
    "Cannot unpack codes as bytes must hold 2 bytes: its length is 1",
  );
  assertThrows(
    () => unpackBits(new Uint8Array(2), 3, 3, new Uint8Array(2)),
    RangeError,
    "Cannot unpack codes as out must hold 3 codes: its length is 2",
  );
  for (const bits of [0, 17, 1.5, NaN]) {
    const condition = `bits must be an integer in [1, 16]: current value is ${bits}`;
    assertThrows(() => packBits(codes, bits), RangeError, `Cannot pack codes as ${condition}`);
    assertThrows(() => unpackBits(codes, bits, 1), RangeError, `unpack codes as ${condition}`);
  }
  for (const size of [-1, 0.5, NaN, Infinity]) {
    assertThrows(
      () => unpackBits(codes, 3, size),
      RangeError,
      `Cannot unpack codes as size must be an integer of at least 0: current value is ${size}`,
    );
  }
});
