import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  medianOf,
  orderStatistic,
  orderStatistics,
  quantileOf,
} from "../../lib/numerics/order_statistics.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import type { Sample } from "../../lib/numerics/sample.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface Row {
  name: string;
  sample: number[];
  quantiles: [number, number][];
}

const { samples } = readFixture<{ samples: Row[] }>("samples/samples.json");

Deno.test("quantileOf() equals NumPy's quantiles", () => {
  for (const { name, sample, quantiles } of samples) {
    const values = Float32Array.from(sample);
    for (const [probability, expected] of quantiles) {
      const what = `${name}: quantile ${probability}`;
      assertRelative(quantileOf(values, probability), expected, 1e-15, what);
    }
  }
});

function assertRanks(sample: Sample, ranks: readonly number[]): void {
  const sorted = Float64Array.from(sample).sort();
  const size = sample.length;
  const before = sample.slice();
  for (const rank of ranks) {
    assertStrictEquals(orderStatistic(sample, rank), sorted[rank]!, `rank ${rank} of ${size}`);
  }
  assertEquals(orderStatistics(sample, ranks), ranks.map((rank) => sorted[rank]!));
  assertStrictEquals(medianOf(sample), (sorted[(size - 1) >> 1]! + sorted[size >> 1]!) / 2);
  assertEquals(sample, before);
}

Deno.test("orderStatistic() and medianOf() equal what sorting gives, bit for bit", () => {
  const prng = createPrng(12);
  const kinds: Record<string, (i: number) => number> = {
    "weights": () => (prng() + prng() - 1) * 0.02,
    "far from zero": () => 3 + prng() * 1e-6,
    "ties of both zeros": () => prng() < 0.6 ? prng() < 0.5 ? 0 : -0 : prng() - 0.5,
    "two values": () => prng() < 0.5 ? -1 : 1,
    "denormals": () => (prng() - 0.5) * 1e-40,
    "thirty decades": () => 10 ** (30 * prng() - 15) * (prng() < 0.5 ? -1 : 1),
    "ascending": (i) => i,
    "negative": (i) => -1e-3 * i,
    "constant": () => 0.1,
  };
  for (const size of [1, 2, 3, 512, 513, 514, 3000, 20_000]) {
    const ranks = [0, size >> 2, (size - 1) >> 1, size >> 1, size - 1];
    for (const value of Object.values(kinds)) {
      const sample = Float64Array.from({ length: size }, (_, i) => value(i));
      assertRanks(sample, ranks);
      assertRanks(Float32Array.from(sample), ranks);
    }
  }
  assertRanks(Array.from({ length: 999 }, () => prng() - 0.5), [0, 499, 998]);
});

Deno.test("orderStatistic() equals what sorting gives for any bits, and for part of a buffer", () => {
  const doubles = fc.double({ noNaN: true });
  fc.assert(
    fc.property(fc.array(doubles, { minLength: 1, maxLength: 50 }), fc.nat(), (values, seed) => {
      const long = Float64Array.from({ length: 600 }, (_, i) => values[(i * i) % values.length]!);
      const ranks = [seed % 590, 590];
      assertRanks(long.subarray(3), ranks);
      assertRanks(Float32Array.from(long).subarray(5), ranks);
    }),
  );
});

Deno.test("order statistics refuse a rank or a probability outside, and an empty sample", () => {
  for (const rank of [-1, 3, 0.5, NaN]) {
    assertThrows(
      () => orderStatistic([1, 2, 3], rank),
      RangeError,
      `Cannot select an order statistic as its rank must be an integer in [0, 3): current value is ${rank}`,
    );
  }
  assertThrows(() => medianOf([]), RangeError, "must be an integer in [0, 0)");
  assertThrows(
    () => quantileOf([1], 1.5),
    RangeError,
    "Cannot compute a quantile as its probability must be in [0, 1]: current value is 1.5",
  );
});
