import type { Architecture } from "./architecture.ts";
import { buildDescription, countBlocks, hasTensor } from "./builder.ts";
import { cifarNormalization } from "./normalization.ts";
import { pytorchNorm } from "./pytorch_names.ts";

const name = "wide-resnet";

/**
 * The wide residual network for CIFAR of Zagoruyko and Komodakis ("Wide Residual Networks", BMVC 2016), of any depth 6n + 4 and any
 * width: batch norm and ReLU stand before each convolution. Where a block changes the number of channels or the size, its activated
 * input feeds both branches and the shortcut is a 1x1 convolution; elsewhere the shortcut carries the input as it came.
 *
 * Tensors: `conv1`, `layer{1,2,3}.layer.{i}.bn{1,2}`, `.conv{1,2}`, `.convShortcut`, `bn1`, `linear`.
 */
export const wideResNet: Architecture = {
  name,

  members: {
    form: "wrn{6n+4}-{width}",
    pattern: /^wrn(\d+)-(\d+(?:\.\d+)?)$/,
    title: (depth, width) => `WRN-${depth}-${Number(width)}`,
  },

  matches(checkpoint) {
    return hasTensor(checkpoint, /^layer\d+\.layer\.\d+\.conv1\.weight$/);
  },

  describe(checkpoint) {
    const blocks = countBlocks(checkpoint, /^layer\d+\.layer\.(\d+)\./);
    const net = buildDescription(name, checkpoint, { height: 32, width: 32 });

    const convolution = (
      layer: string,
      input: string,
      options: { kernel: number; stride?: number; channels?: number },
    ) =>
      net.convolution(layer, input, {
        weight: `${layer}.weight`,
        padding: (options.kernel - 1) / 2,
        ...options,
      });
    const activate = (norm: string, input: string) =>
      net.relu(net.batchNormalization(norm, input, pytorchNorm(norm)));

    let x = convolution("conv1", net.input, { kernel: 3 });
    const [base] = net.shapeOf(x);
    for (const stage of [1, 2, 3]) {
      let width: number | undefined;
      for (let i = 0; i < blocks; i++) {
        const block = `layer${stage}.layer.${i}`;
        const stride = stage > 1 && i === 0 ? 2 : 1;
        const activated = activate(`${block}.bn1`, x);
        const inner = convolution(`${block}.conv1`, activated, {
          kernel: 3,
          stride,
          channels: width,
        });
        const channels = width = net.shapeOf(inner)[0]!;
        const branch = convolution(`${block}.conv2`, activate(`${block}.bn2`, inner), {
          kernel: 3,
          channels,
        });
        const changes = stride > 1 || channels !== net.shapeOf(x)[0];
        const shortcut = changes
          ? convolution(`${block}.convShortcut`, activated, { kernel: 1, stride, channels })
          : x;
        x = net.add(`${block}.add`, branch, shortcut);
      }
    }
    const widest = net.shapeOf(x)[0]!;
    const features = net.flatten(net.globalAveragePool(activate("bn1", x)));
    net.linear("linear", features, { weight: "linear.weight", bias: "linear.bias" });
    return net.finish(`WRN-${6 * blocks + 4}-${widest / (4 * base!)}`);
  },

  normalization: cifarNormalization,
};
