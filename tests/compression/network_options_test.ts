import { assertEquals, assertLess, assertNotEquals, assertRejects } from "@std/assert";
import { correctBias } from "../../lib/compression/correct_bias.ts";
import { equalizeCrossLayer } from "../../lib/compression/equalize_cross_layer.ts";
import { foldBatchNormIntoWeights } from "../../lib/compression/fold_into_weights.ts";
import { outputError } from "../../lib/compression/output_rounding.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { prepareNetwork } from "../../lib/compression/network_transforms.ts";
import { type ChannelMoments, inputMoments } from "../../lib/networks/input_moments.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { slowTest } from "../needs_data.ts";
import { embeddedResNet20 } from "../resnet20_tensors.ts";
import { architectures } from "../networks/every_architecture.ts";
import { assertRelative } from "../tolerance.ts";

const options = { method: "lloyd-max-laplace", bits: 4, granularity: "channel" } as const;
const original = await embeddedResNet20();
const description = describeNetwork(original);

slowTest("quantizeCheckpoint() folds norms first where it is told to, and says which", async () => {
  const copy = structuredClone(original);
  const { checkpoint, transforms } = await quantizeCheckpoint(original, {
    ...options,
    foldBatchNorm: true,
  });
  assertEquals(original, copy);
  assertEquals([transforms.foldedNorms.length, transforms.keptNorms.length], [19, 0]);
  const byHand = foldBatchNormIntoWeights(original, description).checkpoint;
  assertEquals(checkpoint, (await quantizeCheckpoint(byHand, options)).checkpoint);
});

slowTest(
  "prepareNetwork() divides what layers read by what equalization multiplied their weights by",
  () => {
    const before = inputMoments(description, original.tensors);
    const folded = foldBatchNormIntoWeights(original, description).checkpoint;
    const { checkpoint, moments, transforms } = prepareNetwork(
      original,
      { foldBatchNorm: true, equalize: true },
      true,
    );
    for (const { second } of transforms.equalizedPairs) {
      const { shape, data } = checkpoint.tensors.get(second)!;
      const weights = folded.tensors.get(second)!.data;
      const { mean, variance } = moments!.get(second)!, given = before.get(second)!;
      const [, channels, height, width] = shape as [number, number, number, number];
      for (let i = 0; i < data.length; i++) {
        const c = Math.floor(i / (height * width)) % channels;
        // What the weight adds to the output stays, and how much that varies.
        const of = (weight: number | bigint, { mean, variance }: ChannelMoments) =>
          [Number(weight) * mean[c]!, Number(weight) ** 2 * variance[c]!] as const;
        const [meanBefore, varianceBefore] = of(weights[i]!, given);
        const [meanAfter, varianceAfter] = of(data[i]!, { mean, variance });
        assertRelative(meanAfter, meanBefore, 1e-6, second, Math.abs(meanBefore) + 1e-12);
        assertRelative(varianceAfter, varianceBefore, 1e-6, second, varianceBefore + 1e-12);
      }
    }
  },
);

slowTest("quantizeCheckpoint() equalizes folded layers, and none that aren't folded", async () => {
  const { checkpoint, transforms } = await quantizeCheckpoint(original, {
    ...options,
    foldBatchNorm: true,
    equalize: true,
  });
  assertEquals(transforms.equalizedPairs.length, 9);
  const folded = foldBatchNormIntoWeights(original, description).checkpoint;
  const byHand = equalizeCrossLayer(folded, description).checkpoint;
  assertEquals(checkpoint, (await quantizeCheckpoint(byHand, options)).checkpoint);
  await assertRejects(
    () => quantizeCheckpoint(original, { ...options, equalize: true }),
    RangeError,
    "fold",
  );
});

slowTest(
  "quantizeCheckpoint() corrects biases by what the original's layers read, folded or not",
  async () => {
    const plain = await quantizeCheckpoint(original, options);
    const corrected = await quantizeCheckpoint(original, { ...options, biasCorrection: true });
    assertEquals(plain.transforms.correctedBiases, []);
    assertEquals(corrected.transforms.correctedBiases.length, 20);
    assertEquals(
      corrected.checkpoint,
      correctBias(original, plain.checkpoint, description).checkpoint,
    );

    const all = { foldBatchNorm: true, equalize: true, biasCorrection: true };
    const { checkpoint } = await quantizeCheckpoint(original, { ...options, ...all });
    assertNotEquals(
      checkpoint.tensors.get("layer1.0.bn1.bias"),
      foldBatchNormIntoWeights(original, description).checkpoint.tensors.get("layer1.0.bn1.bias"),
    );
  },
);

Deno.test("quantizeCheckpoint() needs a known architecture to fold, and none to quantize for the output", async () => {
  const data = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i));
  const unknown = { tensors: new Map([["a.weight", { shape: [6, 10], data }]]), metadata: {} };
  await assertRejects(
    () => quantizeCheckpoint(unknown, { ...options, foldBatchNorm: true }),
    TypeError,
    "Cannot tell which network the checkpoint belongs to",
  );
  const { layers } = await quantizeCheckpoint(unknown, {
    method: "auto",
    bits: 3,
    objective: "output",
  });
  assertEquals(layers.length, 1);
});

slowTest(
  "quantizeCheckpoint() rounds any book for the output by the moments of the network",
  async () => {
    const moments = inputMoments(description, original.tensors);
    const nearest = await quantizeCheckpoint(original, options);
    const rounded = await quantizeCheckpoint(original, { ...options, rounding: "output" });
    for (const [name, quantized] of rounded.quantized) {
      const weights = original.tensors.get(name)!.data as Float32Array;
      const before = outputError(weights, nearest.quantized.get(name)!, moments.get(name));
      assertLess(outputError(weights, quantized, moments.get(name)), before, name);
      assertEquals(quantized.books, nearest.quantized.get(name)!.books);
      assertEquals(quantized.storedValues, nearest.quantized.get(name)!.storedValues);
    }
  },
);

Deno.test("quantizeCheckpoint() refuses objectives and roundings that there aren't", async () => {
  for (
    const [change, text] of [
      [
        { objective: "output" },
        "with objective output as method must be auto: current value is lloyd-max-laplace",
      ],
      [{ objective: "speed" as never }, "objective must be mse or output: current value is speed"],
      [{ rounding: "up" as never }, "rounding must be nearest or output: current value is up"],
    ] as const
  ) {
    await assertRejects(
      () => quantizeCheckpoint(original, { ...options, ...change }),
      RangeError,
      text,
    );
  }
});

Deno.test("quantizeCheckpoint() corrects no biases where no norm has statistics", async () => {
  await assertRejects(
    () => quantizeCheckpoint(architectures.squeeze, { ...options, biasCorrection: true }),
    RangeError,
    "Cannot correct biases without data as SqueezeNet",
  );
});
