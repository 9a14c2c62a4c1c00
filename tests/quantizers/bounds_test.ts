import { assertEquals, assertGreaterOrEqual, assertThrows } from "@std/assert";
import type { Distribution } from "../../lib/distributions/distribution.ts";
import { distribution } from "../../lib/distributions/families.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { mixture } from "../../lib/distributions/mixture.ts";
import { studentT } from "../../lib/distributions/student_t.ts";
import { truncated } from "../../lib/distributions/truncated.ts";
import { uniformOn } from "../../lib/distributions/uniform.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { differentialEntropy, panterDite, shannonLowerBound } from "../../lib/quantizers/bounds.ts";
import { integratePieces } from "../../lib/numerics/double_exponential.ts";
import { expectedMse } from "../../lib/quantizers/expected_mse.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";
import { designCodebook, quantizerMethods } from "../../lib/quantizers/methods.ts";
import { slowTest } from "../needs_data.ts";
import { widthsOf } from "./methods_at.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface BoundsFixture {
  laws: {
    family: string;
    parameters: Record<string, number>;
    entropy: number;
    panterDite: number | "Infinity";
    components?: { weight: number; mean: number; standardDeviation: number }[];
  }[];
}

const { laws } = readFixture<BoundsFixture>("k_means/bounds.json");

const lawOf = ({ family, parameters, components }: BoundsFixture["laws"][number]): Distribution =>
  components === undefined
    ? distribution({ family, parameters })
    : mixture(components.map(({ weight, ...law }) => ({ weight, law: gaussian(law) })));

for (const row of laws) {
  const name = `${row.family} ${JSON.stringify(row.parameters)}`;
  Deno.test(`differentialEntropy() and panterDite() have the values of 50 digits: ${name}`, () => {
    const law = lawOf(row);
    // exp(2 h) is what bounds the error, so the entropy's own error counts, not its share.
    assertRelative(differentialEntropy(law), row.entropy, 1e-11, "entropy", 1);
    assertRelative(panterDite(law, { levels: 1 }), Number(row.panterDite), 1e-11, "Panter-Dite");
  });
}

Deno.test("panterDite() falls with the square of the levels, and is infinite without a variance", () => {
  const law = gaussian({ mean: 1, standardDeviation: 2 });
  assertRelative(panterDite(law, { bits: 5 }), panterDite(law, { levels: 1 }) / 1024, 1e-14, "5");
  const heavy = studentT({ location: 0, scale: 1, degreesOfFreedom: 2 });
  assertEquals(panterDite(heavy, { bits: 5 }), Infinity);
});

Deno.test("panterDite() is what the Lloyd-Max error tends to", () => {
  const law = laplace({ location: 0, scale: 3 });
  const { expectedMse } = lloydMax(law, { levels: 2048 }).design;
  assertRelative(expectedMse!, panterDite(law, { levels: 2048 }), 2e-3, "2,048 levels");
});

Deno.test("shannonLowerBound() of a Gaussian is its distortion-rate function", () => {
  const law = gaussian({ mean: 3, standardDeviation: 0.02 });
  for (const rate of [0, 0.5, 4, 16]) {
    assertRelative(shannonLowerBound(law, rate), 0.02 ** 2 * 4 ** -rate, 1e-12, `rate ${rate}`);
  }
});

Deno.test("shannonLowerBound() lies 1.53293 dB below an entropy-coded uniform grid at high rate", () => {
  // Error step^2 / 12 at a rate of h - log2(step): Gish and Pierce 1968.
  const law = laplace({ location: 0, scale: 1 });
  const step = 1e-3;
  const rate = (differentialEntropy(law) - Math.log(step)) / Math.LN2;
  const decibels = 10 * Math.log10(step ** 2 / 12 / shannonLowerBound(law, rate));
  assertRelative(decibels, 10 * Math.log10((Math.PI * Math.E) / 6), 1e-11, "gap");
});

slowTest("shannonLowerBound() is below the expected error of every method's book", () => {
  for (
    const law of [
      gaussian({ mean: 0, standardDeviation: 1 }),
      laplace({ location: 0, scale: 1 }),
      uniformOn({ lower: -1, upper: 1 }),
      truncated(gaussian({ mean: 0, standardDeviation: 1 }), { lower: -1, upper: 2 }),
    ]
  ) {
    const sample = law.sample(200, { prng: createPrng(7) });
    for (const method of quantizerMethods) {
      for (const bits of widthsOf(method, [1, 3, 5])) {
        const { levels, thresholds } = designCodebook(sample, { method, bits });
        const bound = shannonLowerBound(law, Math.log2(levels.length));
        assertGreaterOrEqual(
          expectedMse(law, levels, thresholds).expectedMse,
          bound,
          `${method}, ${bits} bits, ${law.family}`,
        );
      }
    }
  }
});

Deno.test("shannonLowerBound() scales with the square of the law, from 1e-140 to 1e140", () => {
  const reference = shannonLowerBound(laplace({ location: 0, scale: 1 }), 3);
  for (const scale of [1e-140, 1e140]) {
    const bound = shannonLowerBound(laplace({ location: 0, scale }), 3);
    assertRelative(bound, reference * scale * scale, 1e-13, `${scale}`);
  }
});

Deno.test("differentialEntropy() handles components of very different scales", () => {
  // The components don't overlap: half of each entropy, and one bit of which of them it is.
  const law = mixture([
    { weight: 0.5, law: gaussian({ mean: 0, standardDeviation: 1 }) },
    { weight: 0.5, law: gaussian({ mean: 50, standardDeviation: 0.01 }) },
  ]);
  const entropy = Math.log(2 * Math.PI * Math.E) / 2 + Math.log(0.01) / 2 + Math.LN2;
  assertRelative(differentialEntropy(law), entropy, 1e-11, "entropy", 1);
});

Deno.test("integratePieces() says where it doesn't settle", () => {
  const { converged } = integratePieces((x) => Math.cos(1e7 * x), [0, 1]);
  assertEquals(converged, false);
  const { value } = integratePieces((x) => 1 / Math.sqrt(x), [0, 1, 4]);
  assertRelative(value, 4, 1e-9, "a density that rises to infinity");
});

Deno.test("shannonLowerBound() and panterDite() refuse rates and sizes out of their domains", () => {
  const law = laplace({ location: 0, scale: 1 });
  for (const rate of [-1, NaN, Infinity]) {
    assertThrows(
      () => shannonLowerBound(law, rate),
      RangeError,
      `Cannot bound the error as the rate must be finite and not negative: current value is ${rate}`,
    );
  }
  assertThrows(() => panterDite(law, { bits: 0 }), RangeError, "bits must be an integer");
});
