import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { parseNpy, serializeNpy } from "../../lib/checkpoints/npy.ts";
import { parseNpz, serializeNpz } from "../../lib/checkpoints/npz.ts";
import { saveCheckpoint } from "../../lib/checkpoints/save.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { assertRefusesTruncation, countRefusedFlips } from "./damage.ts";
import { assertTensors, type ExpectedTensors, fixtureBytes, fixtureUrl } from "./expected.ts";

const expected = readFixture<Record<"stored" | "deflated" | "parallel", ExpectedTensors>>(
  "checkpoints/npz.json",
);

for (const name of ["stored", "deflated"] as const) {
  Deno.test(`parseNpz() reads a ${name} archive as NumPy does, in its order`, async () => {
    const { tensors, metadata } = await parseNpz(fixtureBytes(`npz/${name}.npz`));
    assertTensors(tensors, expected[name]);
    assertEquals(metadata, { format: "npz" });
  });
}

Deno.test("parseNpz() removes the prefix module. where all names have it", async () => {
  const { tensors } = await parseNpz(fixtureBytes("npz/parallel.npz"));
  assertEquals([...tensors.keys()], ["b", "a"]);
});

interface ZipFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly password?: string;
}

async function zipOf(...files: readonly ZipFile[]): Promise<Uint8Array<ArrayBuffer>> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const { name, content, password } of files) {
    await writer.add(name, new Uint8ArrayReader(content), { password });
  }
  return await writer.close();
}

const array = fixtureBytes("npy/conv1.npy");

Deno.test("parseNpz() leaves out files and folders that are no arrays", async () => {
  const bytes = await zipOf(
    { name: "README.md", content: new Uint8Array(3) },
    { name: "a/b.npy", content: array },
  );
  assertEquals([...(await parseNpz(bytes)).tensors.keys()], ["a/b"]);
});

Deno.test("parseNpz() refuses pickled objects, and names the array", async () => {
  await assertRejects(
    () => parseNpz(fixtureBytes("npz/object.npz"), { source: "/x/object.npz" }),
    TypeError,
    "Cannot read /x/object.npz/notes.npy as a NumPy array: values of type |O are not supported",
  );
});

Deno.test("parseNpz() refuses an archive without arrays", async () => {
  for (
    const bytes of [
      fixtureBytes("npz/none.npz"),
      await zipOf({ name: "weights.bin", content: array }),
    ]
  ) {
    await assertRejects(
      () => parseNpz(bytes),
      TypeError,
      "Cannot read the bytes as a NumPy archive: there is no array: no file in it ends in .npy",
    );
  }
});

Deno.test("parseNpz() refuses encrypted arrays", async () => {
  const bytes = await zipOf({ name: "a.npy", content: array, password: "secret" });
  await assertRejects(() => parseNpz(bytes), SyntaxError, "NumPy archive: a.npy is encrypted");
});

/** Where the text stands in the bytes, every time. */
function placesOf(text: string, bytes: Uint8Array): readonly number[] {
  const latin1 = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return [...latin1.matchAll(RegExp(text, "g"))].map(({ index }) => index);
}

Deno.test("parseNpz() refuses two arrays of one name", async () => {
  const bytes = await zipOf({ name: "a.npy", content: array }, { name: "b.npy", content: array });
  for (const place of placesOf("b\\.npy", bytes)) bytes[place] = "a".charCodeAt(0);
  await assertRejects(
    () => parseNpz(bytes),
    SyntaxError,
    "the zip archive has two records named a.npy",
  );
});

/** Sets fields of the archive's one entry, where its directory and the record itself have them. */
async function forged(
  field: { directory: number; record: number; size: 2 | 4 },
  value: number,
): Promise<Uint8Array> {
  const bytes = await zipOf({ name: "a.npy", content: new Uint8Array(1e5) });
  const view = new DataView(bytes.buffer);
  const places = [
    placesOf("PK\x01\x02", bytes)[0]! + field.directory,
    placesOf("PK\x03\x04", bytes)[0]! + field.record,
  ];
  for (const place of places) {
    if (field.size === 2) view.setUint16(place, value, true);
    else view.setUint32(place, value, true);
  }
  return bytes;
}
const method = { directory: 10, record: 8, size: 2 } as const;
const uncompressedSize = { directory: 24, record: 22, size: 4 } as const;

Deno.test("parseNpz() refuses a bomb before it unpacks it", async () => {
  const bytes = await forged(uncompressedSize, 2 ** 30);
  await assertRejects(
    () => parseNpz(bytes),
    RangeError,
    `up to a.npy the arrays take ${2 ** 30} bytes, too many for a file of ${bytes.length} bytes`,
  );
});

Deno.test("parseNpz() refuses an array that unpacks to more than its record says", async () => {
  const bytes = await forged(uncompressedSize, 1000);
  await assertRejects(
    () => parseNpz(bytes),
    SyntaxError,
    `the zip archive, which ends at byte ${bytes.length}, is cut off or damaged in a.npy: `,
  );
});

Deno.test("parseNpz() refuses a compression that NumPy doesn't have", async () => {
  const bytes = await forged(method, 12);
  await assertRejects(
    () => parseNpz(bytes),
    SyntaxError,
    "a.npy is compressed by method 12: NumPy has but 0 and 8",
  );
});

slowTest(
  "parseNpz() refuses truncation, survives flipped bits and finds those of values",
  async () => {
    for (const name of ["stored", "deflated"]) {
      const bytes = fixtureBytes(`npz/${name}.npz`);
      await assertRefusesTruncation(parseNpz, bytes, 11);
      assertGreater(await countRefusedFlips(parseNpz, bytes, 150), 75);
    }
    const bytes = fixtureBytes("npz/parallel.npz");
    const [place] = placesOf("\x93NUMPY", bytes);
    bytes[place! + 128]! ^= 1; // The first value: only the checksum can tell.
    await assertRejects(() => parseNpz(bytes), SyntaxError, "damaged in module.b.npy: ");
  },
);

Deno.test("loadCheckpoint() tells NumPy's archive from PyTorch's by content, and a damaged one by its ending", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bitbell npz " });
  try {
    const place = `${folder}/weights.pth`;
    await Deno.copyFile(fixtureUrl("npz/deflated.npz"), place);
    assertEquals((await loadCheckpoint(place)).metadata.format, "npz");
    await Deno.copyFile(fixtureUrl("torch-2.15/protocol2.pt"), `${folder}/torch.npz`);
    assertEquals((await loadCheckpoint(`${folder}/torch.npz`)).metadata.format, "pytorch-zip");
    const cut = fixtureBytes("npz/deflated.npz").subarray(0, -30);
    for (const [name, kind] of [["cut.npz", "NumPy archive"], ["cut.pt", "PyTorch checkpoint"]]) {
      await Deno.writeFile(`${folder}/${name}`, cut);
      await assertRejects(
        () => loadCheckpoint(`${folder}/${name}`),
        SyntaxError,
        `Cannot read ${folder}/${name} as a ${kind}: the zip archive, which ends at byte`,
      );
    }
    await assertRejects(
      () => loadCheckpoint(fixtureUrl("npz/none.npz")),
      TypeError,
      "none.npz as a NumPy archive: there is no array",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("serializeNpy() writes the bytes that NumPy writes", () => {
  const names = ["conv1", "scalar", "empty", "float_little_f4", "int_little_i8", "int_little_i4"];
  for (const name of [...names, "int_little_i2", "int_i1", "int_u1"]) {
    const bytes = fixtureBytes(`npy/${name}.npy`);
    assertEquals(serializeNpy(name, parseNpy(bytes)), bytes, name);
  }
});

const small: Checkpoint = {
  tensors: new Map([
    ["b.weight", { shape: [2, 1], data: new Float32Array([NaN, -0]) }],
    ["a/größe\\:*?", { shape: [], data: new BigInt64Array([-(2n ** 63n)]) }],
  ]),
  metadata: { format: "pytorch-zip" },
};

Deno.test("saveCheckpoint() writes an archive whose tensors load as they were, in their order", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bitbell npz " });
  try {
    await saveCheckpoint(`${folder}/small.npz`, small);
    const loaded = await loadCheckpoint(`${folder}/small.npz`);
    assertEquals([...loaded.tensors], [...small.tensors]);
    assertEquals(loaded.metadata, { format: "npz" });
    assertEquals(await serializeNpz(loaded), await Deno.readFile(`${folder}/small.npz`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("serializeNpz() refuses metadata, which would be lost", async () => {
  await assertRejects(
    () => serializeNpz({ ...small, metadata: { format: "npz", top1: "0.9", bits: "4" } }),
    RangeError,
    "as a NumPy archive: it has no place for metadata, and there are top1, bits: leave them out",
  );
});

Deno.test("parseNpz() reads back names that would lead out of a folder, as NumPy does: no file gets them", async () => {
  const names = ["/absolute", "../above", "a/../b", "\\share", "C:\\weights"];
  const tensors = new Map(names.map((name) => [name, { shape: [1], data: Float32Array.of(2) }]));
  const loaded = await parseNpz(await serializeNpz({ tensors, metadata: {} }));
  assertEquals([...loaded.tensors], [...tensors]);
});

Deno.test("serializeNpz() refuses names that would be read as others", async () => {
  const cases = [
    ["a\0b", "tensor a\\u0000b has a character in its name that an archive can't hold"],
    ["a\ud800", "tensor a\\ud800 has a character in its name that an archive can't hold"],
    ["ö".repeat(2 ** 15), "a tensor's name takes 65540 bytes with .npy, an archive holds 65535: ö"],
  ] as const;
  for (const [name, message] of cases) {
    const tensors = new Map([[name, { shape: [1], data: new Float32Array(1) }]]);
    await assertRejects(() => serializeNpz({ tensors, metadata: {} }), RangeError, message);
  }
});

Deno.test("serializeNpz() refuses a tensor whose shape disagrees with its data", async () => {
  const tensors = new Map([["w", { shape: [3], data: new Float32Array(2) }]]);
  await assertRejects(
    () => serializeNpz({ tensors, metadata: {} }),
    TypeError,
    "Cannot write the checkpoint as a NumPy archive: tensor w has the shape [3], but 2 values",
  );
});
