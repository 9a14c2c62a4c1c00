import { assertEquals, assertThrows } from "@std/assert";
import { wilsonInterval } from "../../lib/metrics/intervals.ts";
import { assertRelative } from "../tolerance.ts";

Deno.test("wilsonInterval() equals statsmodels' proportion_confint(method='wilson')", () => {
  // statsmodels 0.14: proportion_confint(count, nobs, alpha, method="wilson")
  for (
    const [successes, size, confidence, lower, upper] of [
      [450, 500, 0.95, 0.8705853859, 0.9233376744],
      [1, 10, 0.95, 0.0178762131, 0.4041500268],
      [9173, 10000, 0.99, 0.9099075, 0.9241303],
    ] as const
  ) {
    const interval = wilsonInterval(successes, size, confidence);
    assertRelative(interval[0], lower, 1e-4, `lower end of ${successes} of ${size}`);
    assertRelative(interval[1], upper, 1e-4, `upper end of ${successes} of ${size}`);
    // The defining property: at the ends the score statistic equals the quantile.
    for (const p of interval) {
      const score = (successes / size - p) / Math.sqrt((p * (1 - p)) / size);
      assertRelative(
        Math.abs(score),
        confidence === 0.95 ? 1.959963984540054 : 2.5758293035489004,
        1e-9,
        "score",
      );
    }
  }
});

Deno.test("wilsonInterval() stays in [0, 1] and holds the ends exactly", () => {
  assertEquals(wilsonInterval(0, 7)[0], 0);
  for (let size = 1; size <= 100; size++) assertEquals(wilsonInterval(size, size)[1], 1);
});

Deno.test("wilsonInterval() holds confidences next to 1", () => {
  // mpmath 1.3: the z at which the upper tail of the standard Gaussian is 2^-54.
  const [lower, upper] = wilsonInterval(5, 10, 1 - 2 ** -53);
  const z = 8.292361075813595;
  assertRelative(upper - lower, z / Math.sqrt(10 + z * z), 1e-12, "width");
});

Deno.test("wilsonInterval() refuses impossible counts and confidences", () => {
  assertThrows(() => wilsonInterval(3, 2), RangeError, "current values are 3 of 2");
  assertThrows(() => wilsonInterval(0, 0), RangeError, "current values are 0 of 0");
  assertThrows(
    () => wilsonInterval(Infinity, Infinity),
    RangeError,
    "size finite and at least 1: current values are Infinity of Infinity",
  );
  assertThrows(
    () => wilsonInterval(1, 2, 1),
    RangeError,
    "confidence must be in (0, 1): current value is 1",
  );
});
