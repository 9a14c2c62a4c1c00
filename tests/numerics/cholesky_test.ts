import { assertEquals } from "@std/assert";
import { cholesky, solveCholesky } from "../../lib/numerics/cholesky.ts";
import { assertRelative } from "../tolerance.ts";

Deno.test("cholesky() gives the lower factor, and solveCholesky() the solution", () => {
  const factor = cholesky([[4, 12, -16], [12, 37, -43], [-16, -43, 98]])!;
  assertEquals(factor, [[2], [6, 1], [-8, 5, 3]]);
  // The matrix times (1, -2, 3).
  const solution = solveCholesky(factor, [-68, -191, 364]);
  [1, -2, 3].forEach((expected, i) => assertRelative(solution[i]!, expected, 1e-12, `entry ${i}`));
});

Deno.test("cholesky() is undefined for a matrix that isn't positive definite", () => {
  assertEquals(cholesky([[1, 2], [2, 1]]), undefined);
  assertEquals(cholesky([[1, 1], [1, 1]]), undefined);
  assertEquals(cholesky([[0]]), undefined);
  assertEquals(cholesky([]), []);
});
