import { assert, assertEquals } from "@std/assert";
import type { Distribution, DistributionData } from "../../lib/distributions/distribution.ts";
import { distribution } from "../../lib/distributions/families.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface LawFixture {
  laws: readonly LawRecord[];
}

interface LawRecord extends DistributionData {
  centre: number;
  scale: number;
  mean: number;
  variance: number;
  values: { x: number; pdf: number; logPdf: number | string; cdf: number; sf: number }[];
  quantiles: { p: number; x: number | string }[];
  partialMoments: {
    lower: number | string;
    upper: number | string;
    about: number;
    moments: [number, number, number];
    absoluteFirst: number;
  }[];
}

const accuracy = 1e-12;
const files = [
  "gaussian",
  "laplace",
  "uniform",
  "exponential",
  "half_gaussian",
  "asymmetric_laplace",
  "truncated",
];

/** What a double near x can be off by: half a unit in its last place, twice. */
const rounding = (x: number) => Number.EPSILON * Math.abs(x);

function titleOf({ family, parameters, components = [] }: DistributionData): string {
  return `${family}(${[...components.map(titleOf), ...Object.values(parameters)].join(", ")})`;
}

for (const file of files) {
  const { laws } = readFixture<LawFixture>(`closed_form_laws/${file}.json`);
  for (const record of laws) {
    const law = distribution(record);
    const title = titleOf(record);

    Deno.test(`${title} has the mean and variance of 40-digit arithmetic`, () => {
      // A mean that lies far from 0 is rounded to its own unit.
      assertRelative(
        law.mean,
        record.mean,
        accuracy,
        "mean",
        record.scale + rounding(record.mean) / accuracy,
      );
      assertRelative(law.variance, record.variance, accuracy, "variance");
    });

    Deno.test(`${title} pdf(), logPdf(), cdf() and sf() equal 40-digit values, to the ends of the tails`, () => {
      for (const { x, pdf, logPdf, cdf, sf } of record.values) {
        assertRelative(law.pdf(x), pdf, accuracy, `pdf(${x})`);
        const expected = Number(logPdf);
        const unit = Math.max(1, Math.abs(expected));
        assertRelative(law.logPdf(x), expected, accuracy, `logPdf(${x})`, unit);
        assertRelative(law.cdf(x), cdf, accuracy, `cdf(${x})`);
        assertRelative(law.sf(x), sf, accuracy, `sf(${x})`);
      }
    });

    Deno.test(`${title} quantile() equals 40-digit values`, () => {
      const nearest = nearestAnchor(law, record);
      for (const { p, x } of record.quantiles) {
        const expected = Number(x);
        const unit = Math.abs(expected - nearest(expected)) + rounding(expected) / accuracy;
        assertRelative(law.quantile(p), expected, accuracy, `quantile(${p})`, unit);
      }
    });

    Deno.test(`${title} partialMoments() equals 40-digit values, in narrow and far cells`, () => {
      for (const { lower, upper, about, moments, absoluteFirst } of record.partialMoments) {
        const actual = law.partialMoments(Number(lower), Number(upper), about);
        const units = [moments[0], absoluteFirst, moments[2]];
        for (const order of [0, 1, 2] as const) {
          const what = `moment ${order} over (${lower}, ${upper}) about ${about}`;
          assertRelative(actual[order], moments[order], accuracy, what, units[order]);
        }
      }
    });

    Deno.test(`${title} takes infinities, and gives NaN for NaN`, () => {
      const { pdf, logPdf, cdf, sf, quantile, partialMoments } = law;
      for (const end of [-Infinity, Infinity]) {
        assertEquals([pdf(end), logPdf(end)], [0, -Infinity]);
        assertEquals([cdf(end), sf(end)], end > 0 ? [1, 0] : [0, 1]);
        assertEquals(partialMoments(end, end), [0, 0, 0]);
      }
      assertEquals([pdf, logPdf, cdf, sf, quantile].map((of) => of(NaN)), Array(5).fill(NaN));
      assertEquals([quantile(0), quantile(1)], [...law.support]);
      assertEquals([quantile(-1e-9), quantile(1 + 1e-9)], [NaN, NaN]);
      assertEquals(partialMoments(NaN, law.mean), [NaN, NaN, NaN]);
      assertEquals(partialMoments(law.mean, NaN), [NaN, NaN, NaN]);
      assertEquals(partialMoments(law.mean + 1, law.mean - 1), [0, 0, 0]);
      const [start, end] = law.support;
      assertEquals(partialMoments(-Infinity, start, start), [0, 0, 0]);
      assertEquals(partialMoments(end, Infinity, end), [0, 0, 0]);
      assert(partialMoments(-Infinity, Infinity, NaN).slice(1).every(Number.isNaN));
    });
  }
}

/** The point from which a quantile of the law is measured: where the law is placed, or the nearer end of its support. */
function nearestAnchor(law: Distribution, { centre, scale, family }: LawRecord) {
  const ends = law.support.filter(Number.isFinite);
  if (ends.length === 0) {
    // Between the sides of an asymmetric law, p itself is rounded.
    return (x: number) => family === "asymmetric-laplace" ? x - scale : centre;
  }
  return (x: number) =>
    ends.reduce((best, end) => Math.abs(x - end) < Math.abs(x - best) ? end : best);
}
