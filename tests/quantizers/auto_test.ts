import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertThrows,
} from "@std/assert";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import type { Distribution } from "../../lib/distributions/distribution.ts";
import { exponential } from "../../lib/distributions/exponential.ts";
import { distribution } from "../../lib/distributions/families.ts";
import { fitGaussian, gaussian } from "../../lib/distributions/gaussian.ts";
import { fitLaplace, laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import type { Sample } from "../../lib/numerics/sample.ts";
import { autoCodebook, autoLevels } from "../../lib/quantizers/auto.ts";
import { expectedMse } from "../../lib/quantizers/expected_mse.ts";
import { kMeans } from "../../lib/quantizers/k_means.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";
import { omse } from "../../lib/quantizers/omse.ts";
import { optimalUniformFit } from "../../lib/quantizers/optimal_uniform_fit.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { embeddedTensors } from "../resnet20_tensors.ts";
import { assertRelative } from "../tolerance.ts";

interface AutoFixture {
  books: {
    family: string;
    shape: number;
    ends: [number, number];
    levels: number[];
  }[];
  fits: {
    name: string;
    sample: number[];
    variance: number;
    least: { bits: number; mse: number }[];
  }[];
}

const fixture = readFixture<AutoFixture>("auto/auto.json");
const unitGaussian = gaussian({ mean: 0, standardDeviation: 1 });
const unitLaplace = laplace({ location: 0, scale: Math.SQRT1_2 });

function mseOf(sample: Sample, bits: number): number {
  return quantizationError(sample, autoCodebook(sample, { bits })).mse;
}

/** The law's quantiles at the middles of so many equal shares: its sample without chance. */
function quantiles(law: Distribution, size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => law.quantile((i + 0.5) / size));
}

function drawn(law: Distribution, size: number, seed = 1): Float64Array {
  return law.sample(size, { prng: createPrng(seed) });
}

Deno.test("autoLevels() of a range equals SciPy's quantiles of the point density", () => {
  for (const { family, shape, ends, levels } of fixture.books) {
    const numbers = [0, 1, Math.asinh(ends[0]), Math.asinh(ends[1])];
    const own = autoLevels({ rule: "range", density: { family, shape }, numbers }, levels.length);
    own.forEach((level, i) => {
      // What the interpolation leaves is small beside any distance of levels.
      assertAlmostEquals(level, levels[i]!, 3e-6, `${family} ${shape}, level ${i}`);
    });
  }
});

/** Of the density exp(-z), from 0 to `end`: the position up to which this share of it lies. */
const exponentialQuantile = (share: number, end: number) => -Math.log1p(share * Math.expm1(-end));

Deno.test("autoLevels() of a split has equal shares of both sides, by the logarithm of a Laplace law", () => {
  const density = { family: "generalized-gaussian", shape: 1 };
  const [location, width, skew, end] = [0.5, 2, 3, 6] as const;
  const numbers = [location, width, Math.log(skew), Math.asinh(end)];
  // Three of four parts of the density lie below the location.
  const expected = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5].map((position) => {
    const share = position / 2 - skew;
    return share < 0
      ? -skew * exponentialQuantile(-share / skew, end)
      : exponentialQuantile(share, end);
  });
  autoLevels({ rule: "split", density, numbers }, 8).forEach((level, i) =>
    assertAlmostEquals(level, location + (width / end) * expected[i]!, 1e-6, `level ${i}`)
  );
});

Deno.test("autoLevels() of an atom has a level on it, a gap on both sides, and one level more above", () => {
  const density = { family: "generalized-gaussian", shape: 1 };
  const [location, width, gap, end] = [0.5, 2, 0.25, 6] as const;
  const distances = [0.125, 0.375, 0.625, 0.875].map((share) =>
    width * (gap + (1 - gap) * exponentialQuantile(share, end) / end)
  );
  const expected = [
    ...distances.slice(0, 3).map((distance) => location - distance).reverse(),
    location,
    ...distances.map((distance) => location + distance),
  ];
  const numbers = [location, width, gap, Math.asinh(end)];
  const levels = autoLevels({ rule: "atom", density, numbers }, 8);
  assertEquals(levels[3], location);
  levels.forEach((level, i) => assertAlmostEquals(level, expected[i]!, 1e-6, `level ${i}`));
});

Deno.test("autoCodebook() comes as near to the sample as SciPy's minimisers with the same four numbers", () => {
  for (const { name, sample, variance, least } of fixture.fits) {
    for (const { bits, mse } of least) {
      const own = mseOf(sample, bits);
      // With few values for each level the error has very many minima, and SciPy evaluates some twenty times as many books.
      const valuesPerLevel = sample.length / 2 ** bits;
      const allowed = valuesPerLevel > 30 ? 1.05 : valuesPerLevel > 2 ? 1.2 : 1.5;
      assertLess(own / variance, (allowed * mse) / variance, `${name}, ${bits} bits`);
    }
  }
});

Deno.test("autoCodebook() comes near to the Lloyd-Max quantizers of Gaussian and Laplace laws", () => {
  // NUMBERS: 40-digit arithmetic; Max 1960 has four digits of the first.
  const optima = [
    { law: unitGaussian, bits: 3, mse: 0.0345477607885 },
    { law: unitGaussian, bits: 4, mse: 0.00950101 },
    { law: unitLaplace, bits: 3, mse: 0.0544759879139 },
    { law: unitLaplace, bits: 4, mse: 0.01537253 },
  ];
  for (const { law, bits, mse } of optima) {
    const { levels, thresholds } = autoCodebook(quantiles(law, 100_000), { bits });
    const own = expectedMse(law, levels, thresholds).expectedMse;
    assertGreaterOrEqual(own, mse * (1 - 1e-6), `${law.family}, ${bits} bits`);
    assertLess(own, mse * 1.004, `${law.family}, ${bits} bits`);
  }
});

slowTest(
  "autoCodebook() stays within 1.05 of exact k-means where weights are many, and keeps the zeros of pruned ones",
  () => {
    const normal = drawn(unitGaussian, 100_000);
    const samples = {
      gaussian: normal,
      exponential: drawn(exponential({ location: 1, scale: 2 }), 100_000),
      skewed: drawn(
        distribution({
          family: "asymmetric-laplace",
          parameters: { location: 0.3, scale: 1, asymmetry: 1.5 },
        }),
        100_000,
      ),
      heavy: drawn(
        distribution({
          family: "student-t",
          parameters: { location: 0, scale: 1, degreesOfFreedom: 5 },
        }),
        100_000,
      ),
      uniform: normal.map(unitGaussian.cdf),
      "one-sided": normal.map(Math.abs),
    };
    for (const [name, sample] of Object.entries(samples)) {
      const best = quantizationError(sample, kMeans(sample, { bits: 4 })).mse;
      assertLess(mseOf(sample, 4), 1.05 * best, name);
    }
    const pruned = normal.map((x) => Math.abs(x) < 1 ? 0 : x);
    const { design, levels } = autoCodebook(pruned, { bits: 4 });
    assertEquals(design.rule, "atom");
    assert(levels.includes(0));
    assertLess(mseOf(pruned, 4), 1.1 * quantizationError(pruned, kMeans(pruned, { bits: 4 })).mse);
  },
);

Deno.test("autoCodebook() is a function of four numbers, which may be rounded to 32 bits", () => {
  const sample = drawn(unitLaplace, 5000);
  for (const bits of [1, 2, 3, 6, 10]) {
    const codebook = autoCodebook(sample, { bits });
    const { design, levels } = codebook;
    assert(design.storedValues <= 4 && design.numbers.length === design.storedValues);
    assertEquals(autoLevels(design, 2 ** bits), levels);
    const rounded = autoLevels({ ...design, numbers: design.numbers.map(Math.fround) }, 2 ** bits);
    levels.forEach((level, i) => assertAlmostEquals(rounded[i]!, level, 1e-5));
  }
});

Deno.test("autoCodebook() follows a sign and powers of two to the last bit", () => {
  const sample = drawn(unitLaplace, 400).map((x, i) => i % 7 === 0 ? 0 : x + 0.1);
  // Its ends don't tell which side is which.
  const withEqualEnds = [-9, ...sample, 9];
  for (const bits of [1, 2, 3, 5]) {
    const { levels } = autoCodebook(sample, { bits });
    for (const values of [[...sample], withEqualEnds]) {
      const own = autoCodebook(values, { bits }).levels;
      const negated = autoCodebook(values.map((x) => -x), { bits }).levels;
      assertEquals(negated, own.map((level) => 0 - level).reverse(), `${bits} bits, sign`);
    }
    for (const unit of [2 ** -400, 2 ** -40, 2 ** 450]) {
      const scaled = autoCodebook(sample.map((x) => x * unit), { bits }).levels;
      assertEquals(scaled, levels.map((level) => level * unit), `${bits} bits, ${unit}`);
    }
  }
});

Deno.test("autoCodebook() does not mind where the sample comes from, nor its order", () => {
  const sample = Float32Array.from(drawn(unitGaussian, 300));
  const { levels } = autoCodebook(sample, { bits: 4 });
  assertEquals(autoCodebook([...sample], { bits: 4 }).levels, levels);
  assertEquals(autoCodebook(Float64Array.from(sample).reverse(), { bits: 4 }).levels, levels);
});

Deno.test("autoCodebook() records a law, and what the levels cost under it", () => {
  const sample = drawn(unitGaussian, 20_000).map((x) => x < 0 ? x : 1.8 * x);
  const { design, levels, thresholds } = autoCodebook(sample, { bits: 4 });
  assertEquals([design.method, design.rule], ["auto", "split"]);
  const law = distribution(design.law!);
  assertEquals(design.expectedMse, expectedMse(law, levels, thresholds).expectedMse);
  // The law is that of the sample, as far as squared error goes.
  assertRelative(
    design.expectedMse!,
    quantizationError(sample, { levels, thresholds, design, bits: 4 }).mse,
    0.1,
    "error",
  );
  const heavy = distribution({
    family: "student-t",
    parameters: { location: 0, scale: 1, degreesOfFreedom: 4 },
  });
  for (const [law, bits] of [[heavy, 4], [unitLaplace, 6]] as const) {
    const values = drawn(law, 20_000);
    const book = autoCodebook(values, { bits });
    assertEquals([book.design.rule, book.design.law!.family], ["range", "truncated"]);
    const { mse } = quantizationError(values, book);
    assertRelative(book.design.expectedMse!, mse, 0.1, law.family);
  }
  const mirrored = autoCodebook(sample.map((x) => -x), { bits: 4 }).design;
  assertRelative(mirrored.expectedMse!, design.expectedMse!, 1e-9, "of the mirror image");
});

Deno.test("autoCodebook() keeps up to four values, or levels, as they are", () => {
  const ternary = [0.5, 0, -0.5, 0, 0, 0.5];
  for (const bits of [2, 3, 16]) {
    const { levels, design } = autoCodebook(ternary, { bits });
    assertEquals([[...levels], design.rule, design.storedValues], [[-0.5, 0, 0.5], "levels", 3]);
  }
  const sample = drawn(unitGaussian, 200);
  const exact = kMeans(sample, { bits: 2, method: "exact" });
  assertRelative(mseOf(sample, 2), quantizationError(sample, exact).mse, 1e-12, "two bits");
  assertEquals([...autoCodebook([0.25, 0.25], { bits: 4 }).levels], [0.25]);
  assertEquals([...autoCodebook([0], { bits: 8 }).levels], [0]);
});

Deno.test("autoCodebook() takes samples of any size, scale and shape, and never gives NaN", () => {
  const few = [-1, -0.3, 0.1, 0.2, 0.9];
  const samples: Record<string, number[]> = {
    few,
    tiny: few.map((x) => x * 1e-150),
    huge: few.map((x) => x * 1e150),
    denormal: few.map((x) => x * 1e-315),
    "far from zero": few.map((x) => 1e6 + x),
    "beyond rounding": few.map((x) => 1e12 + x * 1e-3),
    "one outlier": [...few, 1e9],
    "outliers of all sizes": [...few, 1e-300, 1e20, 1e150],
    "one-sided": few.map((x) => x + 2),
    "with an atom": [...few, ...new Array(50).fill(0)],
  };
  for (const [name, sample] of Object.entries(samples)) {
    const mean = sample.reduce((sum, x) => sum + x / sample.length, 0);
    const variance = quantizationError(sample, kMeans(sample, { levels: 1 })).mse;
    for (const bits of [1, 3, 8, 12]) {
      const codebook = autoCodebook(sample, { bits });
      assert(codebook.levels.every(Number.isFinite), name);
      const { mse } = quantizationError(sample, codebook);
      assert(mse <= variance * (1 + 1e-9), `${name}, ${bits} bits about ${mean}`);
    }
  }
});

Deno.test("autoCodebook() makes use of 16 bits", () => {
  const sample = drawn(unitGaussian, 500);
  assertLess(mseOf(sample, 16), mseOf(sample, 12) / 50);
  assertLess(mseOf(sample, 12), mseOf(sample, 8) / 50);
});

Deno.test("autoCodebook() adapts what it found with 512 levels to 4,096, below Panter and Dite's error of the law", () => {
  const sample = drawn(unitGaussian, 20_000);
  assertLess(mseOf(sample, 12), ((Math.PI * Math.sqrt(3)) / 2) * 4 ** -12);
});

Deno.test("autoCodebook() leaves the sample as it is", () => {
  const sample = drawn(unitGaussian, 100);
  const copy = sample.slice();
  autoCodebook(sample, { bits: 4 });
  assertEquals(sample, copy);
});

Deno.test("autoCodebook() and autoLevels() refuse what they can't use", () => {
  assertThrows(() => autoCodebook([1, 2], { bits: 17 }), RangeError, "current value is 17");
  assertThrows(() => autoCodebook([], { bits: 3 }), RangeError, "the sample is empty");
  assertThrows(() => autoCodebook([1, NaN], { bits: 3 }), RangeError, "value 1 is NaN");
  assertThrows(() => autoCodebook("1" as never, { bits: 3 }), TypeError, "the sample must be");
  const density = { family: "generalized-gaussian", shape: 1 };
  const bad = [
    { rule: "range", density: { ...density, shape: 1.1 }, numbers: [0, 1, -1, 1] },
    { rule: "range", density, numbers: [0, 1, 1, -1] },
    { rule: "split", density, numbers: [0, 1, NaN, 1] },
    { rule: "atom", numbers: [0, 1, 0, 1] },
  ] as const;
  for (const numbers of bad) {
    assertThrows(() => autoLevels(numbers, 8), RangeError, "must be those of a book");
  }
});

slowTest("autoCodebook() is below other analytic methods on every width of ResNet-20", async () => {
  const tensors = [...(await embeddedTensors()).values()];
  for (const bits of [2, 3, 4, 5, 6, 8]) {
    const total = (design: (sample: Float32Array) => ReturnType<typeof omse>) =>
      tensors.reduce((sum, tensor) => {
        const variance = quantizationError(tensor, kMeans(tensor, { levels: 1 })).mse;
        return sum + quantizationError(tensor, design(tensor)).mse / variance;
      }, 0);
    const own = total((sample) => autoCodebook(sample, { bits }));
    const others = {
      omse: total((sample) => omse(sample, { bits })),
      "optimal uniform": total((sample) => optimalUniformFit(sample, { bits })),
      gaussian: total((sample) => lloydMax(fitGaussian(sample), { bits })),
      laplace: total((sample) => lloydMax(fitLaplace(sample), { bits })),
    };
    for (const [name, other] of Object.entries(others)) assertLess(own, other, `${name}, ${bits}`);
  }
});
