import type { Architecture } from "./architecture.ts";
import { buildDescription, countBlocks, hasTensor } from "./builder.ts";
import { cifarNormalization } from "./normalization.ts";
import { pytorchNorm } from "./pytorch_names.ts";

const name = "cifar-resnet-convolution-shortcut";

/**
 * The ResNet for CIFAR of karanchahal/distiller, of any depth 6n + 2 and any width. It differs from the textbook's
 * (`cifar-resnet`): conv1 has 64 channels before stages of 16, 32 and 64; the first block of every stage has a 1x1 convolution with batch
 * norm as its shortcut; a ReLU follows the addition at the end of a stage only; 4x4 average pooling leaves four values of each channel.
 *
 * Tensors: `conv1`, `bn1`, `layer{1,2,3}.{i}.conv{1,2}`, `.bn{1,2}`, `layer{1,2,3}.0.shortcut.{0,1}`, `linear`.
 */
export const cifarResNetConvolutionShortcut: Architecture = {
  name,

  matches(checkpoint) {
    return hasTensor(checkpoint, /^layer\d+\.\d+\.shortcut\.0\.weight$/);
  },

  describe(checkpoint) {
    const blocks = countBlocks(checkpoint, /^layer\d+\.(\d+)\./);
    const net = buildDescription(name, checkpoint, { height: 32, width: 32 });

    const layer = (
      input: string,
      convolution: string,
      norm: string,
      options: { kernel?: number; stride?: number; channels?: number } = {},
    ) => {
      const { kernel = 3 } = options;
      const y = net.convolution(convolution, input, {
        weight: `${convolution}.weight`,
        padding: (kernel - 1) / 2,
        ...options,
        kernel,
      });
      return net.batchNormalization(norm, y, pytorchNorm(norm));
    };

    let x = net.relu(layer(net.input, "conv1", "bn1"));
    for (const stage of [1, 2, 3]) {
      let width: number | undefined;
      for (let i = 0; i < blocks; i++) {
        const block = `layer${stage}.${i}`;
        const stride = stage > 1 && i === 0 ? 2 : 1;
        const inner = layer(x, `${block}.conv1`, `${block}.bn1`, { stride, channels: width });
        const channels = width = net.shapeOf(inner)[0]!;
        const branch = layer(net.relu(inner), `${block}.conv2`, `${block}.bn2`, { channels });
        const shortcut = i === 0
          ? layer(x, `${block}.shortcut.0`, `${block}.shortcut.1`, { kernel: 1, stride, channels })
          : x;
        x = net.add(`${block}.add`, branch, shortcut);
      }
      x = net.relu(x);
    }
    const pooled = net.averagePool("pool", x, { window: 4, stride: 4 });
    net.linear("linear", net.flatten(pooled), { weight: "linear.weight", bias: "linear.bias" });
    return net.finish(`ResNet-${6 * blocks + 2} with convolution shortcuts`);
  },

  normalization: cifarNormalization,
};
