import { logHalfStepRatio } from "../../lib/numerics/gamma_ratio.ts";
import { incompleteBetaBeyond, incompleteBetaWithin } from "../../lib/numerics/incomplete_beta.ts";
import { scaledLowerGamma, scaledUpperGamma } from "../../lib/numerics/incomplete_gamma.ts";
import { assertEquals } from "@std/assert";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

type Rows = Record<string, number[][]>;
const fixture = readFixture<Rows>("shaped_laws/special_functions.json");

// The far tails of the incomplete beta function hold the rounding of an exponent of up to 690.
const functions = {
  incompleteBetaWithin,
  scaledLowerGamma,
  scaledUpperGamma,
  incompleteBetaBeyond,
};
for (const [name, evaluate] of Object.entries(functions)) {
  Deno.test(`${name}() equals 40-digit values over its domain`, () => {
    for (const [a, b, expected] of fixture[name] as [number, number, number][]) {
      const accuracy = 4e-15 + 3e-16 * Math.abs(Math.log(Math.min(expected, 1)));
      assertRelative(evaluate(a, b), expected, accuracy, `${name}(${a}, ${b})`);
    }
  });
}

Deno.test("incompleteBetaBeyond() is 1 at the centre and 0 at infinity, and becomes erfc", () => {
  assertEquals(incompleteBetaBeyond(3, 0), 1);
  assertEquals(incompleteBetaBeyond(30, 0), 1);
  assertEquals(incompleteBetaBeyond(3, Infinity), 0);
  // mpmath 1.3: erfc(3).
  assertRelative(incompleteBetaBeyond(1e100, 3e-50), 2.2090496998585441e-5, 1e-14, "erfc(3)");
});

Deno.test("logHalfStepRatio() equals 40-digit values, with two derivatives", () => {
  for (const [a, ...expected] of fixture["logHalfStepRatio"] as [number, ...number[]][]) {
    const { value, first, second } = logHalfStepRatio(a);
    assertRelative(value, expected[0]!, 1e-13, `value at ${a}`);
    assertRelative(first, expected[1]!, 1e-13, `first derivative at ${a}`);
    assertRelative(second, expected[2]!, 1e-13, `second derivative at ${a}`);
  }
});
