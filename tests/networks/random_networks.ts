import type { Checkpoint, Tensor } from "../../lib/checkpoints/checkpoint.ts";
import { createPrng } from "../../lib/numerics/prng.ts";

/** The names and shapes of a network's tensors, in the order of a file. */
export type Shapes = [name: string, shape: number[]][];

function pytorchNorm(name: string, channels: number): Shapes {
  return ["weight", "bias", "running_mean", "running_var"].map((part) => [`${name}.${part}`, [
    channels,
  ]]);
}

function convolutionAndNorm(
  convolution: string,
  norm: string,
  shape: [number, number, number, number],
): Shapes {
  return [[`${convolution}.weight`, shape], ...pytorchNorm(norm, shape[0])];
}

function linear(name: string, shape: [number, number]): Shapes {
  return [[`${name}.weight`, shape], [`${name}.bias`, [shape[0]]]];
}

export interface CifarOptions {
  readonly blocks: number;
  readonly widths: readonly [number, number, number];
  readonly classes: number;
}

/** Of the textbook CIFAR ResNet. */
export function cifarResNetShapes(
  { blocks, widths, classes, last = "linear" }: CifarOptions & { readonly last?: string },
): Shapes {
  const shapes = convolutionAndNorm("conv1", "bn1", [widths[0], 3, 3, 3]);
  let from = widths[0];
  widths.forEach((to, stage) => {
    for (let i = 0; i < blocks; i++) {
      const block = `layer${stage + 1}.${i}`;
      shapes.push(...convolutionAndNorm(`${block}.conv1`, `${block}.bn1`, [to, from, 3, 3]));
      shapes.push(...convolutionAndNorm(`${block}.conv2`, `${block}.bn2`, [to, to, 3, 3]));
      from = to;
    }
  });
  return [...shapes, ...linear(last, [classes, from])];
}

/** Of the CIFAR ResNet with convolution shortcuts. */
export function convolutionShortcutShapes(
  { blocks, widths, classes, first }: CifarOptions & { readonly first: number },
): Shapes {
  const shapes = convolutionAndNorm("conv1", "bn1", [first, 3, 3, 3]);
  let from = first;
  widths.forEach((to, stage) => {
    for (let i = 0; i < blocks; i++) {
      const block = `layer${stage + 1}.${i}`;
      shapes.push(...convolutionAndNorm(`${block}.conv1`, `${block}.bn1`, [to, from, 3, 3]));
      shapes.push(...convolutionAndNorm(`${block}.conv2`, `${block}.bn2`, [to, to, 3, 3]));
      if (i === 0) {
        shapes.push(
          ...convolutionAndNorm(`${block}.shortcut.0`, `${block}.shortcut.1`, [to, from, 1, 1]),
        );
      }
      from = to;
    }
  });
  return [...shapes, ...linear("linear", [classes, 4 * from])];
}

/** Of the wide ResNet. */
export function wideResNetShapes(
  { blocks, widths, classes, first }: CifarOptions & { readonly first: number },
): Shapes {
  const shapes: Shapes = [["conv1.weight", [first, 3, 3, 3]]];
  let from = first;
  widths.forEach((to, stage) => {
    for (let i = 0; i < blocks; i++) {
      const block = `layer${stage + 1}.layer.${i}`;
      shapes.push(...pytorchNorm(`${block}.bn1`, from));
      shapes.push([`${block}.conv1.weight`, [to, from, 3, 3]]);
      shapes.push(...pytorchNorm(`${block}.bn2`, to));
      shapes.push([`${block}.conv2.weight`, [to, to, 3, 3]]);
      if (from !== to) shapes.push([`${block}.convShortcut.weight`, [to, from, 1, 1]]);
      from = to;
    }
  });
  return [...shapes, ...pytorchNorm("bn1", from), ...linear("linear", [classes, from])];
}

/** Of MobileNet v1, `unit` channels where the widest one has 32. */
export function mobileNetShapes(unit: number, classes: number): Shapes {
  const norm = (name: string, channels: number): Shapes =>
    ["gamma", "beta", "moving_mean", "moving_variance"].map((part) => [`${name}_bn/${part}`, [
      channels,
    ]]);
  const shapes: Shapes = [["conv1/kernel", [unit, 3, 3, 3]], ...norm("conv1", unit)];
  let from = unit;
  [2, 4, 4, 8, 8, 16, 16, 16, 16, 16, 16, 32, 32].forEach((multiple, i) => {
    const to = multiple * unit, depthwise = `conv_dw_${i + 1}`, pointwise = `conv_pw_${i + 1}`;
    shapes.push([`${depthwise}/depthwise_kernel`, [from, 1, 3, 3]], ...norm(depthwise, from));
    shapes.push([`${pointwise}/kernel`, [to, from, 1, 1]], ...norm(pointwise, to));
    from = to;
  });
  return [...shapes, ["conv_preds/kernel", [classes, from, 1, 1]], ["conv_preds/bias", [classes]]];
}

/** Widths of SqueezeNet: of conv1, and of each fire module's squeeze and either expansion. */
export interface SqueezeNetOptions {
  readonly kernel: 3 | 7;
  readonly first: number;
  readonly fires: readonly (readonly [squeeze: number, expand: number])[];
  readonly classes: number;
  readonly names: "numbered" | "torchvision";
}

export const fullSqueezeNetFires = [
  [16, 64],
  [16, 64],
  [32, 128],
  [32, 128],
  [48, 192],
  [
    48,
    192,
  ],
  [64, 256],
  [64, 256],
] as const;

const features = {
  3: ["0", "3", "4", "6", "7", "9", "10", "11", "12"],
  7: ["0", "3", "4", "5", "7", "8", "9", "10", "12"],
} as const;

export function squeezeNetShapes(
  { kernel, first, fires, classes, names }: SqueezeNetOptions,
): Shapes {
  const shapes: Shapes = [];
  let number = 0;
  const layer = (torchvisionName: string, shape: [number, number, number, number]) => {
    const [weight, bias] = names === "numbered"
      ? [`squeezenet0_conv${number}_weight`, `squeezenet0_conv${number}_bias`]
      : [`${torchvisionName}.weight`, `${torchvisionName}.bias`];
    number++;
    shapes.push([weight!, shape], [bias!, [shape[0]]]);
  };
  layer("features.0", [first, 3, kernel, kernel]);
  let from = first;
  fires.forEach(([squeeze, expand], i) => {
    const feature = `features.${features[kernel][i + 1]}`;
    layer(`${feature}.squeeze`, [squeeze, from, 1, 1]);
    layer(`${feature}.expand1x1`, [expand, squeeze, 1, 1]);
    layer(`${feature}.expand3x3`, [expand, squeeze, 3, 3]);
    from = 2 * expand;
  });
  layer("classifier.1", [classes, from, 1, 1]);
  return shapes;
}

/** Of a ResNet for ImageNet, `blocks` and `widths` of the four stages. */
export function imagenetResNetShapes(
  { blocks, widths, bottleneck = false, first, classes }: {
    readonly blocks: readonly number[];
    readonly widths: readonly number[];
    readonly bottleneck?: boolean;
    readonly first: number;
    readonly classes: number;
  },
): Shapes {
  const shapes = convolutionAndNorm("conv1", "bn1", [first, 3, 7, 7]);
  let from = first;
  widths.forEach((width, stage) => {
    const to = bottleneck ? 4 * width : width;
    for (let i = 0; i < blocks[stage]!; i++) {
      const block = `layer${stage + 1}.${i}`;
      const channels = [from, width, width, to], kernels = bottleneck ? [1, 3, 1] : [3, 3];
      kernels.forEach((kernel, j) => {
        shapes.push(
          ...convolutionAndNorm(`${block}.conv${j + 1}`, `${block}.bn${j + 1}`, [
            channels[j + 1]!,
            channels[j]!,
            kernel,
            kernel,
          ]),
        );
      });
      if (i === 0 && (stage > 0 || from !== to)) {
        shapes.push(
          ...convolutionAndNorm(`${block}.downsample.0`, `${block}.downsample.1`, [to, from, 1, 1]),
        );
      }
      from = to;
    }
  });
  return [...shapes, ...linear("fc", [classes, from])];
}

/** Channels of MobileNet v2 at width 1 (Sandler et al. 2018, table 2): of the first convolution, and of each block. */
const mobileNetV2Channels = [
  32,
  ...[[16, 1], [24, 2], [32, 3], [64, 4], [96, 3], [160, 3], [320, 1]].flatMap((
    [channels, times],
  ) => new Array<number>(times!).fill(channels!)),
];

/** Of MobileNet v2 as torchvision names it: with one in `divisor` of the usual channels and `last` before the linear layer. */
export function mobileNetV2Shapes(
  { divisor, last, classes }: { divisor: number; last: number; classes: number },
): Shapes {
  const [first, ...blocks] = mobileNetV2Channels.map((channels) => channels / divisor);
  const shapes = convolutionAndNorm("features.0.0", "features.0.1", [first!, 3, 3, 3]);
  let from = first!;
  blocks.forEach((to, i) => {
    const block = `features.${i + 1}.conv`, inner = i === 0 ? from : 6 * from;
    let part = 0;
    const layer = (shape: [number, number, number, number]) => {
      shapes.push(...convolutionAndNorm(`${block}.${part}.0`, `${block}.${part}.1`, shape));
      part++;
    };
    if (i > 0) layer([inner, from, 1, 1]);
    layer([inner, 1, 3, 3]);
    shapes.push(
      ...convolutionAndNorm(`${block}.${part}`, `${block}.${part + 1}`, [to, inner, 1, 1]),
    );
    from = to;
  });
  shapes.push(...convolutionAndNorm("features.18.0", "features.18.1", [last, from, 1, 1]));
  return [...shapes, ...linear("classifier.1", [classes, last])];
}

/** Of a multilayer perceptron with these inputs, hidden units and classes. */
export function mlpShapes(widths: readonly number[]): Shapes {
  return widths.slice(1).flatMap((to, i) => linear(`layers.${i}`, [to, widths[i]!]));
}

/** Tensors of these shapes without values: enough to describe a network of any size. */
export function emptyCheckpoint(shapes: Shapes): Checkpoint {
  const data = new Float32Array(0);
  return { tensors: new Map(shapes.map(([name, shape]) => [name, { shape, data }])), metadata: {} };
}

/** Tensors of these shapes with random values of a size that keeps activations near 1; every norm and bias does something. */
export function randomCheckpoint(
  shapes: Shapes,
  seed: number,
  metadata: Record<string, string> = {},
): Checkpoint {
  const prng = createPrng(seed);
  const between = (lower: number, upper: number) => lower + (upper - lower) * prng();
  const tensors = new Map<string, Tensor<Float32Array>>();
  for (const [name, shape] of shapes) {
    const size = shape.reduce((product, n) => product * n, 1);
    const limit = shape.length > 1 ? Math.sqrt(6 / (size / shape[0]!)) : 0.5;
    const positive = shape.length === 1 && /var|gamma|\.weight$/.test(name);
    tensors.set(name, {
      shape,
      data: Float32Array.from(
        { length: size },
        () => positive ? between(0.5, 1.5) : between(-limit, limit),
      ),
    });
  }
  return { tensors, metadata };
}

/** Random images of bytes, `[size, height, width, 3]`. */
export function randomPixels(size: number, side: number, seed: number): Uint8Array {
  const prng = createPrng(seed);
  return Uint8Array.from({ length: size * side * side * 3 }, () => Math.floor(256 * prng()));
}
