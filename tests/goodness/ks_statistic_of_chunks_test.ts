import { assertEquals, assertThrows } from "@std/assert";
import { fitGaussian } from "../../lib/distributions/gaussian.ts";
import { ksStatistic } from "../../lib/goodness/ks_statistic.ts";
import { ksStatisticOfChunks } from "../../lib/goodness/ks_statistic_of_chunks.ts";
import { createPrng } from "../../lib/numerics/prng.ts";

/** Cuts a sample at random places; some chunks are empty. */
function cut(sample: Float32Array | Float64Array, prng: () => number) {
  const chunks = [];
  for (let start = 0; start < sample.length;) {
    const end = start + Math.round(2 * prng() ** 4 * sample.length);
    chunks.push(sample.subarray(start, end));
    start = end;
  }
  return chunks;
}

Deno.test("ksStatisticOfChunks() equals ksStatistic() of all values, however they are cut", () => {
  const prng = createPrng(8);
  for (const size of [1, 2, 1023, 1024, 5000, 60_000]) {
    const doubles = Float64Array.from(
      { length: size },
      (_, i) => i % 3 === 0 ? 0 : prng() + prng() - 1,
    );
    for (const sample of [doubles, Float32Array.from(doubles), doubles.toSorted()]) {
      const law = fitGaussian([-1, 0.1, 1]);
      const chunks = cut(sample, prng);
      assertEquals(ksStatisticOfChunks(() => chunks, law), ksStatistic(sample, law));
    }
  }
});

Deno.test("ksStatisticOfChunks() refuses no value, a bad one, and other values the next time", () => {
  const law = fitGaussian([-1, 1]);
  const sample = Array.from({ length: 3000 }, (_, i) => Math.sin(i));
  const refused = (chunks: () => number[][], text: string) =>
    assertThrows(() => ksStatisticOfChunks(chunks, law), RangeError, text);
  refused(() => [], "the sample is empty");
  refused(() => [[], []], "the sample is empty");
  refused(() => [[1], [2, NaN]], "value 1 is NaN");
  const changing = (...next: number[][][]) => () => next.length > 1 ? next.shift()! : next[0]!;
  const prefix = "the chunks must hold the same values each time: ";
  refused(changing([sample], [sample, [1]]), `${prefix}3000 values the first time, more the next`);
  refused(changing([sample], [[1]]), `${prefix}3000 values the first time, 1 the next`);
  refused(changing([sample], [sample.with(7, NaN)]), `${prefix}one is not finite`);
});
