import { assert, assertEquals } from "@std/assert";
import type { BenchResults } from "../../bench/results.ts";
import { fitTable, type LayerFit } from "../../bench/tables/fit.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { dataOf } from "../report/charts/marks.ts";
import { assertRelative } from "../tolerance.ts";
import { exampleResults } from "./example_results.ts";
import { fakeContext } from "./fake_context.ts";

const key = { table: "fit", network: "a" };

/** A tensor of lawstat's flood data: see tests/fixtures/goodness. */
const flood = Float32Array.from(
  (
    "1.96 1.97 3.60 3.80 4.79 5.66 5.76 5.78 6.27 6.30 6.76 7.65 7.84 7.99 8.51 9.18 10.13 10.24 10.25 10.43 11.45 11.48 11.75 11.81 " +
    "12.33 12.78 13.06 13.29 13.98 14.18 14.40 16.22 17.06"
  ).split(" "),
  Number,
);

async function fitTensors(
  tensors: Readonly<Record<string, Float32Array>>,
): Promise<readonly LayerFit[]> {
  const entries = Object.entries(tensors).map(([name, data]) =>
    [name, { shape: [1, data.length], data }] as const
  );
  const context = fakeContext({ tensors: new Map(entries), metadata: {} });
  return await fitTable.run(key, context) as readonly LayerFit[];
}

Deno.test("fitTable.run() gives D of the flood data that lawstat gives, and a p under the fitted null", async () => {
  const [layer] = await fitTensors({ flood });
  const law = layer!.laws.find(({ family }) => family === "laplace")!;
  // lawstat's sqrt(n) D, to the rounding of float32.
  assert(Math.abs(Math.sqrt(33) * law.statistic - 0.9177726412897894) < 1e-6);
  assert(Math.abs(law.parameters["location"]! - 10.13) < 1e-6);
  assertEquals(law.pValueFrom, "table");
  // Puig and Stephens, Technometrics 42, 2000, table of the Laplace law: 0.05 lies near 0.94 there, so p is a little above.
  assert(law.pValue > 0.04 && law.pValue < 0.09, `${law.pValue}`);
});

Deno.test("fitTable.run() fits the wider families with their own p, and each by every criterion", async () => {
  const sample = laplace({ location: 0, scale: 1 }).sample(3000, { prng: createPrng(7) });
  const [layer] = await fitTensors({ weights: Float32Array.from(sample) });
  assertEquals(layer!.laws.map(({ family, pValueFrom }) => [family, pValueFrom]), [
    ["gaussian", "table"],
    ["laplace", "table"],
    ["logistic", "bound"],
    ["student-t", "limit"],
    ["generalized-gaussian", "limit"],
  ]);
  const [gaussian, own, logistic, , wider] = layer!.laws;
  assert(
    own !== undefined && gaussian !== undefined && logistic !== undefined && wider !== undefined,
  );
  assert(gaussian.pValue < 1e-4 && own.pValue > 0.05);
  // Below what 499 draws can tell, the bound; and the family that holds the Laplace law.
  assert(logistic.pValue < 1 / 500);
  assert(wider.pValue > 0.05, `${wider.pValue}`);
  for (const value of ["statistic", "aic", "bic", "andersonDarling"] as const) {
    assert(own[value] < gaussian[value], value);
  }
  assertEquals(own.aic, 4 - 2 * own.logLikelihood);
});

Deno.test("fitTable.run() spares the simulation where a bound of p is too small to be shown", async () => {
  const sample = laplace({ location: 0, scale: 1 }).sample(20_000, { prng: createPrng(7) });
  const [layer] = await fitTensors({ weights: Float32Array.from(sample) });
  const logistic = layer!.laws.find(({ family }) => family === "logistic")!;
  assertEquals(logistic.pValueFrom, "bound");
  assert(logistic.pValue < 1e-4);
});

Deno.test("fitTable.run() fits nothing to a constant tensor, and what can be fitted to a tiny one", async () => {
  const layers = await fitTensors({
    pruned: new Float32Array(4),
    kept: Float32Array.of(-1, 0.5, 2, 3),
    three: Float32Array.of(1, 2, 4),
  });
  assertEquals(layers[0], { name: "pruned", shape: [1, 4], size: 4, laws: [] });
  for (const { laws } of layers.slice(1)) {
    assert(laws.length >= 2);
    // Too few for the table of fitted nulls.
    assert(
      laws.every((law) => law.pValueFrom === "bootstrap" && law.pValue > 0 && law.pValue <= 1),
    );
  }
  assertEquals(layers[2]!.excessKurtosis, undefined);
});

Deno.test("fitTable.run() tells its progress by weights, up to 1", async () => {
  const shares: number[] = [];
  const tensors = new Map([
    ["a", { shape: [1, 2], data: Float32Array.of(1, 2) }],
    ["b", { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ]);
  const context = fakeContext({ tensors, metadata: {} }, {
    progress: (share) => shares.push(share),
  });
  await fitTable.run(key, context);
  assertEquals(shares, [0.25, 1]);
});

Deno.test("fitTable.run() portrays the largest tensor that isn't constant: counts, quantiles out to both ends, and the method's book", async () => {
  const law = laplace({ location: 0.5, scale: 2 });
  const weights = Float32Array.from(law.sample(3000, { prng: createPrng(3) }));
  const layers = await fitTensors({
    flood,
    pruned: new Float32Array(4000),
    weights,
    again: weights.slice(),
  });
  assertEquals(layers.map(({ portrait }) => portrait !== undefined), [false, false, true, false]);
  const { laws, portrait } = layers[2]!;
  const { histogram, quantiles: { ranks, values }, codebook } = portrait!;

  assertEquals([histogram.counts.length, histogram.size], [60, 3000]);
  assertEquals(histogram.counts.reduce((sum, count) => sum + count), 3000);

  const sorted = [...weights].sort((a, b) => a - b);
  assertEquals(values, ranks.map((rank) => sorted[rank]!));
  assertEquals([ranks[0], ranks.at(-1)], [0, 2999]);
  assertEquals(ranks, [...new Set(ranks)].sort((a, b) => a - b));
  // Of 100 points evenly spaced in log-odds, ln 5999 on either side, each tail of 1 % has 24, several of them at one rank.
  const tail = ranks.filter((rank) => rank < 30).length;
  assert(tail >= 12 && tail <= 24, `${tail}`);
  assertEquals(ranks.filter((rank) => rank >= 2970).length, tail);

  // The largest level of 16 for the Laplace law of variance 1, computed with 40 digits: see NUMBERS.md.
  const { location, scale } = laws[1]!.parameters as { location: number; scale: number };
  assertEquals([codebook.bits, codebook.levels.length, codebook.thresholds.length], [4, 16, 15]);
  const largest = (codebook.levels[15]! - location) / (scale * Math.SQRT2);
  assertRelative(largest, 4.431071805, 1e-8, "largest level");
});

Deno.test("the page of the fit table draws the portrait: a histogram with laws and book, and a Q-Q chart", async () => {
  const weights = Float32Array.from(
    laplace({ location: 0, scale: 1 }).sample(2000, { prng: createPrng(5) }),
  );
  const result = await fitTensors({ flood, weights });
  const pageOf = (result: readonly LayerFit[]) => {
    const results: BenchResults = { ...exampleResults, cells: [{ key, inputs: "0", result }] };
    return fitTable.page(results);
  };
  const { sections: [section], footnotes } = pageOf(result);
  const [histogram, qq] = section!.charts!;
  assertEquals([histogram!.title, qq!.title], [
    "Histogram of weights: a, with the book of ks-lloyd-max at 4 bits",
    "Q-Q chart of weights: a",
  ]);
  const drawn = JSON.stringify(histogram!.spec);
  for (
    const words of [
      "gaussian",
      "laplace",
      "a: 2,000 weights",
    ]
  ) {
    assert(drawn.includes(words), words);
  }

  const points = dataOf(qq!.spec, "points");
  assertEquals([...new Set(points.map(({ law }) => law))], ["gaussian", "laplace"]);
  const last = points.findLast(({ law }) => law === "laplace")!;
  assertEquals(last["value"], Math.max(...weights));
  // ln 2000 scales from the location: the quantile at 1 - 1 / 4000.
  const { location, scale } = result[1]!.laws[1]!.parameters as { location: number; scale: number };
  assertRelative(Number(last["quantile"]), location + scale * Math.log(2000), 1e-12, "quantile");

  assert(footnotes.some((note) => note.startsWith("Charts, ")));
  const without = pageOf(result.map(({ portrait: _, ...layer }) => layer));
  assertEquals(without.sections[0]!.charts, []);
  assert(!without.footnotes.some((note) => note.startsWith("Charts, ")));
});
