import { assertEquals } from "@std/assert";
import { solveTridiagonal } from "../../lib/numerics/tridiagonal.ts";
import { assertRelative } from "../tolerance.ts";

Deno.test("solveTridiagonal() solves a system whose rows were scaled", () => {
  // The symmetric matrix [[4, -1, 0], [-1, 3, -2], [0, -2, 5]] with rows times 1, 1e-200 and 7; solution (1, 2, 3).
  const solution = solveTridiagonal(
    Float64Array.of(4, 3e-200, 35),
    Float64Array.of(-1, -2e-200),
    Float64Array.of(2, -1e-200, 77),
    Float64Array.of(-1e-200, -14),
  )!;
  solution.forEach((value, i) => assertRelative(value, i + 1, 1e-15, `entry ${i}`));
});

Deno.test("solveTridiagonal() solves systems of one entry and of none", () => {
  const none = new Float64Array();
  assertEquals(
    solveTridiagonal(Float64Array.of(4), none, Float64Array.of(2)),
    Float64Array.of(0.5),
  );
  assertEquals(solveTridiagonal(none, none, none), none);
});

Deno.test("solveTridiagonal() reports a pivot that isn't positive, and one that isn't a number", () => {
  for (const pivot of [0, -1, NaN]) {
    const diagonal = Float64Array.of(1, pivot);
    assertEquals(solveTridiagonal(diagonal, Float64Array.of(0), Float64Array.of(1, 1)), undefined);
  }
});
