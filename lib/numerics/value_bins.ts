import { highWord, orderedBits } from "./float_bits.ts";
import { largestMagnitude } from "./sample.ts";

/**
 * A way to sort values roughly: a map to bins `[0, size)` in the order of the values, without exception. All values of bin i are in
 * `[edge(i), edge(i + 1))`, where one that underflows in units of a bin's width stands for 0. The first and the last bin reach to infinity.
 */
export interface ValueBins {
  readonly size: number;
  /** The lower end of a bin, exactly; -Infinity for 0 and Infinity for `size`. */
  edge(bin: number): number;
  /** Counts the values of a chunk in their bins. False, when it has counted some, if a value isn't finite or is beyond 1e150. */
  count(chunk: Float64Array, counts: Int32Array): boolean;
  /** Writes the values of a chunk in the bins marked in `wanted`, and their bins, to the front of two arrays; returns how many. */
  select(chunk: Float64Array, wanted: Uint8Array, values: Float64Array, bins: Int32Array): number;
}

/**
 * Bins in which a sample's values spread out: about `size` of one width where that serves, else (values over many orders of
 * magnitude, or most of them on one spot) 2^17 logarithmic ones.
 *
 * @param pilot Some of the values, from all over the sample; at least one, all finite. The layout is a guess from them.
 */
export function layOutBins(pilot: Float64Array, size: number): ValueBins {
  const sorted = pilot.toSorted();
  const at = (fraction: number) => sorted[Math.floor(fraction * (sorted.length - 1))]!;
  const centre = at(1 / 2), lower = at(1 / 64), upper = at(63 / 64);
  const range = 2 * (upper - lower), spread = at(7 / 8) - at(1 / 8);
  if (spread < range / 256) return logarithmicBins();
  return uniformBins(centre - 2 * (centre - lower), centre + 2 * (upper - centre), size) ??
    logarithmicBins();
}

/**
 * Bins of one width, a power of two, and one more at each end. Every operation on the way from a value to its bin is then exact, so that no
 * value is on the wrong side of an edge. Undefined where the width would be too small.
 */
function uniformBins(lower: number, upper: number, size: number): ValueBins | undefined {
  const exponent = Math.ceil(Math.log2((upper - lower) / size));
  // Indices stay far below 2^53, and the inverse of the width is finite.
  const smallest = Math.max(Math.log2(Math.max(Math.abs(lower), Math.abs(upper))) - 48, -1000);
  if (!(exponent >= smallest)) return undefined;
  const width = 2 ** exponent;
  const first = Math.floor(lower / width);
  const inner = Math.floor(upper / width) - first + 1;
  // The inverse of the width; the places, in units of it, of the first bin and of the last.
  const grid = Float64Array.of(1 / width, first - 1, first + inner);
  return {
    size: inner + 2,
    edge: (bin) => bin <= 0 ? -Infinity : bin >= inner + 2 ? Infinity : (first + bin - 1) * width,
    count: (chunk, counts) => countUniform(chunk, counts, grid),
    select: (chunk, wanted, values, bins) => selectUniform(chunk, wanted, values, bins, grid),
  };
}

// The loops below take their constants from an array of doubles, so that they have them in registers as such, and differences of bins modulo
// 2^32, which they are far below, as integers. They take eight values at a time, which makes them too large for V8 to inline: inside of a
// caller's loop they run slowly. The few eights with a value in an end bin go one by one.

function countUniform(chunk: Float64Array, counts: Int32Array, grid: Float64Array): boolean {
  const scale = grid[0]!, lowest = grid[1]!, highest = grid[2]!, offset = lowest | 0;
  const whole = chunk.length - chunk.length % 8;
  for (let i = 0; i < whole; i += 8) {
    const place0 = chunk[i]! * scale;
    const place1 = chunk[i + 1]! * scale;
    const place2 = chunk[i + 2]! * scale;
    const place3 = chunk[i + 3]! * scale;
    const place4 = chunk[i + 4]! * scale;
    const place5 = chunk[i + 5]! * scale;
    const place6 = chunk[i + 6]! * scale;
    const place7 = chunk[i + 7]! * scale;
    if (
      place0 >= lowest && place0 <= highest &&
      place1 >= lowest && place1 <= highest &&
      place2 >= lowest && place2 <= highest &&
      place3 >= lowest && place3 <= highest &&
      place4 >= lowest && place4 <= highest &&
      place5 >= lowest && place5 <= highest &&
      place6 >= lowest && place6 <= highest &&
      place7 >= lowest && place7 <= highest
    ) {
      counts[((Math.floor(place0) | 0) - offset) | 0]! += 1;
      counts[((Math.floor(place1) | 0) - offset) | 0]! += 1;
      counts[((Math.floor(place2) | 0) - offset) | 0]! += 1;
      counts[((Math.floor(place3) | 0) - offset) | 0]! += 1;
      counts[((Math.floor(place4) | 0) - offset) | 0]! += 1;
      counts[((Math.floor(place5) | 0) - offset) | 0]! += 1;
      counts[((Math.floor(place6) | 0) - offset) | 0]! += 1;
      counts[((Math.floor(place7) | 0) - offset) | 0]! += 1;
    } else if (!countEach(chunk, i, i + 8, counts, grid)) {
      return false;
    }
  }
  return countEach(chunk, whole, chunk.length, counts, grid);
}

function countEach(
  chunk: Float64Array,
  start: number,
  end: number,
  counts: Int32Array,
  grid: Float64Array,
): boolean {
  for (let i = start; i < end; i++) {
    if (!(Math.abs(chunk[i]!) <= largestMagnitude)) return false;
    counts[binOf(chunk[i]!, grid)]! += 1;
  }
  return true;
}

function binOf(value: number, grid: Float64Array): number {
  const place = Math.min(Math.max(value * grid[0]!, grid[1]!), grid[2]!);
  return Math.floor(place) - grid[1]!;
}

function selectUniform(
  chunk: Float64Array,
  wanted: Uint8Array,
  values: Float64Array,
  bins: Int32Array,
  grid: Float64Array,
): number {
  const scale = grid[0]!, lowest = grid[1]!, highest = grid[2]!, offset = lowest | 0;
  const whole = chunk.length - chunk.length % 8;
  let size = 0;
  for (let i = 0; i < whole; i += 8) {
    const place0 = chunk[i]! * scale;
    const place1 = chunk[i + 1]! * scale;
    const place2 = chunk[i + 2]! * scale;
    const place3 = chunk[i + 3]! * scale;
    const place4 = chunk[i + 4]! * scale;
    const place5 = chunk[i + 5]! * scale;
    const place6 = chunk[i + 6]! * scale;
    const place7 = chunk[i + 7]! * scale;
    if (
      place0 >= lowest && place0 <= highest &&
      place1 >= lowest && place1 <= highest &&
      place2 >= lowest && place2 <= highest &&
      place3 >= lowest && place3 <= highest &&
      place4 >= lowest && place4 <= highest &&
      place5 >= lowest && place5 <= highest &&
      place6 >= lowest && place6 <= highest &&
      place7 >= lowest && place7 <= highest
    ) {
      const some = wanted[((Math.floor(place0) | 0) - offset) | 0]! |
        wanted[((Math.floor(place1) | 0) - offset) | 0]! |
        wanted[((Math.floor(place2) | 0) - offset) | 0]! |
        wanted[((Math.floor(place3) | 0) - offset) | 0]! |
        wanted[((Math.floor(place4) | 0) - offset) | 0]! |
        wanted[((Math.floor(place5) | 0) - offset) | 0]! |
        wanted[((Math.floor(place6) | 0) - offset) | 0]! |
        wanted[((Math.floor(place7) | 0) - offset) | 0]!;
      if (some === 0) continue;
    }
    size = selectEach(chunk, i, i + 8, wanted, values, bins, size, grid);
  }
  return selectEach(chunk, whole, chunk.length, wanted, values, bins, size, grid);
}

function selectEach(
  chunk: Float64Array,
  start: number,
  end: number,
  wanted: Uint8Array,
  values: Float64Array,
  bins: Int32Array,
  size: number,
  grid: Float64Array,
): number {
  for (let i = start; i < end; i++) {
    const bin = binOf(chunk[i]!, grid);
    if (wanted[bin] === 0) continue;
    values[size] = chunk[i]!;
    bins[size++] = bin;
  }
  return size;
}

/** Bits of a float64's high word below the digit that is the bin: sign, exponent and five bits of the mantissa are left. */
const droppedBits = 15;

/** Bins by the leading bits of the float64: 32 to each factor of two. */
function logarithmicBins(): ValueBins {
  const size = 2 ** (32 - droppedBits);
  const value = new Float64Array(1), words = new Int32Array(value.buffer);
  return {
    size,
    edge(bin) {
      if (bin <= 0) return -Infinity;
      if (bin >= size) return Infinity;
      const ordered = bin << droppedBits;
      // The lowest of a bin of negative values, whose bits are flipped, has ones in the words' other bits.
      words[highWord] = ordered < 0 ? ordered ^ -0x80000000 : ~ordered;
      words[1 - highWord] = ordered < 0 ? 0 : -1;
      // The leading bits of infinities and of what isn't a number.
      if (Number.isFinite(value[0]!)) return value[0]!;
      return ordered < 0 ? Infinity : -Infinity;
    },
    count(chunk, counts) {
      const words = new Int32Array(chunk.buffer, chunk.byteOffset, 2 * chunk.length);
      for (let i = 0; i < chunk.length; i++) {
        if (!(Math.abs(chunk[i]!) <= largestMagnitude)) return false;
        const bin = orderedBits(words[2 * i + highWord]!) >>> droppedBits;
        counts[bin] = (counts[bin]! + 1) | 0;
      }
      return true;
    },
    select(chunk, wanted, values, bins) {
      const words = new Int32Array(chunk.buffer, chunk.byteOffset, 2 * chunk.length);
      let size = 0;
      for (let i = 0; i < chunk.length; i++) {
        const bin = orderedBits(words[2 * i + highWord]!) >>> droppedBits;
        if (wanted[bin] === 0) continue;
        values[size] = chunk[i]!;
        bins[size++] = bin;
      }
      return size;
    },
  };
}
