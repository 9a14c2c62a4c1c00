import { assert, assertEquals, assertThrows } from "@std/assert";
import { kolmogorovLaw } from "../../lib/goodness/kolmogorov_law.ts";
import { kolmogorovLimit } from "../../lib/goodness/kolmogorov_limit.ts";
import { smirnovLaw } from "../../lib/goodness/smirnov.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

interface Point {
  n: number;
  d: number;
  cdf: number;
  sf: number;
}

const exact = readFixture<{ points: Point[] }>("kolmogorov/exact.json").points;
const scipy = readFixture<
  { points: { n: number; d: number; twoSided: number; oneSided: number }[] }
>("kolmogorov/scipy.json").points;
const largeBody = readFixture<{ points: Point[] }>("kolmogorov/large_body.json").points;
const millionBody = readFixture<{ points: Point[] }>("kolmogorov/million_body.json").points;
const largeTail = readFixture<{ points: Point[] }>("kolmogorov/large_tail.json").points;

Deno.test("kolmogorovLaw() keeps ten digits of sf up to 2,000 values, down to 1e-300", () => {
  for (const { n, d, sf } of exact) {
    assertRelative(kolmogorovLaw(n).sf(d), sf, 1e-10, `n = ${n}, d = ${d}`);
  }
});

Deno.test("kolmogorovLaw() keeps ten digits of cdf up to 2,000 values, down to 1e-300", () => {
  for (const { n, d, cdf } of exact) {
    assertRelative(kolmogorovLaw(n).cdf(d), cdf, 1e-10, `n = ${n}, d = ${d}`);
  }
});

slowTest(
  "kolmogorovLaw() keeps nine digits of sf from 2,001 to 10^7 values, down to 1e-300",
  () => {
    for (const { n, d, sf, cdf } of [...largeBody, ...millionBody, ...largeTail]) {
      assertRelative(kolmogorovLaw(n).sf(d), sf, 1e-9, `sf, n = ${n}, d = ${d}`);
      assertRelative(kolmogorovLaw(n).cdf(d), cdf, 1e-11, `cdf, n = ${n}, d = ${d}`, 1);
    }
  },
);

Deno.test("kolmogorovLaw() and smirnovLaw() agree with SciPy, to SciPy's accuracy", () => {
  for (const { n, d, twoSided, oneSided } of scipy) {
    // Above 140 values SciPy's kstwo is an expansion, off by up to 4e-6 at 300.
    assertRelative(kolmogorovLaw(n).sf(d), twoSided, n <= 140 ? 1e-10 : 5e-6, `n = ${n}, d = ${d}`);
    assertRelative(smirnovLaw(n).sf(d), oneSided, 1e-10, `one-sided, n = ${n}, d = ${d}`);
  }
});

Deno.test("kolmogorovLaw() has the values of Marsaglia, Tsang and Wang's program in extended precision", () => {
  const values = [
    [10, 0.274, 0.6284796154565043],
    [5, 0.5, 0.888],
    [100, 0.1, 0.747307242993611],
    [1000, 0.03, 0.6773097535867],
    [2000, 0.04, 0.99676943191714],
    [16_000, 0.016, 0.999452349138],
  ] as const;
  for (const [n, d, cdf] of values) {
    assertRelative(kolmogorovLaw(n).cdf(d), cdf, 1e-12, `n = ${n}, d = ${d}`);
  }
});

Deno.test("kolmogorovLaw() has the closed forms at both ends of the support", () => {
  // n! (2 d - 1 / n)^n up to 1 / n, and 2 (1 - d)^n from 1 - 1 / n on.
  assertRelative(kolmogorovLaw(3).cdf(0.25), 6 * (0.5 - 1 / 3) ** 3, 1e-14, "lower end");
  assertRelative(kolmogorovLaw(4).sf(0.75), 2 / 256, 1e-14, "upper end");
  assertRelative(kolmogorovLaw(1).sf(0.75), 0.5, 1e-15, "one value");
});

Deno.test("kolmogorovLaw() is monotone and continuous where the methods meet", () => {
  for (const n of [2, 17, 100, 2000, 10_001, 50_000]) {
    const law = kolmogorovLaw(n);
    for (const meeting of [1 / n, Math.sqrt(4.2 / n), 0.5]) {
      const [before, after] = [law.sf(meeting * (1 - 1e-12)), law.sf(meeting * (1 + 1e-12))];
      assert(after <= before * (1 + 1e-8), `n = ${n}: ${before}, ${after} at ${meeting}`);
      assertRelative(after, before, 1e-8, `n = ${n} at ${meeting}`);
    }
  }
  // Where the recursion gives way to the expansion.
  for (const level of [0.1, 0.5, 1, 2, 4.1]) {
    const [x, y] = [10_000, 10_001].map((n) => kolmogorovLaw(n).sf(Math.sqrt(level / n)));
    assertRelative(y!, x!, 1e-5, `n d^2 = ${level}`);
  }
});

Deno.test("kolmogorovLaw() tends to the limit law with the order of 1 / sqrt(n)", () => {
  for (const n of [1e4, 1e6, 1e12]) {
    for (const x of [0.5, 0.8, 1.2, 2, 2.2]) {
      const sf = kolmogorovLaw(n).sf(x / Math.sqrt(n));
      assertRelative(sf, kolmogorovLimit.sf(x), 1.5 / Math.sqrt(n), `n = ${n}, x = ${x}`, 1);
    }
  }
});

Deno.test("kolmogorovLaw() is 0 and 1 at and beyond the ends of the support, for every size", () => {
  for (const n of [1, 2, 10, 1000, 100_000, 2 ** 40]) {
    const law = kolmogorovLaw(n);
    for (const d of [-1, 0, 0.25 / n, 0.4999 / n]) assertEquals([law.cdf(d), law.sf(d)], [0, 1]);
    for (const d of [1, 2, Infinity]) assertEquals([law.cdf(d), law.sf(d)], [1, 0]);
  }
  assertEquals(kolmogorovLaw(100_000).sf(0.4), 0);
  assertEquals([kolmogorovLaw(9).cdf(NaN), kolmogorovLaw(9).sf(NaN)], [NaN, NaN]);
});

Deno.test("kolmogorovLaw() refuses what is no size", () => {
  for (const size of [0, -1, 2.5, NaN, Infinity]) {
    assertThrows(
      () => kolmogorovLaw(size),
      RangeError,
      `Cannot create a null law as the size of the sample must be a positive integer: current value is ${size}`,
    );
  }
});
