import type { Architecture } from "./architecture.ts";
import { buildDescription, hasTensor } from "./builder.ts";
import { signedNormalization } from "./normalization.ts";

const name = "mobilenet-v1";

const depthwiseStrides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1] as const;

/**
 * MobileNet v1 for ImageNet (Howard et al., arXiv:1704.04861) of any width, as Keras has it: a 3x3 convolution, 13 pairs of a depthwise
 * 3x3 and a 1x1 convolution, each with batch norm (epsilon 1e-3) and ReLU6, global average pooling, and a 1x1 convolution to the
 * classes. Its padding is TensorFlow's "same", which at stride 2 puts the one row and column of zeros to the bottom and right.
 *
 * Tensors: `conv1/kernel`, `conv_dw_{i}/depthwise_kernel`, `conv_pw_{i}/kernel`, `{conv1,conv_dw_{i},conv_pw_{i}}_bn/gamma`, `/beta`,
 * `/moving_mean`, `/moving_variance`, `conv_preds/kernel`, `/bias`.
 */
export const mobileNetV1: Architecture = {
  name,

  members: {
    form: "mobilenet-v1-{width}",
    pattern: /^mobilenet-v1-(\d+(?:\.\d+)?)$/,
    title: (width) => `MobileNet v1 ${Number(width)}`,
  },

  matches(checkpoint) {
    return hasTensor(checkpoint, /^conv_dw_\d+\/depthwise_kernel$/);
  },

  describe(checkpoint) {
    const net = buildDescription(name, checkpoint, { height: 224, width: 224 });

    const layer = (
      layer: string,
      input: string,
      options: { kernel: number; stride?: number; depthwise?: boolean; channels?: number },
    ) => {
      const convolution = net.convolution(layer, input, {
        weight: `${layer}/${options.depthwise ? "depthwise_kernel" : "kernel"}`,
        padding: "same",
        ...options,
      });
      const norm = `${layer}_bn`;
      return net.relu6(net.batchNormalization(norm, convolution, {
        scale: `${norm}/gamma`,
        offset: `${norm}/beta`,
        mean: `${norm}/moving_mean`,
        variance: `${norm}/moving_variance`,
        epsilon: 1e-3,
      }));
    };

    let x = layer("conv1", net.input, { kernel: 3, stride: 2 });
    const width = net.shapeOf(x)[0]! / 32;
    for (const [i, stride] of depthwiseStrides.entries()) {
      const channels = net.shapeOf(x)[0]!;
      x = layer(`conv_dw_${i + 1}`, x, { kernel: 3, stride, depthwise: true, channels });
      x = layer(`conv_pw_${i + 1}`, x, { kernel: 1 });
    }
    const logits = net.convolution("conv_preds", net.globalAveragePool(x), {
      weight: "conv_preds/kernel",
      bias: "conv_preds/bias",
      kernel: 1,
    });
    net.flatten(logits);
    return net.finish(`MobileNet v1 ${width}`);
  },

  normalization: () => signedNormalization,
};
