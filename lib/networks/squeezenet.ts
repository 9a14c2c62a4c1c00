import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { Architecture } from "./architecture.ts";
import { buildDescription, hasTensor, type WeightNames } from "./builder.ts";
import { imagenetNormalization } from "./normalization.ts";

const name = "squeezenet";

interface Version {
  readonly title: string;
  readonly firstKernel: number;
  /** Between which layers the maximum is pooled: after conv1 (1) or after fire module 2 to 9. */
  readonly poolAfter: readonly number[];
}

const version10: Version = { title: "SqueezeNet 1.0", firstKernel: 7, poolAfter: [1, 4, 8] };
const version11: Version = { title: "SqueezeNet 1.1", firstKernel: 3, poolAfter: [1, 3, 5] };

/**
 * SqueezeNet 1.0 and 1.1 for ImageNet (Iandola et al., arXiv:1602.07360), told apart by the first kernel, 7x7 or 3x3; any widths.
 * Fire modules 2 to 9 squeeze by a 1x1 convolution and expand by a 1x1 and a 3x3 one side by side; the last convolution, with ReLU, is
 * averaged into the logits. Neither the first convolution nor the 3x3/2 maximum pools are padded; a last window that reaches over
 * the edge counts (PyTorch's ceil_mode), which at 224 pixels happens in version 1.0 only.
 *
 * Tensors: torchvision's `features.{i}.weight`, `features.{i}.{squeeze,expand1x1,expand3x3}.weight`, `classifier.1.weight`, or
 * `squeezenet0_conv{0..25}_weight` as in the ONNX model zoo, each with its bias.
 */
export const squeezeNet: Architecture = {
  name,

  members: {
    form: "squeezenet{1.0,1.1}",
    pattern: /^squeezenet(1\.[01])$/,
    title: (version) => `SqueezeNet ${version}`,
  },

  matches(checkpoint) {
    return hasTensor(checkpoint, /^squeezenet\d+_conv\d+_weight$/) ||
      hasTensor(checkpoint, /^features\.\d+\.squeeze\.weight$/);
  },

  describe(checkpoint) {
    const named = numberedNames(checkpoint);
    const first = (named ?? torchvisionNames(version11)).first;
    const kernel = checkpoint.tensors.get(first.weight)?.shape[2];
    const version = kernel === version10.firstKernel ? version10 : version11;
    const names = named ?? torchvisionNames(version);

    const net = buildDescription(name, checkpoint, { height: 224, width: 224 });
    const layer = (
      name: string,
      input: string,
      names: WeightNames,
      options: { kernel: number; stride?: number; padding?: number },
    ) => net.relu(net.convolution(name, input, { ...names, ...options }));

    let x = layer("conv1", net.input, names.first, { kernel: version.firstKernel, stride: 2 });
    for (let fire = 1; fire <= 9; fire++) {
      if (fire > 1) {
        const module = `fire${fire}`;
        const { squeeze, expand1x1, expand3x3 } = names.fire(fire);
        const squeezed = layer(`${module}.squeeze`, x, squeeze, { kernel: 1 });
        x = net.concatenate(module, [
          layer(`${module}.expand1x1`, squeezed, expand1x1, { kernel: 1 }),
          layer(`${module}.expand3x3`, squeezed, expand3x3, { kernel: 3, padding: 1 }),
        ]);
      }
      if (version.poolAfter.includes(fire)) {
        x = net.maxPool(`${x}.pool`, x, { window: 3, stride: 2, padding: "ceil" });
      }
    }
    x = layer("classifier", x, names.last, { kernel: 1 });
    net.flatten(net.globalAveragePool(x));
    return net.finish(version.title);
  },

  normalization: () => imagenetNormalization,
};

interface Names {
  readonly first: WeightNames;
  fire(module: number): Record<"squeeze" | "expand1x1" | "expand3x3", WeightNames>;
  readonly last: WeightNames;
}

/** Names by the convolutions' numbers, if the checkpoint has such. */
function numberedNames({ tensors }: Checkpoint): Names | undefined {
  const prefix = tensors.keys().map((name) => name.match(/^(squeezenet\d+_conv)\d+_/)?.[1])
    .find((match) => match !== undefined);
  if (prefix === undefined) return undefined;
  const convolution = (number: number) => ({
    weight: `${prefix}${number}_weight`,
    bias: `${prefix}${number}_bias`,
  });
  return {
    first: convolution(0),
    fire: (module) => ({
      squeeze: convolution(3 * module - 5),
      expand1x1: convolution(3 * module - 4),
      expand3x3: convolution(3 * module - 3),
    }),
    last: convolution(25),
  };
}

/** Torchvision numbers its pools and first ReLU among the features: fire module 2 is the third. */
function torchvisionNames({ poolAfter }: Version): Names {
  const layer = (name: string) => ({ weight: `${name}.weight`, bias: `${name}.bias` });
  return {
    first: layer("features.0"),
    fire: (module) => {
      const poolsBefore = poolAfter.filter((fire) => fire > 1 && fire < module).length;
      const feature = `features.${module + 1 + poolsBefore}`;
      return {
        squeeze: layer(`${feature}.squeeze`),
        expand1x1: layer(`${feature}.expand1x1`),
        expand3x3: layer(`${feature}.expand3x3`),
      };
    },
    last: layer("classifier.1"),
  };
}
