/**
 * Solves a symmetric tridiagonal system by elimination without pivoting (Thomas's algorithm), in O(n). Stable for positive definite
 * matrices; the result is undefined when a pivot is not positive.
 *
 * @param diagonal The n entries of the diagonal.
 * @param offDiagonal The n - 1 entries beside it.
 * @param right The right-hand side.
 * @returns The solution, or undefined when the matrix is not positive definite.
 */
export function solveTridiagonal(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  right: Float64Array,
): Float64Array | undefined {
  const size = diagonal.length;
  const ratios = new Float64Array(size);
  const solution = new Float64Array(size);
  let pivot = diagonal[0]!;
  for (let i = 0; i < size; i++) {
    const below = i > 0 ? offDiagonal[i - 1]! : 0;
    if (i > 0) pivot = diagonal[i]! - below * ratios[i - 1]!;
    if (!(pivot > 0)) return undefined;
    if (i < size - 1) ratios[i] = offDiagonal[i]! / pivot;
    solution[i] = (right[i]! - (i > 0 ? below * solution[i - 1]! : 0)) / pivot;
  }
  for (let i = size - 2; i >= 0; i--) {
    solution[i] = solution[i]! - ratios[i]! * solution[i + 1]!;
  }
  return solution;
}
