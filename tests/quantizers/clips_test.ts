import { assert, assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { uniformKl } from "../../lib/quantizers/kl.ts";
import { uniformLpNorm } from "../../lib/quantizers/lp_norm.ts";
import { omse } from "../../lib/quantizers/omse.ts";
import { uniformPercentile } from "../../lib/quantizers/percentile.ts";
import { uniformMinMax } from "../../lib/quantizers/uniform.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

interface ClipsFixture {
  rows: {
    law: string;
    counts: number[];
    kl: { bits: number; clip: number }[];
    percentiles: { percentile: number; clip: number; numpy: number }[];
  }[];
}

interface LpNormFixture {
  samples: { law: string; values: number[] }[];
  rows: { law: string; bits: number; p: number; error: number }[];
}

const clips = readFixture<ClipsFixture>("quantizers_uniform/clips.json");
const lpNorms = readFixture<LpNormFixture>("quantizers_uniform/lp_norm.json");
const smallSample = laplace({ location: 0, scale: 1 }).sample(3000, { prng: createPrng(3) });

/** Values whose magnitudes have the fixture's histogram, with signs in turn. */
function valuesOf(counts: readonly number[]): Float64Array {
  const values: number[] = [];
  counts.forEach((count, bin) => {
    const magnitude = bin === counts.length - 1 ? 1 : (bin + 0.5) / counts.length;
    for (let i = 0; i < count; i++) values.push(values.length % 2 === 0 ? magnitude : -magnitude);
  });
  return Float64Array.from(values);
}

Deno.test("uniformKl() clips where NVIDIA's entropy calibration does", () => {
  for (const { law, counts, kl } of clips.rows) {
    const sample = valuesOf(counts);
    for (const { bits, clip } of kl) {
      const { design, levels } = uniformKl(sample, { bits });
      assertRelative(design.clipping[1], clip, 1e-7, `${law} at ${bits} bits`);
      assertEquals(levels.length, 2 ** bits - 1);
    }
  }
});

Deno.test("uniformKl() takes the largest of clips that lose equally little", () => {
  // With two parts nothing is lost when each value has one, nor when the larger value joins the smaller one's bin.
  assertEquals(uniformKl([-0.3, 1], { bits: 2 }).design.clipping, [-1, 1]);
});

Deno.test("uniformKl() doesn't depend on scale and sign", () => {
  const [, clip] = uniformKl(smallSample, { bits: 6 }).design.clipping;
  for (const factor of [-1, 2 ** -900, 2 ** 400]) {
    const [, scaled] = uniformKl(smallSample.map((x) => x * factor), { bits: 6 }).design.clipping;
    assertEquals(scaled, clip * Math.abs(factor));
  }
});

Deno.test("uniformKl() at 12 bits keeps all bins", () => {
  assertEquals(
    uniformKl(smallSample, { bits: 12 }).levels,
    uniformMinMax(smallSample, { bits: 12, variant: "symmetric" }).levels,
  );
});

Deno.test("uniformPercentile() clips at NumPy's percentile, within a bin of NVIDIA's", () => {
  for (const { law, counts, percentiles } of clips.rows) {
    const sample = valuesOf(counts);
    for (const { percentile, clip, numpy } of percentiles) {
      const [lower, upper] = uniformPercentile(sample, { bits: 8, percentile }).design.clipping;
      assertRelative(upper, numpy, 1e-12, `${law}, ${percentile} percent`);
      assertLessOrEqual(Math.abs(upper - clip), 1.01 / 2048);
      assertEquals(lower, -upper);
    }
  }
});

Deno.test("uniformPercentile() at 100 percent is the symmetric min-max quantizer", () => {
  for (const bits of [1, 2, 5, 16]) {
    assertEquals(
      uniformPercentile(smallSample, { bits, percentile: 100 }).levels,
      uniformMinMax(smallSample, { bits, variant: "symmetric" }).levels,
    );
  }
});

Deno.test("uniformPercentile() has zero only, where the percentile is zero", () => {
  const sample = new Float32Array(1000).fill(1, 999);
  const { levels, bits } = uniformPercentile(sample, { bits: 4, percentile: 90 });
  assertEquals([[...levels], bits], [[0], 1]);
});

slowTest("uniformLpNorm() is no worse than brute force over 20,000 steps", () => {
  const samples = new Map(lpNorms.samples.map(({ law, values }) => [law, values]));
  for (const { law, bits, p, error } of lpNorms.rows) {
    const sample = samples.get(law)!;
    const { levels } = uniformLpNorm(sample, { bits, p });
    const excess = sumOfPowers(sample, levels, p) / error - 1;
    assert(excess < 1e-4, `${law}, ${bits} bits, p ${p}: ${excess} above brute force`);
  }
});

function sumOfPowers(sample: readonly number[], levels: Float64Array, p: number): number {
  return sample.reduce(
    (sum, x) => sum + Math.min(...levels.map((level) => Math.abs(x - level))) ** p,
    0,
  );
}

Deno.test("uniformLpNorm() with p = 2 is the best clip of all, and with more values a wider one for a larger p", () => {
  assertEquals(
    uniformLpNorm(smallSample, { bits: 4, p: 2 }).levels,
    omse(smallSample, { bits: 4 }).levels,
  );
  const clip = (p: number) => uniformLpNorm(smallSample, { bits: 3, p }).design.step!;
  assert(clip(1.5) < clip(2) && clip(2) < clip(2.5) && clip(2.5) < clip(3) && clip(3) < clip(4));
});

Deno.test("uniformLpNorm() in bins is as good as with every value, next to p = 2", () => {
  const sample = laplace({ location: 0.3, scale: 0.02 }).sample(60000, { prng: createPrng(5) });
  for (const bits of [1, 2, 4, 8]) {
    const exact = quantizationError(sample, omse(sample, { bits })).mse;
    const near = quantizationError(sample, uniformLpNorm(sample, { bits, p: 2 + 1e-9 })).mse;
    assertLessOrEqual(near, exact * 1.001);
  }
});

Deno.test("uniformLpNorm() doesn't depend on the scale, from 1e-150 to 1e150", () => {
  const step = uniformLpNorm(smallSample, { bits: 3 }).design.step!;
  for (const scale of [2 ** -490, 2 ** 490]) {
    const scaled = uniformLpNorm(smallSample.map((x) => x * scale), { bits: 3 });
    assertRelative(scaled.design.step!, step * scale, 1e-6, "step");
  }
});

Deno.test("clipping quantizers give a constant sample its own level, and hold two values", () => {
  for (const design of [uniformPercentile, uniformKl, uniformLpNorm]) {
    assertEquals([...design([0.3, 0.3], { bits: 4 }).levels], [0.3]);
    for (const bits of [2, 8, 12]) {
      const { levels } = design([5e-324, 1e150], { bits });
      assert(levels.length > 1 && levels.every(Number.isFinite), `${design.name} at ${bits} bits`);
    }
    assert(design([0, 5e-324], { bits: 8 }).levels.every(Number.isFinite));
  }
});

Deno.test("clipping quantizers refuse options out of range and samples that aren't finite", () => {
  const sample = [1, 2];
  assertThrows(
    () => uniformKl(sample, { bits: 1 }),
    RangeError,
    "bits in [2, 12]: current value is 1",
  );
  assertThrows(() => uniformKl(sample, { bits: 13 }), RangeError, "current value is 13");
  assertThrows(() => uniformKl(sample, { bits: 2.5 }), RangeError, "current value is 2.5");
  assertThrows(
    () => uniformPercentile(sample, { bits: 4, percentile: 0 }),
    RangeError,
    "percentile must be in (0, 100]: current value is 0",
  );
  assertThrows(
    () => uniformPercentile(sample, { bits: 4, percentile: NaN }),
    RangeError,
    "current value is NaN",
  );
  assertThrows(
    () => uniformLpNorm(sample, { bits: 4, p: 0.5 }),
    RangeError,
    "p must be in [1, 16]: current value is 0.5",
  );
  for (const design of [uniformPercentile, uniformKl, uniformLpNorm]) {
    assertThrows(() => design([1, NaN], { bits: 4 }), RangeError, "value 1 is NaN");
    assertThrows(() => design([], { bits: 4 }), RangeError, "the sample is empty");
    assertThrows(() => design(sample, { bits: 17 }), RangeError, "current value is 17");
  }
});
