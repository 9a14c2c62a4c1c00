import { assertEquals, assertThrows } from "@std/assert";
import type { Checkpoint, Tensor } from "../../lib/checkpoints/checkpoint.ts";
import { packBits } from "../../lib/coding/pack_bits.ts";
import { countCodes } from "../../lib/coding/entropy.ts";
import { huffmanCode, huffmanEncode, huffmanTableBits } from "../../lib/coding/huffman.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { storedBytes } from "../../lib/compression/stored_bytes.ts";

const wave = (shape: readonly number[]): Tensor => {
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, data: Float32Array.from({ length: size }, (_, i) => Math.sin(i) ** 3) };
};

const checkpoint: Checkpoint = {
  tensors: new Map([
    ["conv.weight", wave([3, 1, 3, 3])],
    ["bn.weight", wave([3])],
    ["bn.num_batches_tracked", { shape: [], data: BigInt64Array.of(7n) }],
    ["fc.weight", wave([5, 3])],
  ]),
  metadata: {},
};

Deno.test("storedBytes() counts the bytes that packed codes fill, for every width", async () => {
  for (const bits of [1, 2, 3, 5, 8, 11]) {
    const result = await quantizeCheckpoint(checkpoint, { method: "k-means", bits });
    const stored = storedBytes(result.checkpoint, result);
    let payload = 0, levels = 0;
    for (const { codes, books } of result.quantized.values()) {
      payload += packBits(codes, books[0]!.bits).length;
      levels += books[0]!.levels.length;
    }
    assertEquals(stored, {
      payload,
      books: 4 * levels,
      rest: 3 * 4 + 8,
      total: payload + 4 * levels + 20,
    });
  }
});

Deno.test("storedBytes() counts two numbers for each channel's law", async () => {
  const options = { method: "lloyd-max-gaussian", bits: 2, granularity: "channel" } as const;
  const result = await quantizeCheckpoint(checkpoint, options);
  // 27 and 15 codes of 2 bits; 3 and 5 channels.
  assertEquals(storedBytes(checkpoint, result), {
    payload: 7 + 4,
    books: 4 * 2 * (3 + 5),
    rest: 20,
    total: 11 + 64 + 20,
  });
});

Deno.test("storedBytes() counts what Huffman-coded codes and their tables fill", async () => {
  const tensors = new Map([["fc.weight", wave([40, 40])]]);
  const result = await quantizeCheckpoint({ tensors, metadata: {} }, {
    method: "entropy-constrained",
    bits: 4,
  });
  const { codes, books } = result.quantized.get("fc.weight")!;
  assertEquals(books[0]!.design.coding, "huffman");
  const counts = countCodes(codes, books[0]!.levels.length);
  const code = huffmanCode(counts);
  const words = counts.reduce((bits, count, i) => bits + count * code.lengths[i]!, 0);
  assertEquals(Math.ceil(words / 8), huffmanEncode(codes, code).length);
  const { payload } = storedBytes(result.checkpoint, result);
  assertEquals(payload, Math.ceil((words + huffmanTableBits(code)) / 8));
});

Deno.test("storedBytes() refuses reports on other checkpoints", async () => {
  const result = await quantizeCheckpoint(checkpoint, { method: "min-max", bits: 4 });
  assertThrows(
    () => storedBytes({ tensors: new Map(), metadata: {} }, result),
    RangeError,
    "Cannot count the bytes of a checkpoint as it must hold tensor conv.weight with 27 values: there is none of that name",
  );
  const tensors = new Map([...checkpoint.tensors, ["fc.weight", wave([2, 2])]]);
  assertThrows(
    () => storedBytes({ tensors, metadata: {} }, result),
    RangeError,
    "as it must hold tensor fc.weight with 15 values: their number is 4",
  );
});
