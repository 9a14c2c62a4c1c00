import { highWord, orderedBits } from "./float_bits.ts";
import type { Sample } from "./sample.ts";

/** Up to here the built-in sort is quicker than a histogram. */
const smallSize = 512;

/**
 * The value at `rank` (0 is the smallest) of the ascending sample, without sorting it: O(n), two passes in general.
 *
 * @param sample Values without NaN, at least one.
 *
 * @throws {RangeError} If `rank` is not an integer in `[0, size)`.
 */
export function orderStatistic(sample: Sample, rank: number): number {
  return orderStatistics(sample, [rank])[0]!;
}

/** {@linkcode orderStatistic} at several ascending ranks, which share passes where they are close. */
export function orderStatistics(sample: Sample, ranks: readonly number[]): number[] {
  for (const rank of ranks) {
    if (!(Number.isInteger(rank) && rank >= 0 && rank < sample.length)) {
      throw new RangeError(
        `Cannot select an order statistic as its rank must be an integer in [0, ${sample.length}): current value is ${rank}`,
      );
    }
  }
  if (sample instanceof Float32Array) {
    const bits = new Int32Array(sample.buffer, sample.byteOffset, sample.length);
    return select({ words: bits, stride: 1, digit: 0, flip: 0 }, ranks);
  }
  const values = sample instanceof Float64Array ? sample : new Float64Array(sample);
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  return select({ words, stride: 2, digit: 0, flip: 0 }, ranks);
}

/** The median: for an even size the mean of the two middle values. O(n), without a sort. */
export function medianOf(sample: Sample): number {
  const size = sample.length;
  const [lower, upper] = orderStatistics(sample, [(size - 1) >> 1, size >> 1]);
  return (lower! + upper!) / 2;
}

/**
 * The quantile of type 7 (Hyndman and Fan, The American Statistician 50, 1996; NumPy's and R's default): linear between the order
 * statistics around rank `(size - 1) probability`. O(n), without a sort.
 *
 * @param sample Values without NaN, at least one.
 *
 * @throws {RangeError} If `probability` is not in `[0, 1]`.
 */
export function quantileOf(sample: Sample, probability: number): number {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(
      `Cannot compute a quantile as its probability must be in [0, 1]: current value is ${probability}`,
    );
  }
  const position = (sample.length - 1) * probability;
  const rank = Math.floor(position);
  const [lower, upper] = orderStatistics(sample, [rank, Math.ceil(position)]);
  return lower! + (position - rank) * (upper! - lower!);
}

/** Values, as their words, that agree in all 16-bit digits before `digit`; from the second on these have one sign. */
interface Candidates {
  readonly words: Int32Array;
  /** Words of a value: 1 of a float32, 2 of a float64. */
  readonly stride: 1 | 2;
  readonly digit: number;
  /** What makes the words from the second digit on ascend: all ones for negative values. */
  readonly flip: number;
}

/** Selection by one digit after another from the most significant: count, keep the values whose digit the rank falls on, go on. */
function select(candidates: Candidates, ranks: readonly number[]): number[] {
  const { words, stride } = candidates;
  const size = words.length / stride;
  // Also where no digit is left.
  if (areEqual(candidates)) {
    const [value] = toValues(candidates);
    return ranks.map(() => value!);
  }
  if (size <= smallSize) {
    const sorted = toValues(candidates).toSorted();
    return ranks.map((rank) => sorted[rank]!);
  }
  const counts = countDigits(candidates);
  const selected: number[] = [];
  let bin = 0, below = 0;
  while (selected.length < ranks.length) {
    while (ranks[selected.length]! >= below + counts[bin]!) below += counts[bin++]!;
    const inBin = ranks.slice(selected.length)
      .filter((rank) => rank < below + counts[bin]!)
      .map((rank) => rank - below);
    selected.push(...select(narrow(candidates, bin, counts[bin]!), inBin));
  }
  return selected;
}

function areEqual({ words, stride }: Candidates): boolean {
  const first = words[0], last = words[stride - 1];
  for (let i = stride; i < words.length; i += stride) {
    if (words[i] !== first || words[i + stride - 1] !== last) return false;
  }
  return true;
}

function countDigits({ words, stride, digit, flip }: Candidates): Uint32Array {
  const counts = new Uint32Array(1 << 16);
  const offset = wordOf(stride, digit), shift = shiftOf(digit);
  if (digit === 0) {
    for (let i = offset; i < words.length; i += stride) counts[orderedBits(words[i]!) >>> 16]! += 1;
  } else {
    for (let i = offset; i < words.length; i += stride) {
      counts[((words[i]! ^ flip) >>> shift) & 0xffff]! += 1;
    }
  }
  return counts;
}

/** The `count` candidates whose digit is `bin`. */
function narrow(candidates: Candidates, bin: number, count: number): Candidates {
  const { words, stride, digit } = candidates;
  // After the first digit, of which the sign is the highest bit, the candidates have one sign.
  const flip = digit > 0 ? candidates.flip : bin & 0x8000 ? 0 : -1;
  const raw = (bin ^ (digit === 0 && flip === 0 ? 0x8000 : flip)) & 0xffff;
  const offset = wordOf(stride, digit), shift = shiftOf(digit);
  const kept = new Int32Array(count * stride);
  let end = 0;
  if (stride === 1) {
    for (let i = 0; i < words.length; i++) {
      if (((words[i]! >>> shift) & 0xffff) === raw) kept[end++] = words[i]!;
    }
  } else {
    for (let i = 0; i < words.length; i += 2) {
      if (((words[i + offset]! >>> shift) & 0xffff) !== raw) continue;
      kept[end++] = words[i]!;
      kept[end++] = words[i + 1]!;
    }
  }
  return { words: kept, stride, digit: digit + 1, flip };
}

const wordOf = (stride: 1 | 2, digit: number) =>
  stride === 1 ? 0 : digit < 2 ? highWord : 1 - highWord;
const shiftOf = (digit: number) => digit % 2 === 0 ? 16 : 0;

function toValues({ words, stride }: Candidates): Float32Array | Float64Array {
  return stride === 1
    ? new Float32Array(words.buffer, words.byteOffset, words.length)
    : new Float64Array(words.buffer, words.byteOffset, words.length / 2);
}
