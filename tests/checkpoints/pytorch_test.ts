import { assertEquals, assertGreater, assertRejects, assertStringIncludes } from "@std/assert";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader, ZipWriter } from "@zip.js/zip.js";
import { parsePyTorch } from "../../lib/checkpoints/pytorch.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { assertRefusesTruncation, countRefusedFlips } from "./damage.ts";
import { assertTensors, type ExpectedTensors, fixtureBytes, latin1 } from "./expected.ts";

const versions = ["torch-1.13", "torch-2.15"] as const;

for (const version of versions) {
  const { checkpoints } = readFixture<{ checkpoints: Record<string, ExpectedTensors> }>(
    `checkpoints/${version}/expected.json`,
  );
  for (const [name, expected] of Object.entries(checkpoints)) {
    Deno.test(`parsePyTorch() reads what PyTorch reads in ${version}/${name}.pt`, async () => {
      const { tensors, metadata } = await parsePyTorch(fixtureBytes(`${version}/${name}.pt`));
      assertTensors(tensors, expected);
      const format = name.endsWith(".legacy") ? "pytorch-legacy" : "pytorch-zip";
      assertEquals(metadata, { format });
    });
  }
}

Deno.test("parsePyTorch() gives tensors of a shared storage arrays of their own", async () => {
  const { tensors } = await parsePyTorch(fixtureBytes("torch-1.13/strides.pt"));
  const buffers = new Set([...tensors.values()].map(({ data }) => data.buffer));
  assertEquals(buffers.size, tensors.size);
});

type Refusal = readonly [
  criterion: string,
  file: string,
  kind: typeof SyntaxError | typeof TypeError,
  text: string,
];
const refused: readonly Refusal[] = [
  [
    "a pickle that calls os.system",
    "os_system.pt",
    SyntaxError,
    "os_system/data.pkl: it refers to posix.system at byte 177, which is refused: only tensors (a network by its state_dict) and plain values are read, and nothing is run",
  ],
  [
    "a whole network",
    "whole_network.pt",
    SyntaxError,
    "whole_network/data.pkl: it refers to __main__.Network at byte 2, which is refused",
  ],
  [
    "a checkpoint without tensors",
    "no_tensors.pt",
    TypeError,
    "there is no tensor at the top level, under state_dict or under model_state_dict; keys: epoch, model",
  ],
  [
    "complex numbers",
    "complex.pt",
    TypeError,
    "tensor weight: values of type complex64 are not supported",
  ],
  [
    "complex numbers in the legacy stream",
    "complex.legacy.pt",
    TypeError,
    "tensor weight: values of type complex64 are not supported",
  ],
  [
    "the byte order of other machines",
    "big_endian.pt",
    SyntaxError,
    "it was written on a big-endian machine, which is not read",
  ],
  [
    "compressed records",
    "compressed.pt",
    SyntaxError,
    "is compressed or encrypted, which PyTorch never does",
  ],
];
for (const version of versions) {
  for (const [criterion, file, kind, text] of refused) {
    Deno.test(`parsePyTorch() refuses ${criterion} (${version})`, async () => {
      const bytes = fixtureBytes(`${version}/${file}`);
      const error = await assertRejects(
        () => parsePyTorch(bytes, { source: "/x/y.pt" }),
        kind,
        text,
      );
      assertStringIncludes(
        (error as Error).message,
        "Cannot read /x/y.pt as a PyTorch checkpoint: ",
      );
    });
  }
}

Deno.test("parsePyTorch() refuses a legacy pickle that calls os.system, and nothing runs", async () => {
  const bytes = fixtureBytes("torch-1.13/os_system.legacy.pt");
  const position = new TextDecoder("latin1").decode(bytes).indexOf("cposix\nsystem\n");
  assertGreater(position, 0);
  await assertRejects(
    () => parsePyTorch(bytes),
    SyntaxError,
    `it refers to posix.system at byte ${position}, which is refused`,
  );
});

Deno.test("parsePyTorch() refuses the legacy stream of a big-endian machine", async () => {
  const bytes = fixtureBytes("torch-1.13/parameters.legacy.pt");
  const key = "little_endian";
  const position = new TextDecoder("latin1").decode(bytes).indexOf(key) + key.length;
  const isTrue = bytes.indexOf(0x88, position);
  assertGreater(isTrue, position);
  bytes[isTrue] = 0x89;
  await assertRejects(
    () => parsePyTorch(bytes),
    SyntaxError,
    "it was written on a big-endian machine",
  );
});

slowTest("parsePyTorch() refuses a legacy stream cut off inside what it skips", async () => {
  const bytes = fixtureBytes("torch-1.13/model_state_dict.legacy.pt");
  const text = new TextDecoder("latin1").decode(bytes);
  assertStringIncludes(text, "momentum_buffer");
  await assertRefusesTruncation(parsePyTorch, bytes);
});

slowTest("parsePyTorch() finds any flipped bit of a zip archive's values", async () => {
  const bytes = fixtureBytes("torch-2.15/protocol2.pt");
  const first = new Uint8Array(new Float32Array([-0.375, -0.25, -0.125, 0]).buffer);
  const start = bytes.findIndex((_, i) => first.every((byte, j) => bytes[i + j] === byte));
  assertGreater(start, 0);
  for (let bit = 0; bit < 8 * first.length; bit++) {
    const damaged = bytes.slice();
    damaged[start + (bit >> 3)]! ^= 1 << (bit & 7);
    await assertRejects(
      () => parsePyTorch(damaged),
      SyntaxError,
      "tensor a: the zip archive, which ends at byte",
    );
  }
});

for (const version of versions) {
  slowTest(`parsePyTorch() refuses every truncation (${version})`, async () => {
    for (
      const name of ["dtypes.legacy", "strides.legacy", "protocol1.legacy", "protocol5.legacy"]
    ) {
      await assertRefusesTruncation(parsePyTorch, fixtureBytes(`${version}/${name}.pt`));
    }
    await assertRefusesTruncation(parsePyTorch, fixtureBytes(`${version}/protocol2.pt`));
    await assertRefusesTruncation(parsePyTorch, fixtureBytes(`${version}/state_dict.pt`), 17);
  });

  slowTest(`parsePyTorch() survives flipped bits (${version})`, async () => {
    for (
      const name of ["dtypes", "strides", "state_dict", "parameters", "protocol1", "protocol4"]
    ) {
      for (const [container, flips] of [[".legacy", 800], ["", 200]] as const) {
        const bytes = fixtureBytes(`${version}/${name}${container}.pt`);
        const refusals = await countRefusedFlips(parsePyTorch, bytes, flips);
        assertGreater(refusals, flips / 10, name);
      }
    }
  });
}

/** A legacy stream with one float32 storage of four values and a tensor `w` on it, described by a pickled tuple. */
function legacyStream(offsetShapeStrides: string, storage = "K\x04"): Uint8Array<ArrayBuffer> {
  const magic = "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.";
  const system = "}X\x0d\x00\x00\x00little_endian\x88s.";
  const id =
    `(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu${storage}NtQ`;
  const tensor = `ctorch._utils\n_rebuild_tensor\n(${id}${offsetShapeStrides}tR`;
  const state = `}X\x01\x00\x00\x00w${tensor}s.`;
  const keys = "]X\x01\x00\x00\x000a.";
  const values = "\x04\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x80\x3f".repeat(4);
  return latin1(magic + system + state + keys + values);
}

Deno.test("parsePyTorch() takes a view that ends with the storage", async () => {
  const { tensors } = await parsePyTorch(legacyStream("K\x01K\x03\x85K\x01\x85"));
  assertEquals(tensors.get("w"), { shape: [3], data: new Float32Array([1, 1, 1]) });
});

const hostile:
  readonly (readonly [criterion: string, view: string, kind: typeof Error, text: string])[] = [
    [
      "a view beyond the storage",
      "K\x02K\x03\x85K\x01\x85",
      SyntaxError,
      "tensor w: it reaches value 4 of a storage that holds 4",
    ],
    [
      "strides beyond the storage",
      "K\x00K\x02K\x02\x86K\x04K\x01\x86",
      SyntaxError,
      "tensor w: it reaches value 5 of a storage that holds 4",
    ],
    [
      "fewer strides than axes",
      "K\x00K\x02K\x02\x86K\x02\x85",
      SyntaxError,
      "tensor w: it has 2 axes but 1 strides",
    ],
    [
      "a negative offset",
      "J\xff\xff\xff\xffK\x02\x85K\x01\x85",
      SyntaxError,
      "the storage offset must be a list of whole numbers",
    ],
    [
      "a negative length",
      "K\x00J\xff\xff\xff\xff\x85K\x01\x85",
      SyntaxError,
      "the shape must be a list of whole numbers",
    ],
    [
      "a fractional length",
      "K\x00G\x3f\xf8\x00\x00\x00\x00\x00\x00\x85K\x01\x85",
      SyntaxError,
      "the shape must be a list of whole numbers",
    ],
    [
      "a shape that is a text",
      "K\x00U\x01aK\x01\x85",
      SyntaxError,
      "the shape must be a list of whole numbers",
    ],
    [
      "a billion values by strides of 0",
      "K\x00J\x00\x00\x00\x40\x85K\x00\x85",
      RangeError,
      "up to tensor w it describes 1073741824 values, too many for a file of",
    ],
    [
      "2^60 values",
      "K\x00J\x00\x00\x00\x40J\x00\x00\x00\x40\x86K\x00K\x00\x86",
      SyntaxError,
      "tensor w: the shape [1073741824, 1073741824] has too many values",
    ],
    [
      "a thousand axes",
      `K\x00(${"K\x01".repeat(1000)}t(${"K\x01".repeat(1000)}t`,
      SyntaxError,
      "the shape has 1000 axes: more than 64",
    ],
  ];
for (const [criterion, view, kind, text] of hostile) {
  Deno.test(`parsePyTorch() refuses ${criterion}`, async () => {
    await assertRejects(() => parsePyTorch(legacyStream(view)), kind, text);
  });
}

Deno.test("parsePyTorch() refuses a storage whose count disagrees with the pickle", async () => {
  await assertRejects(
    () => parsePyTorch(legacyStream("K\x00K\x02\x85K\x01\x85", "K\x03")),
    SyntaxError,
    "tensor w: storage 0 has 4 values at byte",
  );
});

Deno.test("parsePyTorch() refuses bytes that are neither container", async () => {
  await assertRejects(
    () => parsePyTorch(latin1("weights")),
    SyntaxError,
    "at byte 0 stands neither a zip archive nor PyTorch's magic number",
  );
  await assertRejects(
    () => parsePyTorch(latin1("\x80\x02K\x01.")),
    SyntaxError,
    "at byte 0 stands something else than PyTorch's magic number",
  );
});

/** The records of a zip archive, some left out or replaced. */
async function rewritten(
  path: string,
  changes: Readonly<Record<string, Uint8Array | undefined>>,
): Promise<Uint8Array> {
  const entries = await new ZipReader(new Uint8ArrayReader(fixtureBytes(path))).getEntries();
  const writer = new ZipWriter(new Uint8ArrayWriter(), { level: 0, useWebWorkers: false });
  for (const entry of entries) {
    if (entry.directory) continue;
    const record = entry.filename.replace(/^[^/]*\//, "");
    const content = record in changes
      ? changes[record]
      : new Uint8Array(await entry.arrayBuffer({ useWebWorkers: false }));
    if (content) await writer.add(entry.filename, new Uint8ArrayReader(content));
  }
  return await writer.close();
}

Deno.test("parsePyTorch() takes a zip archive that another program has packed", async () => {
  const { tensors } = await parsePyTorch(await rewritten("torch-1.13/protocol2.pt", {}));
  assertEquals(tensors.get("a"), {
    shape: [2, 2],
    data: new Float32Array([-0.375, -0.25, -0.125, 0]),
  });
});

Deno.test("parsePyTorch() refuses a zip archive that lacks a record or has one of wrong length", async () => {
  const path = "torch-1.13/protocol2.pt";
  const cases: readonly (readonly [Record<string, Uint8Array | undefined>, string])[] = [
    [{ "data.pkl": undefined }, "the zip archive has no data.pkl, so PyTorch did not write it"],
    [{ "data/0": undefined }, "tensor a: the zip archive has no protocol2/data/0"],
    [
      { "data/0": new Uint8Array(12) },
      "tensor a: protocol2/data/0 has 12 bytes, but the pickle says 16",
    ],
    [
      { version: undefined, "data/1": new Uint8Array(0) },
      "tensor ü: protocol2/data/1 has 0 bytes, but the pickle says 4",
    ],
  ];
  for (const [changes, text] of cases) {
    const bytes = await rewritten(path, changes);
    await assertRejects(() => parsePyTorch(bytes), SyntaxError, text);
  }
});
