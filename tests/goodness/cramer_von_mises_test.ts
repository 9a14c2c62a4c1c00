import { assertEquals, assertThrows } from "@std/assert";
import { distribution } from "../../lib/distributions/families.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { cramerVonMises } from "../../lib/goodness/cramer_von_mises.ts";
import { assertRelative } from "../tolerance.ts";
import { statisticsRows } from "./statistics_fixture.ts";

Deno.test("cramerVonMises() equals 50-digit arithmetic, and so SciPy's cramervonmises", () => {
  for (const { sample, law, what, cramerVonMises: expected } of statisticsRows) {
    const { statistic, size } = cramerVonMises(Object.freeze([...sample]), distribution(law));
    assertEquals(size, sample.length);
    assertRelative(statistic, expected, 1e-13, what);
  }
});

Deno.test("cramerVonMises() is 1 / (12 n) at best, and n / 3 for a sample far away", () => {
  const law = laplace({ location: 3, scale: 0.02 });
  const size = 200;
  const perfect = Float64Array.from({ length: size }, (_, i) => law.quantile((i + 0.5) / size));
  assertRelative(cramerVonMises(perfect, law).statistic, 1 / (12 * size), 1e-10, "the best");
  assertRelative(cramerVonMises([90, 80, 85], law).statistic, 1, 1e-15, "far above");
  assertRelative(cramerVonMises([-90, -80, -85], law).statistic, 1, 1e-15, "far below");
});

Deno.test("cramerVonMises() refuses an empty and a non-finite sample", () => {
  const law = laplace({ location: 1, scale: 2 });
  assertThrows(
    () => cramerVonMises([], law),
    RangeError,
    "Cannot compute the Cramer-von Mises statistic as the sample is empty",
  );
  assertThrows(() => cramerVonMises([-Infinity], law), RangeError, "value 0 is -Infinity");
});
