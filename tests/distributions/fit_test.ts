import { assertEquals, assertThrows } from "@std/assert";
import { distribution, fitFamily } from "../../lib/distributions/families.ts";
import { fitGaussian, gaussian } from "../../lib/distributions/gaussian.ts";
import { fitLaplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface KsFixture {
  samples: {
    name: string;
    sample: number[];
    fitted?: Record<string, { parameters: Record<string, number> }>;
  }[];
}

Deno.test("fitGaussian() and fitLaplace() equal NumPy's estimates", () => {
  for (const { name, sample, fitted = {} } of readFixture<KsFixture>("numerics/ks.json").samples) {
    for (const [family, { parameters }] of Object.entries(fitted)) {
      const actual = fitFamily(Object.freeze([...sample]), family).parameters;
      for (const [parameter, expected] of Object.entries(parameters)) {
        assertRelative(
          actual[parameter]!,
          expected,
          1e-14,
          `${name}: ${family} ${parameter}`,
          Math.max(1, Math.abs(expected)),
        );
      }
    }
  }
});

Deno.test("fit.logLikelihood is the sum of logPdf, and AIC and BIC follow from it", () => {
  const sample = gaussian({ mean: 3, standardDeviation: 0.02 }).sample(1000, {
    prng: createPrng(5),
  });
  for (const fitted of [fitGaussian(sample), fitLaplace(sample)]) {
    const sum = sample.reduce((total, x) => total + fitted.logPdf(x), 0);
    const { logLikelihood, aic, bic, size } = fitted.fit;
    assertRelative(logLikelihood, sum, 1e-12, fitted.family);
    assertEquals(size, 1000);
    assertRelative(aic, 4 - 2 * sum, 1e-12, "aic");
    assertRelative(bic, 2 * Math.log(1000) - 2 * sum, 1e-12, "bic");
  }
});

Deno.test("fit.standardErrors are the inverse roots of the Fisher information", () => {
  // Gaussian: sd / sqrt(n) and sd / sqrt(2 n); Laplace: scale / sqrt(n) for both.
  const sample = [1, 3, 1, 3, 1, 3, 1, 3];
  assertEquals(fitGaussian(sample).fit.standardErrors, {
    mean: 1 / Math.sqrt(8),
    standardDeviation: 1 / 4,
  });
  assertEquals(fitLaplace(sample).fit.standardErrors, {
    location: 1 / Math.sqrt(8),
    scale: 1 / Math.sqrt(8),
  });
  assertEquals(fitLaplace(sample).fit.estimator, "maximum likelihood");
});

Deno.test("fits don't call values equal whose squares vanish", () => {
  assertThrows(
    () => fitGaussian([0, 1e-200]),
    RangeError,
    "standardDeviation must be positive: current value is 0",
  );
});

Deno.test("fits find the largest likelihood: moving a parameter lowers it", () => {
  const sample = gaussian({ mean: 0.3, standardDeviation: 2 }).sample(501, { prng: createPrng(6) });
  for (const family of ["gaussian", "laplace"]) {
    const { parameters, fit } = fitFamily(sample, family);
    for (const [name, value] of Object.entries(parameters)) {
      for (const factor of [0.99, 1.01]) {
        const moved = { ...parameters, [name]: value * factor };
        const law = distribution({ family, parameters: moved });
        const likelihood = sample.reduce((total, x) => total + law.logPdf(x), 0);
        assertEquals(likelihood < fit.logLikelihood, true, `${family} ${name} x ${factor}`);
      }
    }
  }
});

Deno.test("fitGaussian() keeps small deviations about a large mean", () => {
  const { parameters } = fitGaussian([1e9, 1e9 + 1, 1e9 + 2]);
  assertEquals(parameters["mean"], 1e9 + 1);
  assertRelative(parameters["standardDeviation"]!, Math.sqrt(2 / 3), 1e-15, "deviation");
});

Deno.test("fits refuse an empty, a constant and a non-finite sample by value", () => {
  assertThrows(() => fitGaussian([]), RangeError, "Cannot fit a Gaussian as the sample is empty");
  assertThrows(
    () => fitGaussian([2, 2, 2]),
    RangeError,
    "Cannot fit a Gaussian as the values must differ: all 3 are 2",
  );
  assertThrows(
    () => fitLaplace(Float32Array.of(1, 1)),
    RangeError,
    "Cannot fit a Laplace law as the values must differ: all 2 are 1",
  );
  assertThrows(
    () => fitLaplace([1, NaN]),
    RangeError,
    "Cannot fit a Laplace law as every value must be finite: value 1 is NaN",
  );
  assertThrows(
    () => fitGaussian([1, 2, -Infinity]),
    RangeError,
    "every value must be finite: value 2 is -Infinity",
  );
});
