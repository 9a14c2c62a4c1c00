import type { Sample } from "../numerics/sample.ts";
import { assertCodebook, type Codebook } from "./codebook.ts";
import { type Block, searchBlocks } from "./threshold_search.ts";

/** Codes of values: indices of levels, in the narrowest array that holds them. */
export type Codes = Uint8Array | Uint16Array;

/** Throws for a value that no level can stand for. */
export function assertNumbers({ start, firstNaN }: Block): void {
  if (firstNaN < 0) return;
  throw new RangeError(
    `Cannot encode as every value must be a number: value ${start + firstNaN} is NaN`,
  );
}

/** Throws unless `out` can hold `size` codes of a book with so many levels. */
export function assertHoldsCodes(out: Codes, size: number, levelCount: number): void {
  if (levelCount > 256 && out instanceof Uint8Array) {
    throw new TypeError(
      `Cannot encode as out must be a Uint16Array for more than 256 levels: their number is ${levelCount}`,
    );
  }
  if (out.length < size) {
    throw new RangeError(
      `Cannot encode as out must hold ${size} codes: its length is ${out.length}`,
    );
  }
}

/**
 * Encodes each value as the index of its level: the nearest one, when the codebook's thresholds lie halfway. A value equal to a threshold
 * takes the upper level; infinities take the end levels. Exact for any ascending thresholds and any data. O(n): a table of up to
 * 2^20 short entries leads to a level in one or two comparisons, whatever the order and the spread of the values; small samples and
 * books that no table can resolve take O(n log levels).
 *
 * @param out Where to write, at least as long as `values`; a new array otherwise (Uint8Array up to 256 levels, Uint16Array above).
 *
 * @throws {RangeError} If a value is NaN, with its index (`out` then holds the codes of some of the values before it), or `out` is too short.
 * @throws {TypeError} If `out` is a Uint8Array and there are more than 256 levels, or the codebook hasn't one threshold less than levels.
 *
 * @example
 * ```ts
 * import { createCodebook, encode } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const codebook = createCodebook([-1, 0, 1], { method: "by hand", storedValues: 3 });
 * assertEquals(encode([-7, 0.1, 0.5, Infinity], codebook), Uint8Array.of(0, 1, 2, 2));
 * ```
 */
export function encode(values: Sample, codebook: Codebook, out?: Codes): Codes {
  assertCodebook(codebook, "encode");
  const { thresholds, levels } = codebook;
  const codes = out ??
    (levels.length <= 256 ? new Uint8Array(values.length) : new Uint16Array(values.length));
  assertHoldsCodes(codes, values.length, levels.length);
  searchBlocks(values, thresholds, (block) => {
    assertNumbers(block);
    codes.set(block.codes, block.start);
  });
  return codes;
}
