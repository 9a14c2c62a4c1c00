import { createCodebook } from "../../lib/codebooks/codebook.ts";
import type { QuantizedTensor } from "../../lib/compression/quantized_tensor.ts";
import type { RoundingProblem } from "../../lib/calibration/rounding_problem.ts";
import { createPrng } from "../../lib/numerics/prng.ts";

export interface RandomProblem {
  readonly rows: number;
  readonly columns: number;
  readonly levels: number;
  readonly groups?: number;
  readonly seed: number;
}

/**
 * Correlated inputs, targets in [-1, 1], for each channel a book of uneven levels, which has a scale (of either sign) and an
 * offset; all codes 0.
 */
export function randomProblem(
  { rows, columns, levels, groups = 1, seed }: RandomProblem,
): { tensor: QuantizedTensor; problem: RoundingProblem } {
  const prng = createPrng(seed);
  const between = (lower: number, upper: number) => lower + (upper - lower) * prng();
  const hessians = Array.from({ length: groups }, () => {
    const samples = Array.from({ length: 2 * columns }, () => {
      const common = between(0, 2);
      return Array.from({ length: columns }, () => common + between(-1, 1));
    });
    return Float64Array.from({ length: columns ** 2 }, (_, i) =>
      samples.reduce(
        (sum, x) => sum + x[Math.floor(i / columns)]! * x[i % columns]! / samples.length,
        0,
      ));
  });
  const targets = Float64Array.from({ length: rows * columns }, () => between(-1, 1));
  const bounds = Uint32Array.from({ length: rows + 1 }, (_, i) => i * columns);
  const books = Array.from({ length: rows }, () => {
    // One in each of as many parts of [-1.2, 1.2]: uneven, but none of the targets is far from all.
    const values = Float64Array.from(
      { length: levels },
      (_, i) => -1.2 + 2.4 * (i + prng()) / levels,
    );
    return createCodebook(values, { method: "random", storedValues: levels });
  });
  const tensor = {
    shape: [rows, columns],
    codes: new Uint8Array(rows * columns),
    groups: bounds,
    books,
    affine: {
      bounds,
      scales: Float64Array.from({ length: rows }, (_, i) => (i % 2 ? -1 : 1) * between(0.8, 1.2)),
      offsets: Float64Array.from({ length: rows }, () => between(-0.1, 0.1)),
    },
    storedValues: rows * (levels + 2),
  };
  return { tensor, problem: { targets, hessians } };
}

/** The error of one channel's codes, by the definition: a double sum. */
export function errorOfChannel(
  { books, affine }: QuantizedTensor,
  { targets, hessians }: RoundingProblem,
  channel: number,
  codes: ArrayLike<number>,
): number {
  const columns = codes.length;
  const hessian = hessians[Math.floor(channel * hessians.length * columns / targets.length)]!;
  const { levels } = books.length === 1 ? books[0]! : books[channel]!;
  const scale = affine?.scales[channel] ?? 1, offset = affine?.offsets[channel] ?? 0;
  const error = (i: number) =>
    offset + scale * levels[codes[i]!]! - targets[channel * columns + i]!;
  let sum = 0;
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < columns; j++) sum += error(i) * hessian[i * columns + j]! * error(j);
  }
  return sum;
}

/** All vectors of so many codes. */
export function* allCodes(columns: number, levels: number): Generator<number[], void, void> {
  for (let number = 0; number < levels ** columns; number++) {
    yield Array.from({ length: columns }, (_, i) => Math.floor(number / levels ** i) % levels);
  }
}

/** The least error of one channel over all its code vectors. */
export function leastError(
  tensor: QuantizedTensor,
  problem: RoundingProblem,
  channel: number,
): number {
  const columns = tensor.codes.length / tensor.books.length;
  let least = Infinity;
  for (const codes of allCodes(columns, tensor.books[channel]!.levels.length)) {
    least = Math.min(least, errorOfChannel(tensor, problem, channel, codes));
  }
  return least;
}

/** The same tensor with the nearest level for every target, found by looking at all of them. */
export function withNearest(tensor: QuantizedTensor, problem: RoundingProblem): QuantizedTensor {
  const columns = tensor.codes.length / tensor.books.length;
  const codes = tensor.codes.map((_, i) => {
    const channel = Math.floor(i / columns);
    const { scales, offsets } = tensor.affine!;
    const distances = Array.from(
      tensor.books[channel]!.levels,
      (level) => Math.abs(offsets[channel]! + scales[channel]! * level - problem.targets[i]!),
    );
    return distances.indexOf(Math.min(...distances));
  });
  return { ...tensor, codes };
}
