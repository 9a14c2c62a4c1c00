import { assert, assertEquals, assertThrows } from "@std/assert";
import { fittedNullError, fittedNullLaw } from "../../lib/goodness/fitted_null.ts";
import { kolmogorovLaw } from "../../lib/goodness/kolmogorov_law.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface Quantiles {
  upperTails: number[];
  laws: { family: string; size: number; replicates: number; quantiles: number[] }[];
}

const { upperTails, laws } = readFixture<Quantiles>("kolmogorov/fitted_quantiles.json");

/** The value of sqrt(n) D that is exceeded with probability 5 %. */
function fivePercentPoint(family: string, size: number): number {
  const law = fittedNullLaw(family, size);
  let lower = 0, upper = 2;
  for (let i = 0; i < 50; i++) {
    const middle = (lower + upper) / 2;
    if (law.sf(middle / Math.sqrt(size)) > 0.05) lower = middle;
    else upper = middle;
  }
  return lower;
}

Deno.test("fittedNullLaw() has the simulated quantiles, within the stated error", () => {
  for (const { family, size, replicates, quantiles } of laws) {
    for (const [i, p] of upperTails.entries()) {
      const d = quantiles[i]! / Math.sqrt(size);
      const what = `${family}, n = ${size}, P = ${p}`;
      // What the law states, and three standard errors of the simulation.
      const allowed = fittedNullError(p) + 3 * Math.sqrt((p * (1 - p)) / replicates);
      assertRelative(fittedNullLaw(family, size).sf(d), p, allowed, what, 1);
      assertRelative(fittedNullLaw(family, size).cdf(d), 1 - p, allowed, what, 1);
    }
  }
});

Deno.test("fittedNullLaw() has the published 5 % points", () => {
  // statsmodels' table of Lilliefors' test for large samples, and NUMBERS.md's simulation for Laplace.
  for (const size of [1000, 2000]) {
    assertRelative(fivePercentPoint("gaussian", size), 0.906, 0.003, `gaussian, n = ${size}`);
    assertRelative(fivePercentPoint("laplace", size), 0.936, 0.003, `laplace, n = ${size}`);
  }
});

Deno.test("fittedNullLaw() falls from 1 to 0, all the way, for every size", () => {
  for (const family of ["gaussian", "laplace"]) {
    for (const size of [20, 21, 33, 100, 4999, 1_000_000]) {
      const law = fittedNullLaw(family, size);
      let previous = 1;
      for (let x = 0; x < 6; x += 0.003) {
        const p = law.sf(x / Math.sqrt(size));
        assert(p >= 0 && p <= previous, `${family}, n = ${size}, x = ${x}: ${p} after ${previous}`);
        assertRelative(law.cdf(x / Math.sqrt(size)), 1 - p, 1e-12, `cdf at ${x}`, 1);
        previous = p;
      }
      assertEquals([law.sf(-1), law.sf(0), law.sf(1)], [1, 1, 0]);
      assertEquals([law.cdf(-1), law.cdf(0), law.cdf(1)], [0, 0, 1]);
    }
  }
});

Deno.test("fittedNullLaw() lies far below the law for known parameters", () => {
  const d = 0.95 / Math.sqrt(500);
  assert(fittedNullLaw("gaussian", 500).sf(d) < 0.04);
  assert(kolmogorovLaw(500).sf(d) > 0.3);
});

Deno.test("fittedNullError() is 2, 5 and 20 % of the upper tail, at most 0.002", () => {
  const errors = [0.5, 0.05, 0.004, 4e-4, 1e-9].map(fittedNullError);
  assertEquals(errors, [0.002, 0.02 * 0.05, 0.05 * 0.004, 0.2 * 4e-4, 1e-9]);
});

Deno.test("fittedNullLaw() refuses families and sizes without a table", () => {
  assertThrows(
    () => fittedNullLaw("logistic", 100),
    RangeError,
    "Cannot give the null law of a fitted family as the family must be one of gaussian, laplace: current value is logistic",
  );
  for (const size of [19, 20.5, NaN]) {
    assertThrows(
      () => fittedNullLaw("gaussian", size),
      RangeError,
      `as the size must be an integer of at least 20: current value is ${size}`,
    );
  }
});
