import type { ImageSet } from "../../datasets/image_set.ts";
import type { Tensor } from "../../lib/checkpoints/checkpoint.ts";
import type { NetworkDescription, NetworkNode } from "../../lib/networks/description.ts";
import { readFixture } from "../fixture.ts";

interface Network {
  pixels: number[];
  classes: number;
  bias: number[];
}

/** tests/fixtures/calibration_sensitivity/sensitivity.json. */
export interface SensitivityFixture {
  divergences: {
    classes: number;
    reference: number[];
    outputs: number[];
    divergence: number;
    changed: number;
  }[];
  regression: Network & {
    weights: number[];
    mean_diagonal: number;
    off_diagonal_norm: number;
    mean_squares: number[];
  };
  convolutions: Network & {
    shapes: Record<string, number[]>;
    weights: Record<string, number[]>;
    diagonals: Record<string, number[]>;
  };
}

/** A network of the fixture, ready for measuring. */
export interface TinyNetwork {
  readonly description: NetworkDescription;
  readonly tensors: ReadonlyMap<string, Tensor<Float32Array>>;
  readonly dataset: ImageSet;
}

export const sensitivityFixture = readFixture<SensitivityFixture>(
  "calibration_sensitivity/sensitivity.json",
);

const side = 4;

const input = { kind: "input", name: "image", inputs: [], shape: [3, side, side] } as const;

/** A softmax regression on the pixels. */
export function tinyRegression(): TinyNetwork {
  const { weights, classes, ...network } = sensitivityFixture.regression;
  return describe({ classes, ...network }, { linear: weights }, {
    linear: [classes, 3 * side * side],
  }, [
    input,
    { kind: "flatten", name: "flat", inputs: ["image"], shape: [3 * side * side] },
    { kind: "linear", name: "logits", inputs: ["flat"], shape: [classes], ...linear },
  ]);
}

/** Three convolutions, a ReLU behind the first, and a linear layer. */
export function tinyConvolutions(): TinyNetwork {
  const { weights, shapes, classes, ...network } = sensitivityFixture.convolutions;
  const map = (channels: number) => [channels, side, side];
  const plain = { kind: "convolution", stride: 1, groups: 1 } as const;
  const same = [1, 1, 1, 1] as const, none = [0, 0, 0, 0] as const;
  return describe({ classes, ...network }, weights, shapes, [
    input,
    { ...plain, name: "a", inputs: ["image"], shape: map(2), weight: "first", padding: same },
    { kind: "relu", name: "b", inputs: ["a"], shape: map(2) },
    { ...plain, name: "c", inputs: ["b"], shape: map(1), weight: "second", padding: none },
    { ...plain, name: "d", inputs: ["c"], shape: map(1), weight: "third", padding: none },
    { kind: "flatten", name: "flat", inputs: ["d"], shape: [side * side] },
    { kind: "linear", name: "logits", inputs: ["flat"], shape: [classes], ...linear },
  ]);
}

const linear = { weight: "linear", bias: "bias" } as const;

function describe(
  { pixels, classes, bias }: Network,
  weights: Record<string, number[]>,
  shapes: Record<string, number[]>,
  nodes: readonly NetworkNode[],
): TinyNetwork {
  const tensors = new Map(
    Object.entries({ ...weights, bias }).map(([name, values]) => [
      name,
      { shape: shapes[name] ?? [classes], data: Float32Array.from(values) },
    ]),
  );
  const size = pixels.length / (3 * side * side);
  return {
    description: {
      network: "tiny",
      title: "a tiny network",
      input: { height: side, width: side },
      classes,
      normalization: { mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5] },
      parameters: [...tensors].map(([name, { shape }]) => ({ name, shape })),
      nodes,
    },
    tensors,
    dataset: {
      name: "noise",
      classes,
      size,
      height: side,
      width: side,
      pixels: Uint8Array.from(pixels),
      labels: new Uint16Array(size),
      caveats: [],
    },
  };
}
