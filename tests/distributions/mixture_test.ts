import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Distribution, DistributionData } from "../../lib/distributions/distribution.ts";
import { distribution } from "../../lib/distributions/families.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { mixture } from "../../lib/distributions/mixture.ts";
import { mean, populationVariance } from "../../lib/numerics/moments.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface MixtureFixture {
  laws: {
    name: string;
    law: DistributionData;
    mean: number;
    variance: number;
    points: { x: number; pdf: number; logPdf: number | string; cdf: number; sf: number }[];
    quantiles: { p: number; quantile: number }[];
    cells: {
      lower: number | string;
      upper: number | string;
      about: number;
      moments: number[];
      scales: number[];
    }[];
  }[];
}

const { laws } = readFixture<MixtureFixture>("goodness/mixture.json");

for (const { name, law: data, mean, variance, points, quantiles, cells } of laws) {
  const law = distribution(data);

  Deno.test(`mixture() of ${name} has the mean and variance of 120-digit arithmetic`, () => {
    assertRelative(law.mean, mean, 1e-14, "mean", Math.sqrt(variance));
    assertRelative(law.variance, variance, 1e-14, "variance");
  });

  Deno.test(`mixture() of ${name} has the density and both tails of 120-digit arithmetic`, () => {
    for (const { x, pdf, logPdf, cdf, sf } of points) {
      const least = 1e-300;
      if (pdf === 0 || pdf > least) assertRelative(law.pdf(x), pdf, 1e-12, `pdf(${x})`);
      assertRelative(law.logPdf(x), Number(logPdf), 1e-12, `logPdf(${x})`);
      if (cdf === 0 || cdf > least) assertRelative(law.cdf(x), cdf, 1e-12, `cdf(${x})`);
      if (sf === 0 || sf > least) assertRelative(law.sf(x), sf, 1e-12, `sf(${x})`);
    }
  });

  Deno.test(`mixture() of ${name} has the quantiles of 120-digit arithmetic`, () => {
    for (const { p, quantile } of quantiles) {
      assertRelative(law.quantile(p), quantile, 1e-12, `quantile(${p})`);
    }
  });

  Deno.test(`mixture() of ${name} has the partial moments of 120-digit arithmetic`, () => {
    for (const { lower, upper, about, moments, scales } of cells) {
      law.partialMoments(Number(lower), Number(upper), about).forEach((moment, k) => {
        if (scales[k]! < 1e-290) return;
        const what = `moment ${k} of (${lower}, ${upper}) about ${about}`;
        assertRelative(moment, moments[k]!, 1e-12, what, scales[k]!);
      });
    }
  });
}

const wide = gaussian({ mean: 3, standardDeviation: 0.02 });
const narrow = laplace({ location: 3, scale: 0.001 });

Deno.test("mixture() of one law is that law", () => {
  const alone = mixture([{ weight: 1, law: narrow }]);
  for (const x of [2, 2.999, 3, 3.0005, 10]) {
    assertEquals(
      [alone.pdf(x), alone.logPdf(x), alone.cdf(x), alone.sf(x)],
      [narrow.pdf(x), narrow.logPdf(x), narrow.cdf(x), narrow.sf(x)],
    );
  }
  assertEquals(alone.quantile(0.3), narrow.quantile(0.3));
  assertEquals(alone.partialMoments(2, 3.1, 3), narrow.partialMoments(2, 3.1, 3));
  assertEquals([alone.mean, alone.variance], [narrow.mean, narrow.variance]);
  assertEquals([alone.logConcave, alone.symmetricAbout], [true, 3]);
});

Deno.test("mixture() may hold mixtures, and comes back from its data", () => {
  const inner = mixture([{ weight: 0.5, law: narrow }, { weight: 0.5, law: wide }]);
  const outer = mixture([{ weight: 0.2, law: inner }, { weight: 0.8, law: wide }]);
  const flat = mixture([{ weight: 0.1, law: narrow }, { weight: 0.9, law: wide }]);
  for (const p of [1e-200, 0.1, 0.5, 0.9]) {
    assertRelative(outer.quantile(p), flat.quantile(p), 1e-14, `quantile(${p})`);
  }
  assertRelative(outer.variance, flat.variance, 1e-14, "variance");
  const { family, parameters, components } = outer;
  const restored = distribution(JSON.parse(JSON.stringify({ family, parameters, components })));
  assertEquals([restored.parameters, restored.components], [parameters, components]);
  assertEquals(restored.cdf(2.99), outer.cdf(2.99));
});

Deno.test("mixture() may hold any family, and moments that don't exist", () => {
  const heavy = (degreesOfFreedom: number) =>
    distribution({ family: "student-t", parameters: { location: 1, scale: 2, degreesOfFreedom } });
  const cut = distribution({
    family: "truncated",
    parameters: { lower: 0 },
    components: [{ family: "laplace", parameters: { location: 1, scale: 0.5 } }],
  });
  const law = mixture([{ weight: 0.25, law: heavy(1.5) }, { weight: 0.75, law: cut }]);
  assertEquals([law.variance, law.support, law.breakpoints], [
    Infinity,
    [-Infinity, Infinity],
    [0, 1],
  ]);
  assertRelative(law.mean, 0.25 + 0.75 * cut.mean, 1e-14, "mean");
  for (const p of [1e-200, 0.01, 0.3, 0.9, 1 - 1e-12]) {
    assertRelative(law.cdf(law.quantile(p)), p, 1e-12, `cdf(quantile(${p}))`);
  }
  const { family, parameters, components } = law;
  assertEquals(distribution({ family, parameters, components }).pdf(0.5), law.pdf(0.5));
  const { location, scale, standard } = law.standardForm;
  assertRelative(standard().cdf((3 - location) / scale), law.cdf(3), 1e-13, "standard form");
  assertEquals(mixture([{ weight: 1, law: heavy(0.5) }]).mean, NaN);
});

Deno.test("mixture() names its support, its breakpoints and what jumps inside", () => {
  const law = mixture([
    { weight: 0.5, law: distribution(uniformData(-1, 1)) },
    { weight: 0.25, law: laplace({ location: 5, scale: 1 }) },
    { weight: 0.25, law: distribution(uniformData(0, 1)) },
  ]);
  assertEquals([law.support, law.breakpoints], [[-Infinity, Infinity], [-1, 0, 1, 5]]);
  const gap = mixture([
    { weight: 0.5, law: distribution(uniformData(0, 1)) },
    { weight: 0.5, law: distribution(uniformData(2, 3)) },
  ]);
  assertEquals([gap.support, gap.breakpoints], [[0, 3], [1, 2]]);
  // The smallest x that reaches one half, although all of [1, 2] does.
  assertRelative(gap.quantile(0.5), 1, 1e-15, "the lower end of the gap");
  assertEquals([gap.quantile(0), gap.quantile(1), gap.pdf(1.5)], [0, 3, 0]);
  assertEquals([gap.logPdf(1.5), gap.quantile(1.5)], [-Infinity, NaN]);
});

Deno.test("mixture() is symmetric about a common centre, and where its components mirror each other", () => {
  const at = (location: number, scale = 1) => laplace({ location, scale });
  const centre = (...laws: [number, Distribution][]) =>
    mixture(laws.map(([weight, law]) => ({ weight, law }))).symmetricAbout;
  assertEquals(centre([0.3, wide], [0.7, narrow]), 3);
  assertEquals(centre([0.25, at(-2)], [0.25, at(2)], [0.5, at(0, 3)]), 0);
  assertEquals(centre([0.5, at(-2)], [0.5, at(2, 3)]), undefined);
  assertEquals(centre([0.25, at(-2)], [0.75, at(2)]), undefined);
  assertEquals(
    centre([0.5, at(-2)], [0.5, gaussian({ mean: 2, standardDeviation: 1 })]),
    undefined,
  );
  assertEquals(centre([0.25, at(-2)], [0.25, at(-2)], [0.25, at(2)], [0.25, at(0)]), undefined);
});

Deno.test("mixture() is location + scale * z with z of its standard form", () => {
  const law = mixture([
    { weight: 0.3, law: gaussian({ mean: 3.01, standardDeviation: 0.02 }) },
    { weight: 0.7, law: narrow },
  ]);
  const { location, scale, standard } = law.standardForm;
  const z = standard();
  assertEquals([location, scale], [law.mean, Math.sqrt(law.variance)]);
  assertRelative(z.mean, 0, 1e-13, "mean", 1);
  assertRelative(z.variance, 1, 1e-13, "variance");
  for (const p of [1e-100, 0.2, 0.5, 0.9]) {
    const x = law.quantile(p);
    assertRelative(location + scale * z.quantile(p), x, 1e-12, `quantile(${p})`);
    assertRelative(z.pdf((x - location) / scale) / scale, law.pdf(x), 1e-11, `pdf(${x})`);
  }
  const cell = law.partialMoments(2.99, 3.005, 3);
  const [lower, upper, about] = [2.99, 3.005, 3].map((x) => (x - location) / scale);
  z.partialMoments(lower!, upper!, about).forEach((moment, k) => {
    assertRelative(moment * scale ** k, cell[k]!, 1e-11, `moment ${k}`, cell[0] * 0.01 ** k);
  });
  const symmetric = mixture([{ weight: 0.1, law: narrow }, { weight: 0.9, law: wide }]);
  assertEquals(symmetric.standardForm.standard().symmetricAbout, 0);
});

/** fast-check draws from a seed of its own; one that stands here keeps every run the same. */
const settings = { seed: 20261121 };

const anyMixture = fc.array(
  fc.record({
    share: fc.integer({ min: 1, max: 1000 }),
    family: fc.constantFrom("gaussian", "laplace"),
    location: fc.integer({ min: -1000, max: 1000 }).map((n) => n / 64),
    scale: fc.integer({ min: -20, max: 12 }).map((n) => 2 ** (n / 2)),
  }),
  { minLength: 1, maxLength: 5 },
);

/** The mixture of these components, each moved to `stretch * location + shift` and stretched. */
function moved(
  components: typeof anyMixture extends fc.Arbitrary<infer T> ? T : never,
  stretch = 1,
  shift = 0,
): Distribution {
  const shares = components.reduce((sum, { share }) => sum + share, 0);
  return mixture(components.map(({ share, family, location, scale }) => {
    const centre = stretch * location + shift;
    return {
      weight: share / shares,
      law: family === "gaussian"
        ? gaussian({ mean: centre, standardDeviation: stretch * scale })
        : laplace({ location: centre, scale: stretch * scale }),
    };
  }));
}

Deno.test("mixture() of any laws has a quantile that inverts its cdf and its sf", () => {
  const probability = fc.oneof(
    fc.integer({ min: 1, max: 999 }).map((n) => n / 1000),
    fc.integer({ min: 1, max: 300 }).map((n) => 10 ** -n),
  );
  fc.assert(
    fc.property(anyMixture, probability, (components, p) => {
      const law = moved(components);
      const x = law.quantile(p);
      // What a quantile that is accurate to 1e-13 leaves of the probability, and the rounding of the latter.
      const slack = (tail: number) => 1e-12 * tail + 1e-13 * Math.abs(x) * law.pdf(x) + 1e-320;
      assertRelative(law.cdf(x), p, 1, `cdf(${x})`, slack(p));
      assertRelative(law.sf(x), 1 - p, 1, `sf(${x})`, slack(1 - p) + 1e-15);
    }),
    settings,
  );
});

Deno.test("mixture() of any laws follows their scale and shift", () => {
  fc.assert(
    fc.property(
      anyMixture,
      fc.integer({ min: -400, max: 400 }),
      fc.integer({ min: -99, max: 99 }).map((n) => n / 8),
      (components, exponent, x) => {
        const law = moved(components), stretched = moved(components, 2 ** exponent, 0);
        assertEquals(stretched.cdf(2 ** exponent * x), law.cdf(x));
        assertEquals(stretched.variance, 4 ** exponent * law.variance);
        assertRelative(
          stretched.quantile(0.3),
          2 ** exponent * law.quantile(0.3),
          1e-13,
          "quantile",
        );
        const shifted = moved(components, 1, 64);
        const scale = Math.sqrt(law.variance);
        assertRelative(shifted.mean, law.mean + 64, 1e-13, "mean", 64 + Math.abs(law.mean));
        assertRelative(shifted.sf(x + 64), law.sf(x), 1e-10, "sf");
        assertRelative(Math.sqrt(shifted.variance), scale, 1e-12, "deviation", 64 + scale);
      },
    ),
    settings,
  );
});

Deno.test("mixture() of any laws adds its partial moments up", () => {
  const point = fc.integer({ min: -3000, max: 3000 }).map((n) => n / 64);
  fc.assert(
    fc.property(anyMixture, point, point, (components, cut, about) => {
      const law = moved(components);
      const whole = law.partialMoments(-Infinity, Infinity, about);
      const below = law.partialMoments(-Infinity, cut, about);
      const above = law.partialMoments(cut, Infinity, about);
      const spread = law.variance + (law.mean - about) ** 2;
      [1, Math.sqrt(spread), spread].forEach((unit, k) =>
        assertRelative(below[k]! + above[k]!, whole[k]!, 1e-12, `moment ${k}`, unit)
      );
      assertRelative(whole[2], spread, 1e-12, "second moment");
      assertRelative(below[0], law.cdf(cut), 1e-12, "mass below", law.cdf(cut) + 1e-300);
    }),
    settings,
  );
});

Deno.test("mixture() partialMoments() asks no component that has nothing in the cell", () => {
  const far = gaussian({ mean: 1e6, standardDeviation: 1 });
  const refusing = {
    ...far,
    partialMoments: () => {
      throw new Error("asked");
    },
  };
  const near = gaussian({ mean: 0, standardDeviation: 1 });
  const law = mixture([{ weight: 0.25, law: near }, { weight: 0.75, law: refusing }]);
  assertEquals(
    [...law.partialMoments(-1, 2, 0.5)],
    near.partialMoments(-1, 2, 0.5).map((moment) => 0.25 * moment),
  );
  assertThrows(() => law.partialMoments(-1, 1e6), Error, "asked");
});

Deno.test("mixture() draws from its components by their weights, the same for the same seed", () => {
  const law = mixture([
    { weight: 0.3, law: gaussian({ mean: -1, standardDeviation: 0.5 }) },
    { weight: 0.7, law: laplace({ location: 2, scale: 0.25 }) },
  ]);
  const draws = law.sample(20_000, { prng: createPrng(5) });
  assertEquals(law.sample(20_000, { prng: createPrng(5) }), draws);
  assertRelative(mean(draws), law.mean, 0.05, "mean", 1);
  assertRelative(populationVariance(draws), law.variance, 0.05, "variance");
  const below = draws.filter((x) => x < 0.5).length / draws.length;
  assertRelative(below, law.cdf(0.5), 0.02, "share below 0.5", 1);
});

Deno.test("mixture() divides weights by their sum where they miss 1 by more than rounding", () => {
  const law = mixture([{ weight: 0.3333333333, law: wide }, { weight: 0.6666666666, law: narrow }]);
  assertRelative(law.parameters.weight1!, 1 / 3, 1e-15, "weight1");
  const tenths = Array.from({ length: 10 }, () => ({ weight: 0.1, law: wide }));
  const stored = mixture(tenths).parameters;
  assert(Object.values(stored).every((weight) => weight === 0.1), "tenths stay tenths");
});

Deno.test("mixture() refuses no component, and weights that aren't a share each of 1", () => {
  assertThrows(() => mixture([]), RangeError, "must have a component: it has 0");
  assertThrows(
    () => mixture([{ weight: 1, law: wide }, { weight: 0, law: narrow }]),
    RangeError,
    "Cannot create a mixture law as weight2 must be positive: current value is 0",
  );
  assertThrows(
    () => mixture([{ weight: NaN, law: wide }]),
    RangeError,
    "weight1 must be finite: current value is NaN",
  );
  assertThrows(
    () => mixture([{ weight: 0.5, law: wide }, { weight: 0.25, law: narrow }]),
    RangeError,
    "Cannot create a mixture law as its weights must sum to 1: their sum is 0.75",
  );
  assertThrows(
    () => distribution({ family: "mixture", parameters: { weight1: 1 } }),
    RangeError,
    "Cannot create a mixture law as it must have 1 components: current value is 0",
  );
});

const uniformData = (lower: number, upper: number) => ({
  family: "uniform",
  parameters: { lower, upper },
});
