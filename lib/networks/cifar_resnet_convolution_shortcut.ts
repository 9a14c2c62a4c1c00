import type { Architecture } from "./architecture.ts";
import { buildDescription, countBlocks, hasTensor } from "./builder.ts";
import { cifarNormalization } from "./normalization.ts";
import { convolutionAndNorm } from "./pytorch_names.ts";

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

  members: {
    form: "resnet{6n+2}-cifar",
    pattern: /^resnet(\d+)-cifar$/,
    title: (depth) => `ResNet-${depth} with convolution shortcuts`,
  },

  matches(checkpoint) {
    return hasTensor(checkpoint, /^layer\d+\.\d+\.shortcut\.0\.weight$/);
  },

  describe(checkpoint) {
    const blocks = countBlocks(checkpoint, /^layer\d+\.(\d+)\./);
    const net = buildDescription(name, checkpoint, { height: 32, width: 32 });

    const layer = (input: string, block: string, i: number, stride = 1, channels?: number) =>
      convolutionAndNorm(net, input, [`${block}conv${i}`, `${block}bn${i}`], {
        kernel: 3,
        stride,
        channels,
      });

    let x = net.relu(layer(net.input, "", 1));
    for (const stage of [1, 2, 3]) {
      let width: number | undefined;
      for (let i = 0; i < blocks; i++) {
        const block = `layer${stage}.${i}.`;
        const stride = stage > 1 && i === 0 ? 2 : 1;
        const inner = layer(x, block, 1, stride, width);
        width = net.shapeOf(inner)[0]!;
        const branch = layer(net.relu(inner), block, 2, 1, width);
        const shortcut = i === 0
          ? convolutionAndNorm(net, x, [`${block}shortcut.0`, `${block}shortcut.1`], {
            kernel: 1,
            stride,
            channels: width,
          })
          : x;
        x = net.add(`${block}add`, branch, shortcut);
      }
      x = net.relu(x);
    }
    const pooled = net.averagePool("pool", x, { window: 4, stride: 4 });
    net.linear("linear", net.flatten(pooled), { weight: "linear.weight", bias: "linear.bias" });
    return net.finish(`ResNet-${6 * blocks + 2} with convolution shortcuts`);
  },

  normalization: cifarNormalization,
};
