import { assert, assertEquals, assertThrows } from "@std/assert";
import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import type { NetworkDescription, NetworkNode } from "../../lib/networks/description.ts";
import { inputMoments } from "../../lib/networks/input_moments.ts";
import { imagenetNormalization } from "../../lib/networks/normalization.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { readFixture } from "../fixture.ts";
import { dataTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";
import { convolutionAndNorm, describeNodes } from "./described_nodes.ts";
import { architectures, everyArchitecture } from "./every_architecture.ts";

interface Measured {
  readonly weight: string;
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

const measured = readFixture<Record<"resnet20" | "squeezenet", readonly Measured[]>>(
  "activation_moments/measured.json",
);

const average = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

function correlation(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const centred = (values: ArrayLike<number>) => {
    const mean = average(values);
    return Array.from(values, (value) => value - mean);
  };
  const [a, b] = [centred(first), centred(second)];
  const product = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

function momentsOfCheckpoint(checkpoint: Checkpoint) {
  return inputMoments(describeNetwork(checkpoint), checkpoint.tensors);
}

/** A network of these nodes behind an image of 4x4 pixels whose channels have mean 0 and variance 1. */
function describe(...nodes: NetworkNode[]): NetworkDescription {
  return describeNodes([3, 4, 4], nodes, imagenetNormalization);
}

function tensors(values: Record<string, { shape: number[]; data: number[] }>) {
  return new Map(
    Object.entries(values).map((
      [name, { shape, data }],
    ) => [name, { shape, data: Float32Array.from(data) }]),
  );
}

const pointwise = (name: string, input: string, weight: string) =>
  ({
    kind: "convolution",
    name,
    inputs: [input],
    shape: [1, 4, 4],
    weight,
    stride: 1,
    padding: [0, 0, 0, 0],
    groups: 1,
  }) as const;

Deno.test("inputMoments() of the embedded ResNet-20 are close to those that PyTorch measures on CIFAR-10", async () => {
  const moments = momentsOfCheckpoint(await loadCheckpoint(embeddedCheckpoint("resnet20-cifar10")));
  assertEquals([...moments.keys()], measured.resnet20.map(({ weight }) => weight));
  for (const { weight, mean, variance } of measured.resnet20.slice(1)) {
    const { mean: means, variance: variances } = moments.get(weight)!;
    const meanRatio = average(means) / average(mean);
    const varianceRatio = average(variances) / average(variance);
    assert(meanRatio > 0.75 && meanRatio < 1.2, `${weight}: mean ratio ${meanRatio}`);
    assert(varianceRatio > 0.4 && varianceRatio < 1.2, `${weight}: variance ${varianceRatio}`);
    assert(correlation(means, mean) > 0.8, `${weight}: correlation ${correlation(means, mean)}`);
  }
});

dataTest(
  "inputMoments() of SqueezeNet, without norms, have the size of those on ImageNet",
  async (folder) => {
    const moments = momentsOfCheckpoint(
      await loadCheckpoint(`${folder}/weights/imagenet/squeezenet1.1_nchw`),
    );
    assertEquals(moments.size, measured.squeezenet.length);
    for (const { weight, mean, variance } of measured.squeezenet.slice(1)) {
      const { mean: means, variance: variances } = moments.get(weight)!;
      const meanRatio = average(means) / average(mean);
      const varianceRatio = average(variances) / average(variance);
      assert(meanRatio > 0.6 && meanRatio < 2.5, `${weight}: mean ratio ${meanRatio}`);
      assert(varianceRatio > 0.2 && varianceRatio < 4, `${weight}: variance ${varianceRatio}`);
    }
  },
);

Deno.test("inputMoments() of every architecture have the layer's input channels, finite and variances not negative", () => {
  for (const checkpoint of everyArchitecture) {
    const description = describeNetwork(checkpoint);
    const moments = inputMoments(description, checkpoint.tensors);
    const shapes = new Map(description.nodes.map(({ name, shape }) => [name, shape]));
    for (const node of description.nodes) {
      if (node.kind !== "convolution" && node.kind !== "linear") continue;
      const { mean, variance } = moments.get(node.weight)!;
      const [channels] = shapes.get(node.inputs[0]!)!;
      assertEquals([mean.length, variance.length], [channels, channels], node.name);
      assert(mean.every(Number.isFinite), node.name);
      assert(variance.every((value) => value >= 0 && value < Infinity), node.name);
    }
  }
});

Deno.test("inputMoments() takes a norm's offset and scale as mean and deviation, and clips them by ReLU6", () => {
  const [, behind] = convolutionAndNorm("input", [3, 4, 4], 1);
  const norm = { ...behind, inputs: ["input"] };
  const relu6 = { kind: "relu6", name: "relu6", inputs: ["norm"], shape: [3, 4, 4] } as const;
  const moments = inputMoments(
    describe(norm, relu6, pointwise("first", "norm", "w1"), pointwise("second", "relu6", "w2")),
    tensors({
      scale: { shape: [3], data: [2, -6, 1] },
      offset: { shape: [3], data: [1, 6, -1] },
      mean: { shape: [3], data: [5, 5, 5] },
      // A variance of 3 makes 3 / 4 of the scale's square, one of 0 nothing.
      variance: { shape: [3], data: [3, 3, 0] },
      w1: { shape: [1, 3, 1, 1], data: [1, 1, 1] },
      w2: { shape: [1, 3, 1, 1], data: [1, 1, 1] },
    }),
  );
  const { mean, variance } = moments.get("w1")!;
  assertEquals([...mean], [1, 6, -1]);
  assertEquals([...variance], [3, 27, 0]);
  const clipped = moments.get("w2")!;
  // Half of the second channel's law is beyond 6; the third is always negative.
  assert(clipped.mean[0]! > 1 && clipped.mean[0]! < 2, `${clipped.mean[0]}`);
  assert(clipped.mean[1]! > 3 && clipped.mean[1]! < 6, `${clipped.mean[1]}`);
  assertEquals([clipped.mean[2], clipped.variance[2]], [0, 0]);
});

Deno.test("inputMoments() of a norm that folding left as the identity come from the convolution before it", () => {
  const network = describe(
    ...convolutionAndNorm("input", [1, 4, 4], 0.25),
    pointwise("second", "norm", "w2"),
  );
  const { mean, variance } = inputMoments(
    network,
    tensors({
      w: { shape: [1, 3, 1, 1], data: [1, 2, 2] },
      scale: { shape: [1], data: [1] },
      offset: { shape: [1], data: [0.5] },
      mean: { shape: [1], data: [0] },
      variance: { shape: [1], data: [0.75] },
      w2: { shape: [1, 1, 1, 1], data: [1] },
    }),
  ).get("w2")!;
  assertEquals([...mean, ...variance], [0.5, 9]);
});

Deno.test("inputMoments() carries moments through additions, pads, pools and flattening", () => {
  const linear = { kind: "linear", weight: "matrix", bias: "bias", shape: [1] } as const;
  const { mean, variance } = inputMoments(
    describe(
      { kind: "add", name: "add", inputs: ["input", "input"], shape: [3, 4, 4] },
      {
        kind: "pad-channels",
        name: "pad",
        inputs: ["add"],
        shape: [5, 4, 4],
        before: 1,
        after: 1,
      },
      {
        kind: "average-pool",
        name: "pool",
        inputs: ["pad"],
        shape: [5, 2, 2],
        window: 2,
        stride: 2,
      },
      { kind: "subsample", name: "subsample", inputs: ["pool"], shape: [5, 1, 1], stride: 2 },
      { kind: "concatenate", name: "both", inputs: ["subsample", "subsample"], shape: [10, 1, 1] },
      { kind: "flatten", name: "flat", inputs: ["both"], shape: [10] },
      { ...linear, name: "linear", inputs: ["flat"] },
    ),
    tensors({
      matrix: { shape: [1, 10], data: new Array(10).fill(1) },
      bias: { shape: [1], data: [0] },
    }),
  ).get("matrix")!;
  assertEquals([...mean], new Array(10).fill(0));
  // Twice the variance 1; the mean of four positions with correlation 1 / 2 has 1 / 2 + 1 / 8 of it.
  const once = [0, 1.25, 1.25, 1.25, 0];
  assertEquals([...variance], [...once, ...once]);
});

Deno.test("inputMoments() of a maximum of nine follow from order statistics", () => {
  const network = describe(
    {
      kind: "max-pool",
      name: "pool",
      inputs: ["input"],
      shape: [3, 1, 1],
      window: 3,
      stride: 2,
      padding: [0, 0, 0, 0],
    },
    { ...pointwise("convolution", "pool", "w"), shape: [1, 1, 1] },
  );
  const { mean, variance } = inputMoments(
    network,
    tensors({ w: { shape: [1, 3, 1, 1], data: [1, 1, 1] } }),
  ).get("w")!;
  const nine = readFixture<{ largest: { count: number; mean: number; variance: number }[] }>(
    "activation_moments/gaussian.json",
  ).largest.find(({ count }) => count === 9)!;
  assertRelative(mean[0]!, Math.SQRT1_2 * nine.mean, 1e-14, "mean");
  assertRelative(variance[0]!, 0.5 + 0.5 * nine.variance, 1e-14, "variance");
});

Deno.test("inputMoments() counts the padding of a convolution as zeros", () => {
  const network = describe(
    {
      ...pointwise("padded", "input", "w1"),
      padding: [1, 1, 1, 1],
    },
    { kind: "relu", name: "relu", inputs: ["padded"], shape: [1, 4, 4] },
    { ...pointwise("again", "padded", "w2"), padding: [1, 1, 1, 1] },
    pointwise("last", "again", "w3"),
  );
  const { mean } = inputMoments(
    { ...network, normalization: { mean: [0, 0, 0], standardDeviation: [1, 1, 1] } },
    tensors({
      w1: { shape: [1, 3, 3, 3], data: new Array(27).fill(1) },
      w2: { shape: [1, 1, 3, 3], data: new Array(9).fill(1) },
      w3: { shape: [1, 1, 1, 1], data: [1] },
    }),
  ).get("w2")!;
  // 3x3 taps on 4x4 pixels: 100 of the 144 taps meet the map.
  assertRelative(mean[0]!, (0.485 + 0.456 + 0.406) * 100 / 16, 1e-14, "mean");
});

Deno.test("inputMoments() changes nothing that was passed in, and gives the same twice", () => {
  const checkpoint = architectures.shortcuts;
  const before = structuredClone(checkpoint.tensors);
  const first = momentsOfCheckpoint(checkpoint);
  assertEquals(checkpoint.tensors, before);
  assertEquals(momentsOfCheckpoint(checkpoint), first);
});

Deno.test("inputMoments() refuses a value that isn't finite, naming tensor and index", () => {
  const { tensors: original, metadata } = architectures.textbook;
  const withBad = (name: string, value: number) => {
    const tensor = original.get(name)!;
    const data = Float32Array.from(tensor.data as Float32Array);
    data[1] = value;
    return { tensors: new Map([...original, [name, { ...tensor, data }]]), metadata };
  };
  assertThrows(
    () => momentsOfCheckpoint(withBad("bn1.bias", NaN)),
    RangeError,
    "Cannot tell the moments of ResNet-8 as values must be finite: tensor bn1.bias has NaN at index 1",
  );
  assertThrows(
    () => momentsOfCheckpoint(withBad("bn1.running_var", -1)),
    RangeError,
    "Cannot normalize by tensor bn1.running_var as variances must be 0 or more: that of channel 1 is -1",
  );
});
