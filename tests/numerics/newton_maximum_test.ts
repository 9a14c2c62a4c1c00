import { assert, assertEquals } from "@std/assert";
import { maximize, standardErrorsOf } from "../../lib/numerics/newton_maximum.ts";
import { assertRelative } from "../tolerance.ts";

/** Minus Rosenbrock's valley, whose Hessian is not negative definite everywhere; its maximum is 0 at (1, 1). */
const valley = ([x, y]: readonly number[]) => {
  const curve = y! - x! * x!;
  return {
    value: -((1 - x!) ** 2) - 100 * curve * curve,
    gradient: [2 * (1 - x!) + 400 * x! * curve, -200 * curve],
    hessian: [[-2 + 400 * curve - 800 * x! * x!, 400 * x!], [400 * x!, -200]],
  };
};

Deno.test("maximize() climbs a curved valley where Newton's own step would not", () => {
  for (const start of [[-1.2, 1], [0, 3], [5, -5]]) {
    const { point, score, atBound, iterations } = maximize(valley, { start, tolerance: 1e-12 });
    assertRelative(point[0]!, 1, 1e-11, "x");
    assertRelative(point[1]!, 1, 1e-11, "y");
    assert(score <= 1e-12, `score ${score}`);
    assertEquals(atBound, [false, false]);
    assert(iterations < 100, `${iterations} iterations`);
  }
});

Deno.test("maximize() stays within its bounds, and says which one holds", () => {
  const { point, atBound, score } = maximize(valley, {
    start: [0, 0],
    upper: [0.5, Infinity],
    tolerance: 1e-12,
  });
  assertEquals(point[0], 0.5);
  assertRelative(point[1]!, 0.25, 1e-12, "y");
  assertEquals(atBound, [true, false]);
  assert(score <= 1e-12, `score ${score}`);
});

Deno.test("maximize() starts within its bounds, and stops at once at a maximum", () => {
  const { point, iterations } = maximize(valley, {
    start: [3, 7],
    upper: [1, 1],
    tolerance: 1e-12,
  });
  assertEquals([point, iterations], [[1, 1], 0]);
});

Deno.test("standardErrorsOf() are the roots of the inverse's diagonal, Infinity where there is none", () => {
  // The inverse of [[4, 2], [2, 2]] is [[1/2, -1/2], [-1/2, 1]].
  const errors = standardErrorsOf([[4, 2], [2, 2]]);
  assertRelative(errors[0]!, Math.SQRT1_2, 1e-15, "first");
  assertRelative(errors[1]!, 1, 1e-15, "second");
  assertEquals(standardErrorsOf([[1, 2], [2, 1]]), [Infinity, Infinity]);
});
