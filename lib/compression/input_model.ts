import { cholesky } from "../numerics/cholesky.ts";

/** Mean and variance of each input channel of a layer: of a linear layer, of each feature. */
export interface InputMoments {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
}

/**
 * What is assumed of the inputs that meet the weights of one output channel, in the order of the weights: their second moments are
 * `E[x x'] = diag(v_1 R, v_2 R, ...) + m m'`, a correlated block for each input channel, its size that of the kernel, and the means.
 * The error that weights off by `d` cause at the output is `E (d' x)^2 = sum v_i d_i' R d_i + (m' d)^2`.
 */
export interface InputModel {
  /** Number of inputs in a block. */
  readonly blockSize: number;
  /** R, row by row. */
  readonly correlation: Float64Array;
  /** v, one for each block; above 0. */
  readonly variances: Float64Array;
  /** m, one for each input. */
  readonly means: Float64Array;
  /**
   * The lower unit triangular C with `R = C' S C`, row by row: of errors d in a block, `C d` are those that later inputs of the block
   * can't make up for.
   */
  readonly innovations: Float64Array;
  /** The diagonal of S. */
  readonly innovationVariances: Float64Array;
}

/** The correlation of neighbouring positions of a feature map; at distance d it is this to the d. */
const featureCorrelation = 0.5;
/** The same of neighbouring pixels of an image, and the correlation of its colours. */
const pixelCorrelation = 0.95, colourCorrelation = 0.9;
/** What ReLU leaves of a Gaussian pre-activation of mean 0 and variance 1. */
const rectifiedMean = 1 / Math.sqrt(2 * Math.PI);
const rectifiedVariance = 0.5 - 0.5 / Math.PI;
/** No input varies less than this share of the mean variance: channels that seem dead may not be quite. */
const leastVarianceShare = 1e-4;

/**
 * The models of the inputs of a weight tensor, one for each group of a convolution (one in all, unless the moments are those of more input
 * channels than the weights have): output channel o of n reads group `floor(o groups / n)`.
 *
 * Positions of a feature map are correlated by 0.5 to the power of their distance, channels are not; features of a linear layer (rank 2)
 * have no positions. Without moments inputs are those that ReLU makes of standard Gaussian values. A convolution over three channels sees
 * an image: one block of correlated pixels and colours, of mean 0 unless the moments say otherwise.
 *
 * @throws {TypeError} If the moments are not for a multiple of the input channels that divides the output channels.
 * @throws {RangeError} If a moment isn't finite, or a variance is negative.
 */
export function inputModels(
  shape: readonly number[],
  moments?: InputMoments,
): readonly InputModel[] {
  // A tensor of rank 1 is one output channel.
  const [outputs, channels, ...kernel] = shape.length < 2 ? [1, shape[0] ?? 1] : shape;
  const isImage = kernel.length === 2 && channels === 3;
  const groups = moments === undefined ? 1 : groupsOf(moments, outputs!, channels!);
  return Array.from({ length: groups }, (_, group) => {
    const valueOf = (values: ArrayLike<number> | undefined, usual: number) =>
      Array.from({ length: channels! }, (_, i) => values?.[group * channels! + i] ?? usual);
    const means = valueOf(moments?.mean, isImage ? 0 : rectifiedMean);
    const variances = valueOf(moments?.variance, isImage ? 1 : rectifiedVariance);
    return isImage
      ? imageModel(kernel, means, variances)
      : createInputModel(spatialCorrelation(kernel, featureCorrelation), means, variances);
  });
}

function groupsOf({ mean, variance }: InputMoments, outputs: number, channels: number): number {
  const groups = mean.length / channels;
  if (!Number.isInteger(groups) || groups < 1 || outputs % groups !== 0) {
    throw new TypeError(
      `Cannot model the inputs of a layer as there must be moments for each of ${channels} input channels, or of groups of so many that divide ${outputs} output channels: their number is ${mean.length}`,
    );
  }
  if (variance.length !== mean.length) {
    throw new TypeError(
      `Cannot model the inputs of a layer as there must be as many variances as means: their numbers are ${variance.length} and ${mean.length}`,
    );
  }
  for (let i = 0; i < mean.length; i++) {
    if (Number.isFinite(mean[i]) && variance[i]! >= 0 && variance[i]! < Infinity) continue;
    throw new RangeError(
      `Cannot model the inputs of a layer as moments must be finite and variances not negative: those of channel ${i} are ${
        mean[i]
      } and ${variance[i]}`,
    );
  }
  return groups;
}

/**
 * The model whose blocks are correlated as given.
 *
 * @param means One for each block, or one for each input.
 */
export function createInputModel(
  correlation: readonly (readonly number[])[],
  means: readonly number[],
  variances: readonly number[],
): InputModel {
  const blockSize = correlation.length;
  const inputs = variances.length * blockSize;
  const perMean = inputs / means.length;
  return {
    blockSize,
    correlation: Float64Array.from(correlation.flat()),
    variances: aboveZero(variances),
    means: Float64Array.from({ length: inputs }, (_, i) => means[Math.floor(i / perMean)]!),
    ...innovationsOf(correlation),
  };
}

/** Pixels of all colours in one block. */
function imageModel(
  kernel: readonly number[],
  means: readonly number[],
  variances: readonly number[],
): InputModel {
  const positions = spatialCorrelation(kernel, pixelCorrelation);
  const floored = aboveZero(variances);
  const size = positions.length;
  const inputs = Array.from({ length: means.length * size }, (_, i) => i);
  const covariance = inputs.map((i) =>
    inputs.map((j) => {
      const [a, b] = [Math.floor(i / size), Math.floor(j / size)];
      return (a === b ? 1 : colourCorrelation) * Math.sqrt(floored[a]! * floored[b]!) *
        positions[i % size]![j % size]!;
    })
  );
  return createInputModel(covariance, means.flatMap((mean) => Array(size).fill(mean)), [1]);
}

/** `rho ** distance` between the positions of a kernel, in row-major order. */
function spatialCorrelation(kernel: readonly number[], rho: number): number[][] {
  let places: number[][] = [[]];
  for (const length of kernel) {
    places = places.flatMap((place) => Array.from({ length }, (_, i) => [...place, i]));
  }
  return places.map((a) =>
    places.map((b) => rho ** Math.hypot(...a.map((coordinate, i) => coordinate - b[i]!)))
  );
}

function aboveZero(variances: readonly number[]): Float64Array {
  const mean = variances.reduce((sum, variance) => sum + variance, 0) / variances.length;
  const least = mean > 0 ? leastVarianceShare * mean : 1;
  return Float64Array.from(variances, (variance) => Math.max(variance, least));
}

/** C and S with `R = C' S C`: Cholesky's factor from the last row up. */
function innovationsOf(
  correlation: readonly (readonly number[])[],
): Pick<InputModel, "innovations" | "innovationVariances"> {
  const size = correlation.length;
  const lower = cholesky(correlation.map((row) => row.toReversed()).reverse())!.reverse();
  const innovations = new Float64Array(size * size);
  for (let p = 0; p < size; p++) {
    for (let q = 0; q <= p; q++) {
      innovations[p * size + q] = lower[q]![size - 1 - p]! / lower[p]![size - 1 - p]!;
    }
  }
  return {
    innovations,
    innovationVariances: Float64Array.from(lower, (row) => row.at(-1)! ** 2),
  };
}

/** `E (a' x) (b' x)` for the weights, or errors of weights, of one output channel. O(n blockSize). */
export function outputProduct(
  { blockSize, correlation, variances, means }: InputModel,
  a: Float64Array,
  b: Float64Array,
): number {
  let sum = 0, meanOfA = 0, meanOfB = 0;
  for (let block = 0; block < variances.length; block++) {
    const start = block * blockSize;
    let product = 0;
    for (let p = 0; p < blockSize; p++) {
      const row = p * blockSize;
      let correlated = 0;
      for (let q = 0; q < blockSize; q++) correlated += correlation[row + q]! * b[start + q]!;
      product += a[start + p]! * correlated;
      meanOfA += means[start + p]! * a[start + p]!;
      meanOfB += means[start + p]! * b[start + p]!;
    }
    sum += variances[block]! * product;
  }
  return sum + meanOfA * meanOfB;
}
