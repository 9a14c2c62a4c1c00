import { assertEquals, assertLess, assertNotEquals, assertRejects } from "@std/assert";
import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import {
  fisherWeights,
  type FisherWeightsOptions,
  measureFisher,
} from "../../lib/calibration/fisher_weights.ts";
import { measureSensitivity } from "../../lib/calibration/measure_sensitivity.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { mean } from "../../lib/numerics/moments.ts";
import { assertRelative } from "../tolerance.ts";
import {
  sensitivityFixture,
  tinyConvolutions,
  type TinyNetwork,
  tinyRegression,
} from "./tiny_networks.ts";
import { slowTest } from "../needs_data.ts";

async function measureAll(
  { description, tensors, dataset }: TinyNetwork,
  options: Partial<FisherWeightsOptions>,
) {
  await useBackend("wasm");
  const selected = [...tensors].filter(([name]) => name !== "bias");
  return await measureFisher(description, tensors, selected, { dataset, ...options });
}

Deno.test("fisherWeights() of a softmax regression are the closed form's within their standard error, which is what F predicts", async () => {
  const { mean_diagonal, off_diagonal_norm, weights: values } = sensitivityFixture.regression;
  const samples = 100;
  const { weights, standardErrors } = await measureAll(tinyRegression(), { samples, seed: 1 });
  const predicted = Math.sqrt(2 / samples) * off_diagonal_norm / values.length;
  assertRelative(standardErrors.linear!, predicted, 0.25, "standard error");
  assertRelative(weights.linear!, mean_diagonal, 3, "weight", standardErrors.linear!);
});

Deno.test("fisherWeights() of convolutions are those of PyTorch's Jacobians", async () => {
  const { diagonals } = sensitivityFixture.convolutions;
  const { weights, standardErrors } = await measureAll(tinyConvolutions(), { samples: 40 });
  for (const [name, diagonal] of Object.entries(diagonals)) {
    const allowed = 3 * standardErrors[name]! + 0.001 * mean(diagonal);
    assertRelative(weights[name]!, mean(diagonal), 1, name, allowed);
  }
  // A single weight has but two directions, and both are taken: only the fourth order is left.
  assertLess(standardErrors.third!, 1e-4 * weights.third!);
});

Deno.test("fisherWeights() hardly depend on the perturbation: the error of a single weight falls with its square", async () => {
  const [exact] = sensitivityFixture.convolutions.diagonals.third as [number];
  const errorAt = async (perturbation: number) => {
    const { weights } = await measureAll(tinyConvolutions(), { perturbation, samples: 2 });
    return Math.abs(weights.third! / exact - 1);
  };
  const [coarse, middle] = [await errorAt(0.4), await errorAt(0.1)];
  assertRelative(coarse / middle, 16, 0.2, "ratio of errors");
  assertLess(await errorAt(0.01), 1e-4);
  assertLess(await errorAt(0.001), 1e-3);
});

slowTest(
  "fisherWeights() predict the divergence of 6 and 8 bits on shapes-resnet8 within a factor of 5, in the mean of 2",
  async () => {
    await useBackend("wasm");
    const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
    const dataset = generateShapes({ size: 32, seed: 5 });
    const { weights } = await fisherWeights(checkpoint, { dataset, samples: 6 });
    const { rows } = await measureSensitivity(checkpoint, {
      dataset,
      method: "lloyd-max-laplace",
      bits: [6, 8],
    });
    // A tensor's errors are one draw from what the Fisher information tells the mean of.
    const ratios = rows.map(({ name, squaredError, divergence }) =>
      Math.log(weights[name]! * squaredError / 2 / divergence)
    );
    rows.forEach(({ name, bits }, i) =>
      assertLess(Math.abs(ratios[i]!), Math.log(5), `${name} at ${bits} bits`)
    );
    assertLess(Math.abs(mean(ratios)), Math.log(2));
  },
);

Deno.test("fisherWeights() depend on the seed alone, and leave the checkpoint alone", async () => {
  const network = tinyConvolutions();
  const before = structuredClone(network.tensors);
  const first = await measureAll(network, { seed: 3, samples: 2 });
  assertEquals(await measureAll(network, { seed: 3, samples: 2 }), first);
  assertNotEquals(await measureAll(network, { seed: 4, samples: 2 }), first);
  assertEquals(network.tensors, before);
});

Deno.test("fisherWeights() of a tensor of zeros is 0", async () => {
  const { tensors, ...network } = tinyRegression();
  const { shape, data } = tensors.get("linear")!;
  const zeros = new Map(tensors).set("linear", { shape, data: new Float32Array(data.length) });
  const measured = await measureAll({ ...network, tensors: zeros }, { samples: 2 });
  assertEquals(measured, { weights: { linear: 0 }, standardErrors: { linear: 0 } });
});

Deno.test("fisherWeights() reports each direction, and stops at a signal", async () => {
  const controller = new AbortController();
  const seen: string[] = [];
  await assertRejects(
    () =>
      measureAll(tinyConvolutions(), {
        samples: 2,
        signal: controller.signal,
        onProgress(done, total) {
          seen.push(`${done}/${total}`);
          if (done === 3) controller.abort(new Error("enough"));
        },
      }),
    Error,
    "enough",
  );
  assertEquals(seen, ["1/8", "2/8", "3/8"]);
});

Deno.test("fisherWeights() refuses options out of range, no images and images of another size", async () => {
  const refusals: [Partial<FisherWeightsOptions>, string][] = [
    [{ perturbation: 0 }, "perturbation must be in [0.0001, 1]: current value is 0"],
    [{ perturbation: NaN }, "perturbation must be in [0.0001, 1]: current value is NaN"],
    [{ samples: 1 }, "samples must be an integer of at least 2: current value is 1"],
    [{ seed: 0.5 }, "seed must be an integer: current value is 0.5"],
    [{ dataset: { ...tinyRegression().dataset, size: 0 } }, "the size of noise is 0"],
  ];
  for (const [options, message] of refusals) {
    await assertRejects(() => measureAll(tinyRegression(), options), RangeError, message);
  }
  const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
  await assertRejects(
    () => fisherWeights(checkpoint, { dataset: tinyRegression().dataset }),
    TypeError,
    "those of noise have 4x4",
  );
});
