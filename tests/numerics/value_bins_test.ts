import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createPrng } from "../../lib/numerics/prng.ts";
import { layOutBins } from "../../lib/numerics/value_bins.ts";

/** Fails unless every value of the sample is in the bin whose edges enclose it. */
function assertBetweenEdges(sample: Float64Array, size: number, what: string): number {
  const bins = layOutBins(sample, size);
  const counts = new Int32Array(bins.size);
  assert(bins.count(sample, counts));
  const values = new Float64Array(sample.length), found = new Int32Array(sample.length);
  const everything = new Uint8Array(bins.size).fill(1);
  assertEquals(bins.select(sample, everything, values, found), sample.length);
  assertEquals(values, sample);
  const recount = new Int32Array(bins.size);
  for (const [i, bin] of found.entries()) {
    recount[bin]! += 1;
    const lower = bins.edge(bin), upper = bins.edge(bin + 1), value = sample[i]!;
    // -0 is a bin's last value where 0 is the next one's first; what underflows stands for 0.
    const fits = (x: number) => lower <= x && (x < upper || (x === upper && Object.is(x, -0)));
    const stands = fits(value) || (Math.abs(value) < 1e-170 && fits(0));
    assert(stands, `${what}: ${value} is not in [${lower}, ${upper})`);
  }
  assertEquals(recount, counts, what);
  assertEquals([bins.edge(0), bins.edge(bins.size)], [-Infinity, Infinity]);
  const first = found[0]!;
  const kept = bins.select(sample, everything.fill(0, first, first + 1), values, found);
  assertEquals(kept, sample.length - counts[first]!, what);
  return bins.size;
}

Deno.test("layOutBins() puts every value between the edges of its bin, of one width or logarithmic", () => {
  const prng = createPrng(17);
  const create = (value: (i: number) => number) =>
    Float64Array.from({ length: 3000 }, (_, i) => value(i));
  const uniform = assertBetweenEdges(create(() => prng() + prng() - 1), 512, "one width");
  assert(uniform > 256 && uniform <= 515, `${uniform} bins`);
  assertBetweenEdges(create(() => 1e8 + prng()), 512, "far from zero");
  assertBetweenEdges(create(() => -3 - Math.round(prng() * 64) / 64), 512, "on edges");
  assertBetweenEdges(create((i) => i === 7 ? -1e150 : prng()), 512, "one outlier");
  const both = create(() => 10 ** (60 * prng() - 30) * (prng() < 0.5 ? -1 : 1));
  assertEquals(assertBetweenEdges(both, 512, "sixty decades"), 2 ** 17);
  // The values of most magnitude among those with one exponent.
  const lowest = create((i) =>
    (i % 2 === 0 ? -1 : 1) * (2 - Number.EPSILON) * 2 ** (i % 200 - 100)
  );
  assertEquals(assertBetweenEdges(lowest, 512, "ends of exponents"), 2 ** 17);
  assertEquals(assertBetweenEdges(create((i) => i % 9 === 0 ? -0 : 0), 512, "zeros"), 2 ** 17);
  assertEquals(assertBetweenEdges(create((i) => (i - 9) * 5e-324), 512, "denormals"), 2 ** 17);
});

Deno.test("layOutBins() puts any values between the edges of their bins", () => {
  const doubles = fc.double({ noNaN: true, min: -1e150, max: 1e150 });
  fc.assert(fc.property(fc.array(doubles, { minLength: 1, maxLength: 80 }), (values) => {
    assertBetweenEdges(Float64Array.from(values), 64, "any values");
  }));
});

Deno.test("the bins of layOutBins() tell of a value that isn't finite or is too large", () => {
  for (const [bad, spread] of [[NaN, 1], [Infinity, 1], [-1e151, 1], [NaN, 0], [-Infinity, 0]]) {
    const bins = layOutBins(Float64Array.from({ length: 2000 }, (_, i) => spread! * (i % 50)), 64);
    const counts = new Int32Array(bins.size);
    // Alone, and among the eight values that are taken at a time.
    for (const place of [1, 3, 8]) {
      const chunk = new Float64Array(9).fill(1);
      chunk[place] = bad!;
      assertEquals(bins.count(chunk, counts), false, `${bad} at ${place}`);
    }
  }
});
