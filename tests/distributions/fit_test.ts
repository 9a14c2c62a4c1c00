import { assert, assertEquals, assertLess, assertStringIncludes, assertThrows } from "@std/assert";
import {
  asymmetricLaplace,
  fitAsymmetricLaplace,
} from "../../lib/distributions/asymmetric_laplace.ts";
import { exponential, fitExponential } from "../../lib/distributions/exponential.ts";
import { distribution, fitFamily, fittableFamilies } from "../../lib/distributions/families.ts";
import { fitAll } from "../../lib/distributions/fit_all.ts";
import { fitGaussian, gaussian } from "../../lib/distributions/gaussian.ts";
import { fitHalfGaussian, halfGaussian } from "../../lib/distributions/half_gaussian.ts";
import { fitLaplace, laplace } from "../../lib/distributions/laplace.ts";
import { fitUniform, uniformOn } from "../../lib/distributions/uniform.ts";
import { blockwiseSum } from "../../lib/numerics/blockwise_sum.ts";
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
  for (const fitted of [fitGaussian, fitLaplace, fitAsymmetricLaplace].map((fit) => fit(sample))) {
    const count = Object.keys(fitted.parameters).length;
    const sum = sample.reduce((total, x) => total + fitted.logPdf(x), 0);
    const { logLikelihood, aic, bic, size } = fitted.fit;
    assertRelative(logLikelihood, sum, 1e-12, fitted.family);
    assertEquals(size, 1000);
    assertRelative(aic, 2 * count - 2 * sum, 1e-12, "aic");
    assertRelative(bic, count * Math.log(1000) - 2 * sum, 1e-12, "bic");
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

interface FitFixture {
  samples: {
    name: string;
    size: number;
    sum: number;
    laws: Record<string, { parameters: Record<string, number>; logLikelihood: number }>;
    asymmetricLaplace: { parameters: Record<string, number>; scipyLogLikelihood: number };
  }[];
}

/** The transformation of `u` in (0, 1) and `t = 2 u - 1` that makes each sample: the generator of the fixture has the same lines. */
const recipes: Record<string, (u: number, t: number) => number> = {
  "light tail": (_, t) => 3 + 0.02 * (t * (1 + t * t)),
  "heavy tail": (_, t) => t / Math.sqrt(1 - t * t),
  "skewed": (u, t) => (t * (1 + 4 * (t * t))) * (0.25 + u * u),
  "ties"(u) {
    const v = 2 * ((u - 0.6) / 0.4) - 1;
    return u < 0.6 ? 0 : v / (1.1 - v * v);
  },
  "many": (_, t) => 0.01 + t / (1.05 - t * t) + 0.3 * (t * t),
};

function sampleOf(name: string, size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => {
    const u = ((i * 7919) % size + 0.5) / size;
    return recipes[name]!(u, 2 * u - 1);
  });
}

for (
  const { name, size, sum, laws, asymmetricLaplace: expectedLaw } of readFixture<FitFixture>(
    "closed_form_laws/fits.json",
  ).samples
) {
  const sample = sampleOf(name, size);

  Deno.test(`fits of a sample with ${name} equal SciPy's closed forms`, () => {
    const total = blockwiseSum(size, (i) => sample[i]!);
    assertRelative(total, sum, 1e-12, "sum of the sample", size);
    for (const [family, { parameters, logLikelihood }] of Object.entries(laws)) {
      const fitted = fitFamily(sample, family);
      assertEquals(Object.keys(fitted.parameters), Object.keys(parameters));
      const unit = Math.sqrt(fitted.variance);
      for (const [parameter, expected] of Object.entries(parameters)) {
        const actual = fitted.parameters[parameter]!;
        assertRelative(actual, expected, 1e-12, `${family} ${parameter}`, unit);
      }
      assertRelative(fitted.fit.logLikelihood, logLikelihood, 1e-12, `${family} likelihood`, size);
    }
  });

  Deno.test(`fitAsymmetricLaplace() of a sample with ${name} finds the best of all locations`, () => {
    const { parameters, fit, variance } = fitAsymmetricLaplace(sample);
    const expected = expectedLaw.parameters;
    assertEquals(parameters["location"], expected["location"]);
    assertRelative(
      parameters["scale"]!,
      expected["scale"]!,
      1e-12,
      "scale",
      Math.sqrt(variance),
    );
    assertRelative(parameters["asymmetry"]!, expected["asymmetry"]!, 1e-12, "asymmetry");
    assert(
      fit.logLikelihood >= expectedLaw.scipyLogLikelihood - 1e-12 * size,
      `${fit.logLikelihood} is below SciPy's ${expectedLaw.scipyLogLikelihood}`,
    );
  });
}

Deno.test("fitAsymmetricLaplace() finds the largest likelihood: moving a parameter lowers it", () => {
  const sample = asymmetricLaplace({ location: 1, scale: 2, asymmetry: 0.4 }).sample(301, {
    prng: createPrng(8),
  });
  const { parameters, fit } = fitAsymmetricLaplace(sample);
  const likelihood = (changed: Record<string, number>) => {
    const law = distribution({
      family: "asymmetric-laplace",
      parameters: { ...parameters, ...changed },
    });
    return sample.reduce((total, x) => total + law.logPdf(x), 0);
  };
  assertRelative(likelihood({}), fit.logLikelihood, 1e-12, "likelihood");
  for (const [name, value] of Object.entries(parameters)) {
    for (const factor of [0.98, 1.02]) {
      assertLess(likelihood({ [name]: value * factor }), fit.logLikelihood, `${name} x ${factor}`);
    }
  }
});

Deno.test("fitAsymmetricLaplace() standard errors are those of repeated samples", () => {
  const law = asymmetricLaplace({ location: 1, scale: 2, asymmetry: 0.6 });
  const prng = createPrng(9);
  const size = 2000, repeats = 400;
  const fits = Array.from(
    { length: repeats },
    () => fitAsymmetricLaplace(law.sample(size, { prng })),
  );
  for (const name of Object.keys(law.parameters)) {
    const spread = Math.sqrt(
      fits.reduce(
        (sum, { parameters }) => sum + (parameters[name]! - law.parameters[name]!) ** 2,
        0,
      ) /
        repeats,
    );
    const claimed = fits.reduce((sum, { fit }) => sum + fit.standardErrors[name]!, 0) / repeats;
    // Four standard errors of a spread over 400 repeats, and the approach to the limit.
    assertRelative(spread, claimed, 4 / Math.sqrt(2 * repeats) + 0.05, name);
  }
});

Deno.test("standard errors of ends of a support are the asymptotic scale of repeated samples", () => {
  const prng = createPrng(10);
  const size = 500, repeats = 400;
  const cases = [
    { law: uniformOn({ lower: -1, upper: 2 }), fit: fitUniform, names: ["lower", "upper"] },
    { law: exponential({ location: 1, scale: 2 }), fit: fitExponential, names: ["location"] },
    { law: halfGaussian({ location: 1, scale: 2 }), fit: fitHalfGaussian, names: ["location"] },
  ];
  for (const { law, fit, names } of cases) {
    const fits = Array.from({ length: repeats }, () => fit(law.sample(size, { prng })));
    for (const name of names) {
      const bias = fits.reduce(
        (sum, { parameters }) => sum + Math.abs(parameters[name]! - law.parameters[name]!),
        0,
      ) / repeats;
      const claimed = fits.reduce((sum, { fit }) => sum + fit.standardErrors[name]!, 0) / repeats;
      // Exponential: its mean is its deviation, known to 1 / sqrt(repeats).
      assertRelative(bias, claimed, 4 / Math.sqrt(repeats), `${law.family} ${name}`);
    }
  }
});

Deno.test("fitUniform(), fitExponential() and fitHalfGaussian() report what they estimated", () => {
  const sample = [1, 3, 2, 6];
  assertEquals(fitUniform(sample).fit, {
    size: 4,
    estimator: "maximum likelihood",
    freeParameters: 2,
    standardErrors: { lower: 5 / 4, upper: 5 / 4 },
    logLikelihood: -4 * Math.log(5),
    aic: 4 + 8 * Math.log(5),
    bic: 2 * Math.log(4) + 8 * Math.log(5),
  });
  assertEquals(fitExponential(sample).fit.standardErrors, { location: 2 / 4, scale: 2 / 2 });
  const scale = Math.sqrt(30 / 4);
  assertEquals(fitHalfGaussian(sample).fit.standardErrors, {
    location: (Math.sqrt(Math.PI / 2) * scale) / 4,
    scale: scale / Math.sqrt(8),
  });
});

Deno.test("fitAsymmetricLaplace() refuses a sample whose best law is a one-sided exponential", () => {
  const activations = exponential({ location: 0, scale: 1 }).sample(100, { prng: createPrng(3) });
  assertThrows(
    () => fitAsymmetricLaplace([0, ...activations]),
    RangeError,
    "one-sided exponential law: current value is 0, an end of the sample",
  );
  assertThrows(
    () => fitAsymmetricLaplace([1, 2]),
    RangeError,
    "Cannot fit an asymmetric Laplace law as the sample must have at least 3 values: its length is 2",
  );
});

Deno.test("fitFamily() says that a truncated law has no fit", () => {
  assertThrows(
    () => fitFamily([1, 2, 3], "truncated"),
    RangeError,
    "Cannot fit a law as the family must have a fit: current value is truncated",
  );
});

Deno.test("fitAll() fits the named families, the best by AIC first, and throws where one can't fit", () => {
  const sample = laplace({ location: 1, scale: 2 }).sample(2000, { prng: createPrng(4) });
  const families = ["uniform", "gaussian", "laplace", "exponential"];
  const fitted = fitAll(sample, { families });
  assertEquals(fitted[0]!.family, "laplace");
  assertEquals(fitted.map(({ family }) => family).sort(), [...families].sort());
  const criteria = fitted.map(({ fit }) => fit.aic);
  assertEquals(criteria, criteria.toSorted((a, b) => a - b));
  assertThrows(
    () => fitAll(sample, { families: ["gaussian", "truncated"] }),
    RangeError,
    "the family must have a fit: current value is truncated",
  );
});

Deno.test("fitAll() without names leaves out what the sample refuses, and says why", () => {
  const activations = exponential({ location: 0, scale: 1 }).sample(500, { prng: createPrng(3) });
  const refused: Record<string, string> = {};
  const fitted = fitAll(activations, {
    onRefusal: (family, { message }) => refused[family] = message,
  });
  assertStringIncludes(refused["asymmetric-laplace"]!, "one-sided exponential law");
  assertEquals(
    [...fitted.map(({ family }) => family), ...Object.keys(refused)].sort(),
    [...fittableFamilies].sort(),
  );
  assertThrows(() => fitAll([]), RangeError, "Cannot fit all families as the sample is empty");
  assertThrows(() => fitAll([2, 2]), RangeError, "as the values must differ: all 2 are 2");
  assertThrows(() => fitAll([1, NaN]), RangeError, "every value must be finite: value 1 is NaN");
});

Deno.test("every fit refuses an empty, a constant, a non-finite and a too small sample", () => {
  for (
    const family of [
      "gaussian",
      "laplace",
      "uniform",
      "exponential",
      "half-gaussian",
      "asymmetric-laplace",
    ]
  ) {
    assertThrows(() => fitFamily([], family), RangeError, "as the sample is empty");
    assertThrows(() => fitFamily([7], family), RangeError, "values: its length is 1");
    assertThrows(() => fitFamily([7, 7, 7], family), RangeError, "must differ: all 3 are 7");
    assertThrows(() => fitFamily([1, NaN, 2], family), RangeError, "value 1 is NaN");
    assertThrows(() => fitFamily([1, 2, Infinity], family), RangeError, "value 2 is Infinity");
  }
});

Deno.test("fitGaussian() and fitLaplace() name the sample's fault", () => {
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
