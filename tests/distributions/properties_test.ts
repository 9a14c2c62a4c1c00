import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { dataOf } from "../../lib/distributions/data_of.ts";
import type { Distribution, DistributionData } from "../../lib/distributions/distribution.ts";
import {
  distribution,
  distributionFamilies,
  fitFamily,
  fittableFamilies,
} from "../../lib/distributions/families.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertRelative } from "../tolerance.ts";

const settings = { seed: 20261121, numRuns: 100 };

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const location = between(-5, 5);
const scale = between(-3, 3).map((exponent) => 10 ** exponent);
/** A factor, from a tenth to ten. */
const factor = between(-1, 1).map((exponent) => 10 ** exponent);

const lawOf = (family: string, parameters: Record<string, fc.Arbitrary<number>>) =>
  fc.record(parameters).map((values): DistributionData => ({ family, parameters: values }));

const gaussianLaw = lawOf("gaussian", { mean: location, standardDeviation: scale });
const exponentialLaw = lawOf("exponential", { location, scale });
const logisticLaw = lawOf("logistic", { location, scale });
const studentLaw = lawOf("student-t", { location, scale, degreesOfFreedom: between(2.5, 50) });
const powerLaw = lawOf("generalized-gaussian", { location, scale, shape: between(0.6, 6) });
const asymmetricLaw = lawOf("asymmetric-laplace", { location, scale, asymmetry: factor });

const truncatedTo = (law: DistributionData, lower: number, upper: number): DistributionData => ({
  family: "truncated",
  parameters: { lower, ...(upper < Infinity && { upper }) },
  components: [law],
});

/** Up to 20 scales out in the upper tail. */
const farTruncation = fc.record({
  law: fc.oneof(gaussianLaw, exponentialLaw),
  from: between(0.5, 20),
  width: fc.oneof(factor, fc.constant(Infinity)),
}).map(({ law, from, width }) => {
  const { location, scale } = distribution(law).standardForm;
  return truncatedTo(law, location + from * scale, location + (from + width) * scale);
});

/** Between two quantiles, at least a thousandth of the probability apart. */
const anyTruncation = fc.record({
  law: fc.oneof(logisticLaw, studentLaw, powerLaw, asymmetricLaw),
  below: between(0.001, 0.9),
  share: between(0.01, 1),
}).map(({ law, below, share }) => {
  const { quantile } = distribution(law);
  return truncatedTo(law, quantile(below), quantile(below + share * (1 - below)));
});

/** Laws of each family, as the data that `distribution()` takes. */
const arbitraries: Readonly<Record<string, fc.Arbitrary<DistributionData>>> = {
  gaussian: gaussianLaw,
  laplace: lawOf("laplace", { location, scale }),
  logistic: logisticLaw,
  "student-t": studentLaw,
  "generalized-gaussian": powerLaw,
  "asymmetric-laplace": asymmetricLaw,
  uniform: fc.record({ location, scale }).map(({ location, scale }) => ({
    family: "uniform",
    parameters: { lower: location, upper: location + scale },
  })),
  exponential: exponentialLaw,
  "half-gaussian": lawOf("half-gaussian", { location, scale }),
  mixture: fc.record({ share: between(0.05, 0.95), location, factor, offset: between(-4, 4) }).map(
    ({ share, location, factor, offset }): DistributionData => ({
      family: "mixture",
      parameters: { weight1: share, weight2: 1 - share },
      components: [
        { family: "gaussian", parameters: { mean: location, standardDeviation: 1 } },
        { family: "laplace", parameters: { location: location + offset, scale: factor } },
      ],
    }),
  ),
  truncated: fc.oneof(farTruncation, anyTruncation),
  "location-scale": fc.record({ location, scale, law: exponentialLaw }).map(
    ({ location, scale, law }): DistributionData => ({
      family: "location-scale",
      parameters: { location, scale },
      components: [law],
    }),
  ),
};

/** Where the bulk of the law lies. */
const frameOf = (law: Distribution) => ({ origin: law.mean, unit: Math.sqrt(law.variance) });

/** Runs a property over laws of every family and, for each, three places in units of its deviation from its mean. */
function forEveryLaw(
  name: string,
  property: (law: Distribution, places: readonly [number, number, number]) => void,
) {
  for (const family of distributionFamilies) {
    Deno.test(`${family} laws: ${name}`, () => {
      const places = fc.tuple(between(-8, 8), between(-8, 8), between(-8, 8));
      fc.assert(
        fc.property(arbitraries[family]!, places, (data, zs) => {
          const law = distribution(data);
          const { origin, unit } = frameOf(law);
          const [low, middle, high] = zs.map((z) => origin + unit * z).sort((a, b) => a - b);
          property(law, [low!, middle!, high!]);
        }),
        settings,
      );
    });
  }
}

Deno.test("the properties below cover every family", () => {
  assertEquals(distributionFamilies.filter((family) => !(family in arbitraries)), []);
});

forEveryLaw("cdf() and sf() add up to 1 and don't fall and rise", (law, places) => {
  let below = 0, above = 1;
  for (const x of places) {
    const [cdf, sf] = [law.cdf(x), law.sf(x)];
    assert(cdf >= 0 && cdf <= 1 && sf >= 0 && sf <= 1, `${cdf}, ${sf} at ${x}`);
    assertRelative(cdf + sf, 1, 1e-13, `cdf + sf at ${x}`);
    assert(cdf >= below * (1 - 1e-13), `cdf falls to ${cdf} at ${x}`);
    assert(sf <= above * (1 + 1e-13), `sf rises to ${sf} at ${x}`);
    [below, above] = [cdf, sf];
  }
});

forEveryLaw("quantile() inverts cdf() and sf()", (law, [low, middle, high]) => {
  for (const p of [1e-9, 0.01, 0.3, 0.5, 0.8, 1 - 2 ** -30, ...[low, middle, high].map(law.cdf)]) {
    if (p < 1e-200 || p > 1 - 2 ** -50) continue;
    const x = law.quantile(p);
    const [actual, expected] = p <= 0.5 ? [law.cdf(x), p] : [law.sf(x), 1 - p];
    // x itself is rounded.
    const rounding = 4 * Number.EPSILON * Math.abs(x) * law.pdf(x);
    const unit = expected + (rounding + 4 * Number.EPSILON * (p > 0.5 ? 1 : 0) * p) / 1e-11;
    assertRelative(actual, expected, 1e-11, `${p} at ${x}`, unit);
  }
});

forEveryLaw("pdf() is the exponential of logPdf()", (law, places) => {
  for (const x of places) {
    assertRelative(law.pdf(x), Math.exp(law.logPdf(x)), 1e-12, `pdf(${x})`, law.pdf(x) + 1e-300);
  }
});

forEveryLaw("partialMoments() of adjacent cells add up", (law, [low, middle, high]) => {
  const { origin, unit } = frameOf(law);
  for (const about of [low, middle, origin + 20 * unit]) {
    const left = law.partialMoments(low, middle, about);
    const right = law.partialMoments(middle, high, about);
    const whole = law.partialMoments(low, high, about);
    const firstUnit = Math.max(Math.sqrt(whole[0]) * Math.sqrt(whole[2]), Math.abs(whole[1]));
    [whole[0], firstUnit, whole[2]].forEach((size, order) =>
      assertRelative(
        left[order]! + right[order]!,
        whole[order]!,
        2e-12,
        `moment ${order} about ${about}`,
        size + 1e-290,
      )
    );
  }
});

forEveryLaw("partialMoments() of the whole line are those of mean and variance", (law, [low]) => {
  const { origin, unit } = frameOf(law);
  for (const about of [low, origin, origin - 50 * unit]) {
    const [mass, first, second] = law.partialMoments(-Infinity, Infinity, about);
    const offset = law.mean - about;
    const spread = law.variance + offset * offset;
    // A mean far from 0 is rounded to its own unit.
    const rounding = 4 * Number.EPSILON * Math.abs(law.mean) / 1e-12;
    assertRelative(mass, 1, 1e-12, "mass");
    assertRelative(first, offset, 1e-12, "first", Math.sqrt(spread) + rounding);
    assertRelative(second, spread, 1e-12, "second", spread + 2 * rounding * Math.sqrt(spread));
  }
});

forEveryLaw("the standard form is the same law, moved and stretched", (law, places) => {
  const { location, scale, standard } = law.standardForm;
  const base = standard();
  assertRelative(scale * scale * base.variance, law.variance, 1e-11, "variance");
  assertEquals([base.logConcave, base.breakpoints.length], [
    law.logConcave,
    law.breakpoints.length,
  ]);
  for (const x of places) {
    const z = (x - location) / scale;
    // A rounding of x moves the tails by it, times the slope of their logarithm.
    const slope = (law.pdf(x) / Math.min(law.cdf(x), law.sf(x))) * Math.abs(x) * Number.EPSILON;
    const unit = (tail: number) => tail * (1 + (slope > 0 ? 100 * slope : 0) / 1e-11) + 1e-290;
    assertRelative(base.cdf(z), law.cdf(x), 1e-11, `cdf(${x})`, unit(law.cdf(x)));
    assertRelative(base.sf(z), law.sf(x), 1e-11, `sf(${x})`, unit(law.sf(x)));
  }
});

forEveryLaw("a symmetric law is its own mirror image", (law, [low]) => {
  if (law.symmetricAbout === undefined) return;
  const distance = Math.abs(low - law.symmetricAbout);
  const [left, right] = [law.symmetricAbout - distance, law.symmetricAbout + distance];
  const slope = law.pdf(right) * Number.EPSILON * (Math.abs(left) + Math.abs(right));
  assertRelative(law.cdf(left), law.sf(right), 1e-12, "tails", law.sf(right) + 100 * slope / 1e-12);
});

forEveryLaw(
  "JSON and structuredClone keep the law to the bit, and nothing is changed",
  (law, places) => {
    const data = dataOf(law);
    const text = JSON.stringify(data);
    for (const copy of [JSON.parse(text), structuredClone(data)]) {
      const again = distribution(deeplyFrozen(copy));
      assertEquals(dataOf(again), data);
      for (const x of places) assertEquals([again.cdf(x), again.pdf(x)], [law.cdf(x), law.pdf(x)]);
    }
    assertEquals(JSON.stringify(dataOf(law)), text);
  },
);

function deeplyFrozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(deeplyFrozen);
  return Object.freeze(value);
}

/** Those whose mirror image is of the same family. */
const mirrored = [
  "gaussian",
  "laplace",
  "logistic",
  "student-t",
  "generalized-gaussian",
  "asymmetric-laplace",
  "uniform",
];
/** Those found by an iteration, whose last digits depend on where it stops. */
const iterative = ["logistic", "student-t", "generalized-gaussian"];

for (const family of fittableFamilies.filter((name) => name !== "mixture")) {
  Deno.test(`the fit of a ${family} law moves with the sample, and leaves it as it was`, () => {
    const seeds = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(seeds, arbitraries[family]!, location, factor, (seed, data, shift, stretch) => {
        const sample = distribution(data).sample(60, { prng: createPrng(seed) });
        const copy = sample.slice();
        const fitted = fitOrRefusal(sample, family);
        assertEquals(sample, copy);
        const tolerance = iterative.includes(family) ? 1e-5 : 1e-11;
        const moved = fitOrRefusal(sample.map((x) => shift + stretch * x), family);
        assertEquals(moved === undefined, fitted === undefined);
        const reflected = mirrored.includes(family)
          ? fitOrRefusal(sample.map((x) => -x), family)
          : undefined;
        if (fitted === undefined || moved === undefined) return;
        for (const p of [0.1, 0.5, 0.7]) {
          const unit = stretch * Math.sqrt(fitted.variance) +
            (Math.abs(shift) + stretch * Math.abs(fitted.mean)) * 1e-4;
          const expected = shift + stretch * fitted.quantile(p);
          assertRelative(moved.quantile(p), expected, tolerance, `moved ${p}`, unit);
          if (reflected === undefined) continue;
          const opposite = -fitted.quantile(1 - p);
          assertRelative(
            reflected.quantile(p),
            opposite,
            tolerance,
            `reflected ${p}`,
            unit / stretch,
          );
        }
      }),
      { ...settings, numRuns: 15 },
    );
  });
}

/** The fitted law, or undefined where the sample has no best one. */
function fitOrRefusal(sample: Float64Array, family: string) {
  try {
    return fitFamily(sample, family);
  } catch (error) {
    assert(error instanceof RangeError);
    return undefined;
  }
}
