import { assertEquals, assertGreaterOrEqual, assertLessOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { exponential } from "../../lib/distributions/exponential.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { kMeans } from "../../lib/quantizers/k_means.ts";
import { omse } from "../../lib/quantizers/omse.ts";
import { optimalUniform } from "../../lib/quantizers/optimal_uniform.ts";
import { optimalUniformFit } from "../../lib/quantizers/optimal_uniform_fit.ts";
import { midRiseLevels } from "../../lib/quantizers/uniform.ts";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

slowTest("optimalUniformFit() finds the least error of a dense search over step and offset", () => {
  for (const seed of [1, 2, 3, 4]) {
    const law = laplace({ location: 3, scale: 0.02 });
    const sample = law.sample(60, { prng: createPrng(seed) });
    for (const count of [2, 3, 4, 8]) {
      const found = quantizationError(sample, optimalUniformFit(sample, { levels: count })).mse;
      for (let i = 1; i <= 60; i++) {
        const step = (i / 60) * (0.4 / count);
        for (let j = -40; j <= 40; j++) {
          const levels = midRiseLevels(3 + (j / 40) * 0.1, step, count);
          const book = createCodebook(levels, { method: "dense", storedValues: 2 });
          assertLessOrEqual(found, quantizationError(sample, book).mse * (1 + 1e-9));
        }
      }
    }
  }
});

slowTest(
  "optimalUniformFit() finds the least error of a dense search on few values, tied and heavy-tailed",
  () => {
    const samples = [
      [3, 10, 6, 6, 9],
      [6, 6, 6, 5, 9, 6, 2],
      [-1.7, 4.086, 0.876, 1.596, 0.998, 0.963, 3.504, 3.091, -1.35, 1.515],
    ];
    for (const sample of samples) {
      const sorted = sample.toSorted((a, b) => a - b);
      const width = sorted.at(-1)! - sorted[0]!;
      const found = quantizationError(sample, optimalUniformFit(sample, { levels: 4 })).mse;
      for (let i = 1; i <= 200; i++) {
        const step = (i / 200) * width;
        for (let j = 0; j <= 200; j++) {
          const levels = midRiseLevels(sorted[0]! + (j / 200) * width, step, 4);
          const book = createCodebook(levels, { method: "dense", storedValues: 2 });
          assertLessOrEqual(found, quantizationError(sample, book).mse * (1 + 1e-9));
        }
      }
    }
  },
);

Deno.test("optimalUniformFit() lies between k-means and the best grid on the mean", () => {
  const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
    minLength: 2,
    maxLength: 60,
  });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 5 }), (sample, bits) => {
      const found =
        quantizationError(sample, optimalUniformFit(Object.freeze(sample), { bits })).mse;
      const bound = quantizationError(sample, kMeans(sample, { bits })).mse;
      const centred = quantizationError(sample, omse(sample, { bits })).mse;
      assertGreaterOrEqual(found, bound * (1 - 1e-9) - 1e-28);
      assertLessOrEqual(found, centred * (1 + 1e-9) + 1e-28);
    }),
    { seed: 3, numRuns: 60 },
  );
});

Deno.test("optimalUniformFit() of a large sample is the grid of its law", () => {
  const law = exponential({ location: 1, scale: 2 });
  const sample = law.sample(200_000, { prng: createPrng(4) });
  const fitted = optimalUniformFit(sample, { bits: 3 });
  const expected = optimalUniform(law, { bits: 3 });
  assertRelative(fitted.design.step!, expected.design.step!, 0.02, "step");
  assertRelative(fitted.levels[0]!, expected.levels[0]!, 0.02, "first level");
  assertEquals([fitted.design.storedValues, fitted.design.converged], [2, true]);
});

Deno.test("optimalUniformFit() moves and scales with the sample", () => {
  const sample = laplace({ location: 0, scale: 1 }).sample(200, { prng: createPrng(6) });
  const reference = optimalUniformFit(sample, { levels: 7 });
  for (const scale of [2 ** -400, 2 ** 400]) {
    const { levels, design } = optimalUniformFit(sample.map((x) => scale * x), { levels: 7 });
    assertEquals(design.step, scale * reference.design.step!);
    assertEquals([...levels], [...reference.levels].map((level) => scale * level));
  }
});

Deno.test("optimalUniformFit() has as many levels as the variant asks for", () => {
  const sample = [0, 1, 3, 7, 12, 20, 21, 30, 34, 50];
  const count = (variant?: "mid-rise" | "mid-tread") =>
    optimalUniformFit(sample, variant === undefined ? { bits: 2 } : { bits: 2, variant }).levels
      .length;
  assertEquals([count(), count("mid-rise"), count("mid-tread")], [4, 4, 3]);
  assertEquals([...optimalUniformFit(sample, { levels: 1 }).levels], [17.8]);
  assertEquals([...optimalUniformFit([5, 5], { bits: 4 }).levels], [5]);
});

Deno.test("optimalUniformFit() refuses bad samples and sizes", () => {
  assertThrows(() => optimalUniformFit([], { bits: 2 }), RangeError, "the sample is empty");
  assertThrows(() => optimalUniformFit([1, NaN], { bits: 2 }), RangeError, "value 1 is NaN");
  assertThrows(() => optimalUniformFit([1, 2], { bits: 0 }), RangeError, "bits must be an integer");
  assertThrows(
    () => optimalUniformFit([1, 2], { bits: 2, variant: "flat" as "mid-rise" }),
    RangeError,
    "variant must be mid-rise or mid-tread: current value is flat",
  );
});
