import { gaussLegendre, integrateCell } from "../../lib/numerics/gauss_legendre.ts";
import { solveTridiagonal } from "../../lib/numerics/tridiagonal.ts";
import { assertRelative } from "../tolerance.ts";
import { assertEquals } from "@std/assert";

Deno.test("gaussLegendre() integrates every monomial up to degree 2 size - 1 exactly", () => {
  for (const size of [1, 2, 3, 8, 16]) {
    const { nodes, weights } = gaussLegendre(size);
    for (let degree = 0; degree < 2 * size; degree++) {
      const integral = nodes.reduce((sum, x, i) => sum + weights[i]! * x ** degree, 0);
      const expected = degree % 2 === 1 ? 0 : 2 / (degree + 1);
      assertRelative(integral, expected, 1e-14, `size ${size}, degree ${degree}`, 1);
    }
  }
});

Deno.test("integrateCell() meets closed forms of the exponential law over many pieces", () => {
  const [mass, first, second] = integrateCell(
    (x) => Math.exp(-x),
    { start: 0, correction: 0, width: 60, deviation: -1 },
    () => 6,
  );
  assertRelative(mass, 1, 1e-15, "mass");
  assertRelative(first, 0, 1e-15, "first moment about the mean", 1);
  assertRelative(second, 1, 1e-15, "variance");
});

Deno.test("solveTridiagonal() solves, and reports a matrix that isn't positive definite", () => {
  const diagonal = Float64Array.of(2, 3, 4);
  const offDiagonal = Float64Array.of(-1, 0.5);
  const expected = [1, -2, 3];
  const right = Float64Array.of(2 + 2, -1 - 6 + 1.5, -1 + 12);
  const solution = solveTridiagonal(diagonal, offDiagonal, right)!;
  expected.forEach((value, i) => assertRelative(solution[i]!, value, 1e-15, `unknown ${i}`));
  assertEquals(
    solveTridiagonal(Float64Array.of(1, 1), Float64Array.of(2), Float64Array.of(1, 1)),
    undefined,
  );
});

Deno.test("integrateCell() ends where a piece is narrower than the spacing of doubles", () => {
  const cell = { start: 2 ** 53, correction: 0, width: 4, deviation: 0 };
  const moments = integrateCell(() => 1, cell, (x) => x === cell.start ? 2 : 1e-17);
  [4, 8, 64 / 3].forEach((value, i) => assertRelative(moments[i]!, value, 1e-15, `moment ${i}`));
});

Deno.test("integrateCell() takes narrower pieces where the density steepens outwards", () => {
  // The logarithm of exp(-x^2) falls by h (2 x + h) over a piece of width h. mpmath 1.3: quad(exp(-x^2), [0, 5.4]). One piece of 16 nodes is off by 1.1e-11.
  const [mass] = integrateCell(
    (x) => Math.exp(-x * x),
    { start: 0, correction: 0, width: 5.4, deviation: 0 },
    (x) => Math.sqrt(x * x + 3) - x,
  );
  assertRelative(mass, 0.88622692545273827136, 1e-15, "mass");
});
