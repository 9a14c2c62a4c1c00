import type { Tensor } from "../checkpoints/checkpoint.ts";
import type { Codebook } from "../codebooks/codebook.ts";
import { type Codes, encode } from "../codebooks/encode.ts";
import type { Sample } from "../numerics/sample.ts";
import { assertFiniteSample } from "../numerics/sample.ts";
import { designCodebook, widthOf } from "../quantizers/methods.ts";
import { assertCorrections, correctChannels, type Correction } from "./corrections.ts";
import {
  assertGranularity,
  channelBounds,
  granularities,
  type GranularityOptions,
  groupBounds,
} from "./granularity.ts";
import { type LayerReport, reportLayer } from "./layer_report.ts";
import type { InputMoments } from "./input_model.ts";
import { quantizeForOutput } from "./auto_output.ts";
import { roundForOutput } from "./output_rounding.ts";
import { type Bounds, dequantize, type QuantizedTensor } from "./quantized_tensor.ts";
import { normalizeGroups } from "./shared_book.ts";

/** What `auto` is to minimise: the squared error of the weights, or that which reaches the layer's output. */
export type Objective = "mse" | "output";

/** How weights get their codes: each the nearest level, or together such that little error reaches the layer's output. */
export type Rounding = "nearest" | "output";

/** A code width, or one for each output channel. */
export type Width = number | readonly number[];

/** Options for {@linkcode quantizeTensor}. */
export interface QuantizeTensorOptions extends GranularityOptions {
  /** One of `quantizerMethods`. */
  readonly method: string;
  /**
   * Code width, an integer in [1, 16] that the method exists for; or one for each output channel, where channels or groups have books of
   * their own. May be left out where the method has but one.
   */
  readonly bits?: Width;
  /**
   * Whether one book serves all groups, each with a stored scale of its own, its root mean square. Otherwise every group has a book.
   *
   * @default {false}
   */
  readonly sharedBook?: boolean;
  /**
   * What `auto` is to minimise; see `autoCodebook` for `"mse"`, and {@linkcode quantizeForOutput} for `"output"`, which is for accuracy. Other
   * methods know `"mse"` alone.
   *
   * @default {"mse"}
   */
  readonly objective?: Objective;
  /**
   * How weights get their codes, whatever the method's book; see {@linkcode roundForOutput}. Objective `"output"` rounds for the output.
   *
   * @default {"nearest"}
   */
  readonly rounding?: Rounding;
  /** What the layer reads, where the output counts: such as `inputMoments` tells. @default {what ReLU makes of standard Gaussian values} */
  readonly moments?: InputMoments;
  /**
   * What is restored in each output channel after quantization, by a stored scale and offset: see {@linkcode correctChannels}.
   *
   * @default {[]}
   */
  readonly corrections?: readonly Correction[];
  /**
   * How much each weight's squared error counts, in the order of storage, for methods that take it. Where all weights of a book have 0, they
   * count alike.
   */
  readonly importance?: Sample;
  /** Seeds the random numbers of methods that draw some. */
  readonly seed?: number;
}

/** A quantized tensor, what it stands for and what that cost. */
export interface QuantizedLayer {
  readonly quantized: QuantizedTensor;
  /** The values that it stands for, in float32. */
  readonly data: Float32Array;
  readonly report: LayerReport;
}

const action = "quantize a tensor";

/**
 * Quantizes one tensor: a codebook for each group of weights, or one for all, designed for these weights alone.
 *
 * @param name What errors and the report call it.
 *
 * @throws {TypeError} If the shape disagrees with the number of values.
 * @throws {RangeError} If an option is out of its range, groups don't divide a channel, or a value isn't finite: the error names the
 * tensor, the channel and the index.
 *
 * @example Groups of 4 weights with one scale each and a common book
 * ```ts
 * import { createPrng, laplace, quantizeTensor } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const weights = laplace({ location: 0, scale: 0.1 }).sample(64, { prng: createPrng(1) });
 * const tensor = { shape: [4, 16], data: Float32Array.from(weights) };
 * const { quantized, report } = quantizeTensor(tensor, {
 *   method: "lloyd-max-laplace",
 *   bits: 4,
 *   granularity: "group",
 *   groupSize: 4,
 *   sharedBook: true,
 * });
 * assertEquals([quantized.books.length, report.groups], [1, 16]);
 * ```
 */
export function quantizeTensor(
  tensor: Tensor<Float32Array>,
  options: QuantizeTensorOptions,
  name = "w",
): QuantizedLayer {
  const { method, granularity = granularities[0]!, corrections = [] } = options;
  assertTensorOptions(options, action);
  const widths = widthsOf(options);
  assertWeights(tensor, name);
  try {
    assertWidths(widths, tensor.shape);
    const coded = options.objective === "output"
      ? quantizeForOutput(tensor, { ...options, bits: widths[0]! })
      : options.sharedBook
      ? quantizeWithSharedBook(tensor, widths, options)
      : quantizeGroups(tensor, widths, options);
    const rounded = options.rounding === "output"
      ? roundForOutput(tensor.data, coded, options.moments)
      : coded;
    const quantized = correctChannels(tensor.data, rounded, corrections);
    const data = dequantize(quantized);
    assertFiniteSample(data, "hold the levels in float32");
    const report = reportLayer({ name, method, widths, granularity }, tensor.data, quantized);
    return { quantized, data, report };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`Cannot quantize tensor ${name}: ${error.message}`, { cause: error });
  }
}

function quantizeGroups(
  { shape, data }: Tensor<Float32Array>,
  widths: readonly number[],
  options: QuantizeTensorOptions,
): QuantizedTensor {
  const groups = groupBounds(shape, options);
  const { method, seed, importance } = options;
  const perChannel = data.length / widths.length;
  const books = runsOf(groups).map(([start, end]) =>
    designCodebook(data.subarray(start, end), {
      method,
      bits: widths[Math.floor(start / perChannel)],
      seed,
      importance: weighing(importance?.slice(start, end)),
    })
  );
  const codes = allocateCodes(data.length, books);
  books.forEach((book, group) => {
    const [start, end] = [groups[group]!, groups[group + 1]!];
    encode(data.subarray(start, end), book, codes.subarray(start, end));
  });
  const storedValues = books.reduce((sum, { design }) => sum + design.storedValues, 0);
  return { shape, codes, groups, books, storedValues };
}

/** The importances, unless all are 0: inputs that never come leave nothing to weigh, and the weights count alike. */
function weighing(importance: Sample | undefined): Sample | undefined {
  return importance?.some((weight) => weight !== 0) ? importance : undefined;
}

function quantizeWithSharedBook(
  { shape, data }: Tensor<Float32Array>,
  [bits]: readonly number[],
  options: QuantizeTensorOptions,
): QuantizedTensor {
  const groups = groupBounds(shape, options);
  const { method, seed, importance } = options;
  const { values, affine } = normalizeGroups(data, groups);
  const book = designCodebook(values, { method, bits, seed, importance: weighing(importance) });
  const codes = encode(values, book, allocateCodes(data.length, [book]));
  const storedValues = book.design.storedValues + affine.scales.length;
  return { shape, codes, groups, books: [book], affine, storedValues };
}

/** @throws {RangeError} If there is something wrong with the options whatever the tensor, but for method and width. */
export function assertTensorOptions(
  options:
    & Pick<QuantizeTensorOptions, "method" | "objective" | "rounding" | "corrections">
    & GranularityOptions,
  action: string,
): void {
  assertGranularity(options, action);
  assertCorrections(options.corrections ?? []);
  assertObjective(options);
}

/** The width of all weights, or that of each channel's. */
function widthsOf(
  { method, bits, granularity = "tensor", sharedBook, objective }: QuantizeTensorOptions,
): readonly number[] {
  if (typeof bits !== "object" || bits === null) return [widthOf({ method, bits })];
  if (granularity === "tensor" || sharedBook || objective === "output") {
    throw new RangeError(
      `Cannot ${action} with a width for each channel as every channel must have a book of its own: granularity is ${granularity}${
        sharedBook || objective === "output" ? " with a shared book" : ""
      }`,
    );
  }
  return bits.map((width) => widthOf({ method, bits: width }));
}

/** @throws {RangeError} If objective or rounding have no such name, or another method than `auto` is to minimise the output's error. */
function assertObjective(
  { method, objective = "mse", rounding = "nearest" }: QuantizeTensorOptions,
): void {
  for (
    const [name, value, least] of [["objective", objective, "mse"], [
      "rounding",
      rounding,
      "nearest",
    ]]
  ) {
    if (value === least || value === "output") continue;
    throw new RangeError(
      `Cannot ${action} as ${name} must be ${least} or output: current value is ${value}`,
    );
  }
  if (objective === "mse" || method === "auto") return;
  throw new RangeError(
    `Cannot ${action} with objective output as method must be auto: current value is ${method}`,
  );
}

function assertWidths(widths: readonly number[], shape: readonly number[]): void {
  const channels = channelBounds(shape).length - 1;
  if (widths.length === 1 || widths.length === channels) return;
  throw new RangeError(
    `Cannot ${action} as there must be a width for each of ${channels} channels: their number is ${widths.length}`,
  );
}

function runsOf(bounds: Bounds): (readonly [start: number, end: number])[] {
  return Array.from({ length: bounds.length - 1 }, (_, i) => [bounds[i]!, bounds[i + 1]!]);
}

function allocateCodes(size: number, books: readonly Codebook[]): Codes {
  const wide = books.some(({ levels }) => levels.length > 256);
  return wide ? new Uint16Array(size) : new Uint8Array(size);
}

/** Before a tensor is cut into groups, so that an error names the position in it. */
function assertWeights({ shape, data }: Tensor<Float32Array>, name: string): void {
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== data.length) {
    throw new TypeError(
      `Cannot quantize tensor ${name} as its shape [${shape}] must hold as many values as its data: their numbers are ${size} and ${data.length}`,
    );
  }
  try {
    assertFiniteSample(data, "design a codebook");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(
      `Cannot quantize tensor ${name}: ${error.message}${placeOfFirst(data, channelBounds(shape))}`,
      { cause: error },
    );
  }
}

/** Where in its channel the first value that is not finite stands. */
function placeOfFirst(data: Float32Array, channels: Bounds): string {
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return "";
  const perChannel = channels[1]!;
  return ` (channel ${Math.floor(index / perChannel)}, index ${index % perChannel} within it)`;
}
