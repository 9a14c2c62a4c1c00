import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type PickleGlobal, unpickle, unread } from "../../lib/checkpoints/pickle.ts";
import { latin1 } from "./expected.ts";

const pair: PickleGlobal = { name: "m.pair", call: (parameters) => ({ pair: parameters }) };
const globals = new Map<string, PickleGlobal>([["m.pair", pair], ["m.plain", { name: "m.plain" }]]);
const persistent = (id: unknown) => ({ id });

function read(pickle: string): unknown {
  return unpickle(latin1(pickle), { globals, persistent }).value;
}

// The pickles below, up to "errors", are what Python 3.11's pickle.dumps gives for the value in the comment.
const values: readonly (readonly [criterion: string, pickle: string, value: unknown])[] = [
  ["None, True and False", "\x80\x02]q\x00(N\x88\x89e.", [null, true, false]],
  ["booleans of protocol 1", "(I00\nI01\nK\x05tq\x00.", [false, true, 5]],
  [
    "integers of every width",
    "\x80\x02](K\xffM\xff\xffJ\xff\xff\xff\xff\x8a\x05\x00\x00\x00\x00\x01\x8a\x01\xfe\x8a\x00e.",
    [255, 65535, -1, 2 ** 32, -2, 0],
  ],
  [
    "integers beyond 2^53 as bigint",
    "\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00.",
    2n ** 63n,
  ],
  ["the magic number of protocol 1", "L119547037146038801333356L\n.", 0x1950a86a20f9469cfc6cn],
  ["floats", "G?\xb9\x99\x99\x99\x99\x99\x9a.", 0.1],
  ["texts", "\x80\x02X\x03\x00\x00\x00a\xc3\xbcq\x00.", "aü"],
  [
    "texts of protocol 4",
    "\x80\x04\x95\x07\x00\x00\x00\x00\x00\x00\x00\x8c\x03a\xc3\xbc\x94.",
    "aü",
  ],
  ["texts of Python 2", "\x80\x02U\x01aq\x00.", "a"],
  ["bytes", "\x80\x03C\x02a\xffq\x00.", new Uint8Array([97, 255])],
  ["tuples", "\x80\x02K\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87\x87.", [[1], [1, 2], [1, 2, 3]]],
  [
    "a dictionary",
    "\x80\x02}q\x00(K\x01K\x02X\x01\x00\x00\x00aNu.",
    new Map<unknown, unknown>([[1, 2], ["a", null]]),
  ],
  ["a list that is filled twice", "\x80\x02]q\x00(K\x01K\x02eK\x03a.", [1, 2, 3]],
  ["a set, which it drops", "\x80\x04\x8f\x94(K\x01K\x02\x90.", unread],
  ["an allowed call", "\x80\x02cm\npair\nq\x00K\x01K\x02\x86q\x01Rq\x02.", { pair: [1, 2] }],
  [
    "an allowed call of protocol 4",
    "\x80\x04\x8c\x01m\x94\x8c\x04pair\x94\x93\x94K\x01\x85\x94R\x94.",
    { pair: [1] },
  ],
  ["a persistent id", "\x80\x02K\x07Q.", { id: 7 }],
];

for (const [criterion, pickle, value] of values) {
  Deno.test(`unpickle() reads ${criterion}`, () => assertEquals(read(pickle), value));
}

Deno.test("unpickle() gives the same object for the same memo entry", () => {
  const [first, second] = read("\x80\x02](}q\x05h\x05e.") as unknown[];
  assertStrictEquals(first, second);
});

Deno.test("unpickle() begins at the start that it is given and says where it ended", () => {
  const bytes = latin1("xxK\x01.K\x02.");
  assertEquals(unpickle(bytes, { start: 2, globals }), { value: 1, end: 5 });
  assertEquals(unpickle(bytes, { start: 5, globals }), { value: 2, end: 8 });
});

const refused: readonly (readonly [criterion: string, pickle: string, text: string])[] = [
  [
    "os.system",
    "\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.",
    "it refers to posix.system at byte 2, which is refused",
  ],
  [
    "os.system named on the stack",
    "\x80\x04\x8c\x02os\x8c\x06system\x93.",
    "it refers to os.system at byte 14, which is refused",
  ],
  ["eval", "c__builtin__\neval\n(X\x01\x00\x00\x001tR.", "it refers to __builtin__.eval at byte 0"],
  [
    "a name that reaches through an allowed one",
    "cm\npair.call\n.",
    "it refers to m.pair.call at byte 0",
  ],
  ["names that are not texts", "\x80\x04]]\x93.", "a name is not a text at byte 4"],
  ["the old way to make instances", "(im\npair\n.", "opcode 0x69 is not known at byte 1"],
  ["the extension registry", "\x80\x02\x82\x01.", "opcode 0x82 is not known at byte 2"],
  ["buffers outside of the pickle", "\x80\x05\x97.", "opcode 0x97 is not known at byte 2"],
  ["a call of a plain name", "cm\nplain\n)R.", "what is called cannot be at byte 10"],
  ["a call of a text", "X\x01\x00\x00\x00a)R.", "what is called cannot be at byte 7"],
  ["a call without parameters", "cm\npair\nNR.", "a call lacks its parameters at byte 9"],
  ["an unknown protocol", "\x80\x06.", "protocol 6 is unknown at byte 0"],
  ["a stack that is empty", ".", "a value is missing at byte 0"],
  ["a mark that is missing", "K\x01t.", "a mark is missing at byte 2"],
  ["a value from below a mark", "K\x01(\x85.", "a value is missing at byte 3"],
  [
    "a value that was never remembered",
    "h\x05.",
    "value 5 was never remembered, yet it is used at byte 0",
  ],
  ["an append to a dictionary", "}K\x01a.", "what is appended to is not a list at byte 3"],
  ["items of a list", "]K\x01K\x01s.", "what is filled is not a dictionary at byte 5"],
  ["a key without a value", "}(K\x01u.", "a dictionary's last key has no value at byte 4"],
  ["a text that is not UTF-8", "U\x01\xff.", "a text is not UTF-8 at byte 0"],
  ["an integer that is none", "I1e5\n.", "an integer is malformed at byte 0"],
  ["a text of 4 GB", "X\xff\xff\xff\xffab.", "the data end at byte 8, inside the pickle"],
  [
    "bytes of 2^63",
    "\x80\x04\x8e\x00\x00\x00\x00\x00\x00\x00\x80.",
    "the data end at byte 12, inside the pickle",
  ],
  [
    "a frame of 2^64 - 1",
    "\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xffN.",
    "the data end at byte 13, inside the pickle",
  ],
  ["a line without an end", `I${"1".repeat(5000)}\n.`, "a line has more than 1000 bytes at byte 0"],
  ["a pickle that goes on for ever", "N".repeat(2_100_000), "more than 2000000 steps"],
  ["a pickle without an end", "\x80\x02]", "the data end at byte 3, inside the pickle"],
];

for (const [criterion, pickle, text] of refused) {
  Deno.test(`unpickle() refuses ${criterion}`, () => {
    assertThrows(() => read(pickle), SyntaxError, text);
  });
}

Deno.test("unpickle() refuses a persistent id where none is expected", () => {
  assertThrows(
    () => unpickle(latin1("K\x01Q."), { globals }),
    SyntaxError,
    "a persistent id is not expected at byte 2",
  );
});

Deno.test("unpickle() takes a huge memo index and deep nesting without memory or recursion", () => {
  assertEquals(read("K\x01r\xff\xff\xff\xffj\xff\xff\xff\xff."), 1);
  let depth = 0;
  for (
    let value = read(`${"]".repeat(200_000)}${"a".repeat(199_999)}.`);
    Array.isArray(value);
    value = value[0]
  ) depth++;
  assertEquals(depth, 200_000);
});

Deno.test("unpickle() takes a list of lists that would be 2^50 values if it were written out", () => {
  let pickle = "](K\x01K\x01eq\x00";
  for (let i = 0; i < 50; i++) {
    pickle += `0](h${String.fromCharCode(i)}h${String.fromCharCode(i)}eq${
      String.fromCharCode(i + 1)
    }`;
  }
  assertEquals((read(pickle + ".") as unknown[]).length, 2);
});

Deno.test("unpickle() counts what calls are given: a memoised list handed out 4,000 times is refused", () => {
  const list = "](" + "K\x01K\x02\x86".repeat(1000) + "eq\x01";
  const copies = "cm\npair\nq\x02" + "h\x02h\x01\x85R".repeat(4000);
  assertThrows(
    () => read(`\x80\x02${list}${copies}.`),
    SyntaxError,
    "the pickle has more than 2000000 steps",
  );
});
