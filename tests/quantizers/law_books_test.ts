import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { distribution } from "../../lib/distributions/families.ts";
import { exponential } from "../../lib/distributions/exponential.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { logistic } from "../../lib/distributions/logistic.ts";
import { mixture } from "../../lib/distributions/mixture.ts";
import { studentT } from "../../lib/distributions/student_t.ts";
import { panterDite } from "../../lib/quantizers/bounds.ts";
import { companderCodebook } from "../../lib/quantizers/compander_codebook.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";
import { quantileBook } from "../../lib/quantizers/quantile_book.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface LawsFixture {
  rows: {
    family: string;
    parameters: Record<string, number>;
    bits: number;
    quantileLevels: number[];
    quantileThresholds: number[];
    companderUpperLevels: number[];
  }[];
}

const { rows } = readFixture<LawsFixture>("quantizers_books/laws.json");

Deno.test("quantileBook() has SciPy's quantiles as levels and thresholds", () => {
  for (const { family, parameters, bits, quantileLevels, quantileThresholds } of rows) {
    const book = quantileBook({ family, parameters }, { bits });
    const { scale } = distribution({ family, parameters }).standardForm;
    for (const [i, expected] of quantileLevels.entries()) {
      assertRelative(book.levels[i]!, expected, 1e-12, `${family}, level ${i}`, scale);
    }
    for (const [i, expected] of quantileThresholds.entries()) {
      assertRelative(book.thresholds[i]!, expected, 1e-12, `${family}, threshold ${i}`, scale);
    }
    assertEquals(book.design.storedValues, Object.keys(parameters).length);
  }
});

Deno.test("quantileBook() divides any law into equal masses, skewed and mixed ones too", () => {
  const mixed = mixture(
    [-3, 5].map((mean) => ({ weight: 0.5, law: gaussian({ mean, standardDeviation: 1 }) })),
  );
  for (const law of [exponential({ location: 2, scale: 3 }), mixed]) {
    const { thresholds, design } = quantileBook(law, { bits: 3 });
    for (const [i, threshold] of thresholds.entries()) {
      assertAlmostEquals(law.cdf(threshold), (i + 1) / 8, 1e-12);
    }
    assertEquals(Number.isFinite(design.expectedMse), true);
  }
});

Deno.test("companderCodebook() has equal shares of the integral of the cube root, by SciPy's quadrature", () => {
  for (const { family, parameters, bits, companderUpperLevels } of rows) {
    const law = distribution({ family, parameters });
    const { levels } = companderCodebook(law, { bits });
    const centre = law.symmetricAbout!, deviation = Math.sqrt(law.variance);
    for (const [i, expected] of companderUpperLevels.entries()) {
      const upper = levels[levels.length / 2 + i]!;
      assertRelative(upper, expected, 1e-8, `${family}, ${bits} bits, level ${i}`, deviation);
      const lower = levels[levels.length / 2 - 1 - i]!;
      assertRelative(centre - lower, upper - centre, 1e-15, "symmetry", deviation);
    }
  }
});

Deno.test("companderCodebook() approaches Panter and Dite's error, from above the optimum", () => {
  for (const { family, parameters, bits: first } of rows) {
    if (first !== 1) continue;
    const law = distribution({ family, parameters });
    for (const bits of [1, 2, 4, 6]) {
      const { design, thresholds, levels } = companderCodebook(law, { bits });
      assertLess(lloydMax(law, { bits }).design.expectedMse!, design.expectedMse! * (1 + 1e-12));
      assertRelative(thresholds[0]!, (levels[0]! + levels[1]!) / 2, 1e-15, "threshold");
    }
    const { expectedMse } = companderCodebook(law, { bits: 12 }).design;
    assertRelative(expectedMse!, panterDite(law, { bits: 12 }), 0.02, family);
  }
});

Deno.test("companderCodebook() and quantileBook() reach 16 bits, any scale and any centre", () => {
  for (const design of [companderCodebook, quantileBook]) {
    for (const scale of [1e-150, 1e140]) {
      const { levels, thresholds } = design(laplace({ location: 0, scale }), { bits: 16 });
      assertEquals([levels.length, thresholds.length], [65536, 65535]);
      assertEquals(levels.every(Number.isFinite), true);
    }
    // Doubles about the centre are further apart than the levels.
    const coarse = design(gaussian({ mean: 1e16, standardDeviation: 3 }), { bits: 6 });
    assertLess(coarse.levels.length, 20);
    assertEquals(Number.isFinite(coarse.design.expectedMse), true);
  }
});

Deno.test("companderCodebook() refuses laws without a closed form, and infinite variances", () => {
  assertThrows(
    () => companderCodebook(logistic({ location: 0, scale: 1 }), { bits: 3 }),
    RangeError,
    "the law must be one of gaussian, laplace, generalized-gaussian, student-t: current value is logistic",
  );
  assertThrows(
    () => companderCodebook(studentT({ location: 0, scale: 1, degreesOfFreedom: 2 }), { bits: 3 }),
    RangeError,
    "at least 2.3 degrees of freedom: current value is 2",
  );
  assertThrows(
    () => companderCodebook(gaussian({ mean: 0, standardDeviation: 1 }), { bits: 0 }),
    RangeError,
    "current value is 0",
  );
});

Deno.test("quantileBook() leaves out an error that is infinite, and refuses bits out of range", () => {
  const law = studentT({ location: 0, scale: 1, degreesOfFreedom: 2 });
  const { design, levels } = quantileBook(law, { bits: 4 });
  assertEquals(design.expectedMse, undefined);
  assertEquals(levels.every(Number.isFinite), true);
  assertThrows(() => quantileBook(law, { bits: 17 }), RangeError, "current value is 17");
});
