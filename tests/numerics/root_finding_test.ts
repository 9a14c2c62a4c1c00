import { assertEquals } from "@std/assert";
import { integrateCell } from "../../lib/numerics/gauss_legendre.ts";
import { solveProbability } from "../../lib/numerics/root_finding.ts";
import { assertRelative } from "../tolerance.ts";

const exponentialTail = {
  probability: (z: number) => Math.exp(-z),
  slope: (z: number) => z * Math.exp(-z),
  falls: true,
};

Deno.test("solveProbability() meets a closed form from any start, through underflow too", () => {
  for (const target of [0.9, 1e-5, 1e-300]) {
    for (const start of [1e-3, 1, 600, 1e5, Infinity]) {
      const root = solveProbability(target, exponentialTail, start);
      assertRelative(root, -Math.log(target), 1e-14, `exp(-z) = ${target} from ${start}`);
    }
  }
  const square = {
    probability: (z: number) => z * z,
    slope: (z: number) => 2 * z * z,
    falls: false,
  };
  assertRelative(solveProbability(1e-200, square, 1), 1e-100, 1e-14, "z^2 = 1e-200");
});

Deno.test("solveProbability() is Infinity where the root lies beyond the doubles", () => {
  const slowTail = {
    probability: (z: number) => z ** -0.5,
    slope: (z: number) => 0.5 * z ** -0.5,
    falls: true,
  };
  assertEquals(solveProbability(1e-200, slowTail, 1), Infinity);
});

Deno.test("integrateCell() meets a closed form in cells narrower than the rounding of their place", () => {
  // Around 1e6 doubles are 1e-10 apart: the cell starts between two of them.
  const [mass, first, second] = integrateCell(
    (x, correction) => Math.exp(-(x - 1e6) - correction),
    { start: 1e6, correction: 3e-11, width: 1e-9, deviation: 0 },
    () => 1,
  );
  const factor = Math.exp(-3e-11);
  assertRelative(mass, -factor * Math.expm1(-1e-9), 1e-15, "mass");
  assertRelative(first, 5e-19 * (1 - 2e-9 / 3), 1e-10, "first");
  assertRelative(second, 1e-27 / 3, 1e-9, "second");
});
