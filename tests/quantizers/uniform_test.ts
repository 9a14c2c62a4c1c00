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
import { slowTest } from "../needs_data.ts";
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

slowTest("omse() is at most any other clip's error, searched by brute force", () => {
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

/** The least error of any mid-rise step about the mean: every piece of the piecewise quadratic, by brute force. */
function leastMidRiseMse(sample: Float64Array, bits: number): number {
  const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
  const magnitudes = sample.map((x) => Math.abs(x - mean));
  const half = 2 ** (bits - 1);
  const ends = [0, 1e9];
  for (const magnitude of magnitudes) {
    for (let k = 1; k < half; k++) ends.push(magnitude / k);
  }
  ends.sort((a, b) => a - b);
  let least = Infinity;
  for (let i = 1; i < ends.length; i++) {
    const inside = (ends[i - 1]! + ends[i]!) / 2;
    const places = magnitudes.map((x) => Math.min(half - 1, Math.floor(x / inside)) + 0.5);
    const products = places.reduce((sum, place, j) => sum + place * magnitudes[j]!, 0);
    const squares = places.reduce((sum, place) => sum + place * place, 0);
    const step = products / squares;
    const loss = places.reduce((sum, place, j) => sum + (magnitudes[j]! - place * step) ** 2, 0);
    least = Math.min(least, loss / sample.length);
  }
  return least;
}

Deno.test("omse() is the exact optimum on small samples: smooth, heavy-tailed, tied and of two points", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const draws = unitLaws.laplace.sample(27, { prng: createPrng(seed) });
    const samples = [draws, draws.map((x) => x ** 5), draws.map((x) => Math.round(2 * x))];
    samples.push(draws.map((x) => x < 1 ? -1 : 1));
    for (const sample of samples) {
      for (const bits of [1, 2, 3, 4, 6]) {
        const { mse } = quantizationError(sample, omse(sample, { bits }));
        const scale = Math.max(...sample.map(Math.abs)) ** 2;
        assertRelative(
          mse,
          leastMidRiseMse(sample, bits),
          1e-12,
          `seed ${seed}, ${bits} bits`,
          scale,
        );
      }
    }
  }
});

Deno.test("omse() on a sample beyond the sweep finds the error that the sweep finds on fewer copies", () => {
  // At 3 bits 60 values take 240 pairs: 2^20 of them lie between 4,300 and 4,500 copies.
  const values = unitLaws.gaussian.sample(60, { prng: createPrng(3) });
  const error = (copies: number) => {
    const sample = Float64Array.from({ length: 60 * copies }, (_, i) => values[i % 60]!);
    return quantizationError(sample, omse(sample, { bits: 3 })).mse;
  };
  assertRelative(error(4500), error(4300), 1e-6, "mse");
});

Deno.test("omse() gives a constant sample its own level", () => {
  assertEquals([...omse([0.5, 0.5, 0.5], { bits: 3 }).levels], [0.5]);
});

Deno.test("uniformMinMax() takes its range from the larger magnitude, whichever comes first", () => {
  for (const sample of [[-0.8, 0.2], [0.2, -0.8], [0.8, -0.2]]) {
    assertRelative(
      uniformMinMax(sample, { bits: 3, variant: "symmetric" }).levels.at(-1)!,
      0.8,
      1e-15,
      "end",
    );
    assertEquals(uniformMinMax(sample, { bits: 3 }).design.clipping, [
      Math.min(...sample),
      Math.max(...sample),
    ]);
  }
});

Deno.test("uniformMinMax() zero-point rounds the zero to the nearest integer, and widens a negative range", () => {
  // step 1 / 3, -bottom / step = 2.7: zero is level 3.
  assertEquals(uniformMinMax([-0.9, 0.1], { bits: 2, variant: "zero-point" }).levels.indexOf(0), 3);
  assertEquals([...uniformMinMax([-3, -2], { bits: 2, variant: "zero-point" }).levels], [
    -3,
    -2,
    -1,
    0,
  ]);
});

Deno.test("uniformMinMax() zero-point of a range too narrow for a step has zero only", () => {
  const { levels } = uniformMinMax([0, 5e-324], { bits: 4, variant: "zero-point" });
  assertEquals([...levels], [0]);
});

Deno.test("uniform designs store a step, and an offset where the range isn't symmetric about zero", () => {
  const stored = (["asymmetric", "zero-point", "symmetric", "mid-rise"] as const).map((variant) =>
    uniformMinMax([-1, 2], { bits: 3, variant }).design.storedValues
  );
  assertEquals([...stored, omse([-1, 2], { bits: 3 }).design.storedValues], [2, 2, 1, 1, 2]);
  assertEquals(aciq(unitLaws.gaussian, { bits: 3 }).design.storedValues, 2);
});

Deno.test("aciq() ends, with a finite error, for a deviation below the spacing of doubles", () => {
  const { design } = aciq(gaussian({ mean: 1e16, standardDeviation: 0.1 }), { bits: 4 });
  // All 16 levels have become one, at the mean: the error is the variance.
  assertRelative(design.expectedMse!, 0.01, 1e-12, "expectedMse");
});

Deno.test("omse() is equivariant from 1e-300 to 1e145, with bits to spare", () => {
  const sample = [-3.1, -1.2, 0.4, 0.9, 2.5, 7.25];
  const reference = omse(sample, { bits: 16 }).design.step!;
  for (const scale of [2 ** -990, 2 ** 480]) {
    assertEquals(omse(sample.map((x) => x * scale), { bits: 16 }).design.step, reference * scale);
  }
});

slowTest(
  "omse() is the best of all assignments where the search has to rule out most steps",
  () => {
    const bits = 6, half = 32;
    for (const [seed, shape] of [[1, 1], [2, 3]] as const) {
      const prng = createPrng(seed);
      const sample = Float64Array.from({ length: 4000 }, () => (prng() - 0.5) ** shape);
      const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
      const magnitudes = sample.map((x) => Math.abs(x - mean));
      // From one assignment to the next: each magnitude passes from level k - 1 to level k at its k-th part.
      const passages = [...magnitudes].flatMap((magnitude) =>
        Array.from({ length: half - 1 }, (_, i) => [magnitude / (i + 1), magnitude, i + 1] as const)
      ).sort((a, b) => b[0] - a[0]);
      let products = magnitudes.reduce((sum, x) => sum + x / 2, 0), squares = sample.length / 4;
      let gain = 0;
      for (const [, magnitude, k] of passages) {
        products += magnitude;
        squares += 2 * k;
        gain = Math.max(gain, products ** 2 / squares);
      }
      const energy = magnitudes.reduce((sum, x) => sum + x * x, 0);
      const book = omse(sample, { bits });
      const { mse } = quantizationError(sample, book);
      assertRelative(mse, (energy - gain) / sample.length, 1e-9, `seed ${seed}`);
      assertEquals(book.design.converged, true);
      assertLess(65, book.design.iterations!);
    }
  },
);
