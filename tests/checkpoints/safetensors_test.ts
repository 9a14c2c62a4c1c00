import { assertEquals, assertGreater, assertInstanceOf, assertThrows } from "@std/assert";
import type { Tensor } from "../../lib/checkpoints/checkpoint.ts";
import { parseSafetensors, serializeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { assertRefusesTruncation, countRefusedFlips } from "./damage.ts";
import { assertTensors, type ExpectedTensors, fixtureBytes } from "./expected.ts";

const { safetensors: expected } = readFixture<{ safetensors: Record<string, ExpectedTensors> }>(
  "checkpoints/expected.json",
);
const note = 'a "quoted" line\nand ü';

for (const name of ["mixed", "plain"]) {
  Deno.test(`parseSafetensors() reads ${name}.safetensors of the reference implementation`, () => {
    const { tensors, metadata } = parseSafetensors(fixtureBytes(`${name}.safetensors`));
    assertTensors(tensors, expected[name]!, { ordered: false });
    assertEquals(metadata, { format: "safetensors", note });
  });
}

Deno.test("parseSafetensors() gives tensors in the order of their data", () => {
  const { tensors } = parseSafetensors(fixtureBytes("plain.safetensors"));
  const names = ["int64", "empty", "float32", "scalar", "int32", "int16", "int8", "uint8"];
  assertEquals([...tensors.keys()], names);
});

Deno.test("serializeSafetensors() writes the reference implementation's bytes again", () => {
  const bytes = fixtureBytes("plain.safetensors");
  assertEquals(serializeSafetensors(parseSafetensors(bytes)), bytes);
});

Deno.test("serializeSafetensors() keeps every value of what was read from float64, float16 and bool", () => {
  const read = parseSafetensors(fixtureBytes("mixed.safetensors"));
  const { tensors, metadata } = parseSafetensors(serializeSafetensors(read));
  assertEquals(new Map([...tensors].sort()), new Map([...read.tensors].sort()));
  assertEquals(metadata, read.metadata);
});

Deno.test("serializeSafetensors() keeps NaN, infinities and -0 to the bit", () => {
  const words = new Uint32Array([0x7fc00001, 0x7f800000, 0xff800000, 0x80000000, 1]);
  const data = new Float32Array(words.buffer);
  const bytes = serializeSafetensors({
    tensors: new Map([["w", { shape: [5], data }]]),
    metadata: {},
  });
  const read = parseSafetensors(bytes).tensors.get("w")!.data;
  assertInstanceOf(read, Float32Array);
  assertEquals(new Uint32Array(read.buffer), words);
});

Deno.test("serializeSafetensors() aligns every array, and keeps the order among equals", () => {
  const tensors = new Map<string, Tensor>([
    ["b", { shape: [1], data: new Int8Array([1]) }],
    ["z", { shape: [1], data: new Float32Array([1]) }],
    ["counter", { shape: [], data: new BigInt64Array([5n]) }],
    ["a", { shape: [1], data: new Float32Array([2]) }],
    ["h", { shape: [1], data: new Int16Array([2]) }],
  ]);
  const bytes = serializeSafetensors({ tensors, metadata: {} });
  assertEquals(bytes[0]! % 8, 0);
  assertEquals([...parseSafetensors(bytes).tensors.keys()], ["counter", "z", "a", "h", "b"]);
});

Deno.test("serializeSafetensors() writes a checkpoint without tensors and takes a view of a larger buffer", () => {
  const empty = serializeSafetensors({ tensors: new Map(), metadata: {} });
  assertEquals(parseSafetensors(empty), {
    tensors: new Map(),
    metadata: { format: "safetensors" },
  });
  const data = new Float32Array([1, 2, 3]).subarray(1);
  const bytes = serializeSafetensors({
    tensors: new Map([["w", { shape: [2], data }]]),
    metadata: {},
  });
  assertEquals(parseSafetensors(bytes).tensors.get("w")!.data, new Float32Array([2, 3]));
});

Deno.test("serializeSafetensors() keeps a file's own format and leaves a loader's out", () => {
  const formatOf = (format: string) =>
    parseSafetensors(serializeSafetensors({ tensors: new Map(), metadata: { format } })).metadata
      .format;
  assertEquals(formatOf("pt"), "pt");
  assertEquals(formatOf("pytorch-legacy"), "safetensors");
});

Deno.test("serializeSafetensors() refuses what is no checkpoint", () => {
  const data = new Float32Array(3);
  const write = (name: string, shape: number[], metadata = {}) => () =>
    serializeSafetensors({ tensors: new Map([[name, { shape, data }]]), metadata });
  const action = "Cannot write the checkpoint as safetensors: ";
  assertThrows(write("w", [2]), TypeError, `${action}tensor w has the shape [2], but 3 values`);
  assertThrows(
    write("__metadata__", [3]),
    RangeError,
    `${action}a tensor cannot have the name __metadata__`,
  );
  assertThrows(
    write("w", [3], { bits: 4 }),
    TypeError,
    `${action}metadata holds something else than texts`,
  );
});

function file(header: string | Uint8Array, data = 0): Uint8Array {
  const encoded = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + encoded.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(encoded.length), true);
  bytes.set(encoded, 8);
  return bytes;
}

function entry(dtype: string, shape: unknown, begin: number, end: number): string {
  return JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
}

const refused:
  readonly (readonly [criterion: string, bytes: Uint8Array, kind: typeof Error, text: string])[] = [
    [
      "no bytes",
      new Uint8Array(0),
      SyntaxError,
      "the data end at byte 0, inside the length of the header",
    ],
    [
      "a header of more than 100 MB",
      new Uint8Array([1, 225, 245, 5, 0, 0, 0, 0, 123]),
      SyntaxError,
      "the header has 100000001 bytes, as stands at byte 0: more than 100000000",
    ],
    ["a header of 2^64 - 1 bytes", new Uint8Array(9).fill(255), SyntaxError, "more than 100000000"],
    [
      "a header that is cut off",
      file("{}").subarray(0, 9),
      SyntaxError,
      "the data end at byte 9, inside the header, which ends at byte 10",
    ],
    [
      "a header that begins with a space",
      file(" {}"),
      SyntaxError,
      "at byte 8 the header does not begin with {",
    ],
    [
      "a header that is not UTF-8",
      file(new Uint8Array([123, 34, 255, 34, 125])),
      SyntaxError,
      "the header, which begins at byte 8: it is not UTF-8",
    ],
    ["a header that is not JSON", file("{a}"), SyntaxError, "the header, which begins at byte 8: "],
    [
      "two tensors of one name",
      file(`{"a":${entry("F32", [0], 0, 0)},"\\u0061":${entry("F32", [0], 0, 0)}}`),
      SyntaxError,
      "the key a stands there twice",
    ],
    [
      "two shapes of a tensor",
      file(`{"a":{"dtype":"U8","shape":[1],"shape":[0],"data_offsets":[0,0]}}`),
      SyntaxError,
      "the key shape stands there twice",
    ],
    [
      "a number in the metadata",
      file(`{"__metadata__":{"bits":4}}`),
      SyntaxError,
      "__metadata__ holds something else than texts",
    ],
    [
      "a tensor that is a list",
      file(`{"a":[]}`),
      SyntaxError,
      "tensor a: its description is not an object",
    ],
    [
      "a tensor without a type",
      file(`{"a":{"shape":[],"data_offsets":[0,0]}}`),
      SyntaxError,
      "tensor a: it has no dtype",
    ],
    [
      "a tensor of an unsupported type",
      file(`{"a":${entry("F8_E4M3", [1], 0, 1)}}`, 1),
      TypeError,
      "tensor a: values of type F8_E4M3 are not supported",
    ],
    [
      "a type that every object has",
      file(`{"a":${entry("constructor", [1], 0, 1)}}`, 1),
      TypeError,
      "tensor a: values of type constructor are not supported",
    ],
    [
      "a negative length",
      file(`{"a":${entry("U8", [-1], 0, 0)}}`),
      SyntaxError,
      "tensor a: the shape must be a list of whole numbers",
    ],
    [
      "a shape beyond 2^53",
      file(`{"a":${entry("U8", [2 ** 40, 2 ** 40], 0, 0)}}`),
      SyntaxError,
      "tensor a: the shape [1099511627776, 1099511627776] has too many values",
    ],
    [
      "three offsets",
      file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0,0]}}`),
      SyntaxError,
      "tensor a: data_offsets is not a pair",
    ],
    [
      "offsets that go back",
      file(`{"a":${entry("U8", [1], 1, 0)}}`, 1),
      SyntaxError,
      "tensor a: the shape [1] of U8 takes 1 bytes, but data_offsets are [1, 0]",
    ],
    [
      "a size that disagrees with the shape",
      file(`{"a":${entry("F32", [2], 0, 4)}}`, 4),
      SyntaxError,
      "tensor a: the shape [2] of F32 takes 8 bytes, but data_offsets are [0, 4]",
    ],
    [
      "data that begin late",
      file(`{"a":${entry("U8", [1], 1, 2)}}`, 2),
      SyntaxError,
      "tensor a begins at byte 62, but the data before it end at byte 61",
    ],
    [
      "a gap",
      file(`{"a":${entry("U8", [1], 0, 1)},"b":${entry("U8", [1], 2, 3)}}`, 3),
      SyntaxError,
      "tensor b begins at byte",
    ],
    [
      "an overlap",
      file(`{"a":${entry("U8", [2], 0, 2)},"b":${entry("U8", [2], 1, 3)}}`, 3),
      SyntaxError,
      "tensor b begins at byte",
    ],
    [
      "data that are cut off",
      file(`{"a":${entry("U8", [3], 0, 3)}}`, 2),
      SyntaxError,
      "the data end at byte 63, inside tensor a, which ends at byte 64",
    ],
    [
      "bytes after the last tensor",
      file(`{"a":${entry("U8", [1], 0, 1)}}`, 3),
      SyntaxError,
      "2 bytes that belong to no tensor follow at byte 62",
    ],
    [
      "a float64 that float32 cannot hold",
      withFloat64(1e300),
      RangeError,
      "tensor a: value 0 is 1e+300, which float32 cannot hold",
    ],
  ];

function withFloat64(value: number): Uint8Array {
  const bytes = file(`{"a":${entry("F64", [1], 0, 8)}}`, 8);
  new DataView(bytes.buffer).setFloat64(bytes.length - 8, value, true);
  return bytes;
}

for (const [criterion, bytes, kind, text] of refused) {
  Deno.test(`parseSafetensors() refuses ${criterion}`, () => {
    const action = "Cannot read /x.safetensors as safetensors: ";
    assertThrows(() => parseSafetensors(bytes, { source: "/x.safetensors" }), kind, action);
    assertThrows(() => parseSafetensors(bytes), kind, text);
  });
}

Deno.test("parseSafetensors() keeps infinities of float64 and names like those of objects", () => {
  const infinite = parseSafetensors(withFloat64(-Infinity));
  assertEquals(infinite.tensors.get("a")!.data, new Float32Array([-Infinity]));
  const { tensors } = parseSafetensors(file(`{"__proto__":${entry("U8", [1], 0, 1)}}`, 1));
  assertEquals([...tensors.keys()], ["__proto__"]);
});

Deno.test("parseSafetensors() writes names of strangers into one line", () => {
  const bytes = file(`{"a\\n\\u001b[31m${"x".repeat(5000)}":{}}`);
  const error = assertThrows(
    () => parseSafetensors(bytes),
    SyntaxError,
    "tensor a\\u000a\\u001b[31mxxx",
  ) as Error;
  assertEquals(error.message.includes("\n"), false);
  assertGreater(1200, error.message.length);
});

slowTest("parseSafetensors() refuses every truncation and survives flipped bits", async () => {
  for (const name of ["mixed", "plain"]) {
    const bytes = fixtureBytes(`${name}.safetensors`);
    await assertRefusesTruncation(parseSafetensors, bytes);
    assertGreater(await countRefusedFlips(parseSafetensors, bytes, 2000), 500);
  }
});

Deno.test("serializeSafetensors() refuses shapes that are none, and arrays that TypeScript would have refused", () => {
  const write = (shape: readonly number[], data: Float32Array) =>
    serializeSafetensors({ tensors: new Map([["a", { shape, data }]]), metadata: {} });
  for (const shape of [[0.5, 4], [-2, -1], [NaN]]) {
    assertThrows(
      () => write(shape, new Float32Array(2)),
      TypeError,
      `tensor a must have a shape of whole numbers, but has [${shape.join(", ")}]`,
    );
  }
  assertThrows(
    () => write([1], new Float64Array(1) as unknown as Float32Array),
    TypeError,
    "tensor a must hold one of the arrays of TensorData, but holds Float64Array",
  );
});
