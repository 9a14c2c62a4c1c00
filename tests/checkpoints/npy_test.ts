import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { parseNpy } from "../../lib/checkpoints/npy.ts";
import { readFixture } from "../fixture.ts";
import { assertRefusesTruncation, countRefusedFlips } from "./damage.ts";
import { assertTensors, type ExpectedTensors, fixtureBytes, latin1 } from "./expected.ts";

const { npy: expected } = readFixture<{ npy: ExpectedTensors }>("checkpoints/expected.json");

for (const [name, tensor] of Object.entries(expected)) {
  Deno.test(`parseNpy() reads ${name}.npy as NumPy does`, () => {
    assertTensors(new Map([[name, parseNpy(fixtureBytes(`npy/${name}.npy`))]]), { [name]: tensor });
  });
}

const types = {
  complex: "<c8",
  unsigned: "<u4",
  text: "<U2",
  object: "|O",
  structured: "structured",
};
for (const [name, type] of Object.entries(types)) {
  Deno.test(`parseNpy() refuses an array of ${name} type`, () => {
    assertThrows(
      () => parseNpy(fixtureBytes(`npy_refused/${name}.npy`), { source: `/x/${name}.npy` }),
      TypeError,
      `Cannot read /x/${name}.npy as a NumPy array: values of type ${type} are not supported`,
    );
  });
}

function file(header: string, data = "", version = "\x01\x00"): Uint8Array {
  const low = String.fromCharCode(header.length & 255),
    high = String.fromCharCode(header.length >> 8);
  return latin1(`\x93NUMPY${version}${low}${high}${header}${data}`);
}

const header = (shape: string, descr = "'|u1'") =>
  `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }\n`;

Deno.test("parseNpy() reads the shapes that Python 2 and other programs write", () => {
  const values = "\x01\x02\x03\x04\x05\x06";
  for (const shape of ["(2L, 3L)", "(2,3)", "( 2 , 3 )"]) {
    assertEquals(parseNpy(file(header(shape), values)).shape, [2, 3]);
  }
  const compact = "{'shape':(6,),'fortran_order':False,'descr':'|u1'}";
  assertEquals(parseNpy(file(compact, values)), {
    shape: [6],
    data: new Uint8Array([1, 2, 3, 4, 5, 6]),
  });
});

const refused: readonly (readonly [criterion: string, bytes: Uint8Array, text: string])[] = [
  ["bytes of another kind", latin1("NUMPY"), "at byte 0 stands no NumPy magic text"],
  [
    "a version to come",
    file(header("(1,)"), "\x01", "\x04\x00"),
    "at byte 6 stands version 4, which is unknown",
  ],
  [
    "a file without a header",
    latin1("\x93NUMPY\x01\x00"),
    "the data end at byte 8, before the header",
  ],
  [
    "a header that is cut off",
    file(header("(1,)")).subarray(0, 20),
    "the data end at byte 20, inside the header, which ends at byte",
  ],
  [
    "a header of 60 kB",
    file(header("(1,)").padEnd(60000), "\x01"),
    "the header at byte 10 has more than 10000 bytes",
  ],
  [
    "a header without a shape",
    file("{'descr': '|u1', 'fortran_order': False, }", "\x01"),
    "the header at byte 10 lacks descr, fortran_order or shape",
  ],
  [
    "an expression as shape",
    file(header("(__import__('os'),)"), "\x01"),
    "lacks descr, fortran_order or shape",
  ],
  [
    "a shape beyond 2^53",
    file(header("(99999999999, 99999999999)"), "\x01"),
    "the shape [99999999999, 99999999999] has too many values",
  ],
  [
    "an axis beyond 2^53",
    file(header("(99999999999999999999,)"), "\x01"),
    "the shape must be a list of whole numbers",
  ],
  ["65 axes", file(header(`(${"1, ".repeat(65)})`), "\x01"), "the shape has 65 axes: more than 64"],
  [
    "values that are cut off",
    file(header("(3,)"), "\x01\x02"),
    "the data end at byte 70, inside the values, which end at byte 71",
  ],
  [
    "bytes after the values",
    file(header("(1,)"), "\x01\x02\x03"),
    "2 bytes follow the values, which end at byte 69",
  ],
];
for (const [criterion, bytes, text] of refused) {
  Deno.test(`parseNpy() refuses ${criterion}`, () => {
    assertThrows(() => parseNpy(bytes), SyntaxError, text);
  });
}

Deno.test("parseNpy() refuses a float64 that float32 cannot hold", () => {
  const bytes = file(header("(2,)", "'<f8'"), "\0".repeat(16));
  new DataView(bytes.buffer).setFloat64(bytes.length - 8, 1e39, true);
  assertThrows(() => parseNpy(bytes), RangeError, "value 1 is 1e+39, which float32 cannot hold");
});

Deno.test("parseNpy() refuses every truncation and survives flipped bits", async () => {
  for (const name of ["conv1", "conv10", "version2"]) {
    const bytes = fixtureBytes(`npy/${name}.npy`);
    await assertRefusesTruncation(parseNpy, bytes);
    assertGreater(await countRefusedFlips(parseNpy, bytes, 1000), 100);
  }
});
