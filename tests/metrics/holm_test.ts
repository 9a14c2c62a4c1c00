import { assertEquals, assertThrows } from "@std/assert";
import { holm } from "../../lib/metrics/holm.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface Family {
  readonly pValues: readonly number[];
  readonly holm: readonly number[];
}

Deno.test("holm() equals statsmodels' multipletests", () => {
  const { families } = readFixture<{ families: readonly Family[] }>("paired/paired.json");
  for (const { pValues, holm: expected } of families) {
    const before = [...pValues];
    const adjusted = holm(pValues);
    assertEquals(pValues, before);
    adjusted.forEach((value, i) => assertRelative(value, expected[i]!, 1e-14, `p ${i}`));
  }
});

Deno.test("holm() is monotone, never above 1, and takes no or equal p-values", () => {
  assertEquals(holm([]), []);
  assertEquals(holm([0.4, 0.4, 0.4]), [1, 1, 1]);
  assertEquals(holm([0, 1]), [0, 1]);
  // The second smallest times 1 is below the smallest times 2.
  assertEquals(holm([0.03, 0.04]), [0.06, 0.06]);
});

Deno.test("holm() refuses what is no p-value", () => {
  for (const value of [NaN, -0.1, 1.1]) {
    assertThrows(
      () => holm([0.5, value]),
      RangeError,
      `each must be in [0, 1]: current value at 1 is ${value}`,
    );
  }
});
