import { cholesky, solveCholesky } from "../numerics/cholesky.ts";
import type { ChannelMoments } from "../networks/input_moments.ts";
import type { LayerMoments } from "./layer_moments.ts";
import type { RoundingProblem } from "./rounding_problem.ts";

/** How a layer's weights are to be fitted. */
export interface LayerFitOptions {
  /** Whether outputs may differ by a constant for each channel, which a norm or a bias takes up. */
  readonly centred: boolean;
  /** Whether weights may differ from the original ones to make up for what the layers before it do to its inputs. */
  readonly asymmetric: boolean;
  /** How much the original weights count beside the outputs: a share of the inputs' mean square. */
  readonly damping: number;
}

/** The moments of one group of channels. */
interface GroupMoments {
  /** Means of the inputs and of the wanted outputs. */
  readonly inputMeans: Float64Array;
  readonly outputMeans: Float64Array;
  /** `[inputs, inputs]`. */
  readonly inputs: Float64Array;
  /** `[outputs, inputs]`. */
  readonly cross: Float64Array;
  /** Mean square of each output. */
  readonly outputs: Float64Array;
}

/**
 * What weights should be rounded to and in which metric: with second moments H of the inputs x and G of wanted outputs t and
 * inputs, the error `E|t - q x|^2 + lambda |q - w|^2` is `(q - v)^T (H + lambda) (q - v)` plus a constant, where `v = (G + lambda
 * w) (H + lambda)^-1`. Without `asymmetric` v is w.
 */
export function roundingProblem(
  moments: LayerMoments,
  weights: Float32Array,
  { centred, asymmetric, damping }: LayerFitOptions,
): RoundingProblem {
  const { inputs, outputs, joint } = moments;
  const targets = Float64Array.from(weights);
  const hessians = joint.map((_, group) => {
    const { inputs: hessian, cross } = groupMoments(moments, group, centred);
    let trace = 0;
    for (let i = 0; i < inputs; i++) trace += hessian[i * (inputs + 1)]!;
    const lambda = damping * trace / inputs;
    for (let i = 0; i < inputs; i++) hessian[i * (inputs + 1)]! += lambda;
    if (!asymmetric) return hessian;
    const factor = cholesky(
      Array.from({ length: inputs }, (_, i) => [...hessian.subarray(i * inputs, (i + 1) * inputs)]),
    );
    // A layer that never sees an input but 0 keeps its weights.
    if (factor === undefined) return hessian;
    for (let output = 0; output < outputs; output++) {
      const row = (group * outputs + output) * inputs;
      const right = Array.from(
        { length: inputs },
        (_, i) => cross[output * inputs + i]! + lambda * targets[row + i]!,
      );
      targets.set(solveCholesky(factor, right), row);
    }
    return hessian;
  });
  return { targets, hessians };
}

/** What a layer's outputs are like with some weights, and as they are wanted. */
export interface LayerOutputs {
  /** Of each output channel, bias left out. */
  readonly given: ChannelMoments;
  readonly wanted: ChannelMoments;
  /**
   * The mean squared difference of the two over the mean square of the wanted ones, channels summed; of deviations from the
   * means, where centred.
   */
  readonly relativeError: number;
}

/** The outputs of a layer with these weights, on the images that the moments were taken on. */
export function layerOutputs(
  moments: LayerMoments,
  weights: ArrayLike<number>,
  { centred }: Pick<LayerFitOptions, "centred">,
): LayerOutputs {
  const { inputs, outputs, joint } = moments;
  const channels = joint.length * outputs;
  const empty = () => ({ mean: new Float64Array(channels), variance: new Float64Array(channels) });
  const given = empty(), wanted = empty();
  let error = 0, power = 0;
  joint.forEach((_, group) => {
    const { inputs: second, cross, outputs: squares, inputMeans, outputMeans } = groupMoments(
      moments,
      group,
      true,
    );
    for (let output = 0; output < outputs; output++) {
      const channel = group * outputs + output;
      const row = channel * inputs;
      let mean = 0, square = 0, product = 0;
      for (let i = 0; i < inputs; i++) {
        const weight = weights[row + i]!;
        let sum = 0;
        for (let j = 0; j < inputs; j++) sum += second[i * inputs + j]! * weights[row + j]!;
        mean += weight * inputMeans[i]!;
        square += weight * sum;
        product += weight * cross[output * inputs + i]!;
      }
      const offset = centred ? 0 : mean - outputMeans[output]!;
      given.mean[channel] = mean;
      given.variance[channel] = Math.max(0, square);
      wanted.mean[channel] = outputMeans[output]!;
      wanted.variance[channel] = Math.max(0, squares[output]!);
      error += squares[output]! - 2 * product + square + offset ** 2;
      power += squares[output]! + (centred ? 0 : outputMeans[output]! ** 2);
    }
  });
  return { given, wanted, relativeError: error > 0 ? error / power : 0 };
}

/** Cuts the joint moments up; centred ones are those about the means. */
function groupMoments(
  { inputs, outputs, joint }: LayerMoments,
  group: number,
  centred: boolean,
): GroupMoments {
  const width = 1 + inputs + outputs;
  const moments = joint[group]!;
  const entry = (a: number, b: number) =>
    moments[a * width + b]! - (centred ? moments[a]! * moments[b]! : 0);
  return {
    inputMeans: moments.slice(1, 1 + inputs),
    outputMeans: moments.slice(1 + inputs, width),
    inputs: Float64Array.from(
      { length: inputs * inputs },
      (_, i) => entry(1 + Math.floor(i / inputs), 1 + i % inputs),
    ),
    cross: Float64Array.from(
      { length: outputs * inputs },
      (_, i) => entry(1 + inputs + Math.floor(i / inputs), 1 + i % inputs),
    ),
    outputs: Float64Array.from(
      { length: outputs },
      (_, i) => entry(1 + inputs + i, 1 + inputs + i),
    ),
  };
}
