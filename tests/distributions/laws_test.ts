import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { distribution, distributionFamilies } from "../../lib/distributions/families.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
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

for (const family of distributionFamilies) {
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

Deno.test("sample() has the law's mean, variance and fourth moment, and repeats for the same seed", () => {
  const kurtosis: Record<string, number> = { gaussian: 3, laplace: 6 };
  for (
    const law of [gaussian({ mean: 3, standardDeviation: 2 }), laplace({ location: 3, scale: 2 })]
  ) {
    const size = 200_000;
    const draws = law.sample(size, { prng: createPrng(11) });
    assertEquals(draws, law.sample(size, { prng: createPrng(11) }));
    let mean = 0, second = 0, fourth = 0;
    for (const x of draws) mean += x / size;
    for (const x of draws) {
      second += (x - law.mean) ** 2 / size;
      fourth += (x - law.mean) ** 4 / size;
    }
    // Four standard errors of each, from the laws' moments of order 4 and 8.
    const deviation = Math.sqrt(law.variance);
    assertRelative(mean, 3, (4 * deviation) / Math.sqrt(size) / 3, "mean");
    assertRelative(second, law.variance, 4 * Math.sqrt(5 / size), "variance");
    assertRelative(
      fourth / law.variance ** 2,
      kurtosis[law.family]!,
      4 * Math.sqrt(2520 / 36 / size),
      "kurtosis",
    );
  }
});

Deno.test("sample() stays finite when the generator returns 0 or its largest value", () => {
  for (const extreme of [0, 1 - 2 ** -53]) {
    for (
      const law of [gaussian({ mean: 0, standardDeviation: 1 }), laplace({ location: 0, scale: 1 })]
    ) {
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
    "must be one of gaussian, laplace: current value is cauchy",
  );
  assertInstanceOf(error, RangeError);
  assertThrows(
    () => distribution({ family: "laplace", parameters: { scale: 1 } }),
    RangeError,
    "location must be finite: current value is NaN",
  );
});
