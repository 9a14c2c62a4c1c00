import gamma from "@stdlib/math-base-special-gamma";
import type { Tensor } from "../checkpoints/checkpoint.ts";
import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import type { Codes } from "../codebooks/encode.ts";
import type { Distribution } from "../distributions/distribution.ts";
import {
  fitGeneralizedGaussianByMoments,
  generalizedGaussian,
} from "../distributions/generalized_gaussian.ts";
import { mean as meanOf, meanSquare } from "../numerics/moments.ts";
import { assertFiniteSample } from "../numerics/sample.ts";
import { autoCodebook } from "../quantizers/auto.ts";
import { lloydMax } from "../quantizers/lloyd_max.ts";
import {
  assertGranularity,
  channelBounds,
  type GranularityOptions,
  groupBounds,
} from "./granularity.ts";
import { type InputModel, inputModels, type InputMoments, outputProduct } from "./input_model.ts";
import { forEachChannel, outputErrorWith, roundAnew } from "./output_rounding.ts";
import { type Bounds, type QuantizedTensor, reconstruct } from "./quantized_tensor.ts";

/** Options for {@linkcode quantizeForOutput}. */
export interface QuantizeForOutputOptions extends GranularityOptions {
  /** Code width, an integer in [1, 16]. */
  readonly bits: number;
  /** Mean and variance of each input channel, such as `inputMoments` tells from batch norms. @default {those of ReLU's output} */
  readonly moments?: InputMoments;
  /**
   * Whether each output channel (each group, where there are groups) that shares a book may have a scale of its own, and an offset where
   * that pays. Without them granularity "tensor" stores a book of four numbers and nothing else, and is much less accurate below 4 bits.
   *
   * @default {true}
   */
  readonly channelScales?: boolean;
}

/** How often codes and scales are chosen in turn. */
const rounds = 7;
/** Between two rounds a scale changes at most by this factor: what a channel lost altogether no scale brings back. */
const mostStretch = 2;
/** An offset for each channel is taken if with it the error is below this share of that without. */
const offsetGain = 0.8;
/** Up to so many bits the book is that of a law. */
const mostLawBits = 3;
/** The share of the inputs' means that is relied on: they are a guess, and padding lowers them at the borders. */
const meanTrust = 0.7;
/** Shapes of that law: from tails heavier than Laplace's to nearly flat. */
const leastShape = 0.5, mostShape = 4;

const action = "quantize for the output";

/**
 * The method `auto` with objective "output": quantizes a whole tensor such that little error reaches the layer's output, which is what
 * accuracy depends on, rather than the weights. Without data and gradients.
 *
 * The rule, and why:
 *
 * 1. With granularity "channel" each output channel has a book of its own, {@linkcode autoCodebook}. Otherwise each is divided by its root
 *    mean square, and one book of at most four numbers is designed for all of them: up to 3 bits the Lloyd-Max book of the generalized Gaussian
 *    law of mean 0 with their mean magnitude, from 4 on {@linkcode autoCodebook}. Channels differ in scale more than in shape; and at few bits
 *    what is rounded is less the weights than the errors they carry.
 * 2. Codes are chosen for the output's error, as by {@linkcode roundForOutput}: errors of neighbouring positions of a kernel, and of all weights
 *    as far as inputs have a mean, cancel. This takes the place of bias correction, and costs no storage. Means count for 0.7 of what the moments
 *    tell: relied on wholly, they would have errors grow that cancel only if the means are right.
 * 3. The scale of each channel becomes `E y^2 / E y z` of the outputs y before and z after quantization, so that what of z goes with
 *    y has its original size, and the error comes on top of it. The scale of least squared error, `E y z / E z^2`, makes all channels
 *    weaker; layer upon layer that adds up, and batch norms that were calibrated for the full signal don't undo it.
 * 4. Steps 2 and 3 are done seven times: wider levels suit weights that carry the errors of others.
 * 5. Where channels share a book, each one's mean is stored as an offset if, after the first time, that takes a fifth off the error.
 *
 * The rule, and every constant in it, was chosen on networks for CIFAR-10 with training images.
 *
 * Where it loses: squared error of the weights is higher than that of nearest rounding to the same book, and at 2 bits squared error of a
 * single layer's output may be higher than with scales of least squares (3. above). The inputs' moments are a guess; where
 * they are far off (no norms, inputs far from ReLU's, channels that are strongly correlated), nearest rounding with k-means may be better, and
 * rounding with calibration images is. Channels of a few weights (depthwise convolutions) leave errors little to
 * cancel with: there a shared book loses much, and a book each less.
 *
 * Storage: four numbers for each channel with granularity "channel" (one to four where it has so few distinct weights), since books take the scales
 * in. Otherwise three or four numbers for the book, a scale for each channel (for each group with granularity "group"), and as many offsets
 * where they are taken. All of it is in `storedValues`. Channels of a few dozen weights cost as much for the book as for the codes: there "tensor" is
 * the better bargain. O(weights x kernel positions) for each of some hundred passes, after the design of the books.
 *
 * @throws {TypeError} If the shape disagrees with the number of weights, or moments don't fit it.
 * @throws {RangeError} If an option is out of its range, groups don't divide a channel, or a weight or moment isn't finite.
 *
 * @example
 * ```ts
 * import { createPrng, laplace, outputError, quantizeForOutput, quantizeTensor } from "@bitbell/bitbell";
 * import { assertEquals, assertLess } from "@std/assert";
 *
 * const weights = laplace({ location: 0, scale: 0.1 }).sample(16 * 144, { prng: createPrng(1) });
 * const tensor = { shape: [16, 16, 3, 3], data: Float32Array.from(weights) };
 * const quantized = quantizeForOutput(tensor, { bits: 3 });
 * assertEquals(quantized.storedValues, 3 + 16);
 * const nearest = quantizeTensor(tensor, { method: "auto", bits: 3, granularity: "channel" });
 * assertLess(outputError(tensor.data, quantized), outputError(tensor.data, nearest.quantized));
 * ```
 */
export function quantizeForOutput(
  tensor: Tensor<Float32Array>,
  options: QuantizeForOutputOptions,
): QuantizedTensor {
  const { shape, data } = tensor;
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== data.length) {
    throw new TypeError(
      `Cannot ${action} as the shape [${shape}] must hold as many values as there are weights: their numbers are ${size} and ${data.length}`,
    );
  }
  assertGranularity(options, action);
  assertFiniteSample(data, action);
  levelCount(options);
  const { bits, moments, granularity = "tensor", channelScales = true } = options;
  const models = inputModels(shape, moments).map(trusted);
  if (granularity === "tensor" && !channelScales) {
    return roundAnew(
      data,
      startOn(tensor, groupBounds(shape, { granularity }), bits, false),
      models,
    );
  }
  if (granularity === "channel") {
    return withScaledBooks(settle(tensor, refine(tensor, startEach(tensor, bits), models), models));
  }
  const runs = granularity === "group" ? groupBounds(shape, options) : channelBounds(shape);
  const start = startOn(tensor, runs, bits, false);
  const plain = refine(tensor, start, models);
  const shifted = refine(tensor, startOn(tensor, runs, bits, true), models);
  const gain = outputErrorWith(data, shifted, models) <
    offsetGain * outputErrorWith(data, plain, models);
  return settle(tensor, gain ? shifted : plain, models);
}

function trusted(model: InputModel): InputModel {
  return { ...model, means: model.means.map((mean) => meanTrust * mean) };
}

/** A book for each channel, of scale 1; codes are still to be chosen. */
function startEach({ shape, data }: Tensor<Float32Array>, bits: number): QuantizedTensor {
  const bounds = channelBounds(shape);
  const books = Array.from(
    { length: bounds.length - 1 },
    (_, channel) => autoCodebook(data.subarray(bounds[channel], bounds[channel + 1]), { bits }),
  );
  return {
    shape,
    codes: allocateCodes(data.length, bits),
    groups: bounds,
    books,
    affine: {
      bounds,
      scales: new Float64Array(books.length).fill(1),
      offsets: new Float64Array(books.length),
    },
    storedValues: books.reduce((sum, { design }) => sum + design.storedValues, 0),
  };
}

/** Takes the scales in by the books: two of their numbers, or all where those are the levels, are multiplied. */
function withScaledBooks({ affine, ...quantized }: QuantizedTensor): QuantizedTensor {
  const books = quantized.books.map(({ levels, design }, channel) => {
    const { method, storedValues, iterations, converged } = design;
    const scaled = levels.map((level) => affine!.scales[channel]! * level);
    return createCodebook(scaled, { method, storedValues, iterations, converged });
  });
  return { ...quantized, books };
}

/** One book over runs of one scale, each about 0 or about its mean; codes are still to be chosen. */
function startOn(
  { shape, data }: Tensor<Float32Array>,
  bounds: Bounds,
  bits: number,
  shifted: boolean,
): QuantizedTensor {
  const count = bounds.length - 1;
  const scales = new Float64Array(count), offsets = new Float64Array(count);
  const normalized: Float64Array[] = [];
  for (let run = 0; run < count; run++) {
    const weights = data.subarray(bounds[run], bounds[run + 1]);
    const offset = offsets[run] = shifted ? meanOf(weights) : 0;
    const scale = scales[run] = Math.sqrt(meanSquare(weights, offset));
    if (scale > 0) normalized.push(Float64Array.from(weights, (w) => (w - offset) / scale));
  }
  const book = bookFor(concatenate(normalized), bits);
  // A single scale is taken in by the book.
  const scaleCount = count === 1 && !shifted ? 0 : count;
  return {
    shape,
    codes: allocateCodes(data.length, bits),
    groups: Uint32Array.of(0, data.length),
    books: [book],
    affine: { bounds, scales, offsets },
    storedValues: book.design.storedValues + scaleCount + (shifted ? count : 0),
  };
}

function allocateCodes(size: number, bits: number): Codes {
  return bits <= 8 ? new Uint8Array(size) : new Uint16Array(size);
}

/** For weights of mean square 1, some of which are those of every channel that isn't zero throughout. */
function bookFor(weights: Float64Array, bits: number): Codebook {
  if (weights.length === 0) return autoCodebook([0], { bits });
  if (bits > mostLawBits || weights.every((weight) => weight === weights[0])) {
    return autoCodebook(weights, { bits });
  }
  return lloydMax(centredLaw(weights), { bits });
}

/** The generalized Gaussian law of mean 0 and variance 1 whose `E|x|` is that of the weights, within the limits of its shape. */
function centredLaw(weights: Float64Array): Distribution {
  // With its mirror image a sample has mean 0.
  const { parameters } = fitGeneralizedGaussianByMoments(
    concatenate([weights, weights.map((weight) => -weight)]),
  );
  const shape = Math.min(Math.max(parameters["shape"]!, leastShape), mostShape);
  const scale = Math.sqrt(gamma(1 / shape) / gamma(3 / shape));
  return generalizedGaussian({ location: 0, scale, shape });
}

function concatenate(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Repeats {@linkcode refine}. */
function settle(
  tensor: Tensor<Float32Array>,
  start: QuantizedTensor,
  models: readonly InputModel[],
): QuantizedTensor {
  let quantized = start;
  for (let round = 1; round < rounds; round++) quantized = refine(tensor, quantized, models);
  return quantized;
}

/** Chooses the codes for the scales, then the scales for the codes. */
function refine(
  tensor: Tensor<Float32Array>,
  quantized: QuantizedTensor,
  models: readonly InputModel[],
): QuantizedTensor {
  return stretch(tensor, roundAnew(tensor.data, quantized, models), models);
}

/** Gives what of each channel's output goes with the original one its original size, by the scales (and offsets) of its runs. */
function stretch(
  { shape, data }: Tensor<Float32Array>,
  quantized: QuantizedTensor,
  models: readonly InputModel[],
): QuantizedTensor {
  const { bounds, scales, offsets } = quantized.affine!;
  const values = reconstruct(quantized);
  const factors: number[] = [];
  forEachChannel(shape, models, ({ start, end, model }) => {
    const weights = Float64Array.from(data.subarray(start, end));
    const output = outputProduct(model, weights, weights);
    const common = outputProduct(model, weights, values.subarray(start, end));
    factors.push(stretchBy(output, common));
  });
  const perChannel = data.length / factors.length;
  const factorOf = (run: number) => factors[Math.floor(bounds[run]! / perChannel)]!;
  return {
    ...quantized,
    affine: {
      bounds,
      scales: scales.map((scale, run) => scale * factorOf(run)),
      offsets: offsets.map((offset, run) => offset * factorOf(run)),
    },
  };
}

function stretchBy(output: number, common: number): number {
  if (!(output > 0 && common > 0)) return 1;
  return Math.min(Math.max(output / common, 1 / mostStretch), mostStretch);
}
