import { assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { differenceInterval } from "../../lib/metrics/difference_interval.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface Row {
  readonly first: number;
  readonly second: number;
  readonly size: number;
  readonly confidence: number;
  readonly lower: number;
  readonly upper: number;
}

Deno.test("differenceInterval() ends where the score of the maximised trinomial likelihood is the quantile", () => {
  const { intervals } = readFixture<{ intervals: readonly Row[] }>("paired/paired.json");
  for (const { first, second, size, confidence, lower, upper } of intervals) {
    const counts = { onlyFirst: first, onlySecond: second, size };
    const interval = differenceInterval(counts, confidence);
    assertRelative(interval[0], lower, 2e-6, `lower end of ${JSON.stringify(counts)}`);
    assertRelative(interval[1], upper, 2e-6, `upper end of ${JSON.stringify(counts)}`);
  }
});

Deno.test("differenceInterval() excludes 0 exactly where McNemar's asymptotic test rejects", () => {
  const quantile = 1.959963984540054 ** 2;
  for (let onlyFirst = 0; onlyFirst <= 60; onlyFirst++) {
    for (const onlySecond of [0, 1, 7, 20]) {
      const [lower, upper] = differenceInterval({ onlyFirst, onlySecond, size: 100 - 15 });
      const differing = onlyFirst + onlySecond;
      const rejects = (onlyFirst - onlySecond) ** 2 > quantile * differing;
      assertEquals(lower > 0 || upper < 0, rejects, `${onlyFirst} against ${onlySecond}`);
    }
  }
});

Deno.test("differenceInterval() mirrors when the two change places", () => {
  const [lower, upper] = differenceInterval({ onlyFirst: 30, onlySecond: 12, size: 500 });
  const mirrored = differenceInterval({ onlyFirst: 12, onlySecond: 30, size: 500 });
  assertEquals(mirrored, [-upper, -lower]);
});

Deno.test("differenceInterval() has a width where the two never differ, and stays in [-1, 1]", () => {
  const [lower, upper] = differenceInterval({ onlyFirst: 0, onlySecond: 0, size: 500 });
  // By hand: n d^2 = z^2 (1 - d) d.
  const share = 1.959963984540054 ** 2 / (500 + 1.959963984540054 ** 2);
  assertRelative(upper, share, 1e-12, "upper end");
  assertRelative(lower, -share, 1e-12, "lower end");
  const all = differenceInterval({ onlyFirst: 8, onlySecond: 0, size: 8 });
  assertEquals(all[1], 1);
  assertGreater(all[0], 0);
  assertLess(all[0], 1);
});

Deno.test("differenceInterval() keeps its digits where the two differ on every case", () => {
  // By hand: (1 + d)^2 = z^2 / n (1 - d^2), with the quantiles of scipy.stats.norm of SciPy 1.17.1.
  for (const [confidence, z] of [[0.001, 0.0012533144654324165], [0.01, 0.012533469508069276]]) {
    for (const size of [63, 127, 10_000]) {
      const [, upper] = differenceInterval({ onlyFirst: 0, onlySecond: size, size }, confidence);
      const share = z! ** 2 / size;
      assertRelative(upper, (share - 1) / (share + 1), 1e-13, `${size} at ${confidence}`);
    }
  }
});

Deno.test("differenceInterval() refuses impossible counts and confidences", () => {
  assertThrows(
    () => differenceInterval({ onlyFirst: 3, onlySecond: 3, size: 5 }),
    RangeError,
    "current values are 3 and 3 of 5",
  );
  assertThrows(() => differenceInterval({ onlyFirst: NaN, onlySecond: 0, size: 5 }), RangeError);
  assertThrows(() => differenceInterval({ onlyFirst: 0, onlySecond: 0, size: 0 }), RangeError);
  assertThrows(
    () => differenceInterval({ onlyFirst: 0, onlySecond: 0, size: 5 }, 1),
    RangeError,
    "confidence must be in (0, 1): current value is 1",
  );
});
