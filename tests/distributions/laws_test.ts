import { assertEquals, assertInstanceOf, assertLess, assertThrows } from "@std/assert";
import { asymmetricLaplace } from "../../lib/distributions/asymmetric_laplace.ts";
import { dataOf } from "../../lib/distributions/data_of.ts";
import type { Distribution } from "../../lib/distributions/distribution.ts";
import { exponential } from "../../lib/distributions/exponential.ts";
import { distribution } from "../../lib/distributions/families.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { generalizedGaussian } from "../../lib/distributions/generalized_gaussian.ts";
import { halfGaussian } from "../../lib/distributions/half_gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { logistic } from "../../lib/distributions/logistic.ts";
import { mixture } from "../../lib/distributions/mixture.ts";
import { studentT } from "../../lib/distributions/student_t.ts";
import { truncated } from "../../lib/distributions/truncated.ts";
import { uniformOn } from "../../lib/distributions/uniform.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface LawFixture {
  laws: {
    parameters: Record<string, number>;
    values: { x: number; pdf: number; logPdf: number; cdf: number; sf: number }[];
    quantiles: { p: number; x: number }[];
    partialMoments: {
      lower: number | string;
      upper: number | string;
      about: number;
      moments: [number, number, number];
      absoluteFirst: number;
    }[];
  }[];
}

const accuracy = 1e-12;

for (const family of ["gaussian", "laplace"]) {
  const { laws } = readFixture<LawFixture>(`numerics/${family}.json`);
  for (const { parameters, values, quantiles, partialMoments } of laws) {
    const law = distribution({ family, parameters });
    const title = `${family}(${Object.values(parameters)})`;

    Deno.test(`${title} pdf(), cdf() and sf() equal 40-digit values, to the ends of the tails`, () => {
      for (const { x, pdf, logPdf, cdf, sf } of values) {
        assertRelative(law.pdf(x), pdf, accuracy, `pdf(${x})`);
        assertRelative(
          law.logPdf(x),
          logPdf,
          accuracy,
          `logPdf(${x})`,
          Math.max(1, Math.abs(logPdf)),
        );
        assertRelative(law.cdf(x), cdf, accuracy, `cdf(${x})`);
        assertRelative(law.sf(x), sf, accuracy, `sf(${x})`);
      }
    });

    Deno.test(`${title} quantile() equals 40-digit values`, () => {
      const deviation = Math.sqrt(law.variance);
      for (const { p, x } of quantiles) {
        // About the mean a quantile's own unit is the deviation: 3 - 1e-20 is not a double.
        const scale = Math.max(Math.abs(x - law.mean), Number.EPSILON * Math.abs(x) / accuracy) +
          accuracy * deviation;
        assertRelative(law.quantile(p), x, accuracy, `quantile(${p})`, scale);
      }
    });

    Deno.test(`${title} partialMoments() equals 40-digit values, in narrow and far cells`, () => {
      for (const { lower, upper, about, moments, absoluteFirst } of partialMoments) {
        const actual = law.partialMoments(Number(lower), Number(upper), about);
        const scales = [moments[0], absoluteFirst, moments[2]];
        for (const order of [0, 1, 2] as const) {
          assertRelative(
            actual[order],
            moments[order],
            accuracy,
            `moment ${order} over (${lower}, ${upper}) about ${about}`,
            scales[order],
          );
        }
      }
    });
  }
}

Deno.test("quantile() gives the ends of the support at 0 and 1, and NaN outside", () => {
  for (
    const law of [gaussian({ mean: 1, standardDeviation: 2 }), laplace({ location: 1, scale: 2 })]
  ) {
    assertEquals([law.quantile(0), law.quantile(1)], [-Infinity, Infinity], law.family);
    assertEquals([law.quantile(-0.1), law.quantile(1.1), law.quantile(NaN)], [NaN, NaN, NaN]);
  }
});

Deno.test("partialMoments() of an empty interval are zeros", () => {
  for (
    const law of [gaussian({ mean: 0, standardDeviation: 1 }), laplace({ location: 0, scale: 1 })]
  ) {
    assertEquals(law.partialMoments(2, 1), [0, 0, 0]);
    assertEquals(law.partialMoments(Infinity, Infinity), [0, 0, 0]);
  }
});

const families: Readonly<Record<string, Distribution>> = {
  gaussian: gaussian({ mean: 3, standardDeviation: 2 }),
  laplace: laplace({ location: 3, scale: 2 }),
  asymmetricLaplace: asymmetricLaplace({ location: 3, scale: 2, asymmetry: 0.4 }),
  uniform: uniformOn({ lower: 3, upper: 5 }),
  exponential: exponential({ location: 3, scale: 2 }),
  halfGaussian: halfGaussian({ location: 3, scale: 2 }),
  truncated: truncated(gaussian({ mean: 3, standardDeviation: 2 }), { lower: 6, upper: 13 }),
};

for (const [name, law] of Object.entries(families)) {
  Deno.test(`${name} sample() has the law's mean, variance and distribution, and repeats for the same seed`, () => {
    const size = 40_000;
    const draws = law.sample(size, { prng: createPrng(11) });
    assertEquals(draws, law.sample(size, { prng: createPrng(11) }));
    const spread = (order: number) =>
      draws.reduce((sum, x) => sum + Math.abs(x - law.mean) ** order, 0) / size;
    // Four standard errors of each, from the sample's own fourth moment.
    const mean = draws.reduce((sum, x) => sum + x, 0) / size;
    assertRelative(mean, law.mean, 4, "mean", Math.sqrt(law.variance / size));
    assertRelative(spread(2), law.variance, 4, "variance", Math.sqrt(spread(4) / size));
    draws.sort();
    const distance = draws.reduce(
      (largest, x, i) =>
        Math.max(largest, Math.abs(law.cdf(x) - i / size), Math.abs(law.cdf(x) - (i + 1) / size)),
      0,
    );
    // Kolmogorov's limit law leaves 0.001 beyond 1.95.
    assertLess(distance, 1.95 / Math.sqrt(size));
  });

  Deno.test(`${name} is exact under a scale by a power of two, from 1e-149 to 1e149`, () => {
    const { standardForm } = law;
    const base = standardForm.standard();
    for (const factor of [2 ** -495, 2 ** 495]) {
      const scaled = scaledBy(base, factor);
      assertRelative(scaled.variance, factor * factor * base.variance, 1e-15, "variance");
      for (const z of [-1, 0.25, 1.5, 3]) {
        assertRelative(scaled.cdf(z * factor), base.cdf(z), 1e-15, `cdf(${z})`);
        assertRelative(scaled.pdf(z * factor) * factor, base.pdf(z), 1e-15, `pdf(${z})`);
        const expected = base.partialMoments(0.1, z, -2);
        scaled.partialMoments(0.1 * factor, z * factor, -2 * factor).forEach((moment, order) =>
          assertRelative(
            moment / factor ** order,
            expected[order]!,
            1e-15,
            `moment ${order} to ${z}`,
          )
        );
      }
    }
  });
}

/** The law of `factor * X`. */
function scaledBy(law: Distribution, factor: number): Distribution {
  const [component] = law.components ?? [];
  return distribution({
    family: law.family,
    parameters: Object.fromEntries(
      Object.entries(law.parameters).map((
        [name, value],
      ) => [name, name === "asymmetry" ? value : value * factor]),
    ),
    ...(component && { components: [dataOf(scaledBy(distribution(component), factor))] }),
  });
}

const everyLaw: Readonly<Record<string, Distribution>> = {
  ...families,
  logistic: logistic({ location: 3, scale: 2 }),
  studentT: studentT({ location: 3, scale: 2, degreesOfFreedom: 3 }),
  generalizedGaussian: generalizedGaussian({ location: 3, scale: 2, shape: 0.7 }),
  truncatedStudentT: truncated(studentT({ location: 3, scale: 2, degreesOfFreedom: 3 }), {
    lower: 2,
    upper: 9,
  }),
  mixture: mixture([
    { weight: 0.5, law: gaussian({ mean: 3, standardDeviation: 2 }) },
    { weight: 0.5, law: laplace({ location: 4, scale: 2 }) },
  ]),
};

for (const [name, law] of Object.entries(everyLaw)) {
  Deno.test(`${name} gives NaN for NaN, and nothing for an empty cell or one beyond all probability`, () => {
    for (const value of [law.pdf, law.logPdf, law.cdf, law.sf, law.quantile]) {
      assertEquals(value(NaN), NaN);
    }
    const unknown = [NaN, NaN, NaN] as const;
    assertEquals(law.partialMoments(NaN, 4), unknown);
    assertEquals(law.partialMoments(NaN, -1e5), unknown);
    assertEquals(law.partialMoments(3.5, NaN), unknown);
    assertEquals(law.partialMoments(NaN, NaN), unknown);
    for (const [lower, upper] of [[5, 4], [4, 4], [1e300, 1.7e308], [1e200, Infinity]] as const) {
      assertEquals(law.partialMoments(lower, upper), [0, 0, 0], `(${lower}, ${upper})`);
    }
  });
}

Deno.test("gaussian and laplace sample() have the law's fourth moment", () => {
  for (const [name, kurtosis] of [["gaussian", 3], ["laplace", 6]] as const) {
    const law = families[name]!;
    const size = 200_000;
    const draws = law.sample(size, { prng: createPrng(11) });
    const fourth = draws.reduce((sum, x) => sum + (x - law.mean) ** 4, 0) / size;
    // Four standard errors, from the Laplace law's moment of order 8.
    const allowed = 4 * Math.sqrt(2520 / 36 / size);
    assertRelative(fourth / law.variance ** 2, kurtosis, allowed, "kurtosis");
  }
});

Deno.test("sample() stays finite when the generator returns 0 or its largest value", () => {
  for (const extreme of [0, 1 - 2 ** -53]) {
    const tail = truncated(laplace({ location: 0, scale: 1 }), { upper: 0 });
    for (const law of [...Object.values(families), tail]) {
      assertEquals(law.sample(3, { prng: () => extreme }).every(Number.isFinite), true, law.family);
    }
  }
});

Deno.test("sample() refuses a size that is no length", () => {
  const law = gaussian({ mean: 0, standardDeviation: 1 });
  assertThrows(
    () => law.sample(-1, { prng: () => 0.5 }),
    RangeError,
    "Cannot draw a sample as its size must be a non-negative integer: current value is -1",
  );
});

Deno.test("asymmetricLaplace() without asymmetry is the Laplace law, about its median too", () => {
  const law = asymmetricLaplace({ location: 0, scale: 2, asymmetry: 1 });
  const expected = laplace({ location: 0, scale: 2 });
  assertEquals(law.symmetricAbout, 0);
  for (
    const p of [1e-300, 0.1, 0.4999999, 0.5 - 2 ** -54, 0.5, 0.5 + 2 ** -53, 0.50001, 1 - 2 ** -53]
  ) {
    assertRelative(law.quantile(p), expected.quantile(p), 1e-15, `quantile(${p})`);
  }
  for (const x of [-7, -1e-9, 0, 0.3, 50]) {
    assertRelative(law.pdf(x), expected.pdf(x), 1e-15, `pdf(${x})`);
    assertRelative(law.cdf(x), expected.cdf(x), 1e-15, `cdf(${x})`);
    assertRelative(law.sf(x), expected.sf(x), 1e-15, `sf(${x})`);
  }
});

Deno.test("laws refuse parameters out of their domain", () => {
  assertThrows(
    () => gaussian({ mean: 0, standardDeviation: 0 }),
    RangeError,
    "Cannot create a gaussian law as standardDeviation must be positive: current value is 0",
  );
  assertThrows(
    () => laplace({ location: NaN, scale: 1 }),
    RangeError,
    "Cannot create a laplace law as location must be finite: current value is NaN",
  );
});

Deno.test("the one-sided, bounded and asymmetric laws refuse parameters out of their domain", () => {
  const cases: [() => Distribution, string][] = [
    [
      () => uniformOn({ lower: 1, upper: 1 }),
      "Cannot create a uniform law as upper - lower must be positive: current value is 0",
    ],
    [() => uniformOn({ lower: -Infinity, upper: 1 }), "lower must be finite"],
    [
      () => exponential({ location: 0, scale: -1 }),
      "Cannot create an exponential law as scale must be positive: current value is -1",
    ],
    [
      () => halfGaussian({ location: NaN, scale: 1 }),
      "Cannot create a half-gaussian law as location must be finite: current value is NaN",
    ],
    [
      () => asymmetricLaplace({ location: 0, scale: 1, asymmetry: 0 }),
      "Cannot create an asymmetric-laplace law as asymmetry must be positive: current value is 0",
    ],
    [
      () => asymmetricLaplace({ location: 0, scale: 1e-100, asymmetry: 1e-100 }),
      "scale * asymmetry must be at least 1e-150: current value is 1e-200",
    ],
  ];
  for (const [create, text] of cases) assertThrows(create, RangeError, text);
});

Deno.test("laws refuse parameters whose squares overflow or vanish", () => {
  assertThrows(
    () => gaussian({ mean: 1e200, standardDeviation: 1 }),
    RangeError,
    "Cannot create a gaussian law as mean must be at most 1e+150 in magnitude: current value is 1e+200",
  );
  assertThrows(
    () => laplace({ location: 0, scale: 1e-300 }),
    RangeError,
    "Cannot create a laplace law as scale must be at least 1e-150: current value is 1e-300",
  );
});

Deno.test("partialMoments() ends where the deviation is below the spacing of doubles", () => {
  for (
    const law of [
      gaussian({ mean: 1e16, standardDeviation: 0.1 }),
      laplace({ location: 1e16, scale: 0.1 }),
    ]
  ) {
    const moments = law.partialMoments(-Infinity, Infinity, 1e16);
    assertEquals(moments.every(Number.isFinite), true, law.family);
  }
});

Deno.test("distribution() makes a law live again after JSON and structuredClone", () => {
  const law = laplace({ location: 1, scale: 0.5 });
  const { family, parameters } = law;
  for (
    const copy of [
      structuredClone({ family, parameters }),
      JSON.parse(JSON.stringify({ family, parameters })),
    ]
  ) {
    assertEquals(distribution(copy).cdf(1.3), law.cdf(1.3));
  }
});

Deno.test("distribution() refuses an unknown family and a missing parameter", () => {
  const error = assertThrows(
    () => distribution({ family: "cauchy", parameters: {} }),
    RangeError,
    "must be one of gaussian, laplace",
  );
  assertInstanceOf(error, RangeError);
  assertThrows(
    () => distribution({ family: "laplace", parameters: { scale: 1 } }),
    RangeError,
    "Cannot create a laplace law as its parameters must be location, scale: current value is scale",
  );
  assertThrows(
    () => distribution({ family: "laplace", parameters: { location: 0, scale: 1, shape: 2 } }),
    RangeError,
    "as its parameters must be location, scale: current value is location, scale, shape",
  );
  assertThrows(
    () =>
      distribution({
        family: "gaussian",
        parameters: { mean: 0, standardDeviation: 1 },
        components: [{ family: "laplace", parameters: { location: 0, scale: 1 } }],
      }),
    RangeError,
    "Cannot create a gaussian law as it must have 0 components: current value is 1",
  );
});
