import type { Codes } from "../codebooks/encode.ts";
import type { Sample } from "../numerics/sample.ts";
import { channelBounds } from "./granularity.ts";
import { type InputModel, inputModels, type InputMoments, outputProduct } from "./input_model.ts";
import { bookOf, type QuantizedTensor, reconstruct, stretchesOf } from "./quantized_tensor.ts";

/** The values that some consecutive weights may take: `offset + scale * levels[code]`. */
interface Grid {
  readonly end: number;
  readonly levels: Float64Array;
  /** Halfway between levels, whatever the book's thresholds are. */
  readonly thresholds: Float64Array;
  readonly scale: number;
  readonly offset: number;
}

/** Passes of the descent end when no code changes, or after so many: errors fall by less and less. */
const passLimit = 10;
/** A step must lower the error by more than this share of its two parts, which cancel. */
const leastGain = 1e-12;

/**
 * Rounds the weights of a quantized tensor once more, to other levels of the same books, such that the error that reaches the layer's output
 * falls: rounding errors of one output channel are let cancel. Books, scales and offsets stay, so storage does. Without data.
 *
 * The error is `E (d' x)^2` for errors `d` of the channel's weights and inputs `x` of known or usual mean and variance per channel, with
 * positions of a kernel correlated (see {@linkcode inputModels}). One weight after another is rounded to the level that leaves the least error
 * if all later weights could still be chosen freely: they make up for it (as in GPTQ, Frantar et al., ICLR 2023, here for second moments that
 * need no data and whose structure makes a step cost as much as a kernel has positions). A descent then changes single codes
 * while that lowers the error. The result of nearest rounding with the same descent is taken instead where its error is lower, and so is the
 * tensor as it came: no channel's error rises.
 *
 * It includes what bias correction does: errors of a channel sum up to nearly nothing, weighted by the inputs' means. SQuant (Guo et al., ICLR
 * 2022) is the same idea with sums over kernels and channels in place of the second moments.
 *
 * O(weights x kernel positions) for each of at most 22 passes.
 *
 * @param original The weights before quantization.
 * @param moments Mean and variance of each input channel, such as `inputMoments` tells from batch norms; those after a ReLU otherwise.
 *
 * @throws {TypeError} If there are not as many weights as codes, or moments don't fit the shape.
 * @throws {RangeError} If a weight or a moment isn't finite.
 *
 * @example Two errors that would add up
 * ```ts
 * import { dequantize, quantizeTensor, roundForOutput } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const data = Float32Array.of(0, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 1);
 * const { quantized } = quantizeTensor({ shape: [1, 8], data }, { method: "min-max", bits: 1 });
 * assertEquals([...dequantize(quantized)], [0, 0, 0, 0, 0, 0, 0, 1]);
 * // The sum of the weights is 3.4.
 * const rounded = roundForOutput(data, quantized);
 * assertEquals(dequantize(rounded).reduce((sum, value) => sum + value), 3);
 * ```
 */
export function roundForOutput(
  original: Sample,
  quantized: QuantizedTensor,
  moments?: InputMoments,
): QuantizedTensor {
  assertWeights(original, quantized);
  return roundWith(original, quantized, inputModels(quantized.shape, moments), roundBest);
}

/** As {@linkcode roundForOutput}, with models at hand and no other candidate than the sequence with its descent. */
export function roundAnew(
  original: Sample,
  quantized: QuantizedTensor,
  models: readonly InputModel[],
): QuantizedTensor {
  return roundWith(original, quantized, models, (weights, grids, model, codes) => {
    codes.set(roundInSequence(weights, grids, model, codes));
    descend(weights, grids, model, codes);
  });
}

/** Writes codes for a channel over those that it has. */
type RoundChannel = (
  weights: Float64Array,
  grids: readonly Grid[],
  model: InputModel,
  codes: Codes,
) => void;

function roundWith(
  original: Sample,
  quantized: QuantizedTensor,
  models: readonly InputModel[],
  roundChannel: RoundChannel,
): QuantizedTensor {
  const codes = quantized.codes.slice();
  const grids = gridsOf(quantized);
  forEachChannel(quantized.shape, models, (channel) => {
    const weights = Float64Array.from(original.slice(channel.start, channel.end));
    const own = codes.subarray(channel.start, channel.end);
    roundChannel(weights, gridsWithin(grids, channel.start, channel.end), channel.model, own);
  });
  return { ...quantized, codes };
}

/** Throws unless there is a finite weight for each code. */
export function assertWeights(original: Sample, { codes }: QuantizedTensor): void {
  if (original.length !== codes.length) {
    throw new TypeError(
      `Cannot round for the output as there must be as many weights as codes: their numbers are ${original.length} and ${codes.length}`,
    );
  }
  for (let i = 0; i < original.length; i++) {
    if (Number.isFinite(original[i])) continue;
    throw new RangeError(
      `Cannot round for the output as weights must be finite: weight ${i} is ${original[i]}`,
    );
  }
}

/** An output channel and the model of what it reads. */
export interface OutputChannel {
  readonly index: number;
  readonly start: number;
  readonly end: number;
  readonly model: InputModel;
}

/** Calls `visit` for each output channel, in the order of storage. */
export function forEachChannel(
  shape: readonly number[],
  models: readonly InputModel[],
  visit: (channel: OutputChannel) => void,
): void {
  const bounds = channelBounds(shape);
  const count = bounds.length - 1;
  for (let index = 0; index < count; index++) {
    const model = models[Math.floor((index * models.length) / count)]!;
    visit({ index, start: bounds[index]!, end: bounds[index + 1]!, model });
  }
}

/**
 * The mean over output channels of the error that reaches the output, each over the mean square of the output itself. Channels of zeros
 * don't count; 0 if all are such. O(weights x kernel positions).
 *
 * @throws {TypeError} If there are not as many weights as codes, or moments don't fit the shape.
 * @throws {RangeError} If a weight or a moment isn't finite.
 *
 * @example
 * ```ts
 * import { outputError, quantizeTensor } from "@bitbell/bitbell";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const data = Float32Array.of(0, 0.2, 0.4, 1);
 * const { quantized } = quantizeTensor({ shape: [1, 4], data }, { method: "min-max", bits: 1 });
 * // Weights of 0, 0.2, 0.4 and 1 became 0, 0, 0 and 1: with inputs of mean 1 and variance 1 the output lost 0.2 x + 0.4 x'.
 * const ones = [1, 1, 1, 1];
 * const lost = 0.2 ** 2 + 0.4 ** 2 + 0.6 ** 2, output = 0.2 ** 2 + 0.4 ** 2 + 1 + 1.6 ** 2;
 * assertAlmostEquals(outputError(data, quantized, { mean: ones, variance: ones }), lost / output, 1e-7);
 * ```
 */
export function outputError(
  original: Sample,
  quantized: QuantizedTensor,
  moments?: InputMoments,
): number {
  assertWeights(original, quantized);
  return outputErrorWith(original, quantized, inputModels(quantized.shape, moments));
}

/** As {@linkcode outputError}, with models at hand. */
export function outputErrorWith(
  original: Sample,
  quantized: QuantizedTensor,
  models: readonly InputModel[],
): number {
  const values = reconstruct(quantized);
  let sum = 0, counted = 0;
  forEachChannel(quantized.shape, models, ({ start, end, model }) => {
    const weights = Float64Array.from(original.slice(start, end));
    const errors = weights.map((weight, i) => values[start + i]! - weight);
    const output = outputProduct(model, weights, weights);
    if (!(output > 0)) return;
    sum += outputProduct(model, errors, errors) / output;
    counted++;
  });
  return counted === 0 ? 0 : sum / counted;
}

function gridsOf(quantized: QuantizedTensor): Grid[] {
  const { affine } = quantized;
  const thresholds = new Map(quantized.books.map((book) => [book, halfwayBetween(book.levels)]));
  return stretchesOf(quantized).map(({ end, group, run }) => {
    const book = bookOf(quantized, group);
    return {
      end,
      levels: book.levels,
      thresholds: thresholds.get(book)!,
      scale: affine?.scales[run] ?? 1,
      offset: affine?.offsets[run] ?? 0,
    };
  });
}

function halfwayBetween(levels: Float64Array): Float64Array {
  return Float64Array.from(
    { length: levels.length - 1 },
    (_, i) => levels[i]! / 2 + levels[i + 1]! / 2,
  );
}

/** One grid for each weight of a channel. */
function gridsWithin(grids: readonly Grid[], start: number, end: number): Grid[] {
  let low = 0, high = grids.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (grids[middle]!.end > start) high = middle;
    else low = middle + 1;
  }
  const own: Grid[] = [];
  for (let i = start; i < end; i++) {
    while (grids[low]!.end <= i) low++;
    own.push(grids[low]!);
  }
  return own;
}

/** The best codes found, if they are better than those that the channel has. */
function roundBest(
  weights: Float64Array,
  grids: readonly Grid[],
  model: InputModel,
  codes: Codes,
): void {
  let least = errorOf(weights, grids, model, codes);
  const sequential = roundInSequence(weights, grids, model, codes);
  const nearest = codes.map((code, i) => nearestCode(grids[i]!, weights[i]!, code)) as Codes;
  for (const candidate of [sequential, nearest]) {
    descend(weights, grids, model, candidate);
    const error = errorOf(weights, grids, model, candidate);
    if (!(error < least)) continue;
    least = error;
    codes.set(candidate);
  }
}

function errorOf(
  weights: Float64Array,
  grids: readonly Grid[],
  model: InputModel,
  codes: Codes,
): number {
  const errors = weights.map((weight, i) => valueOf(grids[i]!, codes[i]!) - weight);
  return outputProduct(model, errors, errors);
}

/**
 * Each weight in turn takes the level with the least error that is left once all later weights are chosen freely.
 *
 * In the innovations `y = C d` of each block the error is `sum a_j y_j^2 + (sum mu_j y_j)^2`, with `a` the variances of the innovations and
 * `mu = C'^-1 m`. Given y up to j, free later ones leave of the squared sum its part `1 / (1 + k)`, with `k` the sum of their `mu^2 / a`; so
 * the best y_j is `-mu_j t / (a_j (1 + k) + mu_j^2)`, with t the sum so far. Blocks that matter most come first.
 */
function roundInSequence(
  weights: Float64Array,
  grids: readonly Grid[],
  model: InputModel,
  codes: Codes,
): Codes {
  const { blockSize, innovations, innovationVariances, variances } = model;
  const { order, shares, laterShares } = sequenceOf(model);
  const rounded = codes.slice();
  const errors = new Float64Array(weights.length);
  let sum = 0;
  for (const block of order) {
    const start = block * blockSize;
    for (let p = 0; p < blockSize; p++) {
      const i = start + p;
      const row = p * blockSize;
      let made = 0;
      for (let q = 0; q < p; q++) made += innovations[row + q]! * errors[start + q]!;
      const share = shares[i]!;
      const cost = variances[block]! * innovationVariances[p]! * (1 + laterShares[i]!);
      const target = weights[i]! - made - (share * sum) / (cost + share * share);
      const grid = grids[i]!;
      const code = nearestCode(grid, target, codes[i]!);
      rounded[i] = code;
      errors[i] = valueOf(grid, code) - weights[i]!;
      sum += share * (errors[i]! + made);
    }
  }
  return rounded;
}

/** What the sequence needs of a model. */
interface Sequence {
  /** Blocks, those of the largest second moment first. */
  readonly order: readonly number[];
  /** `mu`, one for each input. */
  readonly shares: Float64Array;
  /** The sum of `mu^2 / a` over the inputs that come later. */
  readonly laterShares: Float64Array;
}

const sequences = new WeakMap<InputModel, Sequence>();

function sequenceOf(model: InputModel): Sequence {
  const known = sequences.get(model);
  if (known !== undefined) return known;
  const { blockSize, innovations, innovationVariances, variances, means } = model;
  const shares = means.slice();
  const moments = variances.map((variance, block) => {
    let squares = 0;
    for (let p = blockSize - 1; p >= 0; p--) {
      const i = block * blockSize + p;
      squares += means[i]! ** 2;
      for (let q = 0; q < p; q++) {
        shares[i - p + q]! -= innovations[p * blockSize + q]! * shares[i]!;
      }
    }
    return variance + squares / blockSize;
  });
  const order = [...moments.keys()].sort((a, b) => moments[b]! - moments[a]!);
  const laterShares = new Float64Array(means.length);
  let later = 0;
  for (const block of order.toReversed()) {
    for (let p = blockSize - 1; p >= 0; p--) {
      const i = block * blockSize + p;
      laterShares[i] = later;
      later += shares[i]! ** 2 / (variances[block]! * innovationVariances[p]!);
    }
  }
  const sequence = { order, shares, laterShares };
  sequences.set(model, sequence);
  return sequence;
}

/** Changes single codes while that lowers the error. */
function descend(
  weights: Float64Array,
  grids: readonly Grid[],
  { blockSize, correlation, variances, means }: InputModel,
  codes: Codes,
): void {
  const errors = weights.map((weight, i) => valueOf(grids[i]!, codes[i]!) - weight);
  let meanError = errors.reduce((sum, error, i) => sum + means[i]! * error, 0);
  for (let pass = 0, changed = true; pass < passLimit && changed; pass++) {
    changed = false;
    for (let i = 0; i < weights.length; i++) {
      const p = i % blockSize, start = i - p;
      const row = p * blockSize;
      const variance = variances[start / blockSize]!, mean = means[i]!;
      let correlated = 0;
      for (let q = 0; q < blockSize; q++) correlated += correlation[row + q]! * errors[start + q]!;
      // Half the first derivative of the error, and half the second.
      const slope = variance * correlated + mean * meanError;
      const curvature = variance * correlation[row + p]! + mean * mean;
      const grid = grids[i]!;
      const value = valueOf(grid, codes[i]!);
      const code = nearestCode(grid, value - slope / curvature, codes[i]!);
      if (code === codes[i]) continue;
      const step = valueOf(grid, code) - value;
      const linear = 2 * step * slope, square = step * step * curvature;
      if (!(linear + square < -leastGain * square)) continue;
      codes[i] = code;
      errors[i]! += step;
      meanError += mean * step;
      changed = true;
    }
  }
}

function valueOf({ levels, scale, offset }: Grid, code: number): number {
  return offset + scale * levels[code]!;
}

/** The code of the level nearest to a value; `current` where the scale is 0 and all are the same. */
function nearestCode(
  { thresholds, scale, offset }: Grid,
  value: number,
  current: number,
): number {
  if (scale === 0) return current;
  const level = (value - offset) / scale;
  let low = 0, high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (level >= thresholds[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}
