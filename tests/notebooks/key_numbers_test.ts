import { assertEquals, assertRejects } from "@std/assert";
import {
  compareKeyNumbers,
  keepTolerances,
  keyNumbersMime,
  readKeyNumbers,
  readKeyNumbersFile,
  writeKeyNumbersFile,
} from "../../notebooks/key_numbers.ts";
import { notebookOf, shown } from "./notebook_of.ts";

const showing = (numbers: Record<string, unknown>) => ({
  outputs: [shown({ [keyNumbersMime]: numbers, "text/plain": "a table" })],
});

Deno.test("readKeyNumbers() collects those of all cells", () => {
  const notebook = notebookOf("", showing({ a: 1 }), showing({ b: 0.5, c: 0 }));
  assertEquals(readKeyNumbers(notebook), { numbers: { a: 1, b: 0.5, c: 0 }, problems: [] });
});

Deno.test("readKeyNumbers() tells of a figure that is no number or stands twice, and of none at all", () => {
  assertEquals(readKeyNumbers(notebookOf("")).problems, ["no cell shows key numbers"]);
  // NaN is null in JSON.
  assertEquals(readKeyNumbers(notebookOf(showing({ a: 1, b: null }), showing({ a: 1 }))).problems, [
    'key number "b" of code cell 1 (cell-1) is no number: null',
    'key number "a" is shown twice, in code cell 2 (cell-2) again',
  ]);
});

Deno.test("compareKeyNumbers() allows a difference of the tolerance, as a share, or for 0 as it is", () => {
  const expected = {
    accuracy: { value: 0.5, tolerance: 0.25 },
    negative: { value: -2, tolerance: 0.5 },
    zero: { value: 0, tolerance: 1e-9 },
  };
  assertEquals(compareKeyNumbers({ accuracy: 0.625, negative: -1, zero: 1e-9 }, expected), []);
  assertEquals(compareKeyNumbers({ accuracy: 0.626, negative: -0.9, zero: -2e-9 }, expected), [
    'key number "accuracy" is 0.626 in place of 0.5 (tolerance 0.25)',
    'key number "negative" is -0.9 in place of -2 (tolerance 0.5)',
    'key number "zero" is -2e-9 in place of 0 (tolerance 1e-9)',
  ]);
});

Deno.test("compareKeyNumbers() lists missing and new figures", () => {
  assertEquals(compareKeyNumbers({ b: 2 }, { a: { value: 1, tolerance: 0 } }), [
    'key number "a" of key_numbers.json is missing',
    'key number "b" is 2, and not in key_numbers.json: --write adds it',
  ]);
});

Deno.test("keepTolerances() takes new values, and the tolerances that were set by hand", () => {
  const expected = {
    moved: { value: 1, tolerance: 0.25 },
    within: { value: 1, tolerance: 0.5 },
    gone: { value: 3, tolerance: 0.5 },
  };
  assertEquals(keepTolerances({ moved: 2, within: 1.25, fresh: 4 }, expected), {
    moved: { value: 2, tolerance: 0.25 },
    within: { value: 1, tolerance: 0.5 },
    fresh: { value: 4, tolerance: 1e-6 },
  });
});

Deno.test("writeKeyNumbersFile() sorts notebooks, and readKeyNumbersFile() reads it back", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/key_numbers.json`;
  assertEquals(await readKeyNumbersFile(path), {});
  const numbers = { z: { value: 0.1, tolerance: 0 }, a: { value: 1, tolerance: 0 } };
  writeKeyNumbersFile(path, { "02": { embedded: numbers }, "01": { data: numbers } });
  const file = await readKeyNumbersFile(path);
  assertEquals(Object.keys(file), ["01", "02"]);
  assertEquals(Object.keys(file["02"]!.embedded!), ["z", "a"]);
  Deno.writeTextFileSync(path, "{");
  await assertRejects(() => readKeyNumbersFile(path), SyntaxError);
  await Deno.remove(folder, { recursive: true });
});
