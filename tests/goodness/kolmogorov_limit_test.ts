import { assertEquals, assertThrows } from "@std/assert";
import { kolmogorovLimit } from "../../lib/goodness/kolmogorov_limit.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface LimitFixture {
  points: { x: number; cdf: number; sf: number }[];
  criticalValues: { upperTail: number; x: number }[];
}

const { points, criticalValues } = readFixture<LimitFixture>("kolmogorov/limit.json");

Deno.test("kolmogorovLimit keeps 14 digits of both tails, down to 1e-300", () => {
  for (const { x, cdf, sf } of points) {
    assertRelative(kolmogorovLimit.cdf(x), cdf, 1e-14, `cdf(${x})`);
    assertRelative(kolmogorovLimit.sf(x), sf, 1e-14, `sf(${x})`);
  }
});

Deno.test("kolmogorovLimit inverts both tails to 14 digits", () => {
  for (const { upperTail, x } of criticalValues) {
    assertRelative(kolmogorovLimit.criticalValue(upperTail), x, 1e-14, `P = ${upperTail}`);
  }
  for (const p of [1e-300, 1e-20, 0.001, 0.3, 0.5, 0.8, 0.999]) {
    // A relative change of x by 1e-15 changes the lower tail by up to 1e-12.
    assertRelative(kolmogorovLimit.cdf(kolmogorovLimit.quantile(p)), p, 3e-12, `cdf at ${p}`);
  }
  // Where the tail itself is subnormal.
  assertRelative(kolmogorovLimit.quantile(5e-324), 0.0405967, 1e-6, "lower end");
  assertRelative(kolmogorovLimit.criticalValue(5e-324), 19.3019846, 1e-8, "upper end");
});

Deno.test("kolmogorovLimit has the published critical values and median", () => {
  for (const [p, x] of [[0.05, 1.3580986], [0.01, 1.6276236], [0.001, 1.9494746]] as const) {
    assertRelative(kolmogorovLimit.criticalValue(p), x, 5e-8, `${p}`);
  }
  assertRelative(kolmogorovLimit.quantile(0.5), 0.8275735552, 1e-10, "median");
});

Deno.test("kolmogorovLimit is 0 and 1 at and beyond its ends", () => {
  for (const x of [-Infinity, -1, 0, 1e-200, 0.04]) {
    assertEquals([kolmogorovLimit.cdf(x), kolmogorovLimit.sf(x)], [0, 1], `${x}`);
  }
  for (const x of [20, 1e200, Infinity]) {
    assertEquals([kolmogorovLimit.cdf(x), kolmogorovLimit.sf(x)], [1, 0], `${x}`);
  }
  assertEquals(
    [kolmogorovLimit.quantile(0), kolmogorovLimit.quantile(1)],
    [0, Infinity],
  );
  assertEquals(
    [kolmogorovLimit.criticalValue(0), kolmogorovLimit.criticalValue(1)],
    [Infinity, 0],
  );
});

Deno.test("kolmogorovLimit refuses what is no probability", () => {
  for (const p of [-0.1, 1.5, NaN]) {
    assertThrows(
      () => kolmogorovLimit.criticalValue(p),
      RangeError,
      `Cannot give a critical value as the probability must be in [0, 1]: current value is ${p}`,
    );
    assertThrows(() => kolmogorovLimit.quantile(p), RangeError, "Cannot give a quantile");
  }
});
