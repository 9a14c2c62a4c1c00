import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  createMoments,
  finishMoments,
  mean,
  meanAbsolute,
  meanSquare,
  moments,
  populationVariance,
  updateMoments,
} from "../../lib/numerics/moments.ts";
import { medianOf } from "../../lib/numerics/order_statistics.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { extent } from "../../lib/numerics/sample.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface Row {
  name: string;
  sample: number[];
  mean: number;
  variance: number;
  meanAbsolute: number;
}

const { samples } = readFixture<{ samples: Row[] }>("samples/samples.json");

Deno.test("the moments equal those of rational arithmetic", () => {
  for (const { name, sample, ...expected } of samples) {
    for (const values of [Float32Array.from(sample), Float64Array.from(sample, Math.fround)]) {
      const state = moments(values);
      assertRelative(state.mean, expected.mean, 4e-16, `${name}: mean`);
      assertStrictEquals(mean(values), state.mean);
      const centre = medianOf(values);
      assertRelative(meanAbsolute(values, centre), expected.meanAbsolute, 1e-14, name);
      assertEquals([state.size, state.lower, state.upper], [values.length, ...extent(values)]);
      // The square of a denormal is 0.
      if (name === "denormal") continue;
      assertRelative(state.variance, expected.variance, 1e-14, `${name}: variance`);
      assertRelative(
        populationVariance(values),
        expected.variance,
        1e-14,
        `${name}: in two passes`,
      );
    }
  }
});

Deno.test("mean() keeps what plain summation loses, whichever term is the larger", () => {
  assertEquals(mean([1, 1e100, 1, -1e100]), 0.5);
  assertEquals(mean([1e100, 1, -1e100, 1]), 0.5);
  assertEquals(mean([1e100, 1, 1, 1, 1, -1e100, 0, 0, 0]), 4 / 9);
  for (const start of [0, 1, 2, 3]) {
    const sample = new Float64Array(16);
    [1e100, 1, -1e100].forEach((value, i) => sample[start + 4 * i] = value);
    assertEquals(mean(sample), 1 / 16, `every fourth value from ${start} on`);
  }
});

Deno.test("the moments equal their definitions", () => {
  assertEquals([populationVariance([1, 3]), meanAbsolute([1, -3, 5], 1)], [1, 8 / 3]);
  assertEquals([meanSquare([1, 2, 3, 4, 6], 1), meanSquare([3])], [39 / 5, 9]);
  assertEquals([mean([]), populationVariance([])], [NaN, NaN]);
});

Deno.test("updateMoments() gives the moments of the whole, however it is cut", () => {
  const prng = createPrng(13);
  const sample = Float64Array.from(
    { length: 20_000 },
    (_, i) => 1e3 + prng() + (i > 15_000 ? 1 : 0),
  );
  const whole = moments(sample);
  for (const size of [1, 7, 2048, 3000, 19_999]) {
    const state = createMoments();
    for (let start = 0; start < sample.length; start += size) {
      updateMoments(state, sample.subarray(start, start + size));
    }
    const cut = finishMoments(JSON.parse(JSON.stringify(state)));
    assertEquals([cut.size, cut.lower, cut.upper], [whole.size, whole.lower, whole.upper]);
    assertRelative(cut.mean, whole.mean, 2e-16, `mean of chunks of ${size}`);
    assertRelative(cut.variance, whole.variance, 1e-14, `variance of chunks of ${size}`);
  }
});

Deno.test("the variance doesn't feel how far the mean is from zero, in one pass, two or by chunks", () => {
  // Multiples of 1/8, which are exact as far as 2^50: then the variance is that at zero.
  const prng = createPrng(15);
  const near = Float64Array.from({ length: 9000 }, () => Math.round(8 * (prng() + prng())) / 8);
  const { mean: nearMean, variance } = moments(near);
  for (const distance of [1e3, 1e6, 1e9, 1e12, 1e15]) {
    const far = near.map((value) => value + distance);
    assertRelative(moments(far).variance, variance, 1e-13, `${distance} from zero`);
    assertRelative(
      populationVariance(far),
      variance,
      1e-13,
      `${distance} from zero, in two passes`,
    );
    assertStrictEquals(moments(far).mean, nearMean + distance);
    const state = createMoments();
    for (let start = 0; start < far.length; start += 333) {
      updateMoments(state, far.subarray(start, start + 333));
    }
    assertRelative(finishMoments(state).variance, variance, 1e-13, `${distance}, by chunks`);
  }
});

Deno.test("updateMoments() goes on with a state from JSON, also an empty one", () => {
  const stored = () => JSON.parse(JSON.stringify(createMoments()));
  const above = { size: 2, lower: 5, upper: 7, mean: 6, variance: 1 };
  assertEquals(finishMoments(updateMoments(stored(), [5, 7])), above);
  const below = { size: 2, lower: -7, upper: -5, mean: -6, variance: 1 };
  assertEquals(finishMoments(updateMoments(stored(), [-7, -5])), below);
});

Deno.test("the moments of equal values are that value and no variance, whatever their number", () => {
  const prng = createPrng(16);
  for (let size = 1; size <= 6000; size = Math.ceil(1.3 * size)) {
    const value = 3 * prng() - 1;
    const sample = new Float64Array(size).fill(value);
    const { mean: own, variance } = moments(sample);
    assertEquals([own, mean(sample), variance, populationVariance(sample)], [value, value, 0, 0]);
  }
});

Deno.test("the moments of a constant and of values at the limit are finite", () => {
  const constant = moments(new Float32Array(5000).fill(0.1));
  assertEquals([constant.mean, constant.variance], [Math.fround(0.1), 0]);
  const large = moments(Float64Array.of(1e150, -1e150));
  assertEquals([large.mean, large.upper], [0, 1e150]);
  assertRelative(large.variance, 1e300, 1e-15, "the variance");
});

Deno.test("moments() refuses what assertFiniteSample() refuses, and updateMoments() then keeps its state", () => {
  assertThrows(() => moments([]), RangeError, "Cannot compute moments as the sample is empty");
  for (const bad of [NaN, Infinity, -Infinity, 1e151]) {
    const sample = new Float64Array(5000).fill(1);
    sample[3000] = bad;
    assertThrows(() => moments(sample), RangeError, `value 3000 is ${bad}`);
    const state = updateMoments(createMoments(), [1, 2]);
    const before = structuredClone(state);
    assertThrows(
      () => updateMoments(state, sample),
      RangeError,
      "Cannot update moments as every value must be",
    );
    assertEquals(state, before);
  }
  assertThrows(
    () => finishMoments(createMoments()),
    RangeError,
    "Cannot compute moments as the sample is empty: its length is 0",
  );
});
