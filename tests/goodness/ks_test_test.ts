import { assertEquals, assertThrows } from "@std/assert";
import { fitGaussian, gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { kolmogorovLaw } from "../../lib/goodness/kolmogorov_law.ts";
import { kolmogorovLimit } from "../../lib/goodness/kolmogorov_limit.ts";
import { ksStatistic } from "../../lib/goodness/ks_statistic.ts";
import { ksTest, type KsTestOptions } from "../../lib/goodness/ks_test.ts";
import { smirnovLaw } from "../../lib/goodness/smirnov.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertRelative } from "../tolerance.ts";

const law = laplace({ location: 0, scale: 1 });
const sample = law.sample(200, { prng: createPrng(5) });

Deno.test("ksTest() is ksStatistic() with the p-value of its null law", () => {
  const { statistic, location, above, below } = ksStatistic(sample, law);
  assertEquals(ksTest(Object.freeze([...sample]), law), {
    statistic,
    location,
    size: 200,
    alternative: "two-sided",
    pValue: kolmogorovLaw(200).sf(statistic),
    method: "exact",
    null: "fully-specified",
  });
  for (const [alternative, side] of [["above", above], ["below", below]] as const) {
    const test = ksTest(sample, law, { alternative, method: "exact" });
    assertEquals([test.statistic, test.location], [side.statistic, side.location]);
    assertEquals(test.pValue, smirnovLaw(200).sf(side.statistic));
  }
});

Deno.test("ksTest() takes the limit law where it is told to", () => {
  const test = ksTest(sample, law, { method: "limit" });
  assertEquals(test.method, "limit");
  assertEquals(test.pValue, kolmogorovLimit.sf(Math.sqrt(200) * test.statistic));
  const above = ksTest(sample, law, { method: "limit", alternative: "above" });
  assertRelative(above.pValue, Math.exp(-400 * above.statistic ** 2), 1e-13, "one-sided");
});

Deno.test("ksTest() says that beyond 10,000 values auto is an expansion", () => {
  const values = law.sample(10_001, { prng: createPrng(2) });
  assertEquals(ksTest(values.subarray(1), law).method, "exact");
  const { method, pValue, statistic } = ksTest(values, law);
  assertEquals([method, pValue], ["expansion", kolmogorovLaw(10_001).sf(statistic)]);
  assertThrows(
    () => ksTest(values, law, { method: "exact" }),
    RangeError,
    "Cannot run a Kolmogorov-Smirnov test as the exact method takes at most 10000 values: current value is 10001",
  );
});

Deno.test("ksTest() knows the direction: smaller values lie above", () => {
  const shifted = laplace({ location: 0.5, scale: 1 });
  const [above, below] = (["above", "below"] as const)
    .map((alternative) => ksTest(sample, shifted, { alternative }).pValue);
  assertRelative(below!, 1, 0.2, "below");
  assertRelative(above!, 0, 1e-4, "above", 1);
});

Deno.test("ksTest() p-values of samples from the law are uniform", () => {
  const prng = createPrng(11);
  for (const alternative of ["two-sided", "above", "below"] as const) {
    const pValues = Array.from(
      { length: 400 },
      () => ksTest(law.sample(25, { prng }), law, { alternative }).pValue,
    );
    // Tested by itself: D of 400 uniform values beyond its 0.1 % point would be a fault.
    const sorted = Float64Array.from(pValues).sort();
    const distance = sorted.reduce(
      (largest, p, i) => Math.max(largest, p - i / 400, (i + 1) / 400 - p),
      0,
    );
    assertRelative(distance, 0, kolmogorovLimit.criticalValue(0.001) / 20, alternative, 1);
  }
});

Deno.test("ksTest() refuses a fitted law, unless it is told that the null is fully specified", () => {
  const fitted = fitGaussian(sample);
  assertThrows(
    () => ksTest(sample, fitted),
    TypeError,
    "Cannot run a Kolmogorov-Smirnov test as the law must be known before the sample: current value is a fitted gaussian law; " +
      "ksTestFitted has its null",
  );
  const { mean, standardDeviation } = fitted.parameters as Record<string, number>;
  const same = gaussian({ mean: mean!, standardDeviation: standardDeviation! });
  assertEquals(ksTest(sample, fitted, { null: "fully-specified" }), ksTest(sample, same));
});

Deno.test("ksTest() refuses bad samples and unknown options", () => {
  assertThrows(() => ksTest([], law), RangeError, "as the sample is empty");
  assertThrows(() => ksTest([1, NaN], law), RangeError, "value 1 is NaN");
  const refuse = (options: unknown, text: string) =>
    assertThrows(() => ksTest([1], law, options as KsTestOptions), RangeError, text);
  refuse({ method: "fast" }, "method must be one of auto, exact, limit: current value is fast");
  refuse(
    { alternative: "greater" },
    "alternative must be one of two-sided, above, below: current value is greater",
  );
  refuse({ null: "fitted" }, "null must be one of fully-specified: current value is fitted");
});
