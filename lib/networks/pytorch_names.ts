import type { NetworkBuilder, NormNames } from "./builder.ts";

/** The tensors of PyTorch's BatchNorm2d, with its default epsilon. */
export function pytorchNorm(name: string): NormNames {
  return {
    scale: `${name}.weight`,
    offset: `${name}.bias`,
    mean: `${name}.running_mean`,
    variance: `${name}.running_var`,
    epsilon: 1e-5,
  };
}

/** What a convolution of {@linkcode convolutionAndNorm} is like. */
export interface NormedConvolutionOptions {
  /** Odd. */
  readonly kernel: number;
  /** @default {1} */
  readonly stride?: number;
  /** Output channels; read off the tensor where not given. */
  readonly channels?: number | undefined;
  /** @default {false} */
  readonly depthwise?: boolean;
}

/** PyTorch's Conv2d without bias, so padded that stride 1 keeps the size, and its BatchNorm2d: the modules of these names. */
export function convolutionAndNorm(
  net: NetworkBuilder,
  input: string,
  [convolution, norm]: readonly [convolution: string, norm: string],
  options: NormedConvolutionOptions,
): string {
  const value = net.convolution(convolution, input, {
    weight: `${convolution}.weight`,
    padding: (options.kernel - 1) / 2,
    ...options,
  });
  return net.batchNormalization(norm, value, pytorchNorm(norm));
}
