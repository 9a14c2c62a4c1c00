import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import {
  equalizeCrossLayer,
  type EqualizedCheckpoint,
} from "../../lib/compression/equalize_cross_layer.ts";
import { foldBatchNormIntoWeights } from "../../lib/compression/fold_into_weights.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import type { NetworkDescription, NetworkNode } from "../../lib/networks/description.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { interpret } from "../networks/reference.ts";
import { assertRelative } from "../tolerance.ts";
import {
  type ArchitectureName,
  architectures,
  everyArchitecture,
} from "../networks/every_architecture.ts";
import { assertSameLogits } from "./whole_networks.ts";

interface Convolution {
  readonly shape: [out: number, perGroup: number, height: number, width: number];
  readonly weight: readonly number[];
  readonly bias: readonly number[];
}

const fixture = readFixture<{
  readonly cases: readonly {
    readonly name: string;
    readonly before: readonly Convolution[];
    readonly after: readonly Convolution[];
    readonly scales: readonly (readonly number[])[];
  }[];
}>("equalization/aimet.json");

const fold = (checkpoint: Checkpoint) =>
  foldBatchNormIntoWeights(checkpoint, describeNetwork(checkpoint)).checkpoint;
const textbook = fold(architectures.textbook), squeeze = fold(architectures.squeeze);

function equalize(checkpoint: Checkpoint): EqualizedCheckpoint {
  return equalizeCrossLayer(checkpoint, describeNetwork(checkpoint));
}

const valuesOf = ({ tensors }: Checkpoint, name: string) => tensors.get(name)!.data as Float32Array;

/** Convolutions in a row with ReLU between them, the names of whose tensors end in their number. */
function chain(layers: readonly Convolution[]): [Checkpoint, NetworkDescription] {
  const nodes: NetworkNode[] = [{ kind: "input", name: "input", inputs: [], shape: [3, 9, 9] }];
  const tensors = new Map();
  let side = 9, channels = 3;
  for (const [i, { shape, weight, bias }] of layers.entries()) {
    tensors.set(`w${i}`, { shape, data: Float32Array.from(weight) });
    tensors.set(`b${i}`, { shape: [shape[0]], data: Float32Array.from(bias) });
    side -= shape[2] - 1;
    const map = [shape[0], side, side];
    nodes.push({
      kind: "convolution",
      name: `c${i}`,
      inputs: [nodes.at(-1)!.name],
      shape: map,
      weight: `w${i}`,
      bias: `b${i}`,
      stride: 1,
      padding: [0, 0, 0, 0],
      groups: channels / shape[1],
    });
    channels = shape[0];
    if (i + 1 < layers.length) {
      nodes.push({ kind: "relu", name: `r${i}`, inputs: [`c${i}`], shape: map });
    }
  }
  const description = {
    network: "test",
    title: "test",
    input: { height: 9, width: 9 },
    classes: channels,
    normalization: { mean: [0, 0, 0], standardDeviation: [1, 1, 1] },
    parameters: [],
    nodes,
  } as const;
  return [{ tensors, metadata: {} }, description];
}

Deno.test("equalizeCrossLayer() gives AIMET's weights, biases and scales", () => {
  for (const { name, before, after, scales } of fixture.cases) {
    const { checkpoint, pairs, converged } = equalizeCrossLayer(...chain(before), {
      tolerance: 1e-9,
    });
    assert(converged);
    for (const [i, { weight, bias }] of after.entries()) {
      valuesOf(checkpoint, `w${i}`).forEach((value, j) =>
        assertRelative(value, weight[j]!, 2e-6, `${name}: w${i}, ${j}`)
      );
      valuesOf(checkpoint, `b${i}`).forEach((value, j) =>
        assertRelative(value, bias[j]!, 2e-6, `${name}: b${i}, ${j}`)
      );
    }
    assertEquals(
      pairs.map(({ first, second }) => [first, second]),
      scales.map((_, i) => [`w${i}`, `w${i + 1}`]),
    );
    for (const [i, expected] of scales.entries()) {
      pairs[i]!.scales.forEach((scale, c) =>
        assertRelative(scale, expected[c]!, 2e-6, `${name}: scale ${c} of pair ${i}`)
      );
    }
  }
});

slowTest("equalizeCrossLayer() leaves the logits of every architecture", async () => {
  await useBackend("wasm");
  for (const [i, checkpoint] of everyArchitecture.map(fold).entries()) {
    const equalized = equalize(checkpoint);
    assert(equalized.converged, `network ${i}: ${equalized.residual}`);
    assertSameLogits(equalized.checkpoint, checkpoint, 1e-5);
  }
});

Deno.test("equalizeCrossLayer() finds the pairs that positive factors pass between", () => {
  const of = (name: ArchitectureName) => equalize(fold(architectures[name]));
  const namesOf = (name: ArchitectureName) =>
    of(name).pairs.map(({ first, second }) => [first, second]);
  assertEquals(
    namesOf("textbook"),
    [1, 2, 3].map((stage) => [
      `layer${stage}.0.conv1.weight`,
      `layer${stage}.0.conv2.weight`,
    ]),
  );
  assertEquals(of("textbook").leftOut[0], {
    weight: "conv1.weight",
    reason: "2 nodes read bn1.relu",
  });
  assertEquals(of("textbook").leftOut.at(-1), {
    weight: "linear.weight",
    reason: "linear is the network's output",
  });
  assertEquals([namesOf("shortcuts").length, namesOf("wide").length], [3, 3]);
  assertEquals(namesOf("mobile"), []);
  assertEquals(of("mobile").leftOut[0], {
    weight: "conv1/kernel",
    reason: "conv1_bn.relu6 is not positively homogeneous",
  });
  // Through the pool behind conv1, and through each concatenation from both sides.
  assertEquals(namesOf("squeeze").slice(0, 3), [
    ["features.0.weight", "features.3.squeeze.weight"],
    ["features.3.expand1x1.weight", "features.4.squeeze.weight"],
    ["features.3.expand3x3.weight", "features.4.squeeze.weight"],
  ]);
  assertEquals(namesOf("squeeze").length, 1 + 16);
  assertEquals(
    namesOf("imagenet"),
    [1, 2, 3, 4].map((stage) => [
      `layer${stage}.0.conv1.weight`,
      `layer${stage}.0.conv2.weight`,
    ]),
  );
  // Two in each of the five blocks.
  assertEquals(namesOf("bottlenecks").length, 10);
  // Where no ReLU6 stands between and no addition reads it too: from a narrow end to the next block's first convolution.
  assertEquals(
    namesOf("mobileV2"),
    [["features.1.conv.1.weight", "features.2.conv.0.0.weight"], [
      "features.17.conv.2.weight",
      "features.18.0.weight",
    ]],
  );
  assertEquals(namesOf("mlp"), [
    ["layers.0.weight", "layers.1.weight"],
    ["layers.1.weight", "layers.2.weight"],
  ]);
});

Deno.test("equalizeCrossLayer() makes the ranges of both sides equal", () => {
  const equalized = equalize(textbook);
  for (const { first, second } of equalized.pairs) {
    const outgoing = valuesOf(equalized.checkpoint, first);
    const incoming = valuesOf(equalized.checkpoint, second);
    const [channels] = equalized.checkpoint.tensors.get(first)!.shape as [number];
    const length = outgoing.length / channels;
    for (let c = 0; c < channels; c++) {
      const largest = (values: Float32Array) => Math.max(...values.map(Math.abs));
      const before = largest(outgoing.subarray(c * length, (c + 1) * length));
      const after = largest(incoming.filter((_, i) => Math.floor(i / 9) % channels === c));
      assertRelative(after, before, 2e-6, `${first}, channel ${c}`);
    }
  }
});

Deno.test("equalizeCrossLayer() tells by what the second layer's inputs were divided", () => {
  const { checkpoint, inputScales, pairs } = equalize(squeeze);
  const name = "features.4.squeeze.weight";
  const scales = inputScales.get(name)!;
  const [first, second] = pairs.filter((pair) => pair.second === name);
  assertEquals([...scales], [...first!.scales, ...second!.scales]);
  const before = valuesOf(squeeze, name), after = valuesOf(checkpoint, name);
  // Its outputs are scaled as well, but for two readers, so are not.
  after.forEach((value, i) =>
    assertRelative(value, before[i]! * scales[i % scales.length]!, 1e-7, `weight ${i}`)
  );
});

Deno.test("equalizeCrossLayer() goes through padding with channels, pooling and flattening", () => {
  const map = (channels: number, side: number) => [channels, side, side];
  const description: NetworkDescription = {
    network: "test",
    title: "test",
    input: { height: 4, width: 4 },
    classes: 2,
    normalization: { mean: [0, 0, 0], standardDeviation: [1, 1, 1] },
    parameters: [],
    nodes: [
      { kind: "input", name: "input", inputs: [], shape: map(3, 4) },
      {
        kind: "convolution",
        name: "c",
        inputs: ["input"],
        shape: map(2, 4),
        weight: "w",
        bias: "b",
        stride: 1,
        padding: [0, 0, 0, 0],
        groups: 1,
      },
      { kind: "relu", name: "r", inputs: ["c"], shape: map(2, 4) },
      { kind: "pad-channels", name: "p", inputs: ["r"], shape: map(4, 4), before: 1, after: 1 },
      {
        kind: "average-pool",
        name: "a",
        inputs: ["p"],
        shape: map(4, 2),
        window: 2,
        stride: 2,
      },
      { kind: "flatten", name: "f", inputs: ["a"], shape: [16] },
      { kind: "linear", name: "l", inputs: ["f"], shape: [2], weight: "matrix", bias: "bias" },
    ],
  };
  const random = (shape: number[]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    return { shape, data: Float32Array.from({ length: size }, (_, i) => Math.sin(7 * i + size)) };
  };
  const tensors = new Map([
    ["w", random([2, 3, 1, 1])],
    ["b", random([2])],
    ["matrix", random([2, 16])],
    ["bias", random([2])],
  ]);
  tensors.get("w")!.data.forEach((value, i, data) => data[i] = i < 3 ? 100 * value : value / 50);
  const { checkpoint, inputScales } = equalizeCrossLayer({ tensors, metadata: {} }, description);
  const image = Float64Array.from({ length: 48 }, (_, i) => Math.cos(5 * i));
  const before = interpret(description, tensors, image);
  interpret(description, checkpoint.tensors, image).forEach((value, i) =>
    assertRelative(value, before[i]!, 1e-6, `logit ${i}`)
  );
  const scales = [...inputScales.get("matrix")!];
  assertEquals([scales.slice(0, 4), scales.slice(12)], [[1, 1, 1, 1], [1, 1, 1, 1]]);
  assert(scales[4]! > 5 && scales[8]! < 0.2, `${scales}`);
});

Deno.test("equalizeCrossLayer() leaves channels of zeros on either side, and is finite with tiny ones", () => {
  const [checkpoint, description] = chain(fixture.cases[0]!.before);
  // Channel 2 of the first is dead already.
  valuesOf(checkpoint, "w1").forEach((_, i, data) => {
    const channel = Math.floor(i / 9) % 6;
    if (channel === 0) data[i] = 0;
    if (channel === 1) data[i]! *= 1e-40;
  });
  const { checkpoint: { tensors }, pairs, converged } = equalizeCrossLayer(checkpoint, description);
  assert(converged);
  assertEquals([pairs[0]!.scales[0], pairs[0]!.scales[2]], [1, 1]);
  for (const { data } of tensors.values()) assert((data as Float32Array).every(Number.isFinite));
});

Deno.test("equalizeCrossLayer() stops at its limit and says so", () => {
  const [checkpoint, description] = chain(fixture.cases[1]!.before);
  const { iterations, converged, residual } = equalizeCrossLayer(checkpoint, description, {
    iterations: 2,
  });
  assertEquals([iterations, converged], [2, false]);
  assert(residual > 1e-6);
});

Deno.test("equalizeCrossLayer() changes nothing that was passed in, and nothing where it was called before", () => {
  const before = structuredClone(squeeze);
  const { checkpoint } = equalize(squeeze);
  assertEquals(squeeze, before);
  const { iterations } = equalizeCrossLayer(checkpoint, describeNetwork(checkpoint), {
    tolerance: 1e-4,
  });
  assertEquals(iterations, 1);
});

Deno.test("equalizeCrossLayer() refuses norms that aren't folded, options out of range and values that aren't finite", () => {
  const unfolded = architectures.textbook;
  assertThrows(
    () => equalize(unfolded),
    RangeError,
    "Cannot equalize conv1.weight as the batch norm bn1 must be folded into it first: see foldBatchNormIntoWeights",
  );
  const description = describeNetwork(unfolded);
  assertThrows(
    () => equalizeCrossLayer(textbook, description, { iterations: 0 }),
    RangeError,
    "Cannot equalize a network as iterations must be an integer above 0: current value is 0",
  );
  assertThrows(
    () => equalizeCrossLayer(textbook, description, { tolerance: NaN }),
    RangeError,
    "Cannot equalize a network as tolerance must be above 0: current value is NaN",
  );
  const [checkpoint, pair] = chain(fixture.cases[0]!.before);
  valuesOf(checkpoint, "w1")[5] = NaN;
  assertThrows(
    () => equalizeCrossLayer(checkpoint, pair),
    RangeError,
    "Cannot equalize a network as values must be finite: tensor w1 has NaN at index 5",
  );
});
