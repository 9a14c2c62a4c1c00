import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Checkpoint, Tensor } from "../../lib/checkpoints/checkpoint.ts";
import type { NetworkDescription } from "../../lib/networks/description.ts";
import { multiplyAdds } from "../../lib/networks/multiply_adds.ts";
import { describeNetwork, networkNames } from "../../lib/networks/registry.ts";
import {
  cifarResNetShapes,
  convolutionShortcutShapes,
  emptyCheckpoint,
  fullSqueezeNetFires,
  mobileNetShapes,
  type Shapes,
  squeezeNetShapes,
  wideResNetShapes,
} from "./random_networks.ts";

const textbook = cifarResNetShapes({ blocks: 3, widths: [16, 32, 64], classes: 10 });
const variant = convolutionShortcutShapes({
  blocks: 3,
  widths: [16, 32, 64],
  classes: 100,
  first: 64,
});
const wide = wideResNetShapes({ blocks: 1, widths: [16, 32, 64], classes: 10, first: 16 });
const mobile = mobileNetShapes(8, 1000);
const squeeze = (kernel: 3 | 7, names: "numbered" | "torchvision") =>
  squeezeNetShapes({
    kernel,
    first: kernel === 3 ? 64 : 96,
    fires: fullSqueezeNetFires,
    classes: 1000,
    names,
  });

function describe(shapes: Shapes): NetworkDescription {
  return describeNetwork(emptyCheckpoint(shapes));
}

/** The shapes with some tensors replaced, removed (by undefined) or added. */
function changed(shapes: Shapes, changes: Record<string, number[] | undefined>): Checkpoint {
  const tensors = new Map(emptyCheckpoint(shapes).tensors);
  for (const [name, shape] of Object.entries(changes)) {
    if (shape === undefined) tensors.delete(name);
    else tensors.set(name, { shape, data: new Float32Array(0) });
  }
  return { tensors, metadata: {} };
}

Deno.test("describeNetwork() reads architecture, depth, width and classes off names and shapes", () => {
  const cases: [Shapes, string, string, number][] = [
    [
      cifarResNetShapes({ blocks: 1, widths: [8, 16, 32], classes: 10 }),
      "cifar-resnet",
      "ResNet-8",
      10,
    ],
    [
      cifarResNetShapes({ blocks: 2, widths: [4, 4, 10], classes: 7 }),
      "cifar-resnet",
      "ResNet-14",
      7,
    ],
    [
      cifarResNetShapes({ blocks: 4, widths: [2, 4, 8], classes: 3 }),
      "cifar-resnet",
      "ResNet-26",
      3,
    ],
    [
      cifarResNetShapes({ blocks: 18, widths: [16, 32, 64], classes: 10 }),
      "cifar-resnet",
      "ResNet-110",
      10,
    ],
    [
      variant,
      "cifar-resnet-convolution-shortcut",
      "ResNet-20 with convolution shortcuts",
      100,
    ],
    [wide, "wide-resnet", "WRN-10-1", 10],
    [
      wideResNetShapes({ blocks: 4, widths: [160, 320, 640], classes: 100, first: 16 }),
      "wide-resnet",
      "WRN-28-10",
      100,
    ],
    [mobile, "mobilenet-v1", "MobileNet v1 0.25", 1000],
    [mobileNetShapes(32, 1001), "mobilenet-v1", "MobileNet v1 1", 1001],
    [squeeze(3, "numbered"), "squeezenet", "SqueezeNet 1.1", 1000],
    [squeeze(7, "numbered"), "squeezenet", "SqueezeNet 1.0", 1000],
    [squeeze(3, "torchvision"), "squeezenet", "SqueezeNet 1.1", 1000],
    [squeeze(7, "torchvision"), "squeezenet", "SqueezeNet 1.0", 1000],
  ];
  for (const [shapes, network, title, classes] of cases) {
    const description = describe(shapes);
    assertEquals(
      [description.network, description.title, description.classes],
      [network, title, classes],
    );
    assertEquals(
      description.parameters.map(({ name, shape }) => [name, shape]).sort(),
      [...shapes].sort(),
      title,
    );
  }
});

Deno.test("describeNetwork() gives plain data: structuredClone and JSON return it whole", () => {
  for (const shapes of [textbook, variant, wide, mobile, squeeze(3, "numbered")]) {
    const description = describe(shapes);
    assertEquals(structuredClone(description), description);
    assertEquals(JSON.parse(JSON.stringify(description)), description);
  }
});

Deno.test("describeNetwork() lists nodes in topological order, each name once", () => {
  for (const shapes of [textbook, variant, wide, mobile, squeeze(7, "torchvision")]) {
    const { nodes, classes } = describe(shapes);
    const seen = new Set<string>();
    for (const { name, inputs } of nodes) {
      assertEquals(inputs.filter((input) => !seen.has(input)), [], name);
      assertEquals(seen.has(name), false, name);
      seen.add(name);
    }
    assertEquals(nodes.at(-1)!.shape, [classes]);
  }
});

Deno.test("describeNetwork() has as many parameters and multiply-adds as published", () => {
  const count = ({ parameters }: NetworkDescription, pattern = /./) =>
    parameters.filter(({ name }) => pattern.test(name))
      .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  // He et al. 2016, table 6: 0.27 million parameters; the project's own count of quantized weights is 268,336.
  assertEquals(count(describe(textbook), /(conv\d|linear)\.weight$/), 268_336);
  assertEquals(count(describe(squeeze(3, "numbered"))), 1_235_496);
  assertEquals(count(describe(squeeze(7, "torchvision"))), 1_248_424);
  assertEquals(count(describe(mobile)), 475_544);
  // Howard et al. 2017, table 6: 41 and 569 million; torchvision: 0.35 and 0.82 billion; Idelbayev's table of CIFAR ResNets: 40.8 million.
  assertAlmostEquals(multiplyAdds(describe(mobile)) / 1e6, 41, 0.5);
  assertAlmostEquals(multiplyAdds(describe(mobileNetShapes(32, 1000))) / 1e6, 569, 0.5);
  assertAlmostEquals(multiplyAdds(describe(squeeze(3, "torchvision"))) / 1e9, 0.35, 0.005);
  assertAlmostEquals(multiplyAdds(describe(squeeze(7, "torchvision"))) / 1e9, 0.82, 0.005);
  assertAlmostEquals(multiplyAdds(describe(textbook)) / 1e6, 40.8, 0.3);
});

Deno.test("describeNetwork() lets the last pooling window of SqueezeNet reach over the edge", () => {
  const pools = (shapes: Shapes) =>
    describe(shapes).nodes.flatMap((node) =>
      node.kind === "max-pool" ? [[node.shape[1], node.padding[2], node.padding[3]]] : []
    );
  assertEquals(pools(squeeze(7, "torchvision")), [[54, 0, 0], [27, 1, 1], [13, 0, 0]]);
  assertEquals(pools(squeeze(3, "torchvision")), [[55, 0, 0], [27, 0, 0], [13, 0, 0]]);
});

Deno.test("describeNetwork() pads MobileNet to the bottom and right where the stride is 2", () => {
  const paddings = describe(mobile).nodes.flatMap((node) =>
    node.kind === "convolution" && node.name !== "conv_preds" && !node.name.startsWith("conv_pw")
      ? [[node.stride, ...node.padding]]
      : []
  );
  const strides = [2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1];
  assertEquals(paddings, strides.map((s) => s === 2 ? [2, 0, 0, 1, 1] : [1, 1, 1, 1, 1]));
});

Deno.test("describeNetwork() accepts num_batches_tracked and a last layer called fc", () => {
  const shapes = cifarResNetShapes({ blocks: 1, widths: [2, 4, 6], classes: 5, last: "fc" });
  const counter: Tensor = { shape: [], data: new BigInt64Array(1) };
  const { tensors } = emptyCheckpoint(shapes);
  const description = describeNetwork({
    tensors: new Map([...tensors, ["bn1.num_batches_tracked", counter]]),
    metadata: {},
  });
  assertEquals(description.classes, 5);
  assertEquals(description.parameters.length, shapes.length);
});

Deno.test("describeNetwork() refuses a checkpoint that doesn't fit, naming the first tensor that differs", () => {
  const refusals: [Checkpoint, string][] = [
    [
      changed(textbook, { "layer2.1.conv1.weight": [32, 32, 5, 5] }),
      "Cannot use the checkpoint as cifar-resnet: tensor layer2.1.conv1.weight must have shape [32, 32, 3, 3], but has [32, 32, 5, 5]",
    ],
    [
      changed(textbook, { "conv1.weight": [16, 3, 7, 7], "linear.bias": [11] }),
      "tensor conv1.weight must have shape [any, 3, 3, 3], but has [16, 3, 7, 7]",
    ],
    [
      changed(textbook, { "bn1.running_var": undefined }),
      "tensor bn1.running_var of shape [16] is missing",
    ],
    [
      changed(textbook, { "linear.weight": [0, 64], "linear.bias": [0] }),
      "tensor linear.weight must hold values, but has shape [0, 64]",
    ],
    // Without its last block this would be a network of its own, were the stages not of one depth.
    [
      {
        tensors: new Map(
          emptyCheckpoint(textbook).tensors.entries().filter(([name]) =>
            !name.startsWith("layer3.2.")
          ),
        ),
        metadata: {},
      },
      "tensor layer3.2.conv1.weight of shape [64, 64, 3, 3] is missing",
    ],
    [
      changed(textbook, { "conv1.bias": [16] }),
      "tensor conv1.bias of shape [16] has no place in it",
    ],
    [
      emptyCheckpoint(cifarResNetShapes({ blocks: 3, widths: [16, 33, 64], classes: 10 })),
      "tensor layer2.0.conv1.weight must have an even number of output channels more than 16",
    ],
    [
      changed(textbook, { "linear.weight": [10, 256] }),
      "tensor linear.weight must have shape [any, 64], but has [10, 256]",
    ],
    [
      changed(variant, { "layer1.0.shortcut.0.weight": undefined }),
      "Cannot use the checkpoint as cifar-resnet-convolution-shortcut: tensor layer1.0.shortcut.0.weight of shape [16, 64, 1, 1] is missing",
    ],
    [
      changed(variant, { "linear.weight": [100, 64] }),
      "tensor linear.weight must have shape [any, 256], but has [100, 64]",
    ],
    [
      changed(wide, { "layer2.layer.0.convShortcut.weight": undefined }),
      "Cannot use the checkpoint as wide-resnet: tensor layer2.layer.0.convShortcut.weight of shape [32, 16, 1, 1] is missing",
    ],
    [
      changed(mobile, { "conv_dw_3/depthwise_kernel": [32, 2, 3, 3] }),
      "Cannot use the checkpoint as mobilenet-v1: tensor conv_dw_3/depthwise_kernel must have shape [32, 1, 3, 3], but has [32, 2, 3, 3]",
    ],
    [
      changed(mobile, { "conv_pw_13/kernel": undefined }),
      "tensor conv_pw_13/kernel of shape [any, 256, 1, 1] is missing",
    ],
    [
      changed(squeeze(3, "numbered"), { squeezenet0_conv25_bias: [999] }),
      "Cannot use the checkpoint as squeezenet: tensor squeezenet0_conv25_bias must have shape [1000], but has [999]",
    ],
    [
      changed(squeeze(3, "torchvision"), { "features.6.squeeze.weight": undefined }),
      "tensor features.6.squeeze.weight of shape [any, 128, 1, 1] is missing",
    ],
  ];
  for (const [checkpoint, text] of refusals) {
    assertThrows(() => describeNetwork(checkpoint), TypeError, text);
  }
});

Deno.test("describeNetwork() refuses a weight that is not floating", () => {
  const checkpoint: Checkpoint = {
    tensors: new Map([...emptyCheckpoint(textbook).tensors, [
      "linear.bias",
      { shape: [10], data: new Int8Array(10) },
    ]]),
    metadata: {},
  };
  assertThrows(
    () => describeNetwork(checkpoint),
    TypeError,
    "tensor linear.bias of shape [10] must hold floating-point values",
  );
});

Deno.test("describeNetwork() refuses names of no known architecture", () => {
  assertThrows(
    () => describeNetwork(emptyCheckpoint([["encoder.weight", [3, 3]]])),
    TypeError,
    "Cannot tell which network the checkpoint belongs to: its 1 tensors, encoder.weight first, are named as in none of cifar-resnet, ",
  );
  assertThrows(() => describeNetwork(emptyCheckpoint([])), TypeError, "its 0 tensors are named");
});

Deno.test("describeNetwork() holds the checkpoint to the architecture that `network` names", () => {
  assertThrows(
    () => describeNetwork(emptyCheckpoint(variant), { network: "cifar-resnet" }),
    TypeError,
    "Cannot use the checkpoint as cifar-resnet: tensor layer1.0.conv1.weight must have shape [64, 64, 3, 3], but has [16, 64, 3, 3]",
  );
  assertThrows(
    () => describeNetwork(emptyCheckpoint(textbook), { network: "squeezenet" }),
    TypeError,
    "Cannot use the checkpoint as squeezenet: tensor features.0.weight of shape [any, 3, 3, 3] is missing",
  );
  for (const network of networkNames.filter((name) => name !== "cifar-resnet")) {
    assertThrows(() => describeNetwork(emptyCheckpoint(textbook), { network }), TypeError);
  }
});

Deno.test("describeNetwork() refuses an unknown network and lists the known ones", () => {
  assertThrows(
    () => describeNetwork(emptyCheckpoint(textbook), { network: "resnet-20" }),
    RangeError,
    'Cannot find the network "resnet-20": there are cifar-resnet, cifar-resnet-convolution-shortcut, wide-resnet, mobilenet-v1, squeezenet',
  );
});

Deno.test("describeNetwork() takes the normalization of the option, else the file's note, else the architecture's", () => {
  const mean = (checkpoint: Checkpoint, options = {}) =>
    describeNetwork(checkpoint, options).normalization.mean;
  const normalization = { mean: [0.1, 0.2, 0.3], standardDeviation: [1, 1, 1] };
  const noted = {
    tensors: emptyCheckpoint(textbook).tensors,
    metadata: { normalization: "mean .5 .25 .125 std .25 .25 .5" },
  };
  assertEquals(mean(noted, { normalization }), [0.1, 0.2, 0.3]);
  assertEquals(describeNetwork(noted).normalization, {
    mean: [0.5, 0.25, 0.125],
    standardDeviation: [0.25, 0.25, 0.5],
  });
  assertEquals(mean(emptyCheckpoint(textbook)), [0.485, 0.456, 0.406]);
  assertEquals(mean(emptyCheckpoint(variant)), [0.507, 0.487, 0.441]);
  assertEquals(mean(emptyCheckpoint(wide)), [0.4914, 0.4822, 0.4465]);
  assertEquals(mean(emptyCheckpoint(mobile)), [0.5, 0.5, 0.5]);
  assertEquals(mean(emptyCheckpoint(squeeze(3, "numbered"))), [0.485, 0.456, 0.406]);
});

Deno.test("describeNetwork() refuses a normalization that it can't tell, read or use", () => {
  const { tensors } = emptyCheckpoint(
    wideResNetShapes({ blocks: 1, widths: [4, 8, 8], classes: 43, first: 4 }).concat([
      ["layer3.layer.0.convShortcut.weight", [8, 8, 1, 1]],
    ]),
  );
  assertThrows(
    () => describeNetwork({ tensors, metadata: {} }),
    RangeError,
    "Cannot tell what the pixels of WRN-10-0.5 with 43 classes are normalized by",
  );
  for (
    const normalization of [
      "",
      "imagenet",
      "mean .5 .5 .5 std .5 .5",
      "mean .5 .5 .5 std .5 .5 0",
      "mean a .5 .5 std .5 .5 .5",
    ]
  ) {
    assertThrows(
      () => describeNetwork({ tensors, metadata: { normalization } }),
      SyntaxError,
      `it is ${JSON.stringify(normalization)}`,
    );
  }
  assertThrows(
    () =>
      describeNetwork({ tensors, metadata: {} }, {
        normalization: { mean: [0, NaN, 0], standardDeviation: [1, 1, 1] },
      }),
    RangeError,
    "channel 1 has NaN and 1",
  );
});
