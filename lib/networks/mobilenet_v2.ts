import type { Architecture } from "./architecture.ts";
import { buildDescription, hasTensor } from "./builder.ts";
import { imagenetNormalization } from "./normalization.ts";
import { convolutionAndNorm, type NormedConvolutionOptions } from "./pytorch_names.ts";

const name = "mobilenet-v2";

/** Sandler et al., table 2: the stride of each of the 17 blocks. */
const strides = [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1] as const;

/** Of the last block, at width 1. */
const widestBlock = 320;

/**
 * MobileNet v2 for ImageNet (Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018) of any width, as
 * torchvision has it: a 3x3 convolution, 17 blocks, a 1x1 convolution, global average pooling, a linear layer. A block widens by a
 * 1x1 convolution (the first one doesn't), filters each channel by a 3x3 one and narrows by a 1x1 one, behind which there is no ReLU6;
 * where neither size nor channels change, its input is added.
 *
 * Tensors: `features.0.{0,1}`, `features.1.conv.{0.0,0.1,1,2}`, `features.{2..17}.conv.{0.0,0.1,1.0,1.1,2,3}`, `features.18.{0,1}`,
 * `classifier.1`.
 */
export const mobileNetV2: Architecture = {
  name,

  members: {
    form: "mobilenet-v2-{width}",
    pattern: /^mobilenet-v2-(\d+(?:\.\d+)?)$/,
    title: (width) => `MobileNet v2 ${Number(width)}`,
  },

  matches(checkpoint) {
    return hasTensor(checkpoint, /^features\.\d+\.conv\.\d+\.0\.weight$/);
  },

  describe(checkpoint) {
    const net = buildDescription(name, checkpoint, { height: 224, width: 224 });

    const clipped = (input: string, module: string, options: NormedConvolutionOptions) =>
      net.relu6(convolutionAndNorm(net, input, [`${module}.0`, `${module}.1`], options));
    const channelsOf = (value: string) => net.shapeOf(value)[0]!;

    let x = clipped(net.input, "features.0", { kernel: 3, stride: 2 });
    for (const [i, stride] of strides.entries()) {
      const block = `features.${i + 1}`;
      // The number of the next module: without widening all move up by one.
      let part = 0;
      const widened = i === 0 ? x : clipped(x, `${block}.conv.${part++}`, { kernel: 1 });
      const filtered = clipped(widened, `${block}.conv.${part++}`, {
        kernel: 3,
        stride,
        depthwise: true,
        channels: channelsOf(widened),
      });
      const names = [`${block}.conv.${part}`, `${block}.conv.${part + 1}`] as const;
      const narrowed = convolutionAndNorm(net, filtered, names, { kernel: 1 });
      x = stride === 1 && channelsOf(narrowed) === channelsOf(x)
        ? net.add(`${block}.add`, narrowed, x)
        : narrowed;
    }
    const width = channelsOf(x) / widestBlock;
    x = clipped(x, `features.${strides.length + 1}`, { kernel: 1 });
    net.linear("classifier.1", net.flatten(net.globalAveragePool(x)), {
      weight: "classifier.1.weight",
      bias: "classifier.1.bias",
    });
    return net.finish(`MobileNet v2 ${width}`);
  },

  normalization: () => imagenetNormalization,
};
