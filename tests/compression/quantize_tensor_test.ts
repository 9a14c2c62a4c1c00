import { assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { codedSize } from "../../lib/coding/coded_size.ts";
import { groupBounds } from "../../lib/compression/granularity.ts";
import { reportLayer } from "../../lib/compression/layer_report.ts";
import { quantizeTensor } from "../../lib/compression/quantize_tensor.ts";
import { dequantize, stretchesOf } from "../../lib/compression/quantized_tensor.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import { designCodebook } from "../../lib/quantizers/methods.ts";
import { assertRelative } from "../tolerance.ts";

const data = Float32Array.from(
  gaussian({ mean: 0, standardDeviation: 0.1 }).sample(96, { prng: createPrng(5) }),
  // Channels of very different scales.
  (value, i) => value * 10 ** Math.floor(i / 24),
);
const tensor = { shape: [4, 6, 2, 2], data };

Deno.test("groupBounds() cuts by tensor, channel and group within a channel", () => {
  const shape = [2, 3, 2];
  assertEquals([...groupBounds(shape, {})], [0, 12]);
  assertEquals([...groupBounds(shape, { granularity: "channel" })], [0, 6, 12]);
  const group = { granularity: "group", groupSize: 3 } as const;
  assertEquals([...groupBounds(shape, group)], [0, 3, 6, 9, 12]);
  const partial = { granularity: "group", groupSize: 4, partial: true } as const;
  assertEquals([...groupBounds(shape, partial)], [0, 4, 6, 10, 12]);
  assertEquals([...groupBounds(shape, { ...partial, groupSize: 100 })], [0, 6, 12]);
  assertEquals([...groupBounds([5], { granularity: "channel" })], [0, 5]);
});

Deno.test("groupBounds() refuses groups that don't divide a channel, unless they may be partial", () => {
  assertThrows(
    () => groupBounds([2, 3, 2], { granularity: "group", groupSize: 4 }),
    RangeError,
    "Cannot cut 6 weights of a channel into groups as groupSize must divide them, or partial be true: current value is 4",
  );
});

Deno.test("dequantize() applies books, scales and offsets where groups and runs cross", () => {
  const book = (...levels: number[]) => createCodebook(levels, { method: "m", storedValues: 0 });
  const quantized = {
    shape: [2, 4],
    codes: Uint8Array.of(0, 1, 0, 1, 0, 1, 1, 1),
    groups: Uint32Array.of(0, 2, 8),
    books: [book(-1, 1), book(2, 3)],
    affine: {
      bounds: Uint32Array.of(0, 4, 8),
      scales: Float64Array.of(1, 10),
      offsets: Float64Array.of(0, 0.5),
    },
    storedValues: 0,
  };
  assertEquals([...dequantize(quantized)], [-1, 1, 2, 3, 20.5, 30.5, 30.5, 30.5]);
  assertEquals(
    stretchesOf(quantized).map(({ start, end, group, run }) => [start, end, group, run]),
    [[0, 2, 0, 0], [2, 4, 1, 0], [4, 8, 1, 1]],
  );
});

Deno.test("quantizeTensor() designs each group of 8 weights alone", () => {
  const { quantized, report } = quantizeTensor(tensor, {
    method: "min-max",
    bits: 2,
    granularity: "group",
    groupSize: 8,
  });
  assertEquals([report.groups, quantized.books.length, report.storedValues], [12, 12, 24]);
  assertEquals(report.effectiveBits, (96 * 2 + 32 * 24) / 96);
  let loss = 0;
  for (let start = 0; start < 96; start += 8) {
    const group = data.subarray(start, start + 8);
    loss += 8 * quantizationError(group, designCodebook(group, { method: "min-max", bits: 2 })).mse;
  }
  assertRelative(report.mse, loss / 96, 1e-14, "mse");
});

Deno.test("quantizeTensor() with a shared book stores a scale per channel, and keeps small channels", () => {
  const options = { method: "lloyd-max-gaussian", bits: 4, granularity: "channel" } as const;
  const { quantized, report, data: restored } = quantizeTensor(tensor, {
    ...options,
    sharedBook: true,
  });
  assertEquals([quantized.books.length, report.storedValues, report.groups], [1, 2 + 4, 4]);
  assertEquals(restored, dequantize(quantized));
  for (let start = 0; start < 96; start += 24) {
    const channel = data.slice(start, start + 24);
    const energy = channel.reduce((sum, x) => sum + x * x, 0);
    const loss = channel.reduce((sum, x, i) => sum + (x - restored[start + i]!) ** 2, 0);
    assertLess(loss / energy, 0.05);
  }
  // One book for all weights as they are loses the small channels.
  const { data: coarse } = quantizeTensor(tensor, { ...options, granularity: "tensor" });
  const lost = data.slice(0, 24).reduce((sum, x, i) => sum + (x - coarse[i]!) ** 2, 0);
  assertGreater(lost / data.slice(0, 24).reduce((sum, x) => sum + x * x, 0), 1);
});

Deno.test("quantizeTensor() with a shared book keeps a channel of zeros", () => {
  const zeros = { shape: [2, 3], data: Float32Array.of(0, 0, 0, 1, -2, 3) };
  const { data: restored } = quantizeTensor(zeros, {
    method: "k-means",
    bits: 2,
    granularity: "channel",
    sharedBook: true,
  });
  assertEquals([...restored.subarray(0, 3)], [0, 0, 0]);
});

Deno.test("quantizeTensor() reports families, KS ranking, books, saturation and the largest error", () => {
  const { report } = quantizeTensor(tensor, { method: "aciq-laplace", bits: 3 });
  assertEquals(report.families, { laplace: 1 });
  assertEquals(report.selection!.ranking.length, 2);
  const [book] = report.codebooks;
  assertEquals([book!.levels.length, book!.thresholds.length], [8, 7]);
  const outside = data.filter((x) => x < book!.levels[0]! || x > book!.levels[7]!).length;
  assertGreater(outside, 0);
  assertEquals(report.saturation, outside / 96);
  const codebook = designCodebook(data, { method: "aciq-laplace", bits: 3 });
  const expected = quantizationError(data, codebook);
  assertEquals(report.maxAbsoluteError, expected.maxAbsolute);
  assertRelative(report.sqnrDb, expected.sqnrDb, 1e-14, "SQNR");
  // Half of the codes 0, a quarter each of 1 and 2.
  const skewed = { shape: [1, 8], data: Float32Array.of(-1, -1, -1, -1, 0, 0, 1, 1) };
  assertEquals(quantizeTensor(skewed, { method: "k-means", bits: 2 }).report.codeEntropy, 1.5);
  assertEquals(
    quantizeTensor({ shape: [2, 1], data: Float32Array.of(3, 3) }, { method: "omse", bits: 2 })
      .report.selection,
    undefined,
  );
});

Deno.test("quantizeTensor() codes are wide where books are", () => {
  const many = { shape: [1000, 1], data: Float32Array.from({ length: 1000 }, (_, i) => i) };
  const { quantized } = quantizeTensor(many, { method: "min-max", bits: 9 });
  assertEquals(quantized.codes instanceof Uint16Array, true);
});

Deno.test("quantizeTensor() names tensor, channel and index of a value that isn't finite", () => {
  const broken = { shape: [4, 6, 2, 2], data: data.slice() };
  broken.data[50] = NaN;
  assertThrows(
    () => quantizeTensor(broken, { method: "min-max", bits: 4 }, "conv1.weight"),
    RangeError,
    "Cannot quantize tensor conv1.weight: Cannot design a codebook as every value must be finite: value 50 is NaN (channel 2, index 2 within it)",
  );
});

Deno.test("quantizeTensor() refuses group sizes that are missing, foreign or no integers", () => {
  for (
    const [options, text] of [
      [
        { granularity: "group" },
        "groupSize must be an integer above 0: current value is undefined",
      ],
      [{ granularity: "group", groupSize: 0 }, "current value is 0"],
      [{ granularity: "group", groupSize: 2.5 }, "current value is 2.5"],
      [
        { groupSize: 8 },
        'groupSize is for granularity "group" alone: current values are 8 and tensor',
      ],
      [
        { granularity: "group", groupSize: 7 },
        "Cannot quantize tensor w: Cannot cut 24 weights of a channel into groups as groupSize must divide them",
      ],
    ] as const
  ) {
    assertThrows(
      () => quantizeTensor(tensor, { method: "min-max", bits: 4, ...options }),
      RangeError,
      text,
    );
  }
});

Deno.test("quantizeTensor() takes a width for each output channel, and counts it", () => {
  const options = { method: "min-max", granularity: "channel" } as const;
  const { quantized, report } = quantizeTensor(tensor, { ...options, bits: [1, 2, 3, 8] });
  assertEquals(quantized.books.map(({ levels }) => levels.length), [2, 4, 8, 256]);
  assertEquals([report.bits, report.payloadBits], [3.5, 24 * (1 + 2 + 3 + 8) + 4 * 4]);
  const groups = { ...options, granularity: "group", groupSize: 8, bits: [1, 2, 3, 8] } as const;
  assertEquals(
    quantizeTensor(tensor, groups).quantized.books.map(({ bits }) => bits),
    [1, 1, 1, 2, 2, 2, 3, 3, 3, 8, 8, 8],
  );
});

/** Every merge of the two rarest adds a bit to each of their codes: the total length of a Huffman code, without making one. */
function huffmanBits(codes: ArrayLike<number>): number {
  let counts = [...Map.groupBy(Array.from(codes), (code) => code).values()].map((own) =>
    own.length
  );
  if (counts.length === 1) return counts[0]!;
  let total = 0;
  while (counts.length > 1) {
    const [first, second, ...rest] = counts.sort((a, b) => a - b);
    total += first! + second!;
    counts = [first! + second!, ...rest];
  }
  return total;
}

Deno.test("quantizeTensor() counts a Huffman code and its table once for each book", () => {
  const options = { method: "deep-compression", bits: 3, granularity: "channel" } as const;
  for (const sharedBook of [false, true]) {
    const { quantized: { codes, books }, report } = quantizeTensor(tensor, {
      ...options,
      sharedBook,
    });
    assertEquals(books.length, sharedBook ? 1 : 4);
    const perBook = codes.length / books.length;
    const sizes = books.map(({ levels }, i) => {
      const own = codes.slice(i * perBook, (i + 1) * perBook);
      const { payloadBits, tableBits } = codedSize(own, levels.length);
      assertEquals(payloadBits, huffmanBits(own));
      assertGreater(tableBits, 0);
      return payloadBits + tableBits;
    });
    assertEquals(report.payloadBits, sizes.reduce((sum, size) => sum + size, 0));
  }
});

Deno.test("reportLayer() counts saturated weights where a negative scale turns the levels round", () => {
  const quantized = {
    shape: [1, 4],
    codes: Uint8Array.of(0, 0, 1, 1),
    groups: Uint32Array.of(0, 4),
    books: [createCodebook([0, 1], { method: "by hand", storedValues: 2 })],
    affine: {
      bounds: Uint32Array.of(0, 4),
      scales: Float64Array.of(-1),
      offsets: Float64Array.of(0),
    },
    storedValues: 3,
  };
  const settings = { name: "w", method: "by hand", widths: [1], granularity: "tensor" } as const;
  const { saturation } = reportLayer(settings, Float32Array.of(0.5, 0, -0.5, -1), quantized);
  assertEquals(saturation, 0.25);
});

Deno.test("quantizeTensor() refuses widths that don't match the channels or their books", () => {
  for (
    const [options, text] of [
      [
        { granularity: "channel", bits: [2, 3] },
        "there must be a width for each of 4 channels: their number is 2",
      ],
      [{ bits: [2, 3, 4, 5] }, "every channel must have a book of its own: granularity is tensor"],
      [
        { granularity: "channel", sharedBook: true, bits: [2, 3, 4, 5] },
        "granularity is channel with a shared book",
      ],
      [{ granularity: "channel", bits: [2, 3, 4, 17] }, "current value is 17"],
    ] as const
  ) {
    assertThrows(
      () => quantizeTensor(tensor, { method: "min-max", ...options }),
      RangeError,
      text,
    );
  }
});
