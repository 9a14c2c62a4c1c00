import type { QuantizedTensor } from "../compression/quantized_tensor.ts";
import { reconstruct } from "../compression/quantized_tensor.ts";
import { assertFiniteSample } from "../numerics/sample.ts";

/**
 * What the weights of a layer should be, and how much their errors count together: with errors e of one output channel's weights,
 * the layer's mean squared output error is `e^T H e`.
 */
export interface RoundingProblem {
  /** The weights that would be best if they needed no codes, in the order of storage. */
  readonly targets: Float64Array;
  /**
   * For each group of a convolution the matrix H of second moments of its inputs, `[inputs, inputs]` row-major and symmetric, the
   * inputs in the order of one output channel's weights. The output channels are shared out evenly, the first ones to the first
   * group.
   */
  readonly hessians: readonly Float64Array[];
}

/** The output channels that see the same inputs. */
export interface ChannelGroup {
  readonly hessian: Float64Array;
  /** The first weight of each channel, in the order of storage. */
  readonly rows: readonly number[];
  /** Number of weights in a channel. */
  readonly columns: number;
}

/**
 * The groups of output channels of a problem.
 *
 * @throws {TypeError} If the matrices are not square and of one size, or their number doesn't divide that of the channels, or the
 * tensor has another number of weights.
 * @throws {RangeError} If a target or an entry of a matrix is not finite, or an entry of a diagonal is negative.
 */
export function channelGroups(
  { codes }: QuantizedTensor,
  { targets, hessians }: RoundingProblem,
): readonly ChannelGroup[] {
  const columns = Math.sqrt(hessians[0]?.length ?? 0);
  const rowsPerGroup = targets.length / columns / hessians.length;
  if (
    codes.length !== targets.length || !Number.isInteger(rowsPerGroup) ||
    hessians.some(({ length }) => length !== columns ** 2)
  ) {
    throw new TypeError(
      `Cannot round weights as each matrix of moments must be as wide as an output channel: there are ${codes.length} weights, ${targets.length} targets and matrices of ${
        hessians.map(({ length }) => length).join(", ") || "no"
      } entries`,
    );
  }
  assertFiniteSample(targets, "round weights");
  return hessians.map((hessian, group) => {
    assertFiniteSample(hessian, "round weights");
    for (let i = 0; i < columns; i++) {
      const square = hessian[i * (columns + 1)]!;
      if (square < 0) {
        throw new RangeError(
          `Cannot round weights as mean squares of inputs must be 0 or more: that of input ${i} is ${square}`,
        );
      }
    }
    const first = group * rowsPerGroup;
    const rows = Array.from({ length: rowsPerGroup }, (_, row) => (first + row) * columns);
    return { hessian, rows, columns };
  });
}

/**
 * The mean squared error of a layer's outputs that the codes of its weights cause, summed over output channels: `sum of e^T H e`.
 * O(channels inputs^2).
 *
 * @throws {TypeError} If the sizes disagree.
 * @throws {RangeError} If a target or a moment is not finite, or a mean square negative.
 *
 * @example
 * ```ts
 * import { createCodebook } from "@bitbell/bitbell";
 * import { roundingError } from "@bitbell/bitbell/calibration";
 * import { assertEquals } from "@std/assert";
 *
 * const book = createCodebook([0, 1], { method: "by hand", storedValues: 2 });
 * const tensor = {
 *   shape: [1, 2],
 *   codes: Uint8Array.of(0, 1),
 *   groups: Uint32Array.of(0, 2),
 *   books: [book],
 *   storedValues: 2,
 * };
 * const problem = { targets: Float64Array.of(0.5, 0.5), hessians: [Float64Array.of(2, 1, 1, 2)] };
 * // The errors -0.5 and 0.5 cancel in part.
 * assertEquals(roundingError(tensor, problem), 0.5);
 * ```
 */
export function roundingError(tensor: QuantizedTensor, problem: RoundingProblem): number {
  const values = reconstruct(tensor);
  let total = 0;
  for (const { hessian, rows, columns } of channelGroups(tensor, problem)) {
    for (const row of rows) {
      const errors = values.slice(row, row + columns);
      for (let i = 0; i < columns; i++) errors[i]! -= problem.targets[row + i]!;
      const slopes = product(hessian, errors);
      for (let i = 0; i < columns; i++) total += errors[i]! * slopes[i]!;
    }
  }
  return total;
}

/** A symmetric matrix times a vector. */
export function product(matrix: Float64Array, vector: Float64Array): Float64Array {
  const { length } = vector;
  const result = new Float64Array(length);
  for (let i = 0; i < length; i++) addMultiple(result, matrix, i, vector[i]!);
  return result;
}

/** Adds a multiple of a row of a square matrix to a vector. */
export function addMultiple(
  vector: Float64Array,
  matrix: Float64Array,
  row: number,
  factor: number,
): void {
  if (factor === 0) return;
  const start = row * vector.length;
  for (let i = 0; i < vector.length; i++) vector[i]! += factor * matrix[start + i]!;
}
