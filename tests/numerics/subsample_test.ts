import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createPrng } from "../../lib/numerics/prng.ts";
import { subsample } from "../../lib/numerics/subsample.ts";

const sample = Object.freeze([5, 6, 7, 8, 9]);

Deno.test("subsample() draws every value at most once, and all of them when as many are asked for", () => {
  const prng = createPrng(3);
  for (const size of [1, 2, 3, 4, 5]) {
    const drawn = subsample(sample, { size, prng });
    assertEquals(new Set(drawn).size, size);
    assertEquals(drawn.every((value) => sample.includes(value)), true);
  }
  assertEquals([...subsample(sample, { size: 5, prng }).sort()], sample);
});

Deno.test("subsample() makes each of the ordered pairs equally likely", () => {
  const prng = createPrng(4), draws = 40_000, pairs = 20;
  const counts = new Map<string, number>();
  for (let i = 0; i < draws; i++) {
    const pair = subsample(sample, { size: 2, prng }).join();
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  assertEquals(counts.size, pairs);
  // Five standard deviations of a binomial count.
  const tolerance = 5 * Math.sqrt(draws / pairs * (1 - 1 / pairs));
  for (const count of counts.values()) assertAlmostEquals(count, draws / pairs, tolerance);
});

Deno.test("subsample() keeps its range when the generator gives its largest value", () => {
  const prng = () => 1 - 2 ** -53;
  assertEquals([...subsample(sample, { size: 5, prng })].sort(), sample);
});

Deno.test("subsample() of one value is that value, and of none there is none", () => {
  assertEquals(subsample([7], { size: 1, prng: createPrng(1) }), Float64Array.of(7));
  assertThrows(
    () => subsample([], { size: 1, prng: createPrng(1) }),
    RangeError,
    "its size must be an integer in [1, 0]: current value is 1",
  );
});

Deno.test("subsample() refuses a size that is no integer from 1 to the sample's", () => {
  for (const size of [0, 6, 2.5, NaN]) {
    assertThrows(
      () => subsample(sample, { size, prng: createPrng(1) }),
      RangeError,
      `Cannot draw a subsample as its size must be an integer in [1, 5]: current value is ${size}`,
    );
  }
});
