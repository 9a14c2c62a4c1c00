import { assertEquals, assertThrows } from "@std/assert";
import { mcnemarTest, pairedCounts, signTest } from "../../lib/metrics/paired_test.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface Row {
  readonly first: number;
  readonly second: number;
  readonly pValue: number;
  readonly midP: number;
  readonly scipy: number;
  readonly statsmodels: number;
}

const { tests } = readFixture<{ tests: readonly Row[] }>("paired/paired.json");

Deno.test("mcnemarTest() equals sums in 40 digits up to a million pairs, and far out in the tail", () => {
  for (const { first, second, pValue, midP } of tests) {
    const test = mcnemarTest(first, second);
    assertEquals(test.size, first + second);
    assertRelative(test.pValue, pValue, 1e-12, `p of ${first} against ${second}`);
    assertRelative(test.midP, midP, 1e-12, `mid-p of ${first} against ${second}`);
  }
});

Deno.test("mcnemarTest() and signTest() equal statsmodels' exact mcnemar and SciPy's binomtest", () => {
  for (const { first, second, scipy, statsmodels } of tests) {
    // Their own rounding far out is 1e-10.
    assertRelative(mcnemarTest(first, second).pValue, statsmodels, 1e-9, "statsmodels");
    assertRelative(signTest(second, first).pValue, scipy, 1e-9, "SciPy");
  }
});

Deno.test("mcnemarTest() gives 0 only where the smallest double ends, and never more than 1", () => {
  assertEquals(mcnemarTest(0, 1074).pValue, 2 * Number.MIN_VALUE);
  assertEquals(mcnemarTest(0, 1076).pValue, 0);
  for (let n = 1; n < 200; n++) {
    for (let k = 0; k <= n; k++) {
      const { pValue, midP } = mcnemarTest(k, n - k);
      assertEquals(pValue <= 1 && midP < pValue && midP > 0, true, `${k} of ${n}`);
    }
  }
});

Deno.test("signTest() rejects a fair coin at most as often as its level says", () => {
  for (const n of [10, 37, 100]) {
    let chance = 2 ** -n, rejected = 0;
    for (let k = 0; k <= n; k++) {
      if (signTest(k, n - k).pValue <= 0.05) rejected += chance;
      chance *= (n - k) / (k + 1);
    }
    assertEquals(rejected <= 0.05 && rejected > 0.01, true, `${rejected} of ${n}`);
  }
});

Deno.test("pairedCounts() counts each case once", () => {
  assertEquals(pairedCounts([1, 1, 1, 0, 0, 0, 0], [1, 0, 0, 1, 1, 1, 0]), {
    both: 1,
    onlyFirst: 2,
    onlySecond: 3,
    neither: 1,
  });
  assertThrows(
    () => pairedCounts([1], [1, 0]),
    TypeError,
    "the same cases: current lengths are 1 and 2",
  );
});

Deno.test("mcnemarTest() and signTest() refuse what can't be counts", () => {
  for (const [first, second] of [[-1, 3], [1.5, 3], [NaN, 3], [2 ** 53, 0]] as const) {
    assertThrows(
      () => mcnemarTest(first, second),
      RangeError,
      `Cannot run McNemar's test as counts must be integers of at least 0 with a safe sum: current values are ${first} and ${second}`,
    );
    assertThrows(() => signTest(second, first), RangeError, "Cannot run a sign test");
  }
});
