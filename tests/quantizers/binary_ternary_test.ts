import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { encode } from "../../lib/codebooks/encode.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { quantize } from "../../lib/codebooks/quantize.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { binary } from "../../lib/quantizers/binary.ts";
import { ternary } from "../../lib/quantizers/ternary.ts";
import { ternaryExact } from "../../lib/quantizers/ternary_exact.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface LarqFixture {
  rows: { name: string; values: number[]; ternary: number[]; binary: number[] }[];
}
interface BruteForceFixture {
  ternary: { values: number[]; leastError: number }[];
}

const { rows } = readFixture<LarqFixture>("quantizers_books/larq.json");
const bruteForce = readFixture<BruteForceFixture>("quantizers_books/brute_force.json");
const standard = gaussian({ mean: 0, standardDeviation: 1 });

/** So many quantiles of the standard Gaussian law, at the middles of equal masses. */
const gaussianQuantiles = (size: number) =>
  Float64Array.from({ length: size }, (_, i) => standard.quantile((i + 0.5) / size));

Deno.test("binary() quantizes as Larq's MagnitudeAwareSign", () => {
  for (const { name, values, binary: expected } of rows) {
    const quantized = quantize(Float64Array.from(values), binary(values));
    for (const [i, value] of quantized.entries()) {
      assertRelative(value, expected[i]!, 1e-6, `${name}, value ${i}`);
    }
  }
});

Deno.test("binary() of a Gaussian law has Max's levels and error", () => {
  // Max, IRE Transactions on Information Theory 6, 1960, Table I: N = 2.
  const sample = gaussianQuantiles(20_001);
  const book = binary(sample);
  assertAlmostEquals(book.levels[1]!, 0.798, 5e-4);
  assertAlmostEquals(quantizationError(sample, book).mse, 0.3634, 1e-4);
});

Deno.test("binary() gives zero the upper level", () => {
  const book = binary([-1, 0, 2]);
  assertEquals([...encode([0, -0, -1e-300], book)], [1, 1, 0]);
  assertEquals([book.bits, book.design.storedValues], [1, 1]);
});

Deno.test("ternary() gives Larq's codes, with its threshold", () => {
  for (const { name, values, ternary: expected } of rows) {
    const codes = encode(values, ternary(values));
    assertEquals(Array.from(codes, (code) => code - 1), expected, name);
  }
});

Deno.test("ternary() has the mean of the magnitudes above its threshold as level", () => {
  const { levels, thresholds, bits, design } = ternary([-6, -1, 0, 1, 2, 8], {
    thresholdFactor: 0.3,
  });
  // The mean magnitude is 3: the threshold 0.9 leaves all but zero.
  assertAlmostEquals(thresholds[1]!, 0.9, 1e-15);
  assertAlmostEquals(levels[2]!, 18 / 5, 1e-15);
  assertEquals([bits, design.storedValues, design.clipping], [2, 1, [-levels[2]!, levels[2]!]]);
});

Deno.test("ternary() leaves magnitudes equal to its threshold out of the level", () => {
  assertEquals([...ternary([1, -1, 3, 3], { thresholdFactor: 0.5 }).levels], [-3, 0, 3]);
});

Deno.test("ternary() loses less than a hundredth to the optimum on a Gaussian sample, as the paper says", () => {
  const sample = gaussianQuantiles(20_001);
  const own = quantizationError(sample, ternary(sample)).mse;
  const least = quantizationError(sample, ternaryExact(sample)).mse;
  assertLess(own, 1.01 * least);
  assertLess(least, own);
  const nearer = quantizationError(sample, ternary(sample, { thresholdFactor: 0.75 })).mse;
  assertLess(nearer, own);
});

Deno.test("ternaryExact() has the least error of all assignments, in exact fractions", () => {
  for (const { values, leastError } of bruteForce.ternary) {
    const book = ternaryExact(values);
    const error = quantizationError(values, book).mse * values.length;
    const energy = values.reduce((sum, value) => sum + value * value, 0);
    assertRelative(error, leastError, 1e-12, JSON.stringify(values), energy);
  }
});

Deno.test("ternaryExact() of a Gaussian law has Max's levels, threshold and error", () => {
  // Max 1960, Table I: N = 3.
  const sample = gaussianQuantiles(200_001);
  const book = ternaryExact(sample);
  assertAlmostEquals(book.levels[2]!, 1.224, 5e-4);
  assertAlmostEquals(book.thresholds[1]!, 0.612, 5e-4);
  assertAlmostEquals(quantizationError(sample, book).mse, 0.1902, 1e-4);
});

const designs = { binary, ternary, ternaryExact };

for (const [name, design] of Object.entries(designs)) {
  Deno.test(`${name}() is equivariant from 1e-300 to 1e145`, () => {
    const sample = [-3.1, -1.2, 0.4, 0.9, 2.5, 7.25];
    const reference = design(sample);
    for (const scale of [2 ** -990, 2 ** 480]) {
      const scaled = design(sample.map((x) => x * scale));
      assertEquals([...scaled.levels], [...reference.levels].map((level) => level * scale));
      assertEquals([...scaled.thresholds], [...reference.thresholds].map((x) => x * scale));
    }
  });

  Deno.test(`${name}() takes two values, denormals, one-sided and repeated ones`, () => {
    for (
      const sample of [
        [0, 5e-324],
        [-5e-324, 5e-324],
        [1, 2],
        [-1e150, 1e150],
        [0, 0, 0, -1],
        [3, 3, 3, 4],
      ]
    ) {
      const book = design(sample);
      assertEquals(book.levels.every(Number.isFinite), true);
      assertEquals(quantizationError(sample, book).mse < Infinity, true);
    }
  });

  Deno.test(`${name}() gives a constant sample its own level`, () => {
    assertEquals([...design([0.25, 0.25]).levels], [0.25]);
    assertEquals([...design([0, 0]).levels], [0]);
  });

  Deno.test(`${name}() refuses no value and NaN, and leaves its sample alone`, () => {
    assertThrows(() => design([]), RangeError, "the sample is empty");
    assertThrows(() => design([1, NaN]), RangeError, "value 1 is NaN");
    assertThrows(() => design("1" as never), TypeError, "must be a Float32Array");
    const sample = Float32Array.of(3, -1, 2);
    design(sample);
    assertEquals(sample, Float32Array.of(3, -1, 2));
  });
}

Deno.test("ternary() refuses a factor outside of (0, 1)", () => {
  for (const thresholdFactor of [0, 1, NaN]) {
    assertThrows(
      () => ternary([1, 2], { thresholdFactor }),
      RangeError,
      `thresholdFactor must lie in (0, 1): current value is ${thresholdFactor}`,
    );
  }
});

Deno.test("ternaryExact() takes float32 and float64 alike, beyond the sizes of the built-in sort", () => {
  const sample = Float32Array.from(
    laplace({ location: 0, scale: 1 }).sample(20_000, { prng: createPrng(5) }),
  );
  assertEquals(ternaryExact(sample), ternaryExact(Float64Array.from(sample)));
});
