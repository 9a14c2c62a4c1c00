import type { NormNames } from "./builder.ts";

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
