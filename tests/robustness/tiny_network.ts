import type { Tensor } from "../../lib/checkpoints/checkpoint.ts";
import type { NetworkDescription, NetworkNode } from "../../lib/networks/description.ts";
import { readFixture } from "../fixture.ts";

/** tests/fixtures/robustness/robustness.json. */
interface RobustnessFixture {
  attack: {
    side: number;
    classes: number;
    mean: [number, number, number];
    deviation: [number, number, number];
    shapes: Record<string, number[]>;
    tensors: Record<string, number[]>;
    pixels: number[];
    labels: number[];
    losses: number[];
    gradients: number[];
    epsilon: number;
    fgsm: number[];
    fgsm_losses: number[];
    steps: number;
    step_size: number;
    steepest_losses: number[];
  };
  jpeg: {
    height: number;
    width: number;
    quality: number;
    pixels: number[];
    compressed: number[];
  }[];
}

export const robustnessFixture: RobustnessFixture = readFixture("robustness/robustness.json");

/** The network of the fixture, as a description with other values than the fixture's where given. */
export function tinyNetwork(changed: Record<string, readonly number[]> = {}) {
  const { attack } = robustnessFixture;
  const { side, classes, shapes } = attack;
  const tensors = new Map<string, Tensor<Float32Array>>(
    Object.entries({ ...attack.tensors, ...changed }).map((
      [name, values],
    ) => [name, { shape: shapes[name]!, data: Float32Array.from(values) }]),
  );
  const map = [4, side, side];
  const convolution = { kind: "convolution", stride: 1, padding: [1, 1, 1, 1] } as const;
  const nodes: NetworkNode[] = [
    { kind: "input", name: "image", inputs: [], shape: [3, side, side] },
    { ...convolution, name: "a", inputs: ["image"], shape: map, weight: "first", groups: 1 },
    {
      kind: "batch-normalization",
      name: "b",
      inputs: ["a"],
      shape: map,
      scale: "scale",
      offset: "offset",
      mean: "mean",
      variance: "variance",
      epsilon: 1e-5,
    },
    { kind: "relu", name: "c", inputs: ["b"], shape: map },
    {
      ...convolution,
      name: "d",
      inputs: ["c"],
      shape: map,
      weight: "second",
      bias: "second_bias",
      groups: 4,
    },
    { kind: "relu6", name: "e", inputs: ["d"], shape: map },
    { kind: "add", name: "f", inputs: ["c", "e"], shape: map },
    {
      kind: "max-pool",
      name: "g",
      inputs: ["f"],
      shape: [4, 2, 2],
      window: 3,
      stride: 3,
      padding: [0, 0, 0, 0],
    },
    { kind: "flatten", name: "h", inputs: ["g"], shape: [16] },
    {
      kind: "linear",
      name: "logits",
      inputs: ["h"],
      shape: [classes],
      weight: "linear",
      bias: "bias",
    },
  ];
  const description: NetworkDescription = {
    network: "tiny",
    title: "a tiny network",
    input: { height: side, width: side },
    classes,
    normalization: { mean: attack.mean, standardDeviation: attack.deviation },
    parameters: [...tensors].map(([name, { shape }]) => ({ name, shape })),
    nodes,
  };
  return {
    description,
    tensors,
    pixels: Uint8Array.from(attack.pixels),
    labels: Uint16Array.from(attack.labels),
  };
}
