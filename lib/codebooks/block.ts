import { firstOf } from "../numerics/chunks.ts";

/** So many values are worked on at a time, that all that is known of them stays in the first cache, and sums have blocks of this size. */
export const blockLength = 1024;

const blockLevels = new Float64Array(blockLength);

/** The levels of a block's codes, in memory that the next call overwrites. */
export function lookUpLevels(codes: Uint16Array, levels: Float64Array): Float64Array {
  const found = firstOf(blockLevels, codes.length);
  // Two at a time, as V8's second compiler inlines a smaller function into its caller, where the loop would run slowly for long.
  const even = codes.length & ~1;
  for (let i = 0; i < even; i += 2) {
    const code0 = codes[i]!, code1 = codes[i + 1]!;
    found[i] = levels[code0]!;
    found[i + 1] = levels[code1]!;
  }
  if (even < codes.length) found[even] = levels[codes[even]!]!;
  return found;
}
