import type { Architecture } from "./architecture.ts";
import { buildDescription, countBlocks, hasTensor } from "./builder.ts";
import { imagenetNormalization } from "./normalization.ts";
import { convolutionAndNorm } from "./pytorch_names.ts";

const name = "cifar-resnet";

/**
 * The ResNet for CIFAR of He et al. ("Deep Residual Learning for Image Recognition", CVPR 2016, section 4.2), of any depth
 * 6n + 2 and any width: a 3x3 convolution, three stages of n blocks, global average pooling, a linear layer. Shortcuts have no
 * weights (option A): where a stage halves the image, every other pixel is taken and the new channels are zeros, half of them on each
 * side.
 *
 * Tensors: `conv1`, `bn1`, `layer{1,2,3}.{i}.conv{1,2}`, `.bn{1,2}`, `linear` (or `fc`).
 */
export const cifarResNet: Architecture = {
  name,

  members: {
    form: "resnet{6n+2}-cifar",
    pattern: /^resnet(\d+)-cifar$/,
    title: (depth) => `ResNet-${depth}`,
  },

  matches(checkpoint) {
    return hasTensor(checkpoint, /^layer\d+\.\d+\.conv1\.weight$/) &&
      !hasTensor(checkpoint, /^layer(4\.|\d+\.\d+\.shortcut\.)/);
  },

  describe(checkpoint) {
    const blocks = countBlocks(checkpoint, /^layer\d+\.(\d+)\./);
    const net = buildDescription(name, checkpoint, { height: 32, width: 32 });

    const layer = (input: string, block: string, i: number, stride: number, channels?: number) =>
      convolutionAndNorm(net, input, [`${block}conv${i}`, `${block}bn${i}`], {
        kernel: 3,
        stride,
        channels,
      });

    let x = net.relu(layer(net.input, "", 1, 1));
    let [width] = net.shapeOf(x);
    for (const stage of [1, 2, 3]) {
      for (let i = 0; i < blocks; i++) {
        const block = `layer${stage}.${i}.`;
        // Only stages 2 and 3 open with another width, which is read off their first tensor.
        const opens = stage > 1 && i === 0;
        const stride = opens ? 2 : 1;
        const inner = layer(x, block, 1, stride, opens ? undefined : width);
        [width] = net.shapeOf(inner);
        const branch = layer(net.relu(inner), block, 2, 1, width);
        const shortcut = opens
          ? net.padChannels(
            `${block}shortcut`,
            net.subsample(`${block}subsample`, x, { stride }),
            { channels: width!, because: `${block}conv1.weight` },
          )
          : x;
        x = net.relu(net.add(`${block}add`, branch, shortcut));
      }
    }
    const last = checkpoint.tensors.has("fc.weight") ? "fc" : "linear";
    net.linear(last, net.flatten(net.globalAveragePool(x)), {
      weight: `${last}.weight`,
      bias: `${last}.bias`,
    });
    return net.finish(`ResNet-${6 * blocks + 2}`);
  },

  normalization: () => imagenetNormalization,
};
