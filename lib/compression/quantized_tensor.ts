import type { Codebook } from "../codebooks/codebook.ts";
import type { Codes } from "../codebooks/encode.ts";

/**
 * A tensor cut into runs of consecutive values: run i is `[bounds[i], bounds[i + 1])`, so there is one bound more than runs, the first 0
 * and the last the number of values.
 */
export type Bounds = Uint32Array;

/** A scale and an offset for each run of weights: `offset + scale * level`. */
export interface Affine {
  /** Never coarser than the output channels, nor than the groups that share a book where those are smaller. */
  readonly bounds: Bounds;
  /** One for each run. */
  readonly scales: Float64Array;
  /** One for each run. */
  readonly offsets: Float64Array;
}

/**
 * A tensor as codes and what they stand for: weight i is `levels[codes[i]]` of the book of its group, times the scale of its run plus
 * that run's offset. Plain data, which survives `structuredClone`.
 */
export interface QuantizedTensor {
  readonly shape: readonly number[];
  /** One for each weight, in the order of storage. */
  readonly codes: Codes;
  /** The groups of weights that share a book. */
  readonly groups: Bounds;
  /** A book for each group; or one book for all of them. */
  readonly books: readonly Codebook[];
  /** Scales and offsets of runs of weights, where books are shared over scales or channels are corrected. */
  readonly affine?: Affine;
  /** How many 32-bit numbers the books, scales and offsets take in storage. */
  readonly storedValues: number;
}

/** The book of a group. */
export function bookOf({ books }: Pick<QuantizedTensor, "books">, group: number): Codebook {
  return books.length === 1 ? books[0]! : books[group]!;
}

/**
 * The values that a quantized tensor stands for, rounded to float32. O(n).
 *
 * @example
 * ```ts
 * import { createCodebook, dequantize } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const book = createCodebook([-1, 1], { method: "by hand", storedValues: 2 });
 * const values = dequantize({
 *   shape: [2, 2],
 *   codes: Uint8Array.of(0, 1, 1, 1),
 *   groups: Uint32Array.of(0, 4),
 *   books: [book],
 *   affine: { bounds: Uint32Array.of(0, 2, 4), scales: Float64Array.of(1, 0.5), offsets: Float64Array.of(0, 2) },
 *   storedValues: 6,
 * });
 * assertEquals([...values], [-1, 1, 2.5, 2.5]);
 * ```
 */
export function dequantize(tensor: QuantizedTensor): Float32Array {
  return new Float32Array(reconstruct(tensor));
}

/** The values that a quantized tensor stands for, before they are rounded to float32. O(n). */
export function reconstruct(tensor: QuantizedTensor): Float64Array {
  const { codes, affine } = tensor;
  const values = new Float64Array(codes.length);
  for (const { start, end, book: { levels }, run } of stretchesOf(tensor)) {
    const scale = affine?.scales[run] ?? 1, offset = affine?.offsets[run] ?? 0;
    for (let i = start; i < end; i++) values[i] = offset + scale * levels[codes[i]!]!;
  }
  return values;
}

/** Consecutive weights that share a book, a scale and an offset. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly group: number;
  readonly book: Codebook;
  /** The run of scale and offset; 0 where there are none. */
  readonly run: number;
}

/** The longest stretches of a tensor, in the order of storage: groups and runs, whichever are finer. */
export function stretchesOf(
  { groups, books, affine }: Pick<QuantizedTensor, "groups" | "books" | "affine">,
): Stretch[] {
  const stretches: Stretch[] = [];
  const size = groups.at(-1)!;
  for (let start = 0, group = 0, run = 0; start < size;) {
    while (groups[group + 1]! <= start) group++;
    while (affine !== undefined && affine.bounds[run + 1]! <= start) run++;
    const end = Math.min(groups[group + 1]!, affine?.bounds[run + 1] ?? size);
    stretches.push({ start, end, group, book: bookOf({ books }, group), run });
    start = end;
  }
  return stretches;
}
