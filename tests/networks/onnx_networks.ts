import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import type { NetworkDescription } from "../../lib/networks/description.ts";
import { onnxModel, type OnnxModelOptions } from "../../lib/networks/onnx_model.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { architectures } from "./every_architecture.ts";
import {
  fullSqueezeNetFires,
  randomCheckpoint,
  randomPixels,
  type Shapes,
  squeezeNetShapes,
} from "./random_networks.ts";

/** A network with random weights, and images of bytes for it. */
export interface OnnxExample {
  readonly name: string;
  readonly description: NetworkDescription;
  readonly tensors: Checkpoint["tensors"];
  readonly pixels: Uint8Array;
  readonly size: number;
}

/** Every way to write a model, by a short name. */
export const onnxVariants: Readonly<Record<string, OnnxModelOptions>> = {
  "normalized": {},
  "normalized, unfolded": { foldBatchNorm: false },
  "bytes": { input: "bytes" },
  "bytes, unfolded": { input: "bytes", foldBatchNorm: false, metadata: { note: "by a test" } },
};

/** Its last window of each maximum reaches over the edge. */
const overhanging = squeezeNetShapes({
  kernel: 7,
  first: 4,
  fires: fullSqueezeNetFires.map(() => [2, 3] as const),
  classes: 11,
  names: "torchvision",
});

/** Small, but of every architecture, and one with what none of them has. */
export function onnxExamples(): OnnxExample[] {
  const checkpoints = { ...architectures, overhanging: randomCheckpoint(overhanging, 1) };
  const examples = Object.entries(checkpoints).map(([name, checkpoint]) => ({
    name,
    description: describeNetwork(checkpoint),
    tensors: checkpoint.tensors,
  }));
  return [...examples, oddities()].map((example, i) => {
    const { height } = example.description.input;
    const size = height === 224 ? 1 : 2;
    return { ...example, size, pixels: randomPixels(size, height, 100 + i) };
  });
}

/** The model's bytes, and their SHA-256 in hexadecimal digits. */
export async function writeExample(
  { description, tensors }: OnnxExample,
  options: OnnxModelOptions,
): Promise<{ readonly model: Uint8Array<ArrayBuffer>; readonly sha256: string }> {
  const model = onnxModel(description, tensors, options);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", model)).toHex();
  return { model, sha256 };
}

/** Groups, a bias before a norm, uneven paddings, strides and zero channels, a map that becomes a vector, and names that ask for trouble. */
function oddities(): Omit<OnnxExample, "pixels" | "size"> {
  const shapes: Shapes = [
    ["input", [6, 3, 3, 2]],
    ["logits", [6, 2, 2, 3]],
    ["grouped bias", [6]],
    ...["scale.weight", "offset", "mean", "running_var"]
      .map((part): [string, number[]] => [part, [6]]),
    ["matrix", [5, 36]],
    ["vector", [5]],
  ];
  return {
    name: "oddities",
    tensors: randomCheckpoint(shapes, 9).tensors,
    description: {
      network: "test",
      title: "oddities",
      input: { height: 9, width: 9 },
      classes: 5,
      normalization: { mean: [0.4, 0.5, 0.6], standardDeviation: [0.2, 0.3, 0.4] },
      parameters: shapes.map(([name, shape]) => ({ name, shape })),
      nodes: [
        { kind: "input", name: "x", inputs: [], shape: [3, 9, 9] },
        {
          kind: "convolution",
          name: "vector",
          inputs: ["x"],
          shape: [6, 10, 8],
          weight: "input",
          stride: 1,
          padding: [2, 0, 1, 0],
          groups: 1,
        },
        { kind: "relu6", name: "matrix", inputs: ["vector"], shape: [6, 10, 8] },
        {
          kind: "convolution",
          name: "input",
          inputs: ["matrix"],
          shape: [6, 5, 4],
          weight: "logits",
          bias: "grouped bias",
          stride: 2,
          padding: [0, 1, 1, 1],
          groups: 3,
        },
        {
          kind: "batch-normalization",
          name: "norm",
          inputs: ["input"],
          shape: [6, 5, 4],
          scale: "scale.weight",
          offset: "offset",
          mean: "mean",
          variance: "running_var",
          epsilon: 1e-3,
        },
        {
          kind: "max-pool",
          name: "max",
          inputs: ["norm"],
          shape: [6, 3, 2],
          window: 3,
          stride: 2,
          padding: [1, 0, 1, 1],
        },
        { kind: "subsample", name: "kept", inputs: ["norm"], shape: [6, 3, 2], stride: 2 },
        { kind: "add", name: "sum", inputs: ["max", "kept"], shape: [6, 3, 2] },
        {
          kind: "average-pool",
          name: "mean",
          inputs: ["sum"],
          shape: [6, 2, 1],
          window: 2,
          stride: 1,
        },
        {
          kind: "pad-channels",
          name: "padded",
          inputs: ["mean"],
          shape: [9, 2, 1],
          before: 1,
          after: 2,
        },
        {
          kind: "concatenate",
          name: "both",
          inputs: ["padded", "padded"],
          shape: [18, 2, 1],
        },
        { kind: "flatten", name: "flat", inputs: ["both"], shape: [36] },
        {
          kind: "linear",
          name: "last",
          inputs: ["flat"],
          shape: [5],
          weight: "matrix",
          bias: "vector",
        },
      ],
    },
  };
}
