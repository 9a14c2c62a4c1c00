/**
 * Values in ascending order with running sums of their masses, first and second moments: the error of any cell in O(1).
 *
 * Moments are taken about the median, in units of a power of two near the largest distance from it, so that squares neither
 * overflow nor vanish. They are summed with compensation (Kahan, Communications of the ACM 8, 1965) outwards from the middle, so
 * that an outlier takes no digits from the cells inside of it. A cell's error is accurate to about 1e-15 of its second moment
 * about the median.
 */
export interface SortedSums {
  /** Ascending, in their own unit. */
  readonly sorted: Float64Array;
  /** The values as the sums see them are `(value - centre) * scale`. */
  readonly centre: number;
  readonly scale: number;
  /**
   * `masses[j] - masses[i]` is the mass of the values from i up to, not including, j: their number, or the sum of their weights.
   * No value's mass is below 1, so a cell of mass 1 is one value, without error.
   */
  readonly masses: Float64Array;
  /** The same for the first moments. */
  readonly sums: Float64Array;
  /** The same for the second moments. */
  readonly squares: Float64Array;
}

/**
 * The running sums of values in ascending order. O(n).
 *
 * @param sorted At least one value.
 * @param weights The mass of each value, at least 1; each is 1 by default.
 */
export function sortedSums(sorted: Float64Array, weights?: Float64Array): SortedSums {
  const size = sorted.length;
  const middle = size >> 1;
  const centre = sorted[middle]!;
  const reach = Math.max(centre - sorted[0]!, sorted[size - 1]! - centre);
  // The largest finite power of two is 2^1023.
  const scale = reach > 0 ? 2 ** Math.min(1023, -Math.floor(Math.log2(reach))) : 1;
  const masses = new Float64Array(size + 1);
  const sums = new Float64Array(size + 1);
  const squares = new Float64Array(size + 1);
  for (const direction of [1, -1]) {
    let mass = 0, sum = 0, square = 0;
    let massCarry = 0, sumCarry = 0, squareCarry = 0;
    let i = direction > 0 ? middle : middle - 1;
    for (; i >= 0 && i < size; i += direction) {
      const value = (sorted[i]! - centre) * scale;
      const weight = direction * (weights === undefined ? 1 : weights[i]!);
      let addend = weight - massCarry;
      let next = mass + addend;
      massCarry = (next - mass) - addend;
      mass = next;
      addend = weight * value - sumCarry;
      next = sum + addend;
      sumCarry = (next - sum) - addend;
      sum = next;
      addend = weight * value * value - squareCarry;
      next = square + addend;
      squareCarry = (next - square) - addend;
      square = next;
      const position = direction > 0 ? i + 1 : i;
      masses[position] = mass;
      sums[position] = sum;
      squares[position] = square;
    }
  }
  return { sorted, centre, scale, masses, sums, squares };
}

/** The squared error of the cell `[start, end)` about its mean, in the units of the sums. */
export function cellError(
  { masses, sums, squares }: SortedSums,
  start: number,
  end: number,
): number {
  const mass = masses[end]! - masses[start]!;
  if (mass <= 1) return 0;
  const sum = sums[end]! - sums[start]!;
  return squares[end]! - squares[start]! - (sum * sum) / mass;
}

/** The mean of the cell `[start, end)`, which holds a value, in the units of the sums. */
export function cellMean(
  { sorted, centre, scale, masses, sums }: SortedSums,
  start: number,
  end: number,
): number {
  const mass = masses[end]! - masses[start]!;
  // Masses that are lost beside those of other cells: any value of the cell will do.
  return mass > 0 ? (sums[end]! - sums[start]!) / mass : (sorted[start]! - centre) * scale;
}

/** The squared error of a partition, in the units of the sums; `bounds` are the ends of its cells, from 0 to n. */
export function partitionError(data: SortedSums, bounds: ArrayLike<number>): number {
  let total = 0;
  for (let i = 1; i < bounds.length; i++) total += cellError(data, bounds[i - 1]!, bounds[i]!);
  return total;
}
