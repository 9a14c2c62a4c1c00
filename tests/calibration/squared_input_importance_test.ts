import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import { layerMoments } from "../../lib/calibration/layer_moments.ts";
import type { LayerNode } from "../../lib/calibration/patches.ts";
import { roundingError } from "../../lib/calibration/rounding_problem.ts";
import {
  measureImportance,
  squaredInputImportance,
} from "../../lib/calibration/squared_input_importance.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { mean } from "../../lib/numerics/moments.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { slowTest } from "../needs_data.ts";
import {
  cifarResNetShapes,
  mobileNetShapes,
  randomCheckpoint,
  type Shapes,
} from "../networks/random_networks.ts";
import { assertRelative } from "../tolerance.ts";
import { randomImages } from "./reference_values.ts";
import { sensitivityFixture, tinyRegression } from "./tiny_networks.ts";

function layersOf(checkpoint: Checkpoint): LayerNode[] {
  return describeNetwork(checkpoint).nodes.filter((node) =>
    node.kind === "convolution" || node.kind === "linear"
  );
}

/** For each group of a layer the second moments of its inputs, `[inputs, inputs]`, at all positions. */
async function inputMoments(
  checkpoint: Checkpoint,
  node: LayerNode,
  dataset: ReturnType<typeof generateShapes>,
): Promise<Float64Array[]> {
  const { tensors } = checkpoint;
  const { inputs, outputs, joint } = await layerMoments(
    describeNetwork(checkpoint),
    node,
    { original: tensors, current: tensors },
    { dataset, positions: 1e9, seed: 0 },
  );
  const width = 1 + inputs + outputs;
  return joint.map((moments) =>
    Float64Array.from(
      { length: inputs * inputs },
      (_, i) => moments[(1 + Math.floor(i / inputs)) * width + 1 + i % inputs]!,
    )
  );
}

/** A square matrix without what is off its diagonal. */
function diagonalOf(matrix: Float64Array): Float64Array {
  const size = Math.sqrt(matrix.length);
  return matrix.map((entry, i) => i % (size + 1) === 0 ? entry : 0);
}

Deno.test("squaredInputImportance() of a linear layer are NumPy's mean squares, the same for each output", async () => {
  await useBackend("wasm");
  const { description, tensors, dataset } = tinyRegression();
  const importance = await measureImportance(description, tensors, { dataset });
  const { mean_squares, classes } = sensitivityFixture.regression;
  assertEquals(importance.linear!.length, classes * mean_squares.length);
  importance.linear!.forEach((actual, i) =>
    assertRelative(actual, mean_squares[i % mean_squares.length]!, 1e-6, `weight ${i}`)
  );
});

slowTest(
  "squaredInputImportance() is the diagonal of the layer's second moments: stride, padding, groups",
  async () => {
    await useBackend("wasm");
    const networks: [Shapes, weights: string[]][] = [
      [
        cifarResNetShapes({ blocks: 1, widths: [4, 6, 8], classes: 10 }),
        ["conv1.weight", "layer2.0.conv1.weight", "linear.weight"],
      ],
      [mobileNetShapes(2, 12), ["conv_dw_2/depthwise_kernel"]],
    ];
    for (const [shapes, names] of networks) {
      const checkpoint = randomCheckpoint(shapes, 1);
      const dataset = randomImages(describeNetwork(checkpoint), 2, 3);
      const importance = await squaredInputImportance(checkpoint, { dataset });
      assertEquals(Object.keys(importance), layersOf(checkpoint).map(({ weight }) => weight));
      for (const name of names) {
        const node = layersOf(checkpoint).find(({ weight }) => weight === name)!;
        const moments = await inputMoments(checkpoint, node, dataset);
        const inputs = Math.sqrt(moments[0]!.length);
        const perGroup = importance[name]!.length / inputs / moments.length;
        assertEquals(importance[name]!.length, checkpoint.tensors.get(name)!.data.length);
        importance[name]!.forEach((actual, i) => {
          const group = Math.floor(i / inputs / perGroup), input = i % inputs;
          const expected = moments[group]![input * (inputs + 1)]!;
          assertRelative(actual, expected, 1e-4, `${name}, weight ${i}`, 1e-3 + expected);
        });
      }
    }
  },
);

slowTest(
  "squaredInputImportance() makes k-means lower what it weighs in each layer of shapes-resnet8, and the output error in the mean",
  async () => {
    await useBackend("wasm");
    const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
    const dataset = generateShapes({ size: 8, seed: 3 });
    const importance = await squaredInputImportance(checkpoint, { dataset });
    const quantize = (options: { importance?: typeof importance }) =>
      quantizeCheckpoint(checkpoint, {
        method: "k-means",
        bits: 3,
        granularity: "channel",
        ...options,
      });
    const plain = (await quantize({})).quantized,
      weighted = (await quantize({ importance })).quantized;
    const logarithms: number[] = [];
    for (const node of layersOf(checkpoint)) {
      const targets = Float64Array.from(checkpoint.tensors.get(node.weight)!.data as Float32Array);
      const ratio = (hessians: readonly Float64Array[]) =>
        roundingError(weighted.get(node.weight)!, { targets, hessians }) /
        roundingError(plain.get(node.weight)!, { targets, hessians });
      const moments = await inputMoments(checkpoint, node, dataset);
      assertLess(ratio(moments.map(diagonalOf)), 1, node.weight);
      logarithms.push(Math.log(ratio(moments)));
    }
    // Inputs are not independent, so that a layer may well lose.
    assertLess(mean(logarithms), Math.log(0.95));
  },
);

Deno.test("squaredInputImportance() reports each layer, and stops at a signal", async () => {
  await useBackend("wasm");
  const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
  const controller = new AbortController();
  const seen: string[] = [];
  await assertRejects(
    () =>
      squaredInputImportance(checkpoint, {
        dataset: generateShapes({ size: 2, seed: 1 }),
        signal: controller.signal,
        onProgress(done, total) {
          seen.push(`${done}/${total}`);
          if (done === 2) controller.abort(new Error("enough"));
        },
      }),
    Error,
    "enough",
  );
  assertEquals(seen, ["1/8", "2/8"]);
});

Deno.test("squaredInputImportance() refuses no images, images of another size and inputs whose squares overflow", async () => {
  await useBackend("wasm");
  const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
  const dataset = generateShapes({ size: 2, seed: 1 });
  await assertRejects(
    () => squaredInputImportance(checkpoint, { dataset: { ...dataset, size: 0 } }),
    RangeError,
    "Cannot weigh weights by their inputs as dataset must hold at least one image",
  );
  await assertRejects(
    () => squaredInputImportance(checkpoint, { dataset: { ...dataset, height: 16 } }),
    TypeError,
    "have 16x32",
  );
  const { tensors, metadata } = checkpoint;
  const { shape, data } = tensors.get("conv1.weight")!;
  const huge = (data as Float32Array).map((weight) => weight * 1e30);
  await assertRejects(
    () =>
      squaredInputImportance({
        tensors: new Map(tensors).set("conv1.weight", { shape, data: huge }),
        metadata,
      }, { dataset }),
    RangeError,
    "Cannot weigh weights by their inputs as",
  );
});
