import type { QuantizedTensor } from "../compression/quantized_tensor.ts";
import { cholesky } from "../numerics/cholesky.ts";
import { type ChannelGroup, channelGroups, type RoundingProblem } from "./rounding_problem.ts";
import { weightLevels } from "./weight_levels.ts";

/** Options for {@linkcode gptq}. */
export interface GptqOptions {
  /**
   * What is added to the diagonal of H, as a share of the diagonal's mean; at least 0.
   *
   * @default {0.01}
   */
  readonly damping?: number;
  /**
   * In which order the weights of a channel are rounded: as they are stored, or those with the largest mean squared input first.
   *
   * @default {"storage"}
   */
  readonly order?: GptqOrder;
}

/** See {@linkcode GptqOptions}. */
export type GptqOrder = "storage" | "activation";

/**
 * Chooses the codes of a layer's weights by GPTQ: one weight after the other takes its nearest level, and those that are still to
 * come make up for its error as well as they can (Frantar, Ashkboos, Hoefler and Alistarh, "GPTQ: Accurate post-training
 * quantization for generative pre-trained transformers", ICLR 2023, section 3; OBQ's update in a fixed order).
 *
 * The books stay as they are, uniform or not, with their scales and offsets. With H damped and in the order of rounding, `H = V
 * V^T` with V upper triangular, weight j takes the level nearest to `w_j + sum over i < j of V_ij (w_i - q_i) / V_jj`: the same
 * rule without an inverse, which is Babai's nearest plane. No bound says that the error is below that of the nearest levels,
 * though it mostly is by far.
 *
 * O(inputs^3 + channels inputs^2) for each group of a convolution, and 8 inputs^2 bytes.
 *
 * @param tensor Its books and scales; its codes don't matter.
 *
 * @throws {TypeError} If the sizes disagree.
 * @throws {RangeError} If an option is out of its range, a target or a moment is not finite, or the damped matrix isn't positive
 * definite.
 *
 * @example
 * ```ts
 * import { createCodebook } from "@bitbell/bitbell";
 * import { gptq } from "@bitbell/bitbell/calibration";
 * import { assertEquals } from "@std/assert";
 *
 * const book = createCodebook([0, 1], { method: "by hand", storedValues: 2 });
 * const tensor = {
 *   shape: [1, 2],
 *   codes: Uint8Array.of(0, 0),
 *   groups: Uint32Array.of(0, 2),
 *   books: [book],
 *   storedValues: 2,
 * };
 * const problem = { targets: Float64Array.of(0.4, 0.4), hessians: [Float64Array.of(1, 0.9, 0.9, 1)] };
 * // The second weight makes up for the first.
 * assertEquals([...gptq(tensor, problem).codes], [0, 1]);
 * ```
 */
export function gptq(
  tensor: QuantizedTensor,
  problem: RoundingProblem,
  { damping = 0.01, order = "storage" }: GptqOptions = {},
): QuantizedTensor {
  if (!(damping >= 0 && damping < Infinity)) {
    throw new RangeError(
      `Cannot round weights by GPTQ as damping must be finite and at least 0: current value is ${damping}`,
    );
  }
  if (order !== "storage" && order !== "activation") {
    throw new RangeError(
      `Cannot round weights by GPTQ as order must be one of storage, activation: current value is ${order}`,
    );
  }
  const levels = weightLevels(tensor);
  const codes = tensor.codes.slice();
  for (const group of channelGroups(tensor, problem)) {
    const { rows, columns } = group;
    const sequence = rightToLeft(group, order);
    const factor = factorize(group, sequence, damping);
    const pivots = Float64Array.from(factor, (row, i) => row[i]!);
    const wanted = new Float64Array(columns);
    for (const row of rows) {
      sequence.forEach((column, i) => wanted[i] = problem.targets[row + column]!);
      // From the end, since the factor is a lower one.
      for (let i = columns - 1; i >= 0; i--) {
        const index = row + sequence[i]!;
        const code = levels.nearest(index, wanted[i]!);
        codes[index] = code;
        // The weight itself, not what it was wanted to be: what was wanted already holds the others' errors.
        const error = problem.targets[index]! - levels.value(index, code);
        const factors = factor[i]!;
        for (let j = 0; j < i; j++) wanted[j]! += error * factors[j]! / pivots[j]!;
      }
    }
  }
  return { ...tensor, codes };
}

/** The columns, the one that is rounded first at the end. */
function rightToLeft({ hessian, columns }: ChannelGroup, order: GptqOrder): number[] {
  const sequence = Array.from({ length: columns }, (_, column) => column);
  if (order === "activation") {
    const meanSquare = (column: number) => hessian[column * (columns + 1)]!;
    sequence.sort((a, b) => meanSquare(b) - meanSquare(a) || a - b);
  }
  return sequence.reverse();
}

/**
 * The lower factor of the damped matrix, its rows and columns in sequence; the identity's for a layer that never saw an input.
 */
function factorize(
  { hessian, columns }: ChannelGroup,
  sequence: readonly number[],
  damping: number,
): number[][] {
  const trace = sequence.reduce((sum, column) => sum + hessian[column * (columns + 1)]!, 0);
  const extra = trace === 0 ? 1 : damping * trace / columns;
  const matrix = sequence.map((row) =>
    sequence.map((column) => hessian[row * columns + column]! + (row === column ? extra : 0))
  );
  const factor = cholesky(matrix);
  if (factor === undefined) {
    throw new RangeError(
      `Cannot round weights by GPTQ as the damped matrix of moments must be positive definite: current damping is ${damping}`,
    );
  }
  return factor;
}
