import { assertEquals, assertLess, assertNotEquals, assertRejects } from "@std/assert";
import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import { differentiable } from "../../lib/calibration/differentiable_network.ts";
import {
  fisherImportance,
  type FisherImportanceOptions,
  measureFisherDiagonal,
} from "../../lib/calibration/fisher_importance.ts";
import { fisherWeights, measureFisher } from "../../lib/calibration/fisher_weights.ts";
import type { Tensor } from "../../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { mean } from "../../lib/numerics/moments.ts";
import { slowTest } from "../needs_data.ts";
import { planes } from "../networks/planes.ts";
import {
  convolutionShortcutShapes,
  fullSqueezeNetFires,
  mobileNetShapes,
  randomCheckpoint,
  type Shapes,
  squeezeNetShapes,
  wideResNetShapes,
} from "../networks/random_networks.ts";
import { interpret } from "../networks/reference.ts";
import { assertRelative } from "../tolerance.ts";
import { randomImages } from "./reference_values.ts";
import { sensitivityFixture, tinyConvolutions } from "./tiny_networks.ts";

async function measureTiny(options: Partial<FisherImportanceOptions> = {}) {
  await useBackend("wasm");
  const { description, tensors, dataset } = tinyConvolutions();
  return await measureFisherDiagonal(description, tensors, { dataset, ...options });
}

Deno.test("fisherImportance() of convolutions is the diagonal by PyTorch's Jacobians", async () => {
  const importance = await measureTiny();
  const { diagonals } = sensitivityFixture.convolutions;
  assertEquals(Object.keys(importance), Object.keys(diagonals));
  for (const [name, diagonal] of Object.entries(diagonals)) {
    diagonal.forEach((expected, i) =>
      assertRelative(importance[name]![i]!, expected, 1e-5, `${name}, weight ${i}`)
    );
  }
});

slowTest(
  "fisherImportance() with drawn classes comes near it, and depends on the seed alone",
  async () => {
    const { diagonals } = sensitivityFixture.convolutions;
    const importance = await measureTiny({ draws: 500, seed: 2 });
    for (const [name, diagonal] of Object.entries(diagonals)) {
      assertRelative(mean(importance[name]!), mean(diagonal), 0.15, name);
    }
    assertEquals(
      await measureTiny({ draws: 2, seed: 2 }),
      await measureTiny({ draws: 2, seed: 2 }),
    );
    assertNotEquals(
      await measureTiny({ draws: 2, seed: 2 }),
      await measureTiny({ draws: 2, seed: 3 }),
    );
  },
);

slowTest(
  "fisherImportance() of shapes-resnet8 has the means that fisherWeights tells without derivatives",
  async () => {
    await useBackend("wasm");
    const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
    const dataset = generateShapes({ size: 8, seed: 5 });
    const importance = await fisherImportance(checkpoint, { dataset });
    const { weights, standardErrors } = await fisherWeights(checkpoint, { dataset, samples: 12 });
    const errors = Object.entries(weights).map(([name, weight]) => {
      assertEquals(importance[name]!.length, checkpoint.tensors.get(name)!.data.length);
      const error = (mean(importance[name]!) - weight) / standardErrors[name]!;
      assertLess(Math.abs(error), 5, name);
      return error;
    });
    assertLess(Math.abs(mean(errors)), 2);
  },
);

slowTest(
  "differentiable() networks compute what the interpreter does, and their slopes what fisherWeights does without, whatever the architecture",
  async () => {
    await useBackend("wasm");
    const small = { blocks: 1, widths: [4, 6, 8], classes: 10 } as const;
    const networks: [Shapes, weight: string][] = [
      [convolutionShortcutShapes({ ...small, first: 4 }), "conv1.weight"],
      [wideResNetShapes({ ...small, first: 4 }), "conv1.weight"],
      [mobileNetShapes(1, 3), "conv_dw_2/depthwise_kernel"],
      [
        squeezeNetShapes({
          kernel: 3,
          first: 4,
          fires: fullSqueezeNetFires.map(() => [2, 4]),
          classes: 5,
          names: "torchvision",
        }),
        "features.0.weight",
      ],
    ];
    for (const [shapes, weight] of networks) {
      const checkpoint = randomCheckpoint(shapes, 1);
      const description = describeNetwork(checkpoint);
      const dataset = randomImages(description, 1, 3);
      const network = differentiable(description, checkpoint.tensors);
      const logits = network.forward(network.input(dataset.pixels, 1)).logits.dataSync();
      network.dispose();
      const { tensors } = checkpoint;
      const expected = interpret(description, tensors, planes(dataset.pixels, description));
      const scale = Math.max(...expected.map(Math.abs));
      expected.forEach((logit, k) =>
        assertRelative(logits[k]!, logit, 1e-4, `${description.title}, logit ${k}`, scale)
      );
      const importance = await fisherImportance(checkpoint, { dataset });
      const tensor = tensors.get(weight)! as Tensor<Float32Array>;
      const { weights } = await measureFisher(description, tensors, [[weight, tensor]], {
        dataset,
        samples: 40,
        perturbation: 0.003,
      });
      // Of one image the information is of low rank, each estimate nearly a square of a Gaussian.
      assertRelative(mean(importance[weight]!), weights[weight]!, 0.6, weight);
    }
  },
);

Deno.test("fisherImportance() reports each batch, stops at a signal, and refuses options out of range", async () => {
  const seen: string[] = [];
  await measureTiny({ onProgress: (done, total) => seen.push(`${done}/${total}`) });
  assertEquals(seen, ["6/6"]);
  await assertRejects(
    () => measureTiny({ signal: AbortSignal.abort(new Error("enough")) }),
    Error,
    "enough",
  );
  await assertRejects(
    () => measureTiny({ draws: 0 }),
    RangeError,
    "Cannot measure Fisher information as draws must be an integer above 0: current value is 0",
  );
  await assertRejects(
    () => measureTiny({ dataset: { ...tinyConvolutions().dataset, size: 0 } }),
    RangeError,
    "the size of noise is 0",
  );
});
