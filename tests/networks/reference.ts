import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import type {
  ConvolutionNode,
  NetworkDescription,
  NetworkNode,
  Padding,
} from "../../lib/networks/description.ts";

type Tensors = Checkpoint["tensors"];
type Values = Float64Array;

/**
 * Computes a description by the book: one image, `[channels, height, width]`, in double precision, each node as its documentation says,
 * with nothing folded, fused or reordered.
 */
export function interpret(
  { nodes }: NetworkDescription,
  tensors: Tensors,
  image: Values,
): Values {
  const values = new Map<string, Values>();
  const shapes = new Map<string, readonly number[]>();
  for (const node of nodes) {
    const inputs = node.inputs.map((name) => values.get(name)!);
    const inputShapes = node.inputs.map((name) => shapes.get(name)!);
    const value = node.kind === "input" ? image : compute(node, inputs, inputShapes, tensors);
    const length = node.shape.reduce((product, size) => product * size, 1);
    if (value.length !== length) {
      throw new Error(`${node.name} has ${value.length} values, its shape says ${length}`);
    }
    values.set(node.name, value);
    shapes.set(node.name, node.shape);
  }
  return values.get(nodes.at(-1)!.name)!;
}

function compute(
  node: Exclude<NetworkNode, { kind: "input" }>,
  inputs: readonly Values[],
  shapes: readonly (readonly number[])[],
  tensors: Tensors,
): Values {
  const x = inputs[0]!;
  const [channels, height = 1, width = 1] = shapes[0] as [number, number?, number?];
  const data = (name: string) => tensors.get(name)!.data as Float32Array;
  switch (node.kind) {
    case "convolution":
      return convolve(node, x, height, width, tensors);
    case "batch-normalization": {
      const [scale, offset, mean, variance] = [node.scale, node.offset, node.mean, node.variance]
        .map(data);
      return x.map((value, i) => {
        const c = Math.floor(i / (height * width));
        return (value - mean![c]!) / Math.sqrt(variance![c]! + node.epsilon) * scale![c]! +
          offset![c]!;
      });
    }
    case "relu":
      return x.map((value) => Math.max(value, 0));
    case "relu6":
      return x.map((value) => Math.min(Math.max(value, 0), 6));
    case "add":
      return x.map((value, i) => value + inputs[1]![i]!);
    case "concatenate":
      return Float64Array.from(inputs.flatMap((input) => [...input]));
    case "max-pool":
      return pool(x, [channels, height, width], node, (window) => Math.max(...window));
    case "average-pool":
      return pool(
        x,
        [channels, height, width],
        { ...node, padding: [0, 0, 0, 0] },
        (window) => window.reduce((sum, value) => sum + value, 0) / window.length,
      );
    case "global-average-pool":
      return Float64Array.from({ length: channels }, (_, c) => {
        const plane = x.subarray(c * height * width, (c + 1) * height * width);
        return plane.reduce((sum, value) => sum + value, 0) / plane.length;
      });
    case "subsample": {
      const kept: number[] = [];
      for (let c = 0; c < channels; c++) {
        for (let y = 0; y < height; y += node.stride) {
          for (let column = 0; column < width; column += node.stride) {
            kept.push(x[(c * height + y) * width + column]!);
          }
        }
      }
      return Float64Array.from(kept);
    }
    case "pad-channels": {
      const padded = new Float64Array((node.before + channels + node.after) * height * width);
      padded.set(x, node.before * height * width);
      return padded;
    }
    case "flatten":
      return x;
    case "linear": {
      const weight = data(node.weight), bias = data(node.bias);
      return Float64Array.from(bias, (summand, row) => {
        let sum = summand;
        for (let i = 0; i < x.length; i++) sum += weight[row * x.length + i]! * x[i]!;
        return sum;
      });
    }
  }
}

function convolve(
  { weight, bias, stride, padding, groups, shape }: ConvolutionNode,
  x: Values,
  height: number,
  width: number,
  tensors: Tensors,
): Values {
  const { shape: filterShape, data } = tensors.get(weight)!;
  const [, perGroup, kernelHeight, kernelWidth] = filterShape as [number, number, number, number];
  const [out, outHeight, outWidth] = shape as readonly [number, number, number];
  const [top, left] = padding;
  const weights = data as Float32Array;
  const biases = bias === undefined ? undefined : tensors.get(bias)!.data as Float32Array;
  const result = new Float64Array(out * outHeight * outWidth);
  let at = 0;
  for (let o = 0; o < out; o++) {
    const firstChannel = Math.floor(o / (out / groups)) * perGroup;
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        let sum = biases?.[o] ?? 0;
        for (let c = 0; c < perGroup; c++) {
          for (let i = 0; i < kernelHeight; i++) {
            const y = row * stride - top + i;
            if (y < 0 || y >= height) continue;
            for (let j = 0; j < kernelWidth; j++) {
              const z = column * stride - left + j;
              if (z < 0 || z >= width) continue;
              sum += weights[((o * perGroup + c) * kernelHeight + i) * kernelWidth + j]! *
                x[((firstChannel + c) * height + y) * width + z]!;
            }
          }
        }
        result[at++] = sum;
      }
    }
  }
  return result;
}

/** The windows of each plane, without what lies outside, each as one number. */
function pool(
  x: Values,
  [channels, height, width]: readonly [number, number, number],
  { shape, window, stride, padding: [top, left] }: {
    readonly shape: readonly number[];
    readonly window: number;
    readonly stride: number;
    readonly padding: Padding;
  },
  summarize: (values: number[]) => number,
): Values {
  const [, outHeight, outWidth] = shape as readonly [number, number, number];
  const result = new Float64Array(channels * outHeight * outWidth);
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        const values: number[] = [];
        for (let i = 0; i < window; i++) {
          const y = row * stride - top + i;
          if (y < 0 || y >= height) continue;
          for (let j = 0; j < window; j++) {
            const z = column * stride - left + j;
            if (z >= 0 && z < width) values.push(x[(c * height + y) * width + z]!);
          }
        }
        result[at++] = summarize(values);
      }
    }
  }
  return result;
}
