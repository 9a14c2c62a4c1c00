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
  imagenetResNetShapes,
  mlpShapes,
  mobileNetShapes,
  mobileNetV2Shapes,
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
const basic = (...blocks: number[]) =>
  imagenetResNetShapes({ blocks, widths: [64, 128, 256, 512], first: 64, classes: 1000 });
const bottleneck = (...blocks: number[]) =>
  imagenetResNetShapes({
    blocks,
    widths: [64, 128, 256, 512],
    bottleneck: true,
    first: 64,
    classes: 1000,
  });
const mobileV2 = mobileNetV2Shapes({ divisor: 1, last: 1280, classes: 1000 });
const perceptron = mlpShapes([192, 20, 10]);
const ofEveryArchitecture = [
  textbook,
  variant,
  wide,
  mobile,
  squeeze(3, "numbered"),
  squeeze(7, "torchvision"),
  basic(2, 2, 2, 2),
  bottleneck(1, 1, 1, 1),
  mobileV2,
  perceptron,
];

function describe(shapes: Shapes): NetworkDescription {
  const metadata = { normalization: "mean .5 .5 .5 std .5 .5 .5" };
  return describeNetwork({ ...emptyCheckpoint(shapes), metadata });
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
    [basic(2, 2, 2, 2), "imagenet-resnet", "ResNet-18", 1000],
    [basic(3, 4, 6, 3), "imagenet-resnet", "ResNet-34", 1000],
    [bottleneck(3, 4, 6, 3), "imagenet-resnet", "ResNet-50", 1000],
    [bottleneck(3, 4, 23, 3), "imagenet-resnet", "ResNet-101", 1000],
    [bottleneck(3, 8, 36, 3), "imagenet-resnet", "ResNet-152", 1000],
    [basic(3, 1, 2, 2), "imagenet-resnet", "ResNet-18 of 3, 1, 2, 2 basic blocks", 1000],
    [mobileV2, "mobilenet-v2", "MobileNet v2 1", 1000],
    [
      mobileNetV2Shapes({ divisor: 2, last: 1280, classes: 5 }),
      "mobilenet-v2",
      "MobileNet v2 0.5",
      5,
    ],
    [mlpShapes([3072, 5]), "mlp", "MLP 3072-5", 5],
    [perceptron, "mlp", "MLP 192-20-10", 10],
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
  for (const shapes of ofEveryArchitecture) {
    const description = describe(shapes);
    assertEquals(structuredClone(description), description);
    assertEquals(JSON.parse(JSON.stringify(description)), description);
  }
});

Deno.test("describeNetwork() lists nodes in topological order, each name once", () => {
  for (const shapes of ofEveryArchitecture) {
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
  // torchvision's documentation of resnet18, 34, 50, 101, 152 and mobilenet_v2: num_params without the norms' statistics, GFLOPS.
  const published: [Shapes, number, number][] = [
    [basic(2, 2, 2, 2), 11_689_512, 1.81],
    [basic(3, 4, 6, 3), 21_797_672, 3.66],
    [bottleneck(3, 4, 6, 3), 25_557_032, 4.09],
    [bottleneck(3, 4, 23, 3), 44_549_160, 7.8],
    [bottleneck(3, 8, 36, 3), 60_192_808, 11.51],
    [mobileV2, 3_504_872, 0.3],
  ];
  for (const [shapes, parameters, billions] of published) {
    const description = describe(shapes);
    assertEquals(count(description, /(weight|bias)$/), parameters, description.title);
    assertAlmostEquals(multiplyAdds(description) / 1e9, billions, 0.006, description.title);
  }
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
    [
      changed(basic(2, 2, 2, 2), { "layer2.0.downsample.0.weight": [128, 64, 3, 3] }),
      "Cannot use the checkpoint as imagenet-resnet: tensor layer2.0.downsample.0.weight must have shape [128, 64, 1, 1], but has [128, 64, 3, 3]",
    ],
    [
      changed(basic(2, 2, 2, 2), { "conv1.weight": [64, 3, 3, 3] }),
      "tensor conv1.weight must have shape [any, 3, 7, 7], but has [64, 3, 3, 3]",
    ],
    // As in ResNeXt, which has 32 groups.
    [
      changed(bottleneck(1, 1, 1, 1), { "layer1.0.conv2.weight": [64, 2, 3, 3] }),
      "tensor layer1.0.conv2.weight must have shape [64, 64, 3, 3], but has [64, 2, 3, 3]",
    ],
    [
      changed(bottleneck(2, 1, 1, 1), { "layer1.1.conv3.weight": [128, 64, 1, 1] }),
      "tensor layer1.1.conv3.weight must have shape [256, 64, 1, 1], but has [128, 64, 1, 1]",
    ],
    [
      changed(mobileV2, { "features.18.0.weight": undefined }),
      "Cannot use the checkpoint as mobilenet-v2: tensor features.18.0.weight of shape [any, 320, 1, 1] is missing",
    ],
    [
      changed(mobileV2, { "features.3.conv.1.0.weight": [144, 1, 5, 5] }),
      "tensor features.3.conv.1.0.weight must have shape [144, 1, 3, 3], but has [144, 1, 5, 5]",
    ],
    [
      emptyCheckpoint(mlpShapes([784, 20, 10])),
      "Cannot use the checkpoint as mlp: tensor layers.0.weight must have shape [any, 3072], but has [20, 784]",
    ],
    [
      changed(perceptron, { "layers.1.weight": [10, 30] }),
      "tensor layers.1.weight must have shape [any, 20], but has [10, 30]",
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
    'Cannot find the network "resnet-20": there are cifar-resnet, cifar-resnet-convolution-shortcut, wide-resnet, mobilenet-v1, squeezenet, imagenet-resnet, mobilenet-v2, mlp, resnet{6n+2}-cifar, wrn{6n+4}-{width}, mobilenet-v1-{width}, squeezenet{1.0,1.1}, resnet{18,34,50,101,152}, mobilenet-v2-{width}',
  );
  for (const network of ["resnet20", "resnet18-cifar-10", "wrn10", "squeezenet1.2", "ResNet18"]) {
    assertThrows(
      () => describeNetwork(emptyCheckpoint(textbook), { network }),
      RangeError,
      `Cannot find the network "${network}"`,
    );
  }
});

Deno.test("describeNetwork() takes the names that tell depth or width, of the architecture that fits", () => {
  const cases: [Shapes, network: string, architecture: string][] = [
    [textbook, "resnet20-cifar", "cifar-resnet"],
    [variant, "resnet20-cifar", "cifar-resnet-convolution-shortcut"],
    [wide, "wrn10-1", "wide-resnet"],
    [mobile, "mobilenet-v1-0.25", "mobilenet-v1"],
    [mobile, "mobilenet-v1", "mobilenet-v1"],
    [squeeze(3, "numbered"), "squeezenet1.1", "squeezenet"],
    [squeeze(7, "torchvision"), "squeezenet1.0", "squeezenet"],
    [basic(2, 2, 2, 2), "resnet18", "imagenet-resnet"],
    [bottleneck(3, 4, 6, 3), "resnet50", "imagenet-resnet"],
    [mobileV2, "mobilenet-v2-1.0", "mobilenet-v2"],
  ];
  for (const [shapes, network, architecture] of cases) {
    const checkpoint = emptyCheckpoint(shapes);
    const described = describeNetwork(checkpoint, { network });
    assertEquals(described, describeNetwork(checkpoint));
    assertEquals(described.network, architecture);
  }
});

Deno.test("describeNetwork() refuses a network of another depth, width or version than its name tells", () => {
  const cases: [Shapes, network: string, text: string][] = [
    [textbook, "resnet32-cifar", "by its tensors it is ResNet-20, not ResNet-32"],
    [
      variant,
      "resnet8-cifar",
      "by its tensors it is ResNet-20 with convolution shortcuts, not ResNet-8 with convolution shortcuts",
    ],
    [wide, "wrn28-10", "by its tensors it is WRN-10-1, not WRN-28-10"],
    [mobile, "mobilenet-v1-1", "by its tensors it is MobileNet v1 0.25, not MobileNet v1 1"],
    [
      squeeze(3, "numbered"),
      "squeezenet1.0",
      "by its tensors it is SqueezeNet 1.1, not SqueezeNet 1.0",
    ],
    [basic(2, 2, 2, 2), "resnet34", "by its tensors it is ResNet-18, not ResNet-34"],
    [basic(4, 1, 2, 1), "resnet18", "it is ResNet-18 of 4, 1, 2, 1 basic blocks, not ResNet-18"],
    [mobileV2, "mobilenet-v2-1.4", "by its tensors it is MobileNet v2 1, not MobileNet v2 1.4"],
  ];
  for (const [shapes, network, text] of cases) {
    assertThrows(
      () => describeNetwork(emptyCheckpoint(shapes), { network }),
      TypeError,
      `Cannot use the checkpoint as ${network}: `,
    );
    assertThrows(() => describeNetwork(emptyCheckpoint(shapes), { network }), TypeError, text);
  }
  // Another architecture altogether is told by the first tensor.
  assertThrows(
    () => describeNetwork(emptyCheckpoint(textbook), { network: "resnet18" }),
    TypeError,
    "Cannot use the checkpoint as imagenet-resnet: tensor conv1.weight must have shape [any, 3, 7, 7], but has [16, 3, 3, 3]",
  );
});

Deno.test("describeNetwork() pads the maximum pool of a ResNet for ImageNet on all sides", () => {
  const pools = describe(basic(2, 2, 2, 2)).nodes.filter(({ kind }) => kind === "max-pool");
  assertEquals(pools, [{
    kind: "max-pool",
    name: "maxpool",
    inputs: ["bn1.relu"],
    shape: [64, 56, 56],
    window: 3,
    stride: 2,
    padding: [1, 1, 1, 1],
  }]);
});

Deno.test("describeNetwork() lets a perceptron read means of as large squares as its inputs ask for", () => {
  for (const [inputs, window] of [[768, 2], [192, 4], [48, 8], [12, 16], [3, 32]] as const) {
    const [, pool] = describe(mlpShapes([inputs, 6, 4])).nodes;
    assertEquals(pool?.kind === "average-pool" && [pool.window, pool.stride], [window, window]);
  }
  assertEquals(describe(mlpShapes([3072, 6, 4])).nodes.map(({ kind }) => kind), [
    "input",
    "flatten",
    "linear",
    "relu",
    "linear",
  ]);
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
  assertEquals(mean(emptyCheckpoint(basic(2, 2, 2, 2))), [0.485, 0.456, 0.406]);
  assertEquals(mean(emptyCheckpoint(mobileV2)), [0.485, 0.456, 0.406]);
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
  assertThrows(
    () => describeNetwork(emptyCheckpoint(perceptron)),
    RangeError,
    "Cannot tell what the pixels of MLP 192-20-10 with 10 classes are normalized by",
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
