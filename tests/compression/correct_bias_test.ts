import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { correctBias } from "../../lib/compression/correct_bias.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { foldBatchNormIntoWeights } from "../../lib/compression/fold_into_weights.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { buildNetwork } from "../../lib/networks/build.ts";
import { inputMoments } from "../../lib/networks/input_moments.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { slowTest } from "../needs_data.ts";
import { interpret } from "../networks/reference.ts";
import { assertRelative } from "../tolerance.ts";
import { describeNodes } from "../networks/described_nodes.ts";
import { architectures } from "../networks/every_architecture.ts";

/** Every weight of rank 2 or 4 rounded to a grid of the tensor's own, downwards: as coarse as 3 bits, and biased. */
function roundDown({ tensors, metadata }: Checkpoint): Checkpoint {
  const rounded = [...tensors].map(([name, tensor]) => {
    const data = tensor.data as Float32Array;
    if (tensor.shape.length < 2) return [name, tensor] as const;
    const step = Math.max(...data.map(Math.abs)) / 4;
    return [name, {
      ...tensor,
      data: data.map((value) => Math.floor(value / step) * step),
    }] as const;
  });
  return { tensors: new Map(rounded), metadata };
}

const values = ({ tensors }: Checkpoint, name: string) => tensors.get(name)!.data as Float32Array;

/** A padded convolution of two groups, with a bias, on 5x4 pixels. */
const single = describeNodes([4, 5, 4], [{
  kind: "convolution",
  name: "c",
  inputs: ["input"],
  shape: [2, 3, 2],
  weight: "w",
  bias: "b",
  stride: 2,
  padding: [1, 0, 1, 1],
  groups: 2,
}]);

const singleOriginal: Checkpoint = {
  tensors: new Map([
    ["w", { shape: [2, 2, 3, 3], data: Float32Array.from({ length: 36 }, (_, i) => Math.sin(i)) }],
    ["b", { shape: [2], data: Float32Array.of(0.5, -1) }],
  ]),
  metadata: {},
};

Deno.test("correctBias() restores the mean over positions for inputs that are their means, padding and groups included", () => {
  const mean = Float64Array.of(1, -2, 3, 0.5);
  const image = Float64Array.from({ length: 80 }, (_, i) => mean[Math.floor(i / 20)]!);
  const meanOutputs = (checkpoint: Checkpoint) => {
    const outputs = interpret(single, checkpoint.tensors, image);
    return [outputs.subarray(0, 6), outputs.subarray(6)].map((map) =>
      map.reduce((sum, value) => sum + value, 0) / 6
    );
  };
  const quantized = roundDown(singleOriginal);
  const { checkpoint, corrected, leftOut } = correctBias(singleOriginal, quantized, single, {
    moments: new Map([["w", { mean }]]),
  });
  assertEquals([corrected, leftOut], [[{ weight: "w", shifted: "b" }], []]);
  const expected = meanOutputs(singleOriginal);
  meanOutputs(checkpoint).forEach((value, c) => assertRelative(value, expected[c]!, 1e-6, `${c}`));
  assert(Math.abs(meanOutputs(quantized)[0]! - expected[0]!) > 0.1);
});

slowTest(
  "correctBias() brings the logits of a quantized network nearer to the original's",
  async () => {
    const original = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
    const { checkpoint: quantized } = await quantizeCheckpoint(original, {
      method: "min-max",
      bits: 4,
    });
    const { checkpoint } = correctBias(original, quantized, describeNetwork(original));
    const { pixels, size } = generateShapes({ size: 100, seed: 5 });
    await useBackend("wasm");
    const meanLogits = (weights: Checkpoint) => {
      const network = buildNetwork(weights);
      const logits = network.predict(pixels, size);
      network.dispose();
      return Array.from(
        { length: 10 },
        (_, k) =>
          logits.filter((_, i) => i % 10 === k).reduce((sum, value) => sum + value, 0) / size,
      );
    };
    const expected = meanLogits(original);
    const distance = (weights: Checkpoint) =>
      Math.hypot(...meanLogits(weights).map((value, k) => value - expected[k]!));
    assertLess(distance(checkpoint), 0.6 * distance(quantized));
  },
);

Deno.test("correctBias() shifts a norm's mean, a folded norm's offset, a bias", () => {
  for (
    const [name, ...shifted] of [
      ["textbook", "bn1.running_mean", "linear.bias"],
      ["shortcuts", "bn1.running_mean", "linear.bias"],
      ["mobile", "conv1_bn/moving_mean", "conv_preds/bias"],
      ["squeeze", "features.0.bias", "classifier.1.bias"],
      ["imagenet", "bn1.running_mean", "fc.bias"],
      ["mobileV2", "features.0.1.running_mean", "classifier.1.bias"],
      ["mlp", "layers.0.bias", "layers.2.bias"],
    ] as const
  ) {
    const original = architectures[name];
    const { corrected, leftOut } = correctBias(
      original,
      roundDown(original),
      describeNetwork(original),
      { moments: inputMoments(describeNetwork(original), original.tensors) },
    );
    assertEquals([corrected[0]!.shifted, corrected.at(-1)!.shifted], shifted);
    assertEquals(leftOut, []);
  }
  const description = describeNetwork(architectures.textbook);
  const folded = foldBatchNormIntoWeights(architectures.textbook, description).checkpoint;
  const { checkpoint, corrected } = correctBias(folded, roundDown(folded), description, {
    moments: inputMoments(description, architectures.textbook.tensors),
  });
  assertEquals(corrected[1]!.shifted, "layer1.0.bn1.bias");
  assertEquals(values(checkpoint, "layer1.0.bn1.running_mean"), new Float32Array(4));
});

Deno.test("correctBias() of a network before and after folding is the same function", () => {
  const original = architectures.shortcuts;
  const description = describeNetwork(original);
  const moments = new Map(
    description.parameters.filter(({ shape }) => shape.length > 1).map(({ name, shape }) => [
      name,
      { mean: new Float64Array(shape[1]!).fill(0.3) },
    ]),
  );
  const fold = (checkpoint: Checkpoint) =>
    foldBatchNormIntoWeights(checkpoint, description).checkpoint;
  const quantized = roundDown(original);
  const before = correctBias(original, quantized, description, { moments }).checkpoint;
  const after = correctBias(fold(original), fold(quantized), description, { moments }).checkpoint;
  const image = Float64Array.from({ length: 3072 }, (_, i) => Math.sin(i));
  const expected = interpret(description, before.tensors, image);
  const scale = Math.max(...expected.map(Math.abs));
  interpret(description, after.tensors, image).forEach((value, i) =>
    assertRelative(value, expected[i]!, 1e-5, `logit ${i}`, scale)
  );
});

Deno.test("correctBias() lists layers whose sum with others has no bias", () => {
  const wide = architectures.wide;
  const { leftOut, corrected } = correctBias(wide, roundDown(wide), describeNetwork(wide));
  assert(leftOut.includes("layer1.layer.0.conv2.weight"));
  assert(corrected.some(({ weight }) => weight === "layer1.layer.0.conv1.weight"));
});

Deno.test("correctBias() changes nothing that was passed in, and nothing at all without quantization", () => {
  const original = architectures.textbook;
  const quantized = roundDown(original);
  const before = structuredClone([original, quantized]);
  const description = describeNetwork(original);
  correctBias(original, quantized, description);
  assertEquals([original, quantized], before);
  assertEquals(correctBias(original, original, description), {
    checkpoint: original,
    corrected: [],
    leftOut: [],
  });
});

Deno.test("correctBias() refuses a network without statistics, by nature or by folding, unless moments are passed", () => {
  const description = describeNetwork(architectures.textbook);
  const folded = foldBatchNormIntoWeights(architectures.textbook, description).checkpoint;
  for (const checkpoint of [folded, architectures.squeeze]) {
    const described = describeNetwork(checkpoint);
    assertThrows(
      () => correctBias(checkpoint, roundDown(checkpoint), described),
      RangeError,
      `Cannot correct biases without data as ${described.title} has no batch norm with statistics`,
    );
  }
});

Deno.test("correctBias() refuses missing tensors and means, and results that no float32 holds", () => {
  const quantized = roundDown(singleOriginal);
  const moments = (...mean: number[]) => ({
    moments: new Map([["w", { mean: Float64Array.from(mean) }]]),
  });
  assertThrows(
    () =>
      correctBias(
        singleOriginal,
        { tensors: new Map(), metadata: {} },
        single,
        moments(1, 1, 1, 1),
      ),
    TypeError,
    "Cannot correct biases as the quantized checkpoint must have 36 floating values in tensor w: there is none of that name",
  );
  assertThrows(
    () => correctBias(singleOriginal, quantized, single, moments(1, 1)),
    TypeError,
    "there must be means of 4 inputs for w: their number is 2",
  );
  assertThrows(
    () => correctBias(singleOriginal, quantized, single, moments(1e200, 0, 0, 0)),
    RangeError,
    "Cannot correct biases as the result must be finite in float32: tensor b would have",
  );
});
