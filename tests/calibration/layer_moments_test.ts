import { assertEquals, assertNotEquals } from "@std/assert";
import { channelMoments } from "../../lib/calibration/channel_moments.ts";
import { layerOutputs, roundingProblem } from "../../lib/calibration/layer_fit.ts";
import { layerMoments } from "../../lib/calibration/layer_moments.ts";
import { type LayerNode, type PatchGeometry, writePatch } from "../../lib/calibration/patches.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import type { ChannelMoments } from "../../lib/networks/input_moments.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import {
  cifarResNetShapes,
  mobileNetShapes,
  randomCheckpoint,
  type Shapes,
} from "../networks/random_networks.ts";
import { assertRelative } from "../tolerance.ts";
import { momentsOf, randomImages, referenceValues } from "./reference_values.ts";

interface GptqFixture {
  cases: { shape: number[]; hessian: number[]; inputs: number[] }[];
}

interface LeastSquaresFixture {
  targets: {
    centred: boolean;
    damping: number;
    samples: number[];
    inputs: number;
    outputs: number;
    weights: number[];
    targets: number[];
  }[];
}

const all = { positions: 1e9, seed: 0 };
const textbook = cifarResNetShapes({ blocks: 1, widths: [4, 6, 8], classes: 10 });

/**
 * Names of weights: a stride of 2, the first layer, one in the middle, vectors; and a convolution of as many groups as channels.
 */
const layers: [shapes: Shapes, weight: string][] = [
  [textbook, "conv1.weight"],
  [textbook, "layer1.0.conv2.weight"],
  [textbook, "layer2.0.conv1.weight"],
  [textbook, "linear.weight"],
  [mobileNetShapes(2, 12), "conv_dw_2/depthwise_kernel"],
];

function assertMoments(actual: ChannelMoments, expected: ChannelMoments, what: string): void {
  expected.mean.forEach((mean, channel) => {
    const deviation = Math.sqrt(expected.variance[channel]!);
    assertRelative(actual.mean[channel]!, mean, 1e-5, `${what}: mean`, deviation + Math.abs(mean));
    const variance = expected.variance[channel]!;
    assertRelative(actual.variance[channel]!, variance, 3e-5, `${what}: variance`);
  });
}

slowTest(
  "layerMoments() tell a layer's outputs as the interpreter computes them, in both networks",
  async () => {
    await useBackend("wasm");
    for (const [shapes, weight] of layers) {
      const original = randomCheckpoint(shapes, 1), current = randomCheckpoint(shapes, 2);
      const description = describeNetwork(original);
      const node = description.nodes.find((node): node is LayerNode =>
        (node.kind === "convolution" || node.kind === "linear") && node.weight === weight
      )!;
      const dataset = randomImages(description, node.kind === "linear" ? 40 : 1, 3);
      const tensors = { original: original.tensors, current: current.tensors };
      const moments = await layerMoments(description, node, tensors, { dataset, ...all });
      const weights = current.tensors.get(weight)!.data as Float32Array;
      const { given, wanted, relativeError } = layerOutputs(moments, weights, { centred: false });
      const [expected, actual] = [original, current].map(({ tensors }) => {
        const bias = node.bias === undefined ? undefined : tensors.get(node.bias)!.data;
        return referenceValues(description, tensors, node.name, dataset).map((values, channel) =>
          values.map((value) => value - Number(bias?.[channel] ?? 0))
        );
      }) as [number[][], number[][]];
      assertMoments(wanted, momentsOf(expected), `${weight}, original`);
      assertMoments(given, momentsOf(actual), `${weight}, current`);
      let error = 0, power = 0;
      const flat = actual.flat();
      expected.flat().forEach((value, i) => {
        power += value ** 2;
        error += (value - flat[i]!) ** 2;
      });
      assertRelative(relativeError, error / power, 1e-4, `${weight}: error`);
    }
  },
);

slowTest(
  "layerMoments() of a part of the positions are near those of all, and depend on the seed alone",
  async () => {
    await useBackend("wasm");
    const checkpoint = randomCheckpoint(textbook, 1);
    const description = describeNetwork(checkpoint);
    const node = description.nodes.find(({ name }) => name === "layer1.0.conv1") as LayerNode;
    const tensors = { original: checkpoint.tensors, current: checkpoint.tensors };
    const dataset = randomImages(description, 40, 4);
    const take = (positions: number, seed: number) =>
      layerMoments(description, node, tensors, { dataset, positions, seed });
    const [whole] = (await take(1024, 0)).joint as [Float64Array];
    const [part] = (await take(64, 0)).joint as [Float64Array];
    assertEquals((await take(64, 0)).joint[0], part);
    assertNotEquals((await take(64, 1)).joint[0], part);
    // 2,560 outputs, which are not independent.
    whole.forEach((moment, i) =>
      assertRelative(part[i]!, moment, 0.1, `entry ${i}`, 1 + Math.abs(moment))
    );
  },
);

Deno.test("writePatch() sees what PyTorch's unfold does: AutoGPTQ's matrices of moments", () => {
  const [size, channels, side] = [4, 2, 6];
  for (
    const { shape, hessian, inputs } of readFixture<GptqFixture>("calibration/gptq.json").cases
  ) {
    if (inputs.length === 0) continue;
    const geometry: PatchGeometry = {
      height: side,
      width: side,
      channels,
      kernelHeight: 3,
      kernelWidth: 3,
      stride: 2,
      padding: [1, 1, 1, 1],
      groups: 1,
      outputChannels: shape[0]!,
      outputHeight: 3,
      outputWidth: 3,
    };
    // From PyTorch's order of axes.
    const images = new Float32Array(inputs.length);
    inputs.forEach((value, i) => {
      const image = Math.floor(i / (channels * side ** 2));
      const channel = Math.floor(i / side ** 2) % channels;
      images[(image * side ** 2 + i % side ** 2) * channels + channel] = value;
    });
    const columns = 9 * channels;
    const sums = new Float64Array(columns ** 2);
    const patch = new Float32Array(columns);
    for (let i = 0; i < 9 * size; i++) {
      writePatch(images, Math.floor(i / 9), i % 9, 0, geometry, patch, 0);
      sums.forEach((_, j) => sums[j]! += patch[Math.floor(j / columns)]! * patch[j % columns]!);
    }
    hessian.forEach((entry, j) => assertRelative(2 / size * sums[j]!, entry, 1e-4, `${j}`, 1));
  }
});

Deno.test("roundingProblem() wants what scikit-learn's ridge regression gives", () => {
  const { targets: cases } = readFixture<LeastSquaresFixture>("calibration/least_squares.json");
  for (const { centred, damping, samples, inputs, outputs, weights, targets } of cases) {
    const width = 1 + inputs + outputs, count = samples.length / (inputs + outputs);
    const joint = new Float64Array(width ** 2);
    for (let sample = 0; sample < count; sample++) {
      const first = sample * (inputs + outputs);
      const z = [1, ...samples.slice(first, first + inputs + outputs)];
      joint.forEach((_, i) => joint[i]! += z[Math.floor(i / width)]! * z[i % width]! / count);
    }
    const problem = roundingProblem(
      { inputs, outputs, joint: [joint] },
      Float32Array.from(weights),
      {
        centred,
        damping,
        asymmetric: true,
      },
    );
    targets.forEach((target, i) => assertRelative(problem.targets[i]!, target, 1e-8, `${i}`, 1));
  }
});

Deno.test("channelMoments() are those of the interpreter's values", async () => {
  await useBackend("wasm");
  const checkpoint = randomCheckpoint(textbook, 5);
  const description = describeNetwork(checkpoint);
  const dataset = randomImages(description, 18, 6);
  for (const value of ["layer2.0.conv1", "layer3.0.add"]) {
    const actual = await channelMoments(description, checkpoint.tensors, value, { dataset });
    const expected = referenceValues(description, checkpoint.tensors, value, dataset);
    assertMoments(actual, momentsOf(expected), value);
  }
});
