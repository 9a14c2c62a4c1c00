import { assertEquals, assertGreaterOrEqual, assertLess, assertThrows } from "@std/assert";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { aciq, aciqClipping } from "../../lib/quantizers/aciq.ts";
import { omse } from "../../lib/quantizers/omse.ts";
import { midRiseLevels, uniformMinMax } from "../../lib/quantizers/uniform.ts";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import { expectedMse } from "../../lib/quantizers/expected_mse.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface UniformFixture {
  quantizers: { family: string; count: number; step: number; mse: number }[];
  aciq: { bits: number; gaussian: number; laplace: number }[];
}

const fixture = readFixture<UniformFixture>("numerics/optimal_uniform.json");
const unitLaws = {
  gaussian: gaussian({ mean: 0, standardDeviation: 1 }),
  laplace: laplace({ location: 0, scale: Math.SQRT1_2 }),
};

Deno.test("uniformMinMax() has both ends as levels, evenly spaced", () => {
  const { levels, design } = uniformMinMax(Float32Array.of(-0.3, 0.1, 0.7), { bits: 3 });
  assertEquals([levels[0], levels[7]], [Math.fround(-0.3), Math.fround(0.7)]);
  for (let i = 1; i < 8; i++) {
    assertRelative(levels[i]! - levels[i - 1]!, design.step!, 1e-14, "step");
  }
});

Deno.test("uniformMinMax() variants: zero is exact where it is promised, and a threshold in mid-rise", () => {
  const sample = [-0.31, 0.02, 0.77];
  const zeroPoint = uniformMinMax(sample, { bits: 4, variant: "zero-point" });
  assertEquals([zeroPoint.levels.length, zeroPoint.levels.includes(0)], [16, true]);
  const symmetric = uniformMinMax(sample, { bits: 4, variant: "symmetric" });
  assertEquals([symmetric.levels.length, symmetric.levels[7], symmetric.levels.at(-1)], [
    15,
    0,
    0.77,
  ]);
  assertEquals(symmetric.design.step, 0.77 / 7);
  const midRise = uniformMinMax(sample, { bits: 4, variant: "mid-rise" });
  assertEquals([midRise.levels.length, midRise.thresholds[7]], [16, 0]);
  assertRelative(midRise.levels.at(-1)!, 0.77 * 15 / 16, 1e-15, "outer level");
});

Deno.test("uniformMinMax() zero-point widens a one-sided range to zero", () => {
  const { levels } = uniformMinMax([2, 3], { bits: 2, variant: "zero-point" });
  assertEquals([...levels], [0, 1, 2, 3]);
});

Deno.test("uniformMinMax() represents values that lie on its levels exactly", () => {
  const sample = [-3, -1, 1, 3];
  assertEquals(quantizationError(sample, uniformMinMax(sample, { bits: 2 })).mse, 0);
});

Deno.test("uniformMinMax() at one bit: the ends; symmetric has zero only", () => {
  assertEquals([...uniformMinMax([-1, 3], { bits: 1 }).levels], [-1, 3]);
  assertEquals([...uniformMinMax([-1, 3], { bits: 1, variant: "symmetric" }).levels], [0]);
});

Deno.test("uniformMinMax() gives a constant sample its own level", () => {
  const { levels, thresholds, bits } = uniformMinMax([0.25, 0.25], { bits: 4 });
  assertEquals([[...levels], [...thresholds], bits], [[0.25], [], 1]);
});

Deno.test("uniformMinMax() refuses an unknown variant, bad bits and NaN", () => {
  assertThrows(
    () => uniformMinMax([1, 2], { bits: 4, variant: "cubic" as never }),
    RangeError,
    "variant must be one of asymmetric, symmetric, zero-point, mid-rise: current value is cubic",
  );
  assertThrows(() => uniformMinMax([1, 2], { bits: 0 }), RangeError, "current value is 0");
  assertThrows(() => uniformMinMax([1, NaN], { bits: 4 }), RangeError, "value 1 is NaN");
});

Deno.test("expectedMse() of the optimal uniform quantizers equals 40-digit arithmetic", () => {
  for (const { family, count, step, mse } of fixture.quantizers) {
    const { levels, thresholds } = createCodebook(midRiseLevels(0, step, count), {
      method: "by hand",
      storedValues: 1,
    });
    const actual = expectedMse(unitLaws[family as keyof typeof unitLaws], levels, thresholds);
    assertRelative(actual.expectedMse, mse, 1e-12, `${family} with ${count} levels`);
  }
});

Deno.test("aciqClipping() equals the minimisers of ACIQ's model", () => {
  for (const { bits, gaussian, laplace } of fixture.aciq) {
    assertRelative(aciqClipping("gaussian", bits), gaussian, 1e-12, `gaussian, ${bits} bits`);
    assertRelative(aciqClipping("laplace", bits), laplace, 1e-12, `laplace, ${bits} bits`);
  }
  assertThrows(() => aciqClipping("logistic", 4), RangeError, "current value is logistic");
  assertThrows(() => aciqClipping("laplace", 17), RangeError, "current value is 17");
});

Deno.test("aciq() reports the true error of its levels, never below the optimal uniform quantizer", () => {
  for (const { family, count, mse } of fixture.quantizers) {
    const bits = Math.log2(count);
    if (!Number.isInteger(bits)) continue;
    const { design, levels } = aciq(unitLaws[family as keyof typeof unitLaws], { bits });
    assertEquals(levels.length, count);
    assertGreaterOrEqual(design.expectedMse!, mse * (1 - 1e-12));
    assertLess(design.expectedMse!, 1.4 * mse);
  }
});

Deno.test("aciq() is centred on the law", () => {
  const { levels } = aciq(laplace({ location: 5, scale: 2 }), { bits: 2 });
  assertRelative((levels[0]! + levels[3]!) / 2, 5, 1e-15, "centre");
});

Deno.test("omse() is at most any other clip's error, searched by brute force", () => {
  for (const law of Object.values(unitLaws)) {
    const sample = law.sample(2000, { prng: createPrng(8) });
    const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
    for (const bits of [1, 2, 3, 5]) {
      const own = quantizationError(sample, omse(sample, { bits })).mse;
      let least = Infinity;
      for (let i = 1; i <= 4000; i++) {
        const levels = midRiseLevels(mean, (i / 4000) * 12 / 2 ** bits, 2 ** bits);
        const book = createCodebook(levels, { method: "grid", storedValues: 1 });
        least = Math.min(least, quantizationError(sample, book).mse);
      }
      assertLess(own, least * (1 + 1e-12));
      assertLess(least, own * 1.001);
    }
  }
});

Deno.test("omse() gives a constant sample its own level", () => {
  assertEquals([...omse([0.5, 0.5, 0.5], { bits: 3 }).levels], [0.5]);
});
