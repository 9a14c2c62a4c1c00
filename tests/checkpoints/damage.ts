import { assert, assertMatch } from "@std/assert";
import { createPrng } from "../../lib/numerics/prng.ts";

type Parse = (bytes: Uint8Array) => unknown | Promise<unknown>;

/** What JavaScript itself says when a parser goes astray. */
const astray =
  /undefined|is not a function|is not iterable|call stack|allocation|Invalid (array|typed)/;

/** The error of `parse`, which must be one that a user can read; undefined if it takes the bytes. */
async function readableError(parse: Parse, bytes: Uint8Array): Promise<Error | undefined> {
  try {
    await parse(bytes);
    return undefined;
  } catch (error) {
    assert(
      error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError,
      `an error of another kind: ${error}`,
    );
    assertMatch(error.message, /^Cannot read [^\n\r]+$/);
    assert(!astray.test(error.message), error.message);
    return error;
  }
}

/** Asserts that `parse` refuses the bytes cut off at every length (or at every `step`th), in one line. */
export async function assertRefusesTruncation(
  parse: Parse,
  bytes: Uint8Array,
  step = 1,
): Promise<void> {
  for (let length = 0; length < bytes.length; length += step) {
    const error = await readableError(parse, bytes.slice(0, length));
    assert(error, `${length} of ${bytes.length} bytes were taken for the whole`);
  }
}

/** Asserts that seeded bit flips end in a readable error or in a checkpoint, and returns how many were refused. */
export async function countRefusedFlips(
  parse: Parse,
  bytes: Uint8Array,
  flips: number,
): Promise<number> {
  const prng = createPrng(bytes.length);
  let refused = 0;
  for (let i = 0; i < flips; i++) {
    const damaged = bytes.slice();
    const position = Math.floor(prng() * bytes.length);
    damaged[position]! ^= 1 << Math.floor(prng() * 8);
    if (await readableError(parse, damaged)) refused++;
  }
  return refused;
}
