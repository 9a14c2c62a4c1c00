/** The lower factor of a symmetric matrix; undefined unless the matrix is positive definite beyond rounding. */
export function cholesky(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const factor: number[][] = [];
  for (const [i, row] of matrix.entries()) {
    const own: number[] = [];
    for (let j = 0; j <= i; j++) {
      const other = j < i ? factor[j]! : own;
      let rest = row[j]!;
      for (let k = 0; k < j; k++) rest -= own[k]! * other[k]!;
      if (j < i) own.push(rest / other[j]!);
      else if (rest > 1e-14 * Math.abs(row[i]!)) own.push(Math.sqrt(rest));
      else return undefined;
    }
    factor.push(own);
  }
  return factor;
}

/** Solves `matrix x = right`, given the lower factor of the matrix. */
export function solveCholesky(
  factor: readonly (readonly number[])[],
  right: readonly number[],
): number[] {
  const solution = [...right];
  for (let i = 0; i < solution.length; i++) {
    for (let j = 0; j < i; j++) solution[i]! -= factor[i]![j]! * solution[j]!;
    solution[i]! /= factor[i]![i]!;
  }
  for (let i = solution.length - 1; i >= 0; i--) {
    for (let j = i + 1; j < solution.length; j++) solution[i]! -= factor[j]![i]! * solution[j]!;
    solution[i]! /= factor[i]![i]!;
  }
  return solution;
}
