import { assert, assertEquals } from "@std/assert";
import { fitTable, type LayerFit } from "../../bench/tables/fit.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
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
  assertEquals(law.null, "fitted");
  // Puig and Stephens, Technometrics 42, 2000, table of the Laplace law: 0.05 lies near 0.94 there, so p is a little above.
  assert(law.pValue > 0.04 && law.pValue < 0.09, `${law.pValue}`);
});

Deno.test("fitTable.run() fits the wider families with a bound of p, and each by every criterion", async () => {
  const sample = laplace({ location: 0, scale: 1 }).sample(3000, { prng: createPrng(7) });
  const [layer] = await fitTensors({ weights: Float32Array.from(sample) });
  assertEquals(layer!.laws.map(({ family, null: from }) => [family, from]), [
    ["gaussian", "fitted"],
    ["laplace", "fitted"],
    ["logistic", "bound"],
    ["student-t", "bound"],
    ["generalized-gaussian", "bound"],
  ]);
  const [gaussian, own] = layer!.laws as [LayerFit["laws"][0], LayerFit["laws"][0]];
  assert(gaussian.pValue < 1e-4 && own.pValue > 0.05);
  for (const value of ["statistic", "aic", "bic", "andersonDarling"] as const) {
    assert(own[value] < gaussian[value], value);
  }
  assertEquals(own.aic, 4 - 2 * own.logLikelihood);
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
    assert(laws.every((law) => law.null === "bound" && law.pValue > 0 && law.pValue <= 1));
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
