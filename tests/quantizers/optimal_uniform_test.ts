import { assertEquals, assertLess, assertLessOrEqual, assertThrows } from "@std/assert";
import type { Distribution } from "../../lib/distributions/distribution.ts";
import { distribution } from "../../lib/distributions/families.ts";
import { asymmetricLaplace } from "../../lib/distributions/asymmetric_laplace.ts";
import { exponential } from "../../lib/distributions/exponential.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { halfGaussian } from "../../lib/distributions/half_gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { mixture } from "../../lib/distributions/mixture.ts";
import { studentT } from "../../lib/distributions/student_t.ts";
import { expectedMse } from "../../lib/quantizers/expected_mse.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";
import { optimalUniform } from "../../lib/quantizers/optimal_uniform.ts";
import { midRiseLevels } from "../../lib/quantizers/uniform.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface UniformFixture {
  books: { family: string; count: number; centre: number; step: number; mse: number }[];
}

const { books } = readFixture<UniformFixture>("k_means/optimal_uniform.json");
const parametersOf: Readonly<Record<string, Record<string, number>>> = {
  gaussian: { mean: 0, standardDeviation: 1 },
  uniform: { lower: 0, upper: 1 },
};
const standardLaw = (family: string) =>
  distribution({ family, parameters: parametersOf[family] ?? { location: 0, scale: 1 } });

Deno.test("optimalUniform() has step, centre and error of 50 digits", () => {
  for (const { family, count, centre, step, mse } of books) {
    const { levels, design } = optimalUniform(standardLaw(family), { levels: count });
    const name = `${family}, ${count} levels`;
    assertRelative(design.step!, step, 1e-11, `${name}: step`);
    assertRelative((levels[0]! + levels[count - 1]!) / 2, centre, 1e-11, `${name}: centre`, 1);
    assertRelative(design.expectedMse!, mse, 1e-11, `${name}: error`);
    assertEquals([design.converged, levels.length], [true, count]);
  }
});

Deno.test("optimalUniform() moves and scales with the law", () => {
  const { step, mse } = books.find(({ family, count }) => family === "gaussian" && count === 16)!;
  const { design, levels } = optimalUniform(gaussian({ mean: 3, standardDeviation: 0.02 }), {
    bits: 4,
  });
  assertRelative(design.step!, 0.02 * step, 1e-11, "step");
  assertRelative(design.expectedMse!, 0.02 ** 2 * mse, 1e-11, "error");
  assertRelative((levels[7]! + levels[8]!) / 2, 3, 1e-15, "centre");
  for (const scale of [1e-140, 1e140]) {
    const book = optimalUniform(exponential({ location: 0, scale }), { bits: 2 });
    const reference = books.find(({ family, count }) => family === "exponential" && count === 4)!;
    assertRelative(book.design.step!, scale * reference.step, 1e-11, `scale ${scale}`);
  }
});

Deno.test("optimalUniform() is never better than Lloyd-Max, and no nearby grid is better than it", () => {
  for (
    const law of [
      laplace({ location: 0, scale: 1 }),
      studentT({ location: 0, scale: 1, degreesOfFreedom: 3 }),
      halfGaussian({ location: 2, scale: 1 }),
      asymmetricLaplace({ location: 0, scale: 1, asymmetry: 2 }),
    ]
  ) {
    for (const count of [2, 5, 16, 64]) {
      const { levels, design } = optimalUniform(law, { levels: count, centred: false });
      const error = design.expectedMse!;
      const bound = lloydMax(law, { levels: count }).design.expectedMse!;
      assertLessOrEqual(bound * (1 - 1e-12), error, `${law.family}, ${count}`);
      const centre = (levels[0]! + levels[count - 1]!) / 2;
      for (
        const [shift, factor] of [[0, 1.001], [0, 0.999], [0.002, 1], [-0.002, 1]] as const
      ) {
        const step = design.step! * factor;
        const moved = midRiseLevels(centre + shift * step, step, count);
        const thresholds = moved.subarray(1).map((level, i) => (level + moved[i]!) / 2);
        assertLess(error, expectedMse(law, moved, thresholds).expectedMse);
      }
    }
  }
});

Deno.test("optimalUniform() finds the best shift of a grid over a kink", () => {
  // The best of a dense search over centre and step, by this module's other parts.
  const law = asymmetricLaplace({ location: 0, scale: 1, asymmetry: 2 });
  const { design, levels } = optimalUniform(law, { levels: 64 });
  const centre = (levels[0]! + levels[63]!) / 2;
  for (let i = -12; i <= 12; i++) {
    for (let j = -4; j <= 4; j++) {
      const step = design.step! * (1 + j / 100);
      const moved = midRiseLevels(centre + (i / 8) * step, step, 64);
      const thresholds = moved.subarray(1).map((level, k) => (level + moved[k]!) / 2);
      assertLessOrEqual(
        design.expectedMse! * (1 - 1e-12),
        expectedMse(law, moved, thresholds).expectedMse,
      );
    }
  }
});

Deno.test("optimalUniform() of a Laplace law does better off the centre, and not of a Gaussian", () => {
  const errorOf = (law: Distribution, centred: boolean) =>
    optimalUniform(law, { levels: 16, centred }).design.expectedMse!;
  const kinked = laplace({ location: 0, scale: 1 });
  assertLess(errorOf(kinked, false), errorOf(kinked, true) * (1 - 1e-6));
  const smooth = gaussian({ mean: 0, standardDeviation: 1 });
  assertRelative(errorOf(smooth, false), errorOf(smooth, true), 1e-12, "Gaussian");
});

Deno.test("optimalUniform() mid-rise has a threshold in the middle, mid-tread a level", () => {
  const law = laplace({ location: 0, scale: 1 });
  const rise = optimalUniform(law, { bits: 3, variant: "mid-rise" });
  const tread = optimalUniform(law, { bits: 3, variant: "mid-tread" });
  assertEquals([rise.levels.length, rise.thresholds[3]], [8, 0]);
  assertEquals([tread.levels.length, tread.levels[3]], [7, 0]);
  assertEquals(optimalUniform(law, { levels: 7, variant: "mid-rise" }).levels.length, 6);
  assertEquals(optimalUniform(law, { levels: 7, variant: "mid-tread" }), tread);
});

Deno.test("optimalUniform() stores a step and an offset, whatever the law is made of, and is plain data", () => {
  const law = mixture([
    { weight: 0.5, law: gaussian({ mean: -3, standardDeviation: 1 }) },
    { weight: 0.5, law: studentT({ location: 3, scale: 1, degreesOfFreedom: 5 }) },
  ]);
  const { design } = optimalUniform(law, { levels: 4 });
  assertEquals(design.storedValues, 2);
  assertEquals(JSON.parse(JSON.stringify(design)), design);
  assertEquals(distribution(design.law!).variance, law.variance);
  assertEquals(optimalUniform(law, { levels: 1 }).design.storedValues, 1);
  const heavy = studentT({ location: 0, scale: 1, degreesOfFreedom: 5 });
  assertEquals(optimalUniform(heavy, { levels: 4 }).design.storedValues, 2);
});

Deno.test("optimalUniform() of one level is the mean", () => {
  const { levels, design } = optimalUniform(exponential({ location: 1, scale: 2 }), { levels: 1 });
  assertEquals([...levels], [3]);
  assertRelative(design.expectedMse!, 4, 1e-12, "error");
});

Deno.test("optimalUniform() refuses unknown variants, no levels, and laws without a variance", () => {
  const law = laplace({ location: 0, scale: 1 });
  assertThrows(
    () => optimalUniform(law, { bits: 2, variant: "mid-air" as "mid-rise" }),
    RangeError,
    "Cannot design a codebook as variant must be mid-rise or mid-tread: current value is mid-air",
  );
  assertThrows(
    () => optimalUniform(law, { levels: 1, variant: "mid-rise" }),
    RangeError,
    "Cannot design a codebook as mid-rise needs two levels: current number of levels is 1",
  );
  assertThrows(() => optimalUniform(law, { bits: 17 }), RangeError, "current value is 17");
  assertThrows(
    () => optimalUniform(studentT({ location: 0, scale: 1, degreesOfFreedom: 2 }), { bits: 2 }),
    RangeError,
    "Cannot design a codebook as the law's variance must be finite: current value is Infinity",
  );
});
