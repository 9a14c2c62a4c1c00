import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Checkpoint, Tensor } from "../../lib/checkpoints/checkpoint.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { dequantize } from "../../lib/compression/quantized_tensor.ts";
import { quantizableTensors } from "../../lib/compression/select_tensors.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { populationVariance } from "../../lib/numerics/moments.ts";
import { designCodebook, quantizerMethods } from "../../lib/quantizers/methods.ts";
import { readFixture } from "../fixture.ts";
import { dataTest, slowTest } from "../needs_data.ts";
import { embeddedResNet20, sharedResNet20 } from "../resnet20_tensors.ts";
import { widthsOf } from "../quantizers/methods_at.ts";
import { assertRelative } from "../tolerance.ts";

type MethodErrors = Record<string, number>;

interface NetworkFixture {
  means: ({ network: string; bits: number } & MethodErrors)[];
  tensors: ({ network: string; bits: number; tensor: string } & MethodErrors)[];
}

const comparedMethods = [
  "min-max",
  "min-max-symmetric",
  "min-max-mid-rise",
  "aciq-gaussian",
  "aciq-laplace",
  "lloyd-max-gaussian",
  "lloyd-max-laplace",
  "ks-lloyd-max",
];

function tensor(shape: number[], seed: number): Tensor<Float32Array> {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return {
    shape,
    data: Float32Array.from(
      laplace({ location: 0, scale: 0.1 }).sample(size, { prng: createPrng(seed) }),
    ),
  };
}

function smallCheckpoint(): Checkpoint {
  return {
    tensors: new Map<string, Tensor>([
      ["conv.weight", tensor([4, 3, 3, 3], 1)],
      ["bn.weight", tensor([4], 2)],
      ["bn.num_batches_tracked", { shape: [], data: BigInt64Array.of(7n) }],
      ["fc.weight", tensor([10, 4], 3)],
      ["fc.bias", tensor([10], 4)],
    ]),
    metadata: { source: "test" },
  };
}

async function assertNumPyErrors(network: string, checkpoint: Checkpoint): Promise<void> {
  const fixture = readFixture<NetworkFixture>("numerics/networks_mse.json");
  for (const expected of fixture.means.filter((row) => row.network === network)) {
    for (const method of comparedMethods) {
      const { layers } = await quantizeCheckpoint(checkpoint, { method, bits: expected.bits });
      assertEquals(layers.length, 20);
      for (const layer of layers) {
        const row = fixture.tensors.find((other) =>
          other.network === network && other.bits === expected.bits && other.tensor === layer.name
        )!;
        assertRelative(layer.relativeMse, row[method]!, 1e-9, `${layer.name}, ${method}`);
      }
      const mean = layers.reduce((sum, layer) => sum + layer.relativeMse, 0) / layers.length;
      assertRelative(mean, expected[method]!, 1e-10, `${method} at ${expected.bits} bits`);
    }
  }
}

slowTest(
  "quantizeCheckpoint() of the embedded ResNet-20 equals an independent NumPy implementation",
  async () => {
    await assertNumPyErrors("own", await embeddedResNet20());
  },
);

dataTest(
  "quantizeCheckpoint() of resnet20-12fca82f equals an independent NumPy implementation",
  async (folder) => {
    await assertNumPyErrors("resnet20-12fca82f", await sharedResNet20(folder));
  },
);

dataTest(
  "quantizeCheckpoint() of resnet20-12fca82f gives the known table to its digits",
  async (folder) => {
    const checkpoint = await sharedResNet20(folder);
    const known = {
      4: {
        "min-max": 0.0483,
        "lloyd-max-gaussian": 0.0231,
        "lloyd-max-laplace": 0.0161,
        "ks-lloyd-max": 0.0166,
      },
      6: {
        "min-max": 0.0027,
        "lloyd-max-gaussian": 0.00464,
        "lloyd-max-laplace": 0.00106,
        "ks-lloyd-max": 0.00172,
      },
      8: {
        "min-max": 0.000159,
        "lloyd-max-gaussian": 0.001409,
        "lloyd-max-laplace": 0.000067,
        "ks-lloyd-max": 0.000348,
      },
    };
    const decimals: Record<string, number> = { 4: 4, 6: 5, 8: 6 };
    for (const [bits, row] of Object.entries(known)) {
      for (const [method, expected] of Object.entries(row)) {
        const { layers } = await quantizeCheckpoint(checkpoint, { method, bits: Number(bits) });
        const mean = layers.reduce((sum, layer) => sum + layer.relativeMse, 0) / layers.length;
        assertEquals(Number(mean.toFixed(decimals[bits])), expected, `${method} at ${bits} bits`);
      }
    }
  },
);

Deno.test("quantizableTensors() are the floating ones of rank 2 and 4: ResNet-20 has 20, of 268,336 weights", async () => {
  const found = quantizableTensors(await embeddedResNet20());
  assertEquals(found.length, 20);
  assertEquals(found.reduce((sum, [, { data }]) => sum + data.length, 0), 268_336);
  assertEquals(quantizableTensors(smallCheckpoint()).map(([name]) => name), [
    "conv.weight",
    "fc.weight",
  ]);
});

Deno.test("quantizeCheckpoint() leaves the original, and every tensor that isn't a weight, as it was", async () => {
  const original = smallCheckpoint();
  const copy = structuredClone(original);
  const { checkpoint } = await quantizeCheckpoint(original, { method: "k-means", bits: 2 });
  assertEquals(original, copy);
  assertEquals([...checkpoint.tensors.keys()], [...original.tensors.keys()]);
  assertEquals(checkpoint.metadata, original.metadata);
  for (const name of ["bn.weight", "bn.num_batches_tracked", "fc.bias"]) {
    assertEquals(checkpoint.tensors.get(name), original.tensors.get(name));
  }
  assertEquals(new Set(checkpoint.tensors.get("fc.weight")!.data as Float32Array).size <= 4, true);
});

Deno.test("quantizeCheckpoint() per channel designs each output channel alone", async () => {
  const original = smallCheckpoint();
  const { checkpoint, layers } = await quantizeCheckpoint(original, {
    method: "lloyd-max-laplace",
    bits: 3,
    granularity: "channel",
  });
  const weights = original.tensors.get("conv.weight")!.data as Float32Array;
  const quantized = checkpoint.tensors.get("conv.weight")!.data as Float32Array;
  let loss = 0;
  for (let channel = 0; channel < 4; channel++) {
    const group = weights.slice(27 * channel, 27 * (channel + 1));
    const codebook = designCodebook(group, { method: "lloyd-max-laplace", bits: 3 });
    loss += 27 * quantizationError(group, codebook).mse;
    for (const value of quantized.subarray(27 * channel, 27 * (channel + 1))) {
      assertEquals([...codebook.levels].map(Math.fround).includes(value), true);
    }
  }
  const report = layers[0]!;
  assertEquals([report.groups, report.families, report.storedValues], [4, { laplace: 4 }, 8]);
  assertEquals(report.effectiveBits, (108 * 3 + 32 * 8) / 108);
  assertRelative(report.mse, loss / 108, 1e-14, "mse");
  assertRelative(
    report.relativeMse,
    loss / 108 / populationVariance(weights),
    1e-14,
    "relativeMse",
  );
});

Deno.test("quantizeCheckpoint() keeps a constant channel exactly", async () => {
  const data = Float32Array.of(0.1, 0.1, 0.1, 1, 2, 4);
  const tensors = new Map([["fc.weight", { shape: [2, 3], data }]]);
  for (const granularity of ["tensor", "channel"] as const) {
    const { checkpoint, layers } = await quantizeCheckpoint({ tensors, metadata: {} }, {
      method: "ks-lloyd-max",
      bits: 4,
      granularity,
    });
    assertEquals(Number.isFinite(layers[0]!.relativeMse), true);
    if (granularity === "channel") {
      const values = checkpoint.tensors.get("fc.weight")!.data.slice(0, 3);
      assertEquals(values, Float32Array.of(0.1, 0.1, 0.1));
    }
  }
});

Deno.test("quantizeCheckpoint() counts what its books take: fewer levels, fewer bits", async () => {
  const data = Float32Array.of(1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8);
  const tensors = new Map([["fc.weight", { shape: [3, 4], data }]]);
  const { layers } = await quantizeCheckpoint({ tensors, metadata: {} }, {
    method: "k-means",
    bits: 4,
    granularity: "channel",
  });
  const { effectiveBits, storedValues, relativeMse, groups } = layers[0]!;
  // One level at 1 bit, four and four at 2 bits.
  assertEquals([storedValues, groups, relativeMse], [9, 3, 0]);
  assertEquals(effectiveBits, (4 * 1 + 8 * 2 + 32 * 9) / 12);
});

Deno.test("quantizeCheckpoint() keeps a tensor of one value, and of one value per channel", async () => {
  for (const method of quantizerMethods) {
    for (const [shape, data] of [[[1, 1], [0.3]], [[2, 1], [0.3, -4]], [[2, 2], [0, 0, 0, 0]]]) {
      const tensor = { shape: shape!, data: Float32Array.from(data!) };
      const checkpoint = { tensors: new Map([["w", tensor]]), metadata: {} };
      const { checkpoint: after, layers } = await quantizeCheckpoint(checkpoint, {
        method,
        bits: widthsOf(method, [2])[0],
        granularity: "channel",
      });
      assertEquals(after.tensors.get("w"), tensor);
      assertEquals([layers[0]!.mse, layers[0]!.relativeMse], [0, 0]);
    }
  }
});

Deno.test("quantizableTensors() leaves out ranks 0, 1, 3 and 5", () => {
  const tensors = new Map(
    [[], [2], [1, 2], [1, 2, 1], [1, 2, 1, 1], [1, 2, 1, 1, 1]].map((shape) =>
      [`rank ${shape.length}`, tensor(shape, 1)] as const
    ),
  );
  const names = quantizableTensors({ tensors, metadata: {} }).map(([name]) => name);
  assertEquals(names, ["rank 2", "rank 4"]);
});

Deno.test("quantizeCheckpoint() reports the weights' own variance", async () => {
  const original = smallCheckpoint();
  const { layers } = await quantizeCheckpoint(original, { method: "min-max", bits: 4 });
  for (const { name, variance } of layers) {
    assertEquals(variance, populationVariance(original.tensors.get(name)!.data as Float32Array));
  }
});

Deno.test("quantizeCheckpoint() lets events through between two tensors", async () => {
  const { port1, port2 } = new MessageChannel();
  const controller = new AbortController();
  port1.onmessage = () => controller.abort(new Error("told by an event"));
  port2.postMessage(0);
  let tensors = 0;
  const { signal } = controller;
  await assertRejects(
    () =>
      quantizeCheckpoint(smallCheckpoint(), {
        method: "min-max",
        bits: 4,
        signal,
        onProgress: () => tensors++,
      }),
    Error,
    "told by an event",
  );
  port1.close();
  assertEquals(tensors, 1);
});

Deno.test("quantizeCheckpoint() refuses empty tensors and shapes that don't fit, by name", async () => {
  for (const granularity of ["tensor", "channel"] as const) {
    const refuse = (shape: number[], data: Float32Array, kind: typeof RangeError, text: string) =>
      assertRejects(
        () =>
          quantizeCheckpoint({ tensors: new Map([["w", { shape, data }]]), metadata: {} }, {
            method: "min-max",
            bits: 2,
            granularity,
          }),
        kind,
        text,
      );
    for (const shape of [[0, 3], [3, 0]]) {
      await refuse(
        shape,
        new Float32Array(0),
        RangeError,
        "tensor w: Cannot design a codebook as the sample is empty",
      );
    }
    await refuse(
      [2, 2],
      Float32Array.of(1, 2, 3),
      TypeError,
      "Cannot quantize tensor w as its shape [2,2] must hold as many values as its data: their numbers are 4 and 3",
    );
    // The position in the tensor, not in the channel.
    await refuse([2, 2], Float32Array.of(1, 2, 3, NaN), RangeError, "value 3 is NaN");
  }
});

Deno.test("quantizeCheckpoint() reports plain data, through structuredClone and JSON and back", async () => {
  const { layers } = await quantizeCheckpoint(smallCheckpoint(), { method: "aciq", bits: 4 });
  assertEquals(structuredClone(layers), layers);
  assertEquals(JSON.parse(JSON.stringify(layers)), layers);
});

Deno.test("quantizeCheckpoint() reports its progress in weights and stops when told", async () => {
  const progress: [number, number][] = [];
  await quantizeCheckpoint(smallCheckpoint(), {
    method: "min-max",
    bits: 4,
    onProgress: (done, total) => progress.push([done, total]),
  });
  assertEquals(progress, [[108, 148], [148, 148]]);
  const controller = new AbortController();
  await assertRejects(
    () =>
      quantizeCheckpoint(smallCheckpoint(), {
        method: "min-max",
        bits: 4,
        signal: controller.signal,
        onProgress: () => controller.abort(new Error("enough")),
      }),
    Error,
    "enough",
  );
});

Deno.test("quantizeCheckpoint() refuses by name: NaN in a tensor, options, nothing to quantize", async () => {
  const broken = smallCheckpoint();
  (broken.tensors.get("fc.weight")!.data as Float32Array)[17] = NaN;
  await assertRejects(
    () => quantizeCheckpoint(broken, { method: "min-max", bits: 4 }),
    RangeError,
    "Cannot quantize tensor fc.weight: Cannot design a codebook as every value must be finite: value 17 is NaN",
  );
  const options = { method: "min-max", bits: 4 };
  for (
    const [change, text] of [
      [{ bits: 0 }, "bits must be an integer in [1, 16]: current value is 0"],
      [{ method: "magic" }, "current value is magic"],
      [
        { granularity: "block" as never },
        "granularity must be one of tensor, channel, group: current value is block",
      ],
    ] as const
  ) {
    await assertRejects(
      () => quantizeCheckpoint(smallCheckpoint(), { ...options, ...change }),
      RangeError,
      text,
    );
  }
  await assertRejects(
    () => quantizeCheckpoint({ tensors: new Map(), metadata: {} }, options),
    RangeError,
    "none of its 0 tensors is floating of rank 2 or 4",
  );
});

Deno.test("quantizeCheckpoint() gives back codes and books that stand for its weights", async () => {
  const { checkpoint, quantized } = await quantizeCheckpoint(smallCheckpoint(), {
    method: "aciq",
    bits: 3,
    granularity: "channel",
  });
  assertEquals([...quantized.keys()], ["conv.weight", "fc.weight"]);
  for (const [name, tensor] of quantized) {
    assertEquals(dequantize(tensor), checkpoint.tensors.get(name)!.data);
    assertEquals(dequantize(structuredClone(tensor)), dequantize(tensor));
  }
});

Deno.test("quantizeCheckpoint() goes on past a bad tensor where it is told to, and says which", async () => {
  const broken = smallCheckpoint();
  (broken.tensors.get("conv.weight")!.data as Float32Array)[30] = Infinity;
  const options = { method: "min-max", bits: 4 };
  const { checkpoint, layers, failures } = await quantizeCheckpoint(broken, {
    ...options,
    keepGoing: true,
  });
  assertEquals(layers.map(({ name }) => name), ["fc.weight"]);
  assertEquals(failures.length, 1);
  assertEquals(failures[0]!.name, "conv.weight");
  assertStringIncludes(failures[0]!.message, "value 30 is Infinity (channel 1, index 3 within it)");
  assertEquals(checkpoint.tensors.get("conv.weight"), broken.tensors.get("conv.weight"));
  const alone = await quantizeCheckpoint(smallCheckpoint(), options);
  assertEquals(layers[0], alone.layers[1]);
});

Deno.test("quantizeCheckpoint() takes a width for each tensor", async () => {
  const bits = { "conv.weight": 2, "fc.weight": 5 };
  const { layers } = await quantizeCheckpoint(smallCheckpoint(), { method: "min-max", bits });
  assertEquals(layers.map((layer) => layer.bits), [2, 5]);
  await assertRejects(
    () => quantizeCheckpoint(smallCheckpoint(), { method: "min-max", bits: { "fc.weight": 5 } }),
    RangeError,
    "bits must have a width for every tensor: there is none for conv.weight",
  );
});

Deno.test("quantizeCheckpoint() names the tensor of a width that is none", async () => {
  const refuse = (width: unknown, text: string) =>
    assertRejects(
      () =>
        quantizeCheckpoint(smallCheckpoint(), {
          method: "min-max",
          bits: { "conv.weight": 2, "fc.weight": width as number },
          granularity: "channel",
          keepGoing: true,
        }),
      RangeError,
      `Cannot quantize tensor fc.weight: Cannot design a codebook as bits must be an integer in [1, 16]: current value is ${text}`,
    );
  await refuse(17, "17");
  await refuse([2, 2, 2, 2, 2, 2, 2, 2, 2, 0.5], "0.5");
  await assertRejects(
    () => quantizeCheckpoint(smallCheckpoint(), { method: "min-max", bits: null as never }),
    RangeError,
    "bits must be an integer in [1, 16]: current value is null",
  );
});

Deno.test("quantizeCheckpoint() refuses options that no tensor can be quantized by, also where it is to go on", async () => {
  const cases: [more: object, text: string][] = [
    [
      { corrections: ["median"] },
      "corrections must be among mean, variance: current value is median",
    ],
    [{ objective: "accuracy" }, "objective must be mse or output: current value is accuracy"],
    [{ objective: "output" }, "method must be auto: current value is min-max"],
    [{ rounding: "gptq" }, "rounding must be nearest or output: current value is gptq"],
  ];
  for (const [more, text] of cases) {
    const options = { method: "min-max", bits: 2, keepGoing: true, ...more };
    await assertRejects(() => quantizeCheckpoint(smallCheckpoint(), options), RangeError, text);
  }
});

Deno.test("quantizeCheckpoint() refuses a network that the checkpoint isn't, and one that isn't known", async () => {
  const options = { method: "min-max", bits: 2 };
  await assertRejects(
    () => quantizeCheckpoint(smallCheckpoint(), { ...options, network: "cifar-resnet" }),
    TypeError,
    "conv1.weight",
  );
  await assertRejects(
    () => quantizeCheckpoint(smallCheckpoint(), { ...options, network: "lenet" }),
    RangeError,
    'Cannot find the network "lenet"',
  );
});

Deno.test("quantizeCheckpoint() weighs errors by importance, channel by channel", async () => {
  const tensors = new Map([["fc.weight", {
    shape: [2, 3],
    data: Float32Array.of(0, 1, 10, 0, 1, 10),
  }]]);
  const { checkpoint } = await quantizeCheckpoint({ tensors, metadata: {} }, {
    method: "k-means",
    bits: 1,
    granularity: "channel",
    importance: { "fc.weight": Float64Array.of(1, 1, 1, 1e6, 1e6, 1e-6) },
  });
  const values = checkpoint.tensors.get("fc.weight")!.data as Float32Array;
  assertEquals([...values.subarray(0, 3)], [0.5, 0.5, 10]);
  // The last weight counts for so little that the other two get a level each.
  assertEquals([...values.subarray(3, 5)], [0, 1]);
});

Deno.test("quantizeCheckpoint() has one book for a bias, whatever the granularity", async () => {
  const { layers } = await quantizeCheckpoint(smallCheckpoint(), {
    method: "min-max",
    bits: 8,
    granularity: "group",
    groupSize: 2,
    partial: true,
    biases: true,
  });
  assertEquals(layers.map(({ name, groups }) => [name, groups]), [
    ["conv.weight", 4 * 14],
    ["fc.weight", 20],
    ["fc.bias", 1],
  ]);
});

Deno.test("quantizeCheckpoint() counts weights alike where their importances are all 0, and refuses those of no tensor", async () => {
  const options = { method: "k-means", bits: 2, granularity: "channel" } as const;
  const zeros = new Float64Array(40);
  const { checkpoint } = await quantizeCheckpoint(smallCheckpoint(), {
    ...options,
    importance: { "fc.weight": zeros },
  });
  const plain = await quantizeCheckpoint(smallCheckpoint(), options);
  assertEquals(checkpoint.tensors.get("fc.weight"), plain.checkpoint.tensors.get("fc.weight"));
  await assertRejects(
    () =>
      quantizeCheckpoint(smallCheckpoint(), { ...options, importance: { "fc.weights": zeros } }),
    RangeError,
    "importance must be for tensors of the checkpoint: current value is for fc.weights",
  );
});
