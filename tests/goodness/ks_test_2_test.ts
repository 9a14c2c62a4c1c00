import { assertEquals, assertThrows } from "@std/assert";
import { kolmogorovLimit } from "../../lib/goodness/kolmogorov_limit.ts";
import { ksTest2, type KsTest2Options } from "../../lib/goodness/ks_test_2.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

const alternatives = ["two-sided", "above", "below"] as const;

interface Expected {
  distance: number;
  pValue: number;
  location?: number;
  scipy?: number;
}

type Case = Record<typeof alternatives[number], Expected> & {
  first: [size: number, step: number];
  second: [size: number, step: number, offset: number];
};

const { cases } = readFixture<{ cases: Case[] }>("kolmogorov/two_sample.json");
const progression = ([size, step, offset = 0]: readonly number[]) =>
  Array.from({ length: size! }, (_, i) => offset + step! * i);

/** The values in an order of their own, so that nothing rests on a sorted sample. */
function shuffled(values: readonly number[]): number[] {
  const prng = createPrng(values.length);
  const keys = new Map(values.map((value) => [value, prng()]));
  return values.toSorted((a, b) => keys.get(a)! - keys.get(b)!);
}

Deno.test("ksTest2() counts lattice paths to 13 digits of the rational result, ties included", () => {
  for (const { first, second, ...expected } of cases) {
    const a = Object.freeze(shuffled(progression(first)));
    const b = Object.freeze(shuffled(progression(second)));
    for (const alternative of alternatives) {
      const { distance, pValue, location, scipy } = expected[alternative];
      const what = `${first} and ${second}, ${alternative}`;
      const test = ksTest2(a, b, { alternative, method: "exact" });
      assertEquals(test.statistic, distance / (a.length * b.length), what);
      if (location !== undefined) assertEquals(test.location, location, what);
      assertRelative(test.pValue, pValue, 1e-13, what);
      if (scipy !== undefined) assertRelative(test.pValue, scipy, 1e-11, `SciPy: ${what}`);
    }
  }
});

Deno.test("ksTest2() is symmetric in its samples, and reflects with them", () => {
  const { first, second } = cases[6]!;
  const a = progression(first), b = progression(second);
  const pValues = alternatives.map((alternative) => ksTest2(a, b, { alternative }).pValue);
  assertRelative(ksTest2(b, a).pValue, pValues[0]!, 1e-14, "two-sided");
  assertRelative(ksTest2(b, a, { alternative: "below" }).pValue, pValues[1]!, 1e-14, "above");
  const negative = (values: number[]) => Float64Array.from(values, (value) => -value);
  const reflected = ksTest2(negative(a), negative(b), { alternative: "above" });
  assertRelative(reflected.pValue, pValues[2]!, 1e-14, "reflected");
});

Deno.test("ksTest2() keeps a tail of 1e-250", () => {
  const a = progression([420, 1]), b = progression([420, 1, 420]);
  // Apart: two paths of C(840, 420).
  let expected = 2;
  for (let i = 1; i <= 420; i++) expected *= i / (420 + i);
  assertRelative(ksTest2(a, b).pValue, expected, 1e-12, "p");
});

Deno.test("ksTest2() of equal samples has D = 0 and p = 1", () => {
  const values = [3, 1, 1, 2];
  assertEquals(ksTest2(values, values), {
    statistic: 0,
    location: 1,
    sizes: [4, 4],
    alternative: "two-sided",
    pValue: 1,
    method: "exact",
  });
});

Deno.test("ksTest2() beyond 10^7 cells takes the limit law at the effective size, near the exact one", () => {
  const a = progression([4000, 1]), b = progression([3000, 4 / 3, 70.5]);
  const limit = ksTest2(a, b);
  assertEquals(limit.method, "limit");
  const effective = (4000 * 3000) / 7000;
  assertEquals(limit.pValue, kolmogorovLimit.sf(Math.sqrt(effective) * limit.statistic));
  const exact = ksTest2(a, b, { method: "exact" });
  assertRelative(limit.pValue, exact.pValue, 0.05, "limit");
  assertEquals(ksTest2([1], [2], { method: "limit" }).method, "limit");
});

Deno.test("ksTest2() refuses bad samples and unknown options", () => {
  const action = "Cannot run a two-sample Kolmogorov-Smirnov test";
  assertThrows(() => ksTest2([], [1]), RangeError, `${action} as the sample is empty`);
  assertThrows(() => ksTest2([1], [Infinity]), RangeError, "value 0 is Infinity");
  const refuse = (options: unknown, text: string) =>
    assertThrows(() => ksTest2([1], [2], options as KsTest2Options), RangeError, text);
  refuse({ method: "asymp" }, `${action} as method must be one of auto, exact, limit`);
  refuse({ alternative: "less" }, "alternative must be one of two-sided, above, below");
});
