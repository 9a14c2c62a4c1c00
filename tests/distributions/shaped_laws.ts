import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";
import { assertEquals } from "@std/assert";
import type { Distribution } from "../../lib/distributions/distribution.ts";

type Double = number | string;

interface LawFixture<Parameters> {
  laws: {
    parameters: Parameters;
    values: [x: Double, pdf: Double, logPdf: Double, cdf: Double, sf: Double][];
    quantiles: [p: number, x: Double][];
    partialMoments: [
      lower: Double,
      upper: Double,
      about: Double,
      mass: Double,
      first: Double,
      second: Double,
      absoluteFirst: Double,
    ][];
  }[];
}

const accuracy = 1e-12;

/** The tests of a law against a fixture of 40 digits; `make` creates the law under test. */
export function testLaw<Parameters extends { location: number; scale: number }>(
  name: string,
  fixture: string,
  make: (parameters: Parameters) => Distribution,
): void {
  const { laws } = readFixture<LawFixture<Parameters>>(`shaped_laws/${fixture}.json`);
  for (const { parameters, values, quantiles, partialMoments } of laws) {
    const law = make(parameters);
    const title = `${name}(${JSON.stringify(parameters)})`;

    Deno.test(`${title} pdf(), cdf() and sf() equal 40-digit values, to the ends of the tails`, () => {
      for (const row of values) {
        const [x, pdf, logPdf, cdf, sf] = row.map(Number) as [
          number,
          number,
          number,
          number,
          number,
        ];
        assertRelative(law.pdf(x), pdf, accuracy, `pdf(${x})`);
        const logScale = Math.max(1, Math.abs(logPdf));
        assertRelative(law.logPdf(x), logPdf, accuracy, `logPdf(${x})`, logScale);
        assertRelative(law.cdf(x), cdf, accuracy, `cdf(${x})`);
        assertRelative(law.sf(x), sf, accuracy, `sf(${x})`);
      }
    });

    Deno.test(`${title} quantile() equals 40-digit values`, () => {
      const { location } = parameters;
      for (const [p, quantile] of quantiles) {
        const x = Number(quantile);
        // A quantile's own unit is its distance from the location, and the spacing of doubles there.
        const rounding = (Number.EPSILON * Math.abs(location)) / accuracy;
        const scale = Math.abs(x - location) + rounding;
        assertRelative(law.quantile(p), x, accuracy, `quantile(${p})`, scale);
      }
    });

    Deno.test(`${title} partialMoments() equals 40-digit values, in narrow, far and unbounded cells`, () => {
      for (const row of partialMoments) {
        const [lower, upper, about, mass, first, second, absoluteFirst] = row.map(Number) as [
          number,
          number,
          number,
          number,
          number,
          number,
          number,
        ];
        const actual = law.partialMoments(lower, upper, about);
        const what = `over (${lower}, ${upper}) about ${about}`;
        assertRelative(actual[0], mass, accuracy, `mass ${what}`);
        // Infinite on both sides, or on one.
        const twoSided = lower === -Infinity && upper === Infinity;
        const expectedFirst = absoluteFirst === Infinity && twoSided ? NaN : first;
        assertRelative(actual[1], expectedFirst, accuracy, `first moment ${what}`, absoluteFirst);
        assertRelative(actual[2], second, accuracy, `second moment ${what}`);
      }
    });
  }

  Deno.test(`${name}() lives again from its standard form`, () => {
    const { parameters } = laws.at(-1)!;
    const law = make(parameters);
    const { location, scale, standard } = law.standardForm;
    assertEquals(
      law.quantile(0.9),
      location + scale * standard().quantile(0.9),
    );
  });
}
