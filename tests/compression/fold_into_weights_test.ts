import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { foldBatchNormIntoWeights } from "../../lib/compression/fold_into_weights.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { slowTest } from "../needs_data.ts";
import { convolutionAndNorm, describeNodes } from "../networks/described_nodes.ts";
import { interpret } from "../networks/reference.ts";
import {
  type ArchitectureName,
  architectures,
  everyArchitecture,
} from "../networks/every_architecture.ts";
import { assertSameLogits } from "./whole_networks.ts";

slowTest("foldBatchNormIntoWeights() leaves the logits of every architecture", async () => {
  await useBackend("wasm");
  for (const checkpoint of everyArchitecture) {
    const { checkpoint: folded } = foldBatchNormIntoWeights(
      checkpoint,
      describeNetwork(checkpoint),
    );
    assertSameLogits(folded, checkpoint, 1e-5);
  }
});

Deno.test("foldBatchNormIntoWeights() keeps the tensors, their order and their shapes", () => {
  for (const checkpoint of everyArchitecture) {
    const before = structuredClone(checkpoint);
    const { checkpoint: folded } = foldBatchNormIntoWeights(
      checkpoint,
      describeNetwork(checkpoint),
    );
    assertEquals(checkpoint, before);
    const shapes = ({ tensors }: Checkpoint) =>
      [...tensors].map(([name, { shape }]) => [name, shape]);
    assertEquals(shapes(folded), shapes(checkpoint));
    assertEquals(describeNetwork(folded).title, describeNetwork(checkpoint).title);
  }
});

Deno.test("foldBatchNormIntoWeights() lists what it folded and what it couldn't", () => {
  const fold = (name: ArchitectureName) =>
    foldBatchNormIntoWeights(architectures[name], describeNetwork(architectures[name]));
  const counts = (name: ArchitectureName) => [fold(name).folded.length, fold(name).kept.length];
  assertEquals(counts("textbook"), [7, 0]);
  assertEquals(counts("shortcuts"), [10, 0]);
  assertEquals(counts("wide"), [3, 4]);
  assertEquals(counts("mobile"), [27, 0]);
  assertEquals(counts("squeeze"), [0, 0]);
  assertEquals(counts("imagenet"), [12, 0]);
  assertEquals(counts("bottlenecks"), [20, 0]);
  assertEquals(counts("mobileV2"), [52, 0]);
  assertEquals(counts("mlp"), [0, 0]);
  const { folded, kept } = fold("wide");
  assertEquals(kept, [
    "layer1.layer.0.bn1",
    "layer2.layer.0.bn1",
    "layer3.layer.0.bn1",
    "bn1",
  ]);
  assertEquals(folded[0], {
    norm: "layer1.layer.0.bn2",
    weight: "layer1.layer.0.conv1.weight",
  });
});

Deno.test("foldBatchNormIntoWeights() leaves a norm that adds its offset and nothing else", () => {
  for (const checkpoint of everyArchitecture) {
    const description = describeNetwork(checkpoint);
    const { checkpoint: { tensors }, kept } = foldBatchNormIntoWeights(checkpoint, description);
    for (const node of description.nodes) {
      if (node.kind !== "batch-normalization" || kept.includes(node.name)) continue;
      const all = (name: string) => [...new Set(tensors.get(name)!.data as Float32Array)];
      assertEquals([all(node.scale), all(node.mean)], [[1], [0]]);
      const [variance, ...others] = all(node.variance);
      assertEquals(others, []);
      assertLess(Math.abs(Math.sqrt(variance! + node.epsilon) - 1), 2 ** -25);
    }
  }
});

Deno.test("foldBatchNormIntoWeights() of a folded checkpoint changes nothing", () => {
  for (const checkpoint of everyArchitecture) {
    const description = describeNetwork(checkpoint);
    const { checkpoint: once } = foldBatchNormIntoWeights(checkpoint, description);
    assertEquals(foldBatchNormIntoWeights(once, description).checkpoint, once);
  }
});

/** One convolution of a 1x1 image with three channels and a bias, and its norm. */
const [convolution, norm] = convolutionAndNorm("input", [2, 1, 1], 1e-3);
const single = describeNodes([3, 1, 1], [{ ...convolution, bias: "b" }, norm]);

function singleCheckpoint(variance = 0.25): Checkpoint {
  const vector = (...values: number[]) => ({ shape: [2], data: Float32Array.from(values) });
  return {
    tensors: new Map([
      ["w", { shape: [2, 3, 1, 1], data: Float32Array.of(0.1, 0.2, 0.3, -1, 5, 7) }],
      ["b", vector(5, -3)],
      ["scale", vector(0.7, 0)],
      ["offset", vector(0.3, 2)],
      ["mean", vector(-1, 3)],
      ["variance", vector(0.4, variance)],
    ]),
    metadata: {},
  };
}

Deno.test("foldBatchNormIntoWeights() takes in a convolution's bias, and a scale of 0", () => {
  const checkpoint = singleCheckpoint();
  const { checkpoint: { tensors } } = foldBatchNormIntoWeights(checkpoint, single);
  assertEquals([...tensors.get("b")!.data as Float32Array], [0, 0]);
  assertEquals([...(tensors.get("w")!.data as Float32Array).subarray(3)].map(Math.abs), [0, 0, 0]);
  const image = Float64Array.of(0.5, -2, 3);
  const before = interpret(single, checkpoint.tensors, image);
  const after = interpret(single, tensors, image);
  for (const [i, value] of before.entries()) {
    assert(
      Math.abs(after[i]! - value) <= 2 ** -23 * Math.abs(value),
      `${after[i]} is not ${value}`,
    );
  }
});

Deno.test("foldBatchNormIntoWeights() refuses what no float32 holds, a negative variance and an epsilon above 1", () => {
  const huge = singleCheckpoint();
  const tensors = new Map(
    [...huge.tensors, ["scale", { shape: [2], data: Float32Array.of(1, 3e38) }]] as const,
  );
  assertThrows(
    () => foldBatchNormIntoWeights({ tensors, metadata: {} }, single),
    RangeError,
    "Cannot fold norm as the result must be finite in float32: that of tensor w at index 3 is -Infinity",
  );
  assertThrows(
    () => foldBatchNormIntoWeights(singleCheckpoint(-1), single),
    RangeError,
    "Cannot normalize by tensor variance as variances must be 0 or more: that of channel 1 is -1",
  );
  const nodes = single.nodes.map((node) =>
    node.kind === "batch-normalization" ? { ...node, epsilon: 2 } : node
  );
  assertThrows(
    () => foldBatchNormIntoWeights(singleCheckpoint(), { ...single, nodes }),
    RangeError,
    "its epsilon must be in [0, 1]: current value is 2",
  );
});
