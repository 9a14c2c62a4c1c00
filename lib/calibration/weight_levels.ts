import { type QuantizedTensor, stretchesOf } from "../compression/quantized_tensor.ts";

/** The levels that each weight of a tensor can take: those of its group's book, scaled and moved. */
export interface WeightLevels {
  /** The code of the level nearest to a value, for the weight at an index. */
  nearest(index: number, value: number): number;
  /** What a code stands for there. */
  value(index: number, code: number): number;
  /** How many levels there are. */
  count(index: number): number;
}

/** The levels of a tensor's weights. O(number of weights) memory. */
export function weightLevels(
  tensor: Pick<QuantizedTensor, "codes" | "groups" | "books" | "affine">,
): WeightLevels {
  const stretches = stretchesOf(tensor).map((
    { start, end, book: { levels, thresholds }, run },
  ) => ({
    start,
    end,
    levels,
    thresholds,
    scale: tensor.affine?.scales[run] ?? 1,
    offset: tensor.affine?.offsets[run] ?? 0,
  }));
  const stretchOf = new Uint32Array(tensor.codes.length);
  stretches.forEach(({ start, end }, i) => stretchOf.fill(i, start, end));
  return {
    nearest(index, value) {
      const { thresholds, scale, offset } = stretches[stretchOf[index]!]!;
      // Without a scale all levels are the same.
      return scale === 0 ? 0 : countUpTo(thresholds, (value - offset) / scale);
    },
    value(index, code) {
      const { levels, scale, offset } = stretches[stretchOf[index]!]!;
      return offset + scale * levels[code]!;
    },
    count: (index) => stretches[stretchOf[index]!]!.levels.length,
  };
}

/** How many of ascending thresholds are no larger than a value. */
function countUpTo(thresholds: Float64Array, value: number): number {
  let lower = 0, upper = thresholds.length;
  while (lower < upper) {
    const middle = (lower + upper) >> 1;
    if (thresholds[middle]! <= value) lower = middle + 1;
    else upper = middle;
  }
  return lower;
}
