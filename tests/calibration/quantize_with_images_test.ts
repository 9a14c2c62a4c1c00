import {
  assert,
  assertEquals,
  assertFalse,
  assertGreater,
  assertLess,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { loadCifar10 } from "../../datasets/cifar.ts";
import { selectImages } from "../../datasets/balanced_subset.ts";
import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import {
  quantizeWithImages,
  type QuantizeWithImagesOptions,
} from "../../lib/calibration/quantize_with_images.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { dequantize } from "../../lib/compression/quantized_tensor.ts";
import { evaluateAccuracy } from "../../lib/evaluation/evaluate_accuracy.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import {
  cifarResNetShapes,
  emptyCheckpoint,
  fullSqueezeNetFires,
  mobileNetShapes,
  randomCheckpoint,
  type Shapes,
  squeezeNetShapes,
  wideResNetShapes,
} from "../networks/random_networks.ts";
import { dataFolder, dataTest, slowTest } from "../needs_data.ts";
import { sharedResNet20 } from "../resnet20_tensors.ts";
import { assertRelative } from "../tolerance.ts";
import { momentsOf, randomImages, referenceValues } from "./reference_values.ts";

const dataset = generateShapes({ size: 32, seed: 1 });
const options: QuantizeWithImagesOptions = {
  dataset,
  method: "k-means",
  bits: 2,
  granularity: "channel",
};

/** Whether two networks have the same values, to the last bit. */
function isSame(a: Checkpoint, b: Checkpoint): boolean {
  return [...a.tensors].every(([name, { data }]) =>
    data.every((value, i) => value === b.tensors.get(name)!.data[i])
  );
}

function firstConvolution(shapes: Shapes): string {
  const { nodes } = describeNetwork(emptyCheckpoint(shapes));
  return nodes.find(({ kind }) => kind === "convolution")!.name;
}

async function shapesNetwork() {
  await useBackend("wasm");
  return loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
}

slowTest(
  "quantizeWithImages() lowers every layer's output error by every rounding, and each step below the one before",
  async () => {
    await useBackend("wasm");
    const shapes = cifarResNetShapes({ blocks: 1, widths: [4, 6, 8], classes: 10 });
    const float = randomCheckpoint(shapes, 1);
    const images = randomImages(describeNetwork(float), 8, 2);
    const totalOf = async (more: Partial<QuantizeWithImagesOptions>) => {
      const { layers } = await quantizeWithImages(float, { ...options, ...more, dataset: images });
      return layers.reduce((sum, { outputError }) => sum + outputError, 0);
    };
    const nearest = await totalOf({ rounding: "nearest", polish: false, asymmetric: false });
    const { layers } = await quantizeWithImages(float, { ...options, dataset: images });
    for (const { name, outputError, nearestOutputError } of layers) {
      assertLess(outputError, nearestOutputError, name);
    }
    const totals: number[] = [];
    for (const rounding of ["gptq", "adaround", "coordinate-descent"] as const) {
      const total = await totalOf({ rounding, polish: false });
      assertLess(total, 0.8 * nearest, rounding);
      totals.push(total);
    }
    const polished = await totalOf({});
    assertLess(polished, totals[0]!);
    assertLess(await totalOf({ refit: "levels" }), polished);
  },
);

Deno.test("quantizeWithImages() returns codes and books that decode to the checkpoint's weights, and leaves the original", async () => {
  const float = await shapesNetwork();
  const copy = structuredClone(float);
  const { checkpoint, layers, quantized } = await quantizeWithImages(float, {
    ...options,
    refit: "levels",
  });
  assert(isSame(float, copy));
  assertEquals([...checkpoint.tensors.keys()], [...float.tensors.keys()]);
  assertEquals(layers.map(({ name }) => name), [...quantized.keys()]);
  for (const { name, shape, storedValues, bits } of layers) {
    const values = dequantize(quantized.get(name)!);
    assert(checkpoint.tensors.get(name)!.data.every((value, i) => value === values[i]), name);
    assertEquals(bits, 2);
    assert(storedValues <= 4 * shape[0]!);
    assert(float.tensors.get(name)!.data.some((value, i) => value !== values[i]), name);
  }
});

slowTest("quantizeWithImages() is the same for the same seed", async () => {
  const float = await shapesNetwork();
  const few = { ...options, dataset: selectImages(dataset, [0, 1, 2, 3, 4, 5, 6, 7]) };
  const quantizeBy = async (seed: number) =>
    (await quantizeWithImages(float, { ...few, seed, positions: 9 })).checkpoint;
  const first = await quantizeBy(5);
  assert(isSame(await quantizeBy(5), first));
  assertFalse(isSame(await quantizeBy(6), first));
});

slowTest(
  "quantizeWithImages() gives norms and biases the original's means behind quantized layers",
  async () => {
    await useBackend("wasm");
    const small = { blocks: 1, widths: [4, 6, 8], classes: 10, first: 4 } as const;
    const fires = fullSqueezeNetFires.map(([a, b]) => [a / 8, b / 16] as [number, number]);
    // Norms before convolutions, no norms at all, and depthwise convolutions.
    const squeezeNet = squeezeNetShapes({
      kernel: 3,
      first: 4,
      fires,
      classes: 11,
      names: "torchvision",
    });
    const cases: [shapes: Shapes, values: string[]][] = [
      [wideResNetShapes(small), ["layer1.layer.0.bn1", "linear"]],
      [squeezeNet, [firstConvolution(squeezeNet)]],
      [mobileNetShapes(2, 12), ["conv_dw_1_bn"]],
    ];
    for (const [seed, [shapes, values]] of cases.entries()) {
      const original = randomCheckpoint(shapes, seed);
      const description = describeNetwork(original);
      const images = randomImages(description, 2, seed);
      const { checkpoint } = await quantizeWithImages(original, {
        ...options,
        bits: 4,
        dataset: images,
        positions: 1e5,
      });
      for (const value of values) {
        const expected = momentsOf(referenceValues(description, original.tensors, value, images));
        const actual = momentsOf(referenceValues(description, checkpoint.tensors, value, images));
        expected.mean.forEach((mean, channel) => {
          const scale = Math.sqrt(expected.variance[channel]!) + Math.abs(mean);
          assertRelative(actual.mean[channel]!, mean, 1e-3, `${value}: mean`, scale);
        });
      }
    }
  },
);

slowTest(
  "quantizeWithImages() leaves norms, first and last layer alone where asked to",
  async () => {
    const float = await shapesNetwork();
    const { checkpoint, layers } = await quantizeWithImages(float, {
      ...options,
      first: false,
      last: false,
      reestimateBatchNorm: false,
    });
    const changed = new Set(layers.map(({ name }) => name));
    for (const [name, tensor] of float.tensors) {
      if (!changed.has(name)) assertStrictEquals(checkpoint.tensors.get(name), tensor, name);
    }
    assertEquals(changed.has("conv1.weight"), false);
    assertGreater(changed.size, 4);
  },
);

slowTest("quantizeWithImages() takes widths by tensor, groups and shared books", async () => {
  const float = await shapesNetwork();
  const names = (await quantizeWithImages(float, options)).layers.map(({ name }) => name);
  const bits = Object.fromEntries(names.map((name, i) => [name, 2 + i % 2]));
  const { layers } = await quantizeWithImages(float, { ...options, bits });
  assertEquals(layers.map(({ bits }) => bits), names.map((name) => bits[name]!));
  const shared = await quantizeWithImages(float, {
    ...options,
    method: "lloyd-max-laplace",
    granularity: "group",
    groupSize: 16,
    partial: true,
    sharedBook: true,
    refit: "scale-and-offset",
  });
  for (const { books } of shared.quantized.values()) assertEquals(books.length, 1);
  for (const { name, outputError, nearestOutputError } of shared.layers) {
    assertLess(outputError, nearestOutputError, name);
  }
  const { [names[0]!]: _, ...rest } = bits;
  await assertRejects(
    () => quantizeWithImages(float, { ...options, bits: rest }),
    RangeError,
    `there is none for ${names[0]}`,
  );
});

Deno.test("quantizeWithImages() without images, and with options that make no sense, says so", async () => {
  const float = await shapesNetwork();
  const cases: [more: object, text: string][] = [
    [{ dataset: undefined }, "dataset must hold at least one image: there is no dataset"],
    [{ dataset: null }, "dataset must hold at least one image: there is no dataset"],
    [{ dataset: { ...dataset, size: 0 } }, "the size of shapes is 0"],
    [{ rounding: "stochastic" }, "rounding must be one of nearest, gptq, adaround"],
    [{ refit: "all" }, "refit must be one of none, levels, scale-and-offset: current value is all"],
    [{ damping: -1 }, "damping must be finite and at least 0: current value is -1"],
    [{ positions: 0 }, "positions must be an integer above 0: current value is 0"],
    [{ seed: 0.5 }, "the seed must be an integer: current value is 0.5"],
  ];
  for (const [more, text] of cases) {
    const error = await assertRejects(
      () => quantizeWithImages(float, { ...options, ...more }),
      RangeError,
      text,
    );
    assert(error.message.startsWith("Cannot quantize with images as "), error.message);
  }
  await assertRejects(
    () => quantizeWithImages(float, { ...options, method: "guess" }),
    RangeError,
    "method must be one of",
  );
});

slowTest(
  "quantizeWithImages() finds what is wrong with options or weights before the first image",
  async () => {
    const float = await shapesNetwork();
    let reads = 0;
    const watched = new Proxy(dataset, {
      get: (images, key) => {
        if (key === "labels") throw new Error("labels were read");
        if (key === "pixels") reads++;
        return Reflect.get(images, key);
      },
    });
    const refuse = async (checkpoint: Checkpoint, more: object, text: string) => {
      reads = 0;
      const given = { ...options, ...more, dataset: watched };
      await assertRejects(() => quantizeWithImages(checkpoint, given), RangeError, text);
      // To see whether the size is right.
      assert(reads <= 1);
    };
    // 9 divides all convolutions, but no linear layer of as many inputs as channels.
    const nine = { granularity: "group", groupSize: 9 };
    await refuse(float, nine, "Cannot quantize tensor linear.weight: Cannot cut");
    await refuse(
      float,
      { bits: null },
      "bits must be an integer in [1, 16]: current value is null",
    );
    const tensors = new Map(float.tensors);
    const { shape, data } = tensors.get("linear.weight")!;
    tensors.set("linear.weight", {
      shape,
      data: Float32Array.from(data as Float32Array).fill(NaN, 3, 4),
    });
    await refuse(
      { ...float, tensors },
      {},
      "Cannot quantize tensor linear.weight: Cannot design a codebook as every value must be finite: value 3 is NaN",
    );
  },
);

Deno.test("quantizeWithImages() reports each layer and stops when asked to", async () => {
  const float = await shapesNetwork();
  const controller = new AbortController();
  const seen: string[] = [];
  const count =
    describeNetwork(float).nodes.filter(({ kind }) => kind === "convolution" || kind === "linear")
      .length;
  await assertRejects(
    () =>
      quantizeWithImages(float, {
        ...options,
        signal: controller.signal,
        onProgress(done, total) {
          seen.push(`${done}/${total}`);
          if (done === 3) controller.abort(new Error("enough"));
        },
      }),
    Error,
    "enough",
  );
  assertEquals(seen, [1, 2, 3].map((done) => `${done}/${count}`));
});

const cifarName =
  "quantizeWithImages() of ResNet-20 with 128 images: 3 bits per channel within 0.7 points of float, 2 bits within 5";
const cifarBody = async (folder: string) => {
  await useBackend("wasm");
  const float = await sharedResNet20(folder);
  const training = await loadCifar10(`${folder}/cifar-10/train_subset.bin`);
  const images = selectImages(training, Array.from({ length: 128 }, (_, i) => i));
  const test = await loadCifar10(`${folder}/cifar-10/test_batch.bin`);
  for (const [bits, points] of [[3, 0.7], [2, 5]] as const) {
    const { checkpoint } = await quantizeWithImages(float, {
      ...options,
      bits,
      dataset: images,
      refit: "levels",
    });
    const { top1 } = await evaluateAccuracy(checkpoint, { dataset: test });
    assertGreater(100 * top1, 91.73 - points, `${bits} bits`);
  }
};
if (dataFolder === undefined) dataTest(cifarName, cifarBody);
else slowTest(cifarName, () => cifarBody(dataFolder!));
