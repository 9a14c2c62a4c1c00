/**
 * Solves a tridiagonal system by elimination without pivoting (Thomas's algorithm), in O(n). Stable for matrices that are positive
 * definite, or become so when rows and columns are scaled by positive numbers: then every pivot is positive.
 *
 * @param diagonal The n entries of the diagonal.
 * @param above The n - 1 entries above it.
 * @param right The right-hand side.
 * @param below The n - 1 entries below it; those above where the matrix is symmetric.
 * @returns The solution, or undefined when a pivot is not positive.
 */
export function solveTridiagonal(
  diagonal: Float64Array,
  above: Float64Array,
  right: Float64Array,
  below: Float64Array = above,
): Float64Array | undefined {
  const size = diagonal.length;
  const ratios = new Float64Array(size);
  const solution = new Float64Array(size);
  let pivot = diagonal[0]!;
  for (let i = 0; i < size; i++) {
    const left = i > 0 ? below[i - 1]! : 0;
    if (i > 0) pivot = diagonal[i]! - left * ratios[i - 1]!;
    if (!(pivot > 0)) return undefined;
    if (i < size - 1) ratios[i] = above[i]! / pivot;
    solution[i] = (right[i]! - (i > 0 ? left * solution[i - 1]! : 0)) / pivot;
  }
  for (let i = size - 2; i >= 0; i--) {
    solution[i] = solution[i]! - ratios[i]! * solution[i + 1]!;
  }
  return solution;
}
