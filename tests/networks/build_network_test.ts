import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertLess, assertRejects, assertThrows } from "@std/assert";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { buildDescribed, buildNetwork } from "../../lib/networks/build.ts";
import type { NetworkDescription } from "../../lib/networks/description.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { planes } from "./planes.ts";
import {
  cifarResNetShapes,
  convolutionShortcutShapes,
  imagenetResNetShapes,
  mlpShapes,
  mobileNetShapes,
  randomCheckpoint,
  randomPixels,
  type Shapes,
  squeezeNetShapes,
  wideResNetShapes,
} from "./random_networks.ts";
import { interpret } from "./reference.ts";
import { relativeError } from "./relative_error.ts";

const small = { blocks: 1, widths: [4, 6, 8], classes: 10 } as const;
const textbook = randomCheckpoint(cifarResNetShapes(small), 1);
const fires = [[2, 3], [2, 3], [2, 4], [2, 4], [3, 4], [3, 4], [3, 5], [3, 5]] as const;

/** Small, but of every architecture, depth rule and naming. */
const networks: Shapes[] = [
  cifarResNetShapes(small),
  cifarResNetShapes({ blocks: 2, widths: [3, 3, 5], classes: 4, last: "fc" }),
  cifarResNetShapes({ blocks: 4, widths: [2, 4, 6], classes: 10 }),
  convolutionShortcutShapes({ ...small, first: 7 }),
  convolutionShortcutShapes({ blocks: 2, widths: [2, 3, 4], classes: 100, first: 5 }),
  wideResNetShapes({ ...small, first: 4 }),
  wideResNetShapes({ blocks: 2, widths: [6, 8, 10], classes: 10, first: 3 }),
  mobileNetShapes(2, 12),
  squeezeNetShapes({ kernel: 3, first: 4, fires, classes: 11, names: "numbered" }),
  squeezeNetShapes({ kernel: 7, first: 4, fires, classes: 11, names: "torchvision" }),
  imagenetResNetShapes({ blocks: [1, 2, 1, 1], widths: [2, 3, 4, 5], first: 2, classes: 5 }),
  mlpShapes([192, 7, 5]),
];
const metadata = { normalization: "mean .485 .456 .406 std .229 .224 .225" };

/** The backends on which `predict` can wait for its result; predictor_test.ts has the other. */
const synchronous = ["wasm", "cpu"] as const;

for (const backend of synchronous) {
  Deno.test(`buildNetwork() computes what the description says, on ${backend}`, async () => {
    await useBackend(backend);
    for (const [i, shapes] of networks.entries()) {
      const checkpoint = randomCheckpoint(shapes, i, metadata);
      const network = buildNetwork(checkpoint);
      const { description } = network;
      const pixels = randomPixels(1, description.input.height, 100 + i);
      const expected = interpret(description, checkpoint.tensors, planes(pixels, description));
      const error = relativeError(network.predict(pixels, 1), expected);
      network.dispose();
      assertLess(error, 3e-6, `network ${i}, ${description.title}`);
    }
  });

  Deno.test(`buildDescribed() computes every kind of node, on ${backend}`, async () => {
    await useBackend(backend);
    const { description, tensors } = everyKind();
    const network = buildDescribed(description, tensors);
    const pixels = randomPixels(1, 9, 7);
    const expected = interpret(description, tensors, planes(pixels, description));
    const error = relativeError(network.predict(pixels, 1), expected);
    network.dispose();
    assertLess(error, 3e-6);
  });
}

/** What no architecture has is in here too: groups, a multiplier, odd paddings, a value that is read three times. */
function everyKind(): { description: NetworkDescription; tensors: Checkpoint["tensors"] } {
  const shapes: Shapes = [
    ["first", [4, 3, 3, 3]],
    ["grouped", [6, 2, 3, 3]],
    ["grouped bias", [6]],
    ["multiplied", [12, 1, 2, 2]],
    ["multiplied bias", [12]],
    ...["weight", "bias", "mean", "running_var"].map((part) => [part, [12]] as [string, number[]]),
    ["matrix", [5, 12 * 2 * 2 + 4]],
    ["vector", [5]],
  ];
  return {
    tensors: randomCheckpoint(shapes, 5).tensors,
    description: {
      network: "test",
      title: "test",
      input: { height: 9, width: 9 },
      classes: 5,
      normalization: { mean: [0.4, 0.5, 0.6], standardDeviation: [0.2, 0.3, 0.4] },
      parameters: shapes.map(([name, shape]) => ({ name, shape })),
      nodes: [
        { kind: "input", name: "x", inputs: [], shape: [3, 9, 9] },
        {
          kind: "convolution",
          name: "c1",
          inputs: ["x"],
          shape: [4, 10, 8],
          weight: "first",
          stride: 1,
          padding: [2, 0, 1, 1],
          groups: 1,
        },
        { kind: "relu6", name: "r1", inputs: ["c1"], shape: [4, 10, 8] },
        {
          kind: "convolution",
          name: "c2",
          inputs: ["r1"],
          shape: [6, 10, 8],
          weight: "grouped",
          bias: "grouped bias",
          stride: 1,
          padding: [1, 1, 1, 1],
          groups: 2,
        },
        { kind: "relu", name: "r2", inputs: ["c2"], shape: [6, 10, 8] },
        {
          kind: "convolution",
          name: "c3",
          inputs: ["r2"],
          shape: [12, 5, 4],
          weight: "multiplied",
          bias: "multiplied bias",
          stride: 2,
          padding: [0, 0, 1, 1],
          groups: 6,
        },
        {
          kind: "batch-normalization",
          name: "n",
          inputs: ["c3"],
          shape: [12, 5, 4],
          scale: "weight",
          offset: "bias",
          mean: "mean",
          variance: "running_var",
          epsilon: 1e-3,
        },
        { kind: "add", name: "a", inputs: ["n", "c3"], shape: [12, 5, 4] },
        {
          kind: "max-pool",
          name: "m",
          inputs: ["a"],
          shape: [12, 3, 2],
          window: 3,
          stride: 2,
          padding: [1, 0, 1, 1],
        },
        {
          kind: "average-pool",
          name: "v",
          inputs: ["m"],
          shape: [12, 2, 1],
          window: 2,
          stride: 1,
        },
        { kind: "subsample", name: "s", inputs: ["a"], shape: [12, 2, 1], stride: 4 },
        { kind: "add", name: "b", inputs: ["v", "s"], shape: [12, 2, 1] },
        { kind: "concatenate", name: "k", inputs: ["b", "v"], shape: [24, 2, 1] },
        { kind: "flatten", name: "f1", inputs: ["k"], shape: [48] },
        { kind: "global-average-pool", name: "g", inputs: ["k"], shape: [24, 1, 1] },
        {
          kind: "pad-channels",
          name: "p",
          inputs: ["g"],
          shape: [52, 1, 1],
          before: 3,
          after: 25,
        },
        { kind: "flatten", name: "f2", inputs: ["p"], shape: [52] },
        {
          kind: "linear",
          name: "l",
          inputs: ["f2"],
          shape: [5],
          weight: "matrix",
          bias: "vector",
        },
      ],
    },
  };
}

Deno.test("predict() gives an image the same logits alone and among others", async () => {
  await useBackend("wasm");
  for (const shapes of [networks[3]!, networks[5]!]) {
    const network = buildNetwork(randomCheckpoint(shapes, 1));
    const { classes } = network.description;
    const pixels = randomPixels(5, 32, 2), bytes = 32 * 32 * 3;
    const together = network.predict(pixels, 5);
    for (let i = 0; i < 5; i++) {
      const alone = network.predict(pixels.subarray(i * bytes, (i + 1) * bytes), 1);
      assertEquals(alone, together.slice(i * classes, (i + 1) * classes));
    }
    network.dispose();
  }
});

Deno.test("predict() normalizes as the description says", async () => {
  await useBackend("wasm");
  const network = buildNetwork(textbook, {
    normalization: { mean: [0.1, 0.2, 0.3], standardDeviation: [0.5, 0.25, 2] },
  });
  const pixels = randomPixels(2, 32, 3);
  const images = Float32Array.from(
    pixels,
    (byte, i) => (byte / 255 - [0.1, 0.2, 0.3][i % 3]!) / [0.5, 0.25, 2][i % 3]!,
  );
  assertEquals(network.predict(pixels, 2), network.predictNormalized(images, 2));
  network.dispose();
});

Deno.test("predict() leaves its input and the checkpoint as they were", async () => {
  await useBackend("wasm");
  const checkpoint = randomCheckpoint(networks[3]!, 1), pixels = randomPixels(1, 32, 1);
  const before = structuredClone({ checkpoint, pixels });
  const network = buildNetwork(checkpoint);
  network.predict(pixels, 1);
  network.dispose();
  assertEquals({ checkpoint, pixels }, before);
});

Deno.test("predict() refuses images of another size", async () => {
  await useBackend("wasm");
  const network = buildNetwork(textbook);
  for (const [length, size] of [[3071, 1], [3072, 2], [0, 0], [3072, 1.5], [6144, 1]] as const) {
    assertThrows(
      () => network.predict(new Uint8Array(length), size),
      RangeError,
      `Cannot predict as ResNet-8 takes 3072 values for each image of 32x32 pixels: ${length} were given for ${size} images`,
    );
  }
  assertThrows(
    () => network.predictNormalized(new Float32Array(5), 1),
    RangeError,
    "5 were given for 1 images",
  );
  network.dispose();
});

Deno.test("dispose() frees every tensor, and ends the network", async () => {
  for (const backend of synchronous) {
    await useBackend(backend);
    const before = tf.memory().numTensors;
    for (const shapes of networks.slice(0, 7)) {
      const network = buildNetwork(randomCheckpoint(shapes, 1));
      const built = tf.memory().numTensors;
      for (const size of [2, 1]) network.predict(randomPixels(size, 32, 1), size);
      assertEquals(tf.memory().numTensors, built);
      network.dispose();
      assertEquals(tf.memory().numTensors, before);
      assertThrows(
        () => network.predict(randomPixels(1, 32, 1), 1),
        Error,
        `Cannot predict as this ${network.description.title} was disposed of`,
      );
    }
  }
});

Deno.test("buildNetwork() refuses values that are not finite, and keeps no tensor of what it refuses", async () => {
  await useBackend("wasm");
  const before = tf.memory().numTensors;
  const withValue = (checkpoint: Checkpoint, name: string, index: number, value: number) => {
    const { shape, data } = checkpoint.tensors.get(name)!;
    const changed = (data as Float32Array).slice();
    changed[index] = value;
    return {
      ...checkpoint,
      tensors: new Map([...checkpoint.tensors, [name, { shape, data: changed }]]),
    };
  };
  assertThrows(
    () => buildNetwork(withValue(textbook, "layer2.0.conv1.weight", 17, NaN)),
    RangeError,
    "Cannot build ResNet-8 as values must be finite: tensor layer2.0.conv1.weight has NaN at index 17",
  );
  assertThrows(
    () => buildNetwork(withValue(textbook, "linear.bias", 2, -Infinity)),
    RangeError,
    "tensor linear.bias has -Infinity at index 2",
  );
  const { shape } = textbook.tensors.get("bn1.bias")!;
  const cut = new Map([...textbook.tensors, ["bn1.bias", { shape, data: new Float32Array(1) }]]);
  assertThrows(
    () => buildNetwork({ ...textbook, tensors: cut }),
    TypeError,
    `tensor bn1.bias of shape [${shape}] must hold ${shape[0]} values, but holds 1`,
  );
  // The last norm of a wide ResNet isn't folded: it is found out when many tensors exist.
  const wide = randomCheckpoint(networks[5]!, 1);
  assertThrows(
    () => buildNetwork(withValue(wide, "bn1.running_var", 1, -1)),
    RangeError,
    "Cannot normalize by tensor bn1.running_var as variances must be 0 or more: that of channel 1 is -1",
  );
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("useBackend() refuses a backend that there isn't", async () => {
  await assertRejects(
    () => useBackend("webgl" as "wasm"),
    RangeError,
    "Cannot compute networks as backend must be one of wasm, webgpu, cpu: current value is webgl",
  );
});

Deno.test("useBackend() and predict() print nothing", async () => {
  const { log, info, warn, error, debug } = console;
  const printed: unknown[] = [];
  const record = (...parts: unknown[]) => void printed.push(parts);
  Object.assign(console, { log: record, info: record, warn: record, error: record, debug: record });
  try {
    for (const backend of synchronous) {
      await useBackend(backend);
      const network = buildNetwork(textbook);
      network.predict(randomPixels(1, 32, 1), 1);
      network.dispose();
    }
  } finally {
    Object.assign(console, { log, info, warn, error, debug });
  }
  assertEquals(printed, []);
});

Deno.test("buildNetwork() keeps the description that describeNetwork() gives", async () => {
  await useBackend("wasm");
  const network = buildNetwork(textbook);
  assertEquals(network.description, describeNetwork(textbook));
  network.dispose();
});
