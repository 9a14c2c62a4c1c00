import * as assertions from "@std/assert";
import * as standIn from "./std_assert.ts";

// Where jsr.io answers, the first of the two is the real one: then this compares them.
const libraries = { "@std/assert": assertions, "the stand-in": standIn as typeof assertions };

type Case = [body: (library: typeof assertions) => unknown, holds: boolean];

const oops = () => {
  throw new TypeError("Cannot add as b is missing");
};
const cases: Case[] = [
  [({ assert }) => assert(1), true],
  [({ assert }) => assert(0), false],
  [({ assertExists }) => assertExists(0), true],
  [({ assertExists }) => assertExists(null), false],
  [({ assertEquals }) => assertEquals(NaN, NaN), true],
  [({ assertEquals }) => assertEquals(0, -0), true],
  [({ assertEquals }) => assertEquals({ a: [0, -0] }, { a: [-0, 0] }), true],
  [({ assertEquals }) => assertEquals(new Float32Array([0, 1]), new Float32Array([-0, 1])), true],
  [({ assertEquals }) => assertEquals(new Float64Array([NaN]), new Float64Array([NaN])), true],
  [({ assertEquals }) => assertEquals(new Uint8Array([1, 2]), new Uint8Array([1, 2])), true],
  [({ assertEquals }) => assertEquals(new Uint8Array([1, 2]), new Uint8Array([1, 3])), false],
  [({ assertEquals }) => assertEquals<unknown>(new Uint8Array([1]), new Int8Array([1])), false],
  [({ assertEquals }) => assertEquals<unknown>([1], new Uint8Array([1])), false],
  [({ assertEquals }) => assertEquals<unknown>(1, "1"), false],
  [({ assertEquals }) => assertEquals([1, 2], [1, 2, 3]), false],
  [({ assertEquals }) => assertEquals<unknown>({ a: undefined }, {}), false],
  [({ assertEquals }) => assertEquals(new Map([[1, -0]]), new Map([[1, 0]])), true],
  [({ assertEquals }) => assertEquals(new Map([[1, 2]]), new Map([[1, 3]])), false],
  [({ assertEquals }) => assertEquals(new Set([1, 2]), new Set([2, 1])), true],
  [({ assertEquals }) => assertEquals(new Set([1, 2]), new Set([1, 3])), false],
  [({ assertNotEquals }) => assertNotEquals([1], [2]), true],
  [({ assertNotEquals }) => assertNotEquals([0], [-0]), false],
  [({ assertStrictEquals }) => assertStrictEquals(NaN, NaN), true],
  [({ assertStrictEquals }) => assertStrictEquals(0, -0), false],
  [({ assertStrictEquals }) => assertStrictEquals<unknown>([], []), false],
  [({ assertAlmostEquals }) => assertAlmostEquals(1 + 0.9e-7, 1), true],
  [({ assertAlmostEquals }) => assertAlmostEquals(1 + 1.1e-7, 1), false],
  [({ assertAlmostEquals }) => assertAlmostEquals(1e-9, 0), false],
  [({ assertAlmostEquals }) => assertAlmostEquals(1.25, 1, 0.25), true],
  [({ assertAlmostEquals }) => assertAlmostEquals(1.26, 1, 0.25), false],
  [({ assertAlmostEquals }) => assertAlmostEquals(NaN, 1, 1), false],
  [({ assertAlmostEquals }) => assertAlmostEquals(NaN, NaN), true],
  [({ assertAlmostEquals }) => assertAlmostEquals(Infinity, Infinity), true],
  [({ assertAlmostEquals }) => assertAlmostEquals(Infinity, 1), false],
  [({ assertGreater }) => assertGreater(2, 1), true],
  [({ assertGreater }) => assertGreater(NaN, 1), false],
  [({ assertGreaterOrEqual }) => assertGreaterOrEqual(1, 1), true],
  [({ assertGreaterOrEqual }) => assertGreaterOrEqual(0, 1), false],
  [({ assertLess }) => assertLess(1, 2), true],
  [({ assertLess }) => assertLess(1, 1), false],
  [({ assertLessOrEqual }) => assertLessOrEqual(1, 1), true],
  [({ assertLessOrEqual }) => assertLessOrEqual(NaN, 1), false],
  [({ assertMatch }) => assertMatch("bits 17", /\d+/), true],
  [({ assertMatch }) => assertMatch("bits", /\d+/), false],
  [({ assertStringIncludes }) => assertStringIncludes("bits 17", "17"), true],
  [({ assertStringIncludes }) => assertStringIncludes("bits 17", "18"), false],
  [({ assertInstanceOf }) => assertInstanceOf(new TypeError(), Error), true],
  [({ assertInstanceOf }) => assertInstanceOf(new Error(), TypeError), false],
  [({ assertInstanceOf }) => assertInstanceOf(null, Error), false],
  [({ assertThrows }) => assertThrows(oops), true],
  [({ assertThrows }) => assertThrows(oops, TypeError), true],
  [({ assertThrows }) => assertThrows(oops, Error, "b is missing"), true],
  [({ assertThrows }) => assertThrows(oops, RangeError), false],
  [({ assertThrows }) => assertThrows(oops, TypeError, "c is missing"), false],
  [({ assertThrows }) => assertThrows(() => 1), false],
  [({ assertThrows }) => assertThrows(() => 1, Error), false],
  [({ assertRejects }) => assertRejects(() => Promise.reject(new Error("no")), Error, "no"), true],
  [({ assertRejects }) => assertRejects(() => Promise.reject(new Error("no")), TypeError), false],
  [
    ({ assertRejects }) => assertRejects(() => Promise.reject(new Error("no")), Error, "yes"),
    false,
  ],
  [({ assertRejects }) => assertRejects(() => Promise.resolve(1)), false],
  // A throw before there is a promise is not a rejection.
  [({ assertRejects }) => assertRejects(oops), false],
];

for (const [name, library] of Object.entries(libraries)) {
  for (const [body, holds] of cases) {
    const shown = `${body}`.replace(/^\(\{.*?\}\) => /, "");
    Deno.test(`${name}: ${shown} ${holds ? "holds" : "fails"}`, async () => {
      let error: unknown;
      try {
        await body(library);
      } catch (caught) {
        error = caught;
      }
      if (holds && error) throw error;
      if (!holds && !(error instanceof library.AssertionError)) {
        throw new Error(`expected an AssertionError: got ${error}`);
      }
    });
  }
  Deno.test(`${name}: assertThrows() and assertRejects() return the error`, async () => {
    const error = new RangeError("out of range");
    const thrown = library.assertThrows(() => {
      throw error;
    }, RangeError);
    const rejected = await library.assertRejects(() => Promise.reject(error), RangeError);
    if (thrown !== error || rejected !== error) throw new Error("expected the error itself");
  });
}
