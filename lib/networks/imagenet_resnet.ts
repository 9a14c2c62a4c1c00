import type { Architecture } from "./architecture.ts";
import { buildDescription, countBlocks, hasTensor } from "./builder.ts";
import { imagenetNormalization } from "./normalization.ts";
import { convolutionAndNorm, type NormedConvolutionOptions } from "./pytorch_names.ts";

const name = "imagenet-resnet";

/** He et al., table 1: the blocks of each stage. */
const published: Readonly<Record<number, string>> = {
  18: "2, 2, 2, 2 basic",
  34: "3, 4, 6, 3 basic",
  50: "3, 4, 6, 3 bottleneck",
  101: "3, 4, 23, 3 bottleneck",
  152: "3, 8, 36, 3 bottleneck",
};

/**
 * The ResNet for ImageNet of He et al. ("Deep Residual Learning for Image Recognition", CVPR 2016, table 1), of any depth and width,
 * as torchvision has it: a 7x7 convolution of stride 2, a 3x3 maximum pool of stride 2, four stages of basic blocks (two 3x3
 * convolutions) or bottlenecks (1x1, 3x3, which takes the stride, and 1x1), global average pooling, a linear layer. Where a block changes
 * the size or the number of channels its shortcut is a 1x1 convolution with batch norm.
 *
 * Tensors: `conv1`, `bn1`, `layer{1..4}.{i}.conv{1,2}` (of bottlenecks `conv3` too), `.bn{1,2,3}`, `.downsample.{0,1}`, `fc`.
 */
export const imagenetResNet: Architecture = {
  name,

  members: {
    form: "resnet{18,34,50,101,152}",
    pattern: /^resnet(18|34|50|101|152)$/,
    title: (depth) => `ResNet-${depth}`,
  },

  matches(checkpoint) {
    return hasTensor(checkpoint, /^layer4\.\d+\.conv1\.weight$/) &&
      !hasTensor(checkpoint, /^layer\d+\.\d+\.shortcut\./);
  },

  describe(checkpoint) {
    const bottleneck = hasTensor(checkpoint, /^layer1\.0\.conv3\.weight$/);
    const net = buildDescription(name, checkpoint, { height: 224, width: 224 });

    const layer = (input: string, block: string, i: number, options: NormedConvolutionOptions) =>
      convolutionAndNorm(net, input, [`${block}conv${i}`, `${block}bn${i}`], options);
    const channelsOf = (value: string) => net.shapeOf(value)[0]!;

    const stem = net.relu(layer(net.input, "", 1, { kernel: 7, stride: 2 }));
    let x = net.maxPool("maxpool", stem, { window: 3, stride: 2, padding: 1 });
    const depths = [1, 2, 3, 4].map((stage) =>
      countBlocks(checkpoint, new RegExp(`^layer${stage}\\.(\\d+)\\.`))
    );
    for (const [stage, depth] of depths.entries()) {
      // Read off the stage's first block; the others must have the same.
      let inner: number | undefined, outer: number | undefined;
      for (let i = 0; i < depth; i++) {
        const block = `layer${stage + 1}.${i}.`;
        const stride = stage > 0 && i === 0 ? 2 : 1;
        let branch = layer(x, block, 1, {
          kernel: bottleneck ? 1 : 3,
          stride: bottleneck ? 1 : stride,
          channels: inner,
        });
        inner = channelsOf(branch);
        branch = layer(net.relu(branch), block, 2, {
          kernel: 3,
          stride: bottleneck ? stride : 1,
          channels: inner,
        });
        if (bottleneck) {
          branch = layer(net.relu(branch), block, 3, { kernel: 1, channels: outer });
        }
        outer = channelsOf(branch);
        const shortcut = stride > 1 || outer !== channelsOf(x)
          ? convolutionAndNorm(net, x, [`${block}downsample.0`, `${block}downsample.1`], {
            kernel: 1,
            stride,
            channels: outer,
          })
          : x;
        x = net.relu(net.add(`${block}add`, branch, shortcut));
      }
    }
    net.linear("fc", net.flatten(net.globalAveragePool(x)), {
      weight: "fc.weight",
      bias: "fc.bias",
    });
    return net.finish(titleOf(depths, bottleneck));
  },

  normalization: () => imagenetNormalization,
};

function titleOf(depths: readonly number[], bottleneck: boolean): string {
  const blocks = `${depths.join(", ")} ${bottleneck ? "bottleneck" : "basic"}`;
  const depth = depths.reduce((sum, n) => sum + n, 0) * (bottleneck ? 3 : 2) + 2;
  const title = `ResNet-${depth}`;
  return published[depth] === blocks ? title : `${title} of ${blocks} blocks`;
}
