import type { QuantizedTensor } from "../compression/quantized_tensor.ts";
import { reconstruct } from "../compression/quantized_tensor.ts";
import { addMultiple, channelGroups, product, type RoundingProblem } from "./rounding_problem.ts";
import { weightLevels } from "./weight_levels.ts";

/** Options for {@linkcode coordinateDescent}. */
export interface CoordinateDescentOptions {
  /**
   * How often all weights of a channel are gone through at most, an integer above 0.
   *
   * @default {25}
   */
  readonly sweeps?: number;
}

/** What {@linkcode coordinateDescent} found. */
export interface CoordinateDescentResult {
  readonly quantized: QuantizedTensor;
  /** Whether no change of a single code of any channel makes the error smaller. */
  readonly converged: boolean;
}

/** A change must promise to lower the error by more than this share of the terms it is computed from: less is rounding. */
const tolerance = 1e-12;

/**
 * Changes one code after the other, each to the level that is best while all other weights of its channel stay, until no such
 * change helps: cyclic coordinate descent, as in QuantEase (Behdin et al., "QuantEase: Optimization-based quantization for
 * language models", 2023, section 3), on any books.
 *
 * From any start the layer's output error never rises. What it ends in is no global optimum in general, which is NP-hard to find.
 * O(channels inputs^2) for each sweep at most; a code that stays costs O(log levels). Tested against its definition and all choices of
 * small problems, as no other system's figures were at hand.
 *
 * @param tensor The start: its codes matter.
 *
 * @throws {TypeError} If the sizes disagree.
 * @throws {RangeError} If `sweeps` is out of its range, or a target or a moment is not finite.
 *
 * @example
 * ```ts
 * import { createCodebook } from "@bitbell/bitbell";
 * import { coordinateDescent } from "@bitbell/bitbell/calibration";
 * import { assertEquals } from "@std/assert";
 *
 * const book = createCodebook([0, 1], { method: "by hand", storedValues: 2 });
 * const start = {
 *   shape: [1, 2],
 *   codes: Uint8Array.of(0, 0),
 *   groups: Uint32Array.of(0, 2),
 *   books: [book],
 *   storedValues: 2,
 * };
 * const problem = { targets: Float64Array.of(0.4, 0.4), hessians: [Float64Array.of(1, 0.9, 0.9, 1)] };
 * const { quantized, converged } = coordinateDescent(start, problem);
 * assertEquals([...quantized.codes], [1, 0]);
 * assertEquals(converged, true);
 * ```
 */
export function coordinateDescent(
  tensor: QuantizedTensor,
  problem: RoundingProblem,
  { sweeps = 25 }: CoordinateDescentOptions = {},
): CoordinateDescentResult {
  if (!Number.isInteger(sweeps) || sweeps < 1) {
    throw new RangeError(
      `Cannot round weights by coordinate descent as sweeps must be an integer above 0: current value is ${sweeps}`,
    );
  }
  const levels = weightLevels(tensor);
  const codes = tensor.codes.slice();
  const values = reconstruct(tensor);
  let converged = true;
  for (const { hessian, rows, columns } of channelGroups(tensor, problem)) {
    for (const row of rows) {
      const errors = values.slice(row, row + columns);
      for (let i = 0; i < columns; i++) errors[i]! -= problem.targets[row + i]!;
      // Half the derivative of the error with respect to each weight.
      const slopes = product(hessian, errors);
      let changes = 1;
      for (let sweep = 0; sweep < sweeps && changes > 0; sweep++) {
        changes = 0;
        for (let i = 0; i < columns; i++) {
          const index = row + i;
          const curvature = hessian[i * (columns + 1)]!;
          if (curvature === 0) continue;
          const now = values[index]!;
          const code = levels.nearest(index, now - slopes[i]! / curvature);
          if (code === codes[index]) continue;
          const value = levels.value(index, code);
          const change = value - now;
          const gain = -change * (change * curvature + 2 * slopes[i]!);
          if (!(gain > tolerance * change * change * curvature)) continue;
          codes[index] = code;
          values[index] = value;
          addMultiple(slopes, hessian, i, change);
          changes++;
        }
      }
      converged &&= changes === 0;
    }
  }
  return { quantized: { ...tensor, codes }, converged };
}
