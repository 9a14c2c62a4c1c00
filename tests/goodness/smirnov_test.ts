import { assertEquals, assertThrows } from "@std/assert";
import { smirnovLaw, smirnovLimit } from "../../lib/goodness/smirnov.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface Point {
  n: number;
  d: number;
  cdf: number;
  sf: number;
}

const { points } = readFixture<{ points: Point[] }>("kolmogorov/one_sided.json");

Deno.test("smirnovLaw() keeps eleven digits of sf, down to 1e-300", () => {
  for (const { n, d, sf, cdf } of points) {
    assertRelative(smirnovLaw(n).sf(d), sf, 1e-11, `sf, n = ${n}, d = ${d}`);
    assertRelative(smirnovLaw(n).cdf(d), cdf, 1e-11, `cdf, n = ${n}, d = ${d}`, 1);
    if (n * d <= 1) assertRelative(smirnovLaw(n).cdf(d), cdf, 1e-14, `cdf, n = ${n}, d = ${d}`);
  }
});

Deno.test("smirnovLaw() is continuous where the sum gives way to the integral", () => {
  for (const x of [0.01, 0.1, 0.5, 1, 3, 10]) {
    const [summed, integrated] = [16_384, 16_385].map((n) => smirnovLaw(n).sf(x / Math.sqrt(n)));
    // One value more changes P by the order of x n^(-3/2).
    assertRelative(integrated!, summed!, 3e-6 * (1 + x), `x = ${x}`);
  }
});

Deno.test("smirnovLaw() tends to its limit law", () => {
  for (const n of [1e4, 1e6, 1e8]) {
    for (const x of [0.1, 0.5, 1, 2, 4]) {
      const sf = smirnovLaw(n).sf(x / Math.sqrt(n));
      // P(D+ >= d) is e^(-(6 n d + 1)^2 / (18 n)) but for the order of 1 / n.
      const corrected = Math.exp(-((6 * Math.sqrt(n) * x + 1) ** 2) / (18 * n));
      assertRelative(sf, corrected, (4 + 5 * x ** 4) / n, `n = ${n}, x = ${x}`);
      assertRelative(sf, smirnovLimit.sf(x), (1 + x) / Math.sqrt(n), `n = ${n}, x = ${x}`);
    }
  }
});

Deno.test("smirnovLaw() and its limit are 0 and 1 at and beyond the ends of the support", () => {
  for (const n of [1, 7, 20_000]) {
    const law = smirnovLaw(n);
    for (const d of [-1, 0]) assertEquals([law.cdf(d), law.sf(d)], [0, 1]);
    for (const d of [1, 3]) assertEquals([law.cdf(d), law.sf(d)], [1, 0]);
  }
  assertEquals([smirnovLimit.cdf(-1), smirnovLimit.sf(-1)], [0, 1]);
  assertRelative(smirnovLimit.cdf(1e-9), 2e-18, 1e-14, "lower end");
  assertEquals([smirnovLimit.cdf(1e200), smirnovLimit.sf(Infinity)], [1, 0]);
  assertRelative(smirnovLimit.sf(18), Math.exp(-648), 1e-14, "upper tail");
});

Deno.test("smirnovLaw() refuses what is no size", () => {
  assertThrows(() => smirnovLaw(0.5), RangeError, "Cannot create a null law as the size");
});
