import type {
  BatchNormalizationNode,
  ConvolutionNode,
  NetworkDescription,
  NetworkNode,
  Normalization,
} from "../../lib/networks/description.ts";

const asTheyAre: Normalization = { mean: [0, 0, 0], standardDeviation: [1, 1, 1] };

/** A network of these nodes behind a value `input` of this shape; its parameters aren't listed. */
export function describeNodes(
  shape: readonly [channels: number, height: number, width: number],
  nodes: readonly NetworkNode[],
  normalization = asTheyAre,
): NetworkDescription {
  const [, height, width] = shape;
  return {
    network: "test",
    title: "test",
    input: { height, width },
    classes: nodes.at(-1)!.shape[0]!,
    normalization,
    parameters: [],
    nodes: [{ kind: "input", name: "input", inputs: [], shape }, ...nodes],
  };
}

/** A 1x1 convolution `convolution` with weight `w`, and its norm `norm`, whose tensors are called as its fields. */
export function convolutionAndNorm(
  input: string,
  shape: readonly number[],
  epsilon: number,
): [ConvolutionNode, BatchNormalizationNode] {
  return [
    {
      kind: "convolution",
      name: "convolution",
      inputs: [input],
      shape,
      weight: "w",
      stride: 1,
      padding: [0, 0, 0, 0],
      groups: 1,
    },
    {
      kind: "batch-normalization",
      name: "norm",
      inputs: ["convolution"],
      shape,
      scale: "scale",
      offset: "offset",
      mean: "mean",
      variance: "variance",
      epsilon,
    },
  ];
}
