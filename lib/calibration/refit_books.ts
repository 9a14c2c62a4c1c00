import { type Codebook, createCodebook, type DesignRecord } from "../codebooks/codebook.ts";
import { type QuantizedTensor, reconstruct, stretchesOf } from "../compression/quantized_tensor.ts";
import { cholesky, solveCholesky } from "../numerics/cholesky.ts";
import { mean } from "../numerics/moments.ts";
import {
  addMultiple,
  type ChannelGroup,
  channelGroups,
  product,
  type RoundingProblem,
} from "./rounding_problem.ts";

/** What of a book is fitted: each level by itself, or a scale and an offset that all of its levels share. */
export type RefitKind = "levels" | "scale-and-offset";

/** Every kind. */
export const refitKinds: readonly RefitKind[] = ["levels", "scale-and-offset"];

/** The weights of one output channel that have the same book. */
interface Part {
  readonly hessian: Float64Array;
  /** The channel's first weight, in the order of storage. */
  readonly row: number;
  readonly columns: number;
  /** In the order of storage. */
  readonly indices: number[];
}

/** Added to the diagonal of a book's normal equations, as a share of it, where levels can't be told apart. */
const ridge = 1e-10;

/**
 * Moves the levels of each book to where the layer's output error is least for the codes as they are: the least squares of the
 * errors in the metric of H, one book after the other. The codes stay but where the order of levels changes, then they follow
 * their levels. The error never rises.
 *
 * With `"levels"` each level that some weight uses is fitted, so a book becomes as many stored numbers as it has levels, whatever
 * its method; with `"scale-and-offset"` a book keeps its pattern: a uniform one is two stored numbers, any other takes two more
 * than it was designed with, but never more than it has levels. Scales and offsets of runs stay, and so does a Huffman code.
 *
 * O(weights inputs) for each book and the levels^3 of a linear system: for books of few levels.
 *
 * @param designed The tensor with its books as they were designed, where `tensor` is one that was refitted before: by its books
 * stored numbers are counted.
 *
 * @throws {TypeError} If the sizes disagree.
 * @throws {RangeError} If `kind` is none of the two, or a target or a moment is not finite.
 *
 * @example
 * ```ts
 * import { createCodebook } from "@bitbell/bitbell";
 * import { refitBooks } from "@bitbell/bitbell/calibration";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const book = createCodebook([0, 1], { method: "by hand", storedValues: 2 });
 * const tensor = {
 *   shape: [1, 3],
 *   codes: Uint8Array.of(0, 0, 1),
 *   groups: Uint32Array.of(0, 3),
 *   books: [book],
 *   storedValues: 2,
 * };
 * const problem = {
 *   targets: Float64Array.of(0.125, 0.375, 2),
 *   hessians: [Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1)],
 * };
 * // Without correlations the mean of each level's weights.
 * const [lower, upper] = refitBooks(tensor, problem, "levels").books[0]!.levels;
 * assertAlmostEquals(lower!, 0.25, 1e-15);
 * assertAlmostEquals(upper!, 2, 1e-15);
 * ```
 */
export function refitBooks(
  tensor: QuantizedTensor,
  problem: RoundingProblem,
  kind: RefitKind,
  designed: Pick<QuantizedTensor, "books"> = tensor,
): QuantizedTensor {
  if (!refitKinds.includes(kind)) {
    throw new RangeError(
      `Cannot refit books as kind must be one of ${
        refitKinds.join(", ")
      }: current value is ${kind}`,
    );
  }
  const codes = tensor.codes.slice();
  const errors = reconstruct(tensor);
  problem.targets.forEach((target, i) => errors[i]! -= target);
  // Half the derivative of the output error with respect to each weight, and of each weight to its level.
  const slopes = new Float64Array(errors.length);
  const scales = new Float64Array(errors.length).fill(1);
  const groups = channelGroups(tensor, problem);
  for (const { hessian, rows, columns } of groups) {
    for (const row of rows) slopes.set(product(hessian, errors.subarray(row, row + columns)), row);
  }
  for (const { start, end, run } of stretchesOf(tensor)) {
    if (tensor.affine !== undefined) scales.fill(tensor.affine.scales[run]!, start, end);
  }
  const state = { codes, slopes, scales };
  const books = partsOfBooks(tensor, groups).map((parts, i) =>
    refitBook(tensor.books[i]!, parts, { kind, designed: designed.books[i]!.design }, state)
  );
  const change = books.reduce(
    (sum, { design }, i) => sum + design.storedValues - tensor.books[i]!.design.storedValues,
    0,
  );
  return { ...tensor, codes, books, storedValues: tensor.storedValues + change };
}

/** For each book the weights that use it, channel by channel. */
function partsOfBooks(tensor: QuantizedTensor, groups: readonly ChannelGroup[]): Part[][] {
  const parts: Part[][] = tensor.books.map(() => []);
  const bookAt = new Uint32Array(tensor.codes.length);
  for (const { start, end, group } of stretchesOf(tensor)) {
    bookAt.fill(parts.length === 1 ? 0 : group, start, end);
  }
  for (const { hessian, rows, columns } of groups) {
    for (const row of rows) {
      for (let index = row; index < row + columns; index++) {
        const own = parts[bookAt[index]!]!;
        if (own.at(-1)?.row !== row) own.push({ hessian, row, columns, indices: [] });
        own.at(-1)!.indices.push(index);
      }
    }
  }
  return parts;
}

interface State {
  readonly codes: QuantizedTensor["codes"];
  readonly slopes: Float64Array;
  readonly scales: Float64Array;
}

/** The book refitted; codes and slopes are brought up to date. */
function refitBook(
  book: Codebook,
  parts: readonly Part[],
  { kind, designed }: { readonly kind: RefitKind; readonly designed: DesignRecord },
  { codes, slopes, scales }: State,
): Codebook {
  const { levels, design: { method, coding, step } } = book;
  const steps = bestSteps(basisOf(levels, kind), parts, { codes, slopes, scales });
  const moved = levels.map((level, i) => level + steps[i]!);
  if (!moved.every(Number.isFinite)) return book;
  for (const { hessian, row, columns, indices } of parts) {
    const own = slopes.subarray(row, row + columns);
    for (const index of indices) {
      addMultiple(own, hessian, index - row, scales[index]! * steps[codes[index]!]!);
    }
  }
  const ascending = moved.toSorted();
  const staysUniform = kind === "scale-and-offset" && step !== undefined && levels.length > 1;
  const patterned = staysUniform ? 2 : designed.storedValues + 2;
  const refitted = createCodebook(ascending, {
    method,
    storedValues: kind === "levels" ? levels.length : Math.min(levels.length, patterned),
    ...(coding && { coding }),
    ...(staysUniform && { step: (ascending.at(-1)! - ascending[0]!) / (levels.length - 1) }),
  });
  const codeOf = Array.from(moved, (level) => refitted.levels.indexOf(level));
  for (const { indices } of parts) {
    for (const index of indices) codes[index] = codeOf[codes[index]!]!;
  }
  return refitted;
}

/** In which directions the levels may move together, one entry for each level. */
function basisOf(levels: Float64Array, kind: RefitKind): readonly Float64Array[] {
  if (kind === "levels") return Array.from(levels, (_, i) => levels.map((_, j) => i === j ? 1 : 0));
  const centre = mean(levels);
  const directions = [levels.map(() => 1), levels.map((level) => level - centre)];
  return levels.length === 1 ? directions.slice(0, 1) : directions;
}

/** The step of each level that lowers the error most. */
function bestSteps(
  basis: readonly Float64Array[],
  parts: readonly Part[],
  { codes, slopes, scales }: State,
): Float64Array {
  const size = basis.length;
  const curvature = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const slope = new Array<number>(size).fill(0);
  for (const { hessian, row, columns, indices } of parts) {
    // What a step in each direction does to the slopes of the channel's weights.
    const effects = basis.map((direction) => {
      const effect = new Float64Array(columns);
      for (const index of indices) {
        addMultiple(effect, hessian, index - row, scales[index]! * direction[codes[index]!]!);
      }
      return effect;
    });
    for (let a = 0; a < size; a++) {
      const direction = basis[a]!;
      for (const index of indices) {
        const share = scales[index]! * direction[codes[index]!]!;
        if (share === 0) continue;
        slope[a]! += share * slopes[index]!;
        for (let b = 0; b < size; b++) curvature[a]![b]! += share * effects[b]![index - row]!;
      }
    }
  }
  const steps = new Float64Array(basis[0]!.length);
  // A level that no weight uses, or that no input reaches, stays.
  const used = slope.flatMap((_, a) => curvature[a]![a]! > 0 ? [a] : []);
  const matrix = used.map((a) => used.map((b) => curvature[a]![b]!));
  const factor = cholesky(matrix) ??
    cholesky(matrix.map((row, i) => row.map((value, j) => i === j ? value * (1 + ridge) : value)));
  if (factor === undefined) return steps;
  const solution = solveCholesky(factor, used.map((a) => -slope[a]!));
  used.forEach((a, i) =>
    basis[a]!.forEach((share, level) => steps[level]! += share * solution[i]!)
  );
  return steps;
}
