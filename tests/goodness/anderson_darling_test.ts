import { assertEquals, assertThrows } from "@std/assert";
import { distribution } from "../../lib/distributions/families.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { andersonDarling } from "../../lib/goodness/anderson_darling.ts";
import { logCdf, logSf } from "../../lib/goodness/log_tails.ts";
import { mean, meanSquare } from "../../lib/numerics/moments.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertRelative } from "../tolerance.ts";
import { scipyAnderson, scipySample, statisticsRows } from "./statistics_fixture.ts";

Deno.test("andersonDarling() equals 50-digit arithmetic, with ties and where tails underflow", () => {
  for (const { sample, law, what, andersonDarling: expected } of statisticsRows) {
    const { statistic, size } = andersonDarling(Object.freeze([...sample]), distribution(law));
    assertEquals(size, sample.length);
    assertRelative(statistic, Number(expected), 1e-12, what);
  }
});

Deno.test("andersonDarling() equals SciPy's anderson for a fitted Gaussian", () => {
  const centre = mean(scipySample);
  const size = scipySample.length;
  // SciPy divides by n - 1.
  const standardDeviation = Math.sqrt((meanSquare(scipySample, centre) * size) / (size - 1));
  const { statistic } = andersonDarling(scipySample, gaussian({ mean: centre, standardDeviation }));
  assertRelative(statistic, scipyAnderson.statistic, 1e-11, "A squared");
});

const uniform = distribution({ family: "uniform", parameters: { lower: 0, upper: 1 } });

Deno.test("andersonDarling() of 2^18 perfect values cancels to the digits that it promises", () => {
  const size = 2 ** 18;
  const perfect = Float64Array.from({ length: size }, (_, i) => (i + 0.5) / size);
  // The sum with 35 digits (mpmath).
  const expected = 9.3895949007192649e-6;
  const { statistic } = andersonDarling(perfect, uniform);
  assertRelative(statistic, expected, 1e-16 * Math.sqrt(size), "A squared", 1);
});

Deno.test("andersonDarling() depends on the law's probabilities alone", () => {
  const law = gaussian({ mean: 3, standardDeviation: 0.02 });
  const sample = law.sample(500, { prng: createPrng(3) });
  const { statistic } = andersonDarling(sample.map(law.cdf), uniform);
  assertRelative(andersonDarling(sample, law).statistic, statistic, 1e-12, "A squared");
});

Deno.test("andersonDarling() is Infinity where a value lies outside the support or on its end", () => {
  assertEquals(andersonDarling([0.5, 1.5], uniform).statistic, Infinity);
  assertEquals(andersonDarling([0, 0.5], uniform).statistic, Infinity);
  assertEquals(andersonDarling([0.5, 1], uniform).statistic, Infinity);
});

Deno.test("logCdf() and logSf() go on where the tails underflow, and mirror each other", () => {
  const law = laplace({ location: 1, scale: 2 });
  for (const z of [1, 100, 700, 740, 1000, 1e6]) {
    assertRelative(logSf(law, 1 + 2 * z), -z - Math.LN2, 1e-13, `${z} scales`);
    assertRelative(logCdf(law, 1 - 2 * z), -z - Math.LN2, 1e-13, `-${z} scales`);
  }
  const bell = gaussian({ mean: 0, standardDeviation: 1 });
  // ln sf(40) and ln sf(1000), with mpmath.
  assertRelative(logSf(bell, 40), -804.6084420137538, 1e-14, "40 deviations");
  assertRelative(logCdf(bell, -1000), -500007.8266948121855, 1e-13, "1000 deviations");
  assertRelative(logSf(bell, -40), -bell.cdf(-40), 1e-14, "a tail of almost everything", 1e-300);
});

Deno.test("andersonDarling() refuses an empty and a non-finite sample", () => {
  const law = laplace({ location: 1, scale: 2 });
  assertThrows(
    () => andersonDarling([], law),
    RangeError,
    "Cannot compute the Anderson-Darling statistic as the sample is empty",
  );
  assertThrows(() => andersonDarling([0, NaN], law), RangeError, "value 1 is NaN");
});
