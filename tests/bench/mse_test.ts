import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { msePage } from "../../bench/tables/mse_page.ts";
import { mseTable } from "../../bench/tables/mse.ts";
import { expectedCost, shannonCost } from "../../bench/tables/law_costs.ts";
import { theoreticalRow } from "../../bench/tables/mismatch_page.ts";
import type { LayerError, NetworkError } from "../../bench/tables/network_error.ts";
import type { BenchResults, Cell, Setting } from "../../bench/results.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { markdownPage } from "../../lib/report/page.ts";
import { exampleResults } from "./example_results.ts";
import { fakeContext } from "./fake_context.ts";
import { assertRelative } from "../tolerance.ts";

Deno.test("the mismatch matrix has the expected errors that were computed in 40 digits", () => {
  // NUMBERS of the project: unit variance, variances matched.
  for (
    const [bits, gaussianOnGaussian, gaussianOnLaplace, laplaceOnLaplace, laplaceOnGaussian] of [
      [2, 0.11748185, 0.19145905, 0.17619488, 0.13836627],
      [4, 0.00950101, 0.02881895, 0.01537253, 0.01318185],
      [8, 0.00004119, 0.00156155, 0.00006806, 0.00005853],
    ] as const
  ) {
    const ofGaussian = theoreticalRow(bits, "gaussian").costs;
    const ofLaplace = theoreticalRow(bits, "laplace").costs;
    const half = 0.5e-8 * 1.001;
    assertRelative(ofGaussian.gaussian, gaussianOnGaussian, half, `${bits} bits`, 1);
    assertRelative(ofLaplace.gaussian, gaussianOnLaplace, half, `${bits} bits`, 1);
    assertRelative(ofLaplace.laplace, laplaceOnLaplace, half, `${bits} bits`, 1);
    assertRelative(ofGaussian.laplace, laplaceOnGaussian, half, `${bits} bits`, 1);
  }
});

Deno.test("shannonCost() is 4^-bits of a Gaussian, and e / pi times that of a Laplace law", () => {
  for (const bits of [1, 4, 8]) {
    assertRelative(shannonCost("gaussian", bits), 4 ** -bits, 1e-10, "Gaussian");
    assertRelative(shannonCost("laplace", bits), Math.E / Math.PI * 4 ** -bits, 1e-10, "Laplace");
    assert(shannonCost("laplace", bits) < expectedCost("laplace", "laplace", bits));
  }
});

Deno.test("mseTable.run() keeps the error, effective bits and law of each tensor, matrices included", async () => {
  const prng = createPrng(3);
  const tensors = new Map([
    ["fc1.weight", {
      shape: [40, 50],
      data: Float32Array.from(gaussian({ mean: 0, standardDeviation: 1 }).sample(2000, { prng })),
    }],
    ["fc2.weight", {
      shape: [50, 60],
      data: Float32Array.from(laplace({ location: 0, scale: 1 }).sample(3000, { prng })),
    }],
  ]);
  const setting: Setting = { method: "k-means", bits: 2, granularity: "tensor" };
  const key = { table: "mse", network: "a", setting };
  const { layers, relativeMse } = await mseTable.run(
    key,
    fakeContext({ tensors, metadata: {} }),
  ) as NetworkError;
  assertEquals(layers.map(({ name, law, exact }) => [name, law, exact]), [
    ["fc1.weight", "gaussian", true],
    ["fc2.weight", "laplace", true],
  ]);
  assertEquals(layers.map(({ effectiveBits }) => effectiveBits), [2 + 128 / 2000, 2 + 128 / 3000]);
  assertRelative(
    relativeMse,
    (layers[0]!.relativeMse + layers[1]!.relativeMse) / 2,
    1e-14,
    "mean",
  );
  // The Gaussian's Lloyd-Max error, within the noise of 2,000 values.
  assertRelative(layers[0]!.relativeMse, 0.117481847829, 0.06, "fc1");
});

const layer = (name: string, law: string, relativeMse: number, exact?: boolean): LayerError => ({
  name,
  size: 100,
  mse: relativeMse,
  relativeMse,
  effectiveBits: 4,
  law,
  ...(exact !== undefined && { exact }),
});

/** Results with cells at 4 bits per tensor, by method: errors of a tensor of each law. */
function resultsOf(errors: Readonly<Record<string, readonly [number, number]>>): BenchResults {
  const cells = Object.entries(errors).map(([method, [first, second]]): Cell<NetworkError> => {
    const exact = method.startsWith("k-means") ? true : undefined;
    const layers = [
      layer("first", "gaussian", first, exact),
      layer("second", "laplace", second, exact),
    ];
    return {
      key: {
        table: "mse",
        network: "a (cifar-10)",
        setting: { method, bits: 4, granularity: "tensor" },
      },
      inputs: "",
      result: {
        relativeMse: (first + second) / 2,
        weightedRelativeMse: (first + second) / 2,
        sqnrDb: 20,
        effectiveBits: 4,
        families: {},
        layers,
      },
    };
  });
  const selection = { ...exampleResults.header.selection, bits: [4] };
  return { ...exampleResults, header: { ...exampleResults.header, selection }, cells };
}

Deno.test("the mse table shows the ratio to exact k-means, and to k-means where that wasn't measured", () => {
  const errors = { "min-max": [0.03, 0.05], "k-means": [0.011, 0.013] } as const;
  const without = markdownPage(msePage("MSE", resultsOf(errors)));
  assertStringIncludes(
    without,
    "|    4 | min-max             |         0.0400 |   0.0400 |        3.333 |",
  );
  assertStringIncludes(without, "which is exact here: no book of as many levels has less error.");
  const exact = { ...errors, "k-means-exact": [0.01, 0.01] as const };
  assertStringIncludes(
    markdownPage(msePage("MSE", resultsOf(exact))),
    "|    4 | k-means             |         0.0120 |   0.0120 |        1.200 |",
  );
});

Deno.test("the mse table says what the laws of the tensors allow, and which tensor costs what", () => {
  const text = markdownPage(msePage("MSE", resultsOf({ "min-max": [0.03, 0.05] })));
  // (0.00950101 + 0.01537253) / 2, and (1 + e / pi) / 2 / 256.
  assertStringIncludes(text, "|    4 | expected: Lloyd-Max |         0.0124 |");
  assertStringIncludes(text, "|    4 | expected: Shannon   |        0.00364 |");
  // 0.04 over both: 0.01243677 and 0.003642879.
  assertStringIncludes(text, "|          3.216 |       10.980 |");
  assertStringIncludes(text, "| second           |     100 | laplace  |  0.0500 |");
});

Deno.test("the mse table has a chart of errors by bits with what the laws allow, and one of tensors by methods", () => {
  const { sections } = msePage(
    "MSE",
    resultsOf({ "min-max": [0.03, 0], "omse": [0.02, Infinity] }),
  );
  assertEquals(sections[0]!.charts!.map(({ title }) => title), [
    "MSE by bits: a (cifar-10), one codebook per tensor",
    "MSE by tensor: a (cifar-10), 4 bits per tensor",
  ]);
  const text = JSON.stringify(sections[0]!.charts);
  assertStringIncludes(text, '"method":"min-max","bits":4,"relativeError":0.015');
  assertStringIncludes(text, "expected: Lloyd-Max");
  assertStringIncludes(text, '"layer":"first","column":"omse","value":0.02');
});

Deno.test("the mismatch matrix sets the books of both laws side by side for the tensors of each", () => {
  const text = markdownPage(msePage(
    "MSE",
    resultsOf({ "lloyd-max-gaussian": [0.02, 0.06], "lloyd-max-laplace": [0.015, 0.02] }),
  ));
  assertStringIncludes(text, "### The cost of the wrong family, one codebook per tensor");
  assertStringIncludes(
    text,
    "|    4 | gaussian           | a (cifar-10)   |       1 |       0.02000 |      0.01500 |         0.750 |",
  );
  assertStringIncludes(
    text,
    "|    4 | laplace            | a (cifar-10)   |       1 |       0.06000 |      0.02000 |         3.000 |",
  );
  assertStringIncludes(
    text,
    "|    4 | laplace            | the law itself |         |       0.02882 |      0.01537 |         1.875 |",
  );
});
