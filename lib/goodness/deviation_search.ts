import type { Distribution } from "../distributions/distribution.ts";
import { chunkSize, chunksOf } from "../numerics/chunks.ts";
import { assertFiniteSample, largestMagnitude, type Sample } from "../numerics/sample.ts";
import { layOutBins, type ValueBins } from "../numerics/value_bins.ts";

/** How far a computed cdf may be from an ascending function. Bounds are widened by it. */
const cdfAllowance = 2 ** -36;

/** Bins of the first level: their share of the values keeps its proportion to the least D to expect, which falls as `1 / sqrt(size)`. */
const binCount = (size: number) =>
  2 ** Math.round(Math.log2(Math.min(size / 4, 80 * Math.sqrt(size), 2 ** 20)));

/** From this size down, values are sorted rather than divided. */
const leafSize = 16;

/** A largest deviation of the sample's distribution function from a law's. */
export interface Deviation {
  /** The deviation, in `[0, 1]`. */
  readonly statistic: number;
  /** The value of the sample at which it is attained (the smallest such value). */
  readonly location: number;
}

/** The largest deviations of a sample from a law, to both sides. */
export interface Deviations {
  readonly above: Deviation;
  readonly below: Deviation;
}

/** Values that can be read over and over. */
export interface ValueSource {
  readonly size: number;
  /** Some of the values, from all over; at least one. */
  readonly pilot: Float64Array;
  /** All values in chunks of at most 2,048, in the same order each time. */
  readonly chunks: () => Iterable<Float64Array>;
  /** Throws the error for a value that isn't finite or is beyond 1e150. */
  readonly refuse: () => void;
}

/** Values of a sample that its bins are laid out by. */
const pilotSize = 1024;

/** The values of a sample in memory, for {@linkcode searchDeviations}. */
export function valuesOf(sample: Sample, action: string): ValueSource {
  const size = sample.length, count = Math.min(pilotSize, size);
  return {
    size,
    pilot: Float64Array.from(
      { length: count },
      (_, i) => sample[Math.floor((i + 0.5) / count * size)]!,
    ),
    chunks: () => chunksOf(sample),
    refuse: () => assertFiniteSample(sample, action),
  };
}

/**
 * The largest deviations of the sample's distribution function from each law's, by branch and bound. Among values of ranks `[first,
 * end)` that lie in `[lower, upper)` no `F_n - F` is above `end / size - F(lower)`, and no `F - F_n` above `F(upper) - first / size`. One
 * pass counts the values in bins; whole blocks of bins fall out, then bins; one pass collects the values of those that are left, which
 * are divided as a quicksort divides them, but only where the maximum can be.
 *
 * @throws {RangeError} If a value isn't finite.
 */
export function searchDeviations(
  source: ValueSource,
  laws: readonly Distribution[],
): Deviations[] {
  const { size, pilot, refuse } = source;
  if (pilot.some((value) => !(Math.abs(value) <= largestMagnitude))) refuse();
  const bins = layOutBins(pilot, binCount(size));
  const ranks = countRanks(source, bins);
  const searches = laws.map((law) => createSearch(law, size));
  const survivors = searches.map((search) => searchBins(search, bins, ranks));
  const groups = collect(source, bins, ranks, new Set(survivors.flat().map(({ bin }) => bin)));
  searches.forEach((search, k) => {
    for (const survivor of survivors[k]!) searchGroup(search, survivor, groups);
  });
  return searches;
}

/** The largest deviations that a search has met. */
interface Search extends Deviations {
  readonly law: Distribution;
  readonly size: number;
  readonly above: { statistic: number; location: number };
  readonly below: { statistic: number; location: number };
  /** What the maxima are known to reach. */
  readonly reached: { above: number; below: number };
}

function createSearch(law: Distribution, size: number): Search {
  return {
    law,
    size,
    above: { statistic: -Infinity, location: Infinity },
    below: { statistic: -Infinity, location: Infinity },
    reached: { above: 0, below: 0 },
  };
}

/** Whether values of these ranks between points of these probabilities can attain a maximum. */
function canHoldMaximum(
  { size, reached }: Search,
  first: number,
  end: number,
  lowerProbability: number,
  upperProbability: number,
): boolean {
  return end > first &&
    (end / size - lowerProbability + cdfAllowance >= reached.above ||
      upperProbability - first / size + cdfAllowance >= reached.below);
}

/** Takes in that the values equal to `value` have the ranks `[first, end)`; returns the law's cdf there. */
function visit(search: Search, value: number, first: number, end: number): number {
  const { law, size, above, below, reached } = search;
  const probability = law.cdf(value);
  const excess = end / size - probability, deficit = probability - first / size;
  if (excess > above.statistic || (excess === above.statistic && value < above.location)) {
    above.statistic = excess;
    above.location = value;
    if (excess > reached.above) reached.above = excess;
  }
  if (deficit > below.statistic || (deficit === below.statistic && value < below.location)) {
    below.statistic = deficit;
    below.location = value;
    if (deficit > reached.below) reached.below = deficit;
  }
  return probability;
}

/** The number of values below each bin's lower edge, and the size of the sample at the end. */
function countRanks({ chunks, refuse }: ValueSource, bins: ValueBins): Uint32Array {
  const ranks = new Uint32Array(bins.size + 1), counts = new Int32Array(ranks.buffer);
  for (const chunk of chunks()) {
    if (!bins.count(chunk, counts)) refuse();
  }
  let below = 0;
  for (let bin = 0; bin < ranks.length; bin++) {
    const count = ranks[bin]!;
    ranks[bin] = below;
    below += count;
  }
  return ranks;
}

/** A bin that can hold a maximum. */
interface Survivor {
  readonly bin: number;
  readonly first: number;
  readonly lowerProbability: number;
  readonly upperProbability: number;
}

/** The bins that can hold a maximum, by way of blocks of bins that can. */
function searchBins(search: Search, bins: ValueBins, ranks: Uint32Array): Survivor[] {
  const { law, size, reached } = search;
  const probabilities = new Float64Array(bins.size + 1).fill(NaN);
  const probabilityAt = (bin: number) => {
    if (!Number.isNaN(probabilities[bin]!)) return probabilities[bin]!;
    const edge = bins.edge(bin);
    const probability = edge === -Infinity ? 0 : edge === Infinity ? 1 : law.cdf(edge);
    const level = ranks[bin]! / size;
    reached.above = Math.max(reached.above, level - probability - cdfAllowance);
    reached.below = Math.max(reached.below, probability - level - cdfAllowance);
    return probabilities[bin] = probability;
  };
  let blocks = [0], width = 2 ** Math.ceil(Math.log2(bins.size));
  while (true) {
    // All edges first: they raise what the maxima are known to reach.
    for (const start of blocks) {
      probabilityAt(start);
      probabilityAt(Math.min(start + width, bins.size));
    }
    blocks = blocks.filter((start) => {
      const end = Math.min(start + width, bins.size);
      return canHoldMaximum(
        search,
        ranks[start]!,
        ranks[end]!,
        probabilities[start]!,
        probabilities[end]!,
      );
    });
    if (width === 1) break;
    width /= 2;
    blocks = blocks.flatMap((start) =>
      start + width < bins.size ? [start, start + width] : [start]
    );
  }
  return blocks.map((bin) => ({
    bin,
    first: ranks[bin]!,
    lowerProbability: probabilities[bin]!,
    upperProbability: probabilities[bin + 1]!,
  }));
}

/** The values of some bins. */
interface Groups {
  /** Where in the other arrays the values of a wanted bin are described. */
  readonly slots: Int32Array;
  /** The value that came first: equal ones are counted, not stored, so that heavy ties take no room. */
  readonly pivots: Float64Array;
  readonly pivotCounts: Uint32Array;
  /** The other values of slot i, unordered: `values[starts[i]]` to `values[ends[i] - 1]`. */
  readonly values: Float64Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

function collect(
  { chunks }: ValueSource,
  bins: ValueBins,
  ranks: Uint32Array,
  wanted: ReadonlySet<number>,
): Groups {
  const starts = new Uint32Array(wanted.size);
  const slots = new Int32Array(bins.size);
  const marks = new Uint8Array(bins.size);
  let slot = 0, size = 0;
  for (const bin of wanted) {
    marks[bin] = 1;
    slots[bin] = slot;
    starts[slot++] = size;
    size += ranks[bin + 1]! - ranks[bin]!;
  }
  const groups: Groups = {
    slots,
    pivots: new Float64Array(wanted.size),
    pivotCounts: new Uint32Array(wanted.size),
    values: new Float64Array(size),
    starts,
    ends: starts.slice(),
  };
  const selected = new Float64Array(chunkSize), selectedBins = new Int32Array(chunkSize);
  for (const chunk of chunks()) {
    addToGroups(groups, selected, selectedBins, bins.select(chunk, marks, selected, selectedBins));
  }
  return groups;
}

function addToGroups(
  { slots, pivots, pivotCounts, values, ends }: Groups,
  selected: Float64Array,
  bins: Int32Array,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const slot = slots[bins[i]!]!, value = selected[i]!;
    if (pivotCounts[slot] === 0) pivots[slot] = value;
    if (pivots[slot] === value) pivotCounts[slot]! += 1;
    else values[ends[slot]!++] = value;
  }
}

/** Looks for the maxima among the values of a bin. */
function searchGroup(search: Search, survivor: Survivor, groups: Groups): void {
  const { bin, first, lowerProbability, upperProbability } = survivor;
  const slot = groups.slots[bin]!;
  const pivot = groups.pivots[slot]!, pivotCount = groups.pivotCounts[slot]!;
  const values = groups.values.subarray(groups.starts[slot]!, groups.ends[slot]!);
  const end = first + values.length + pivotCount;
  if (!canHoldMaximum(search, first, end, lowerProbability, upperProbability)) return;
  const [lower, upper] = divide(values, pivot);
  const pivotRank = first + lower.length;
  const probability = visit(search, pivot, pivotRank, pivotRank + pivotCount);
  const depth = 2 * Math.ceil(Math.log2(values.length + 1));
  searchValues(search, lower, first, lowerProbability, probability, depth);
  searchValues(search, upper, pivotRank + pivotCount, probability, upperProbability, depth);
}

/** Looks for the maxima among values in any order, of which it changes the order. */
function searchValues(
  search: Search,
  values: Float64Array,
  first: number,
  lowerProbability: number,
  upperProbability: number,
  depth: number,
): void {
  const end = first + values.length;
  if (!canHoldMaximum(search, first, end, lowerProbability, upperProbability)) return;
  if (values.length <= leafSize || depth === 0) {
    values.sort();
    for (let i = 0; i < values.length; i++) visit(search, values[i]!, first + i, first + i + 1);
    return;
  }
  const pivot = values[values.length >> 1]!;
  const [lower, upper] = divide(values, pivot);
  const lowerEnd = first + lower.length, upperStart = end - upper.length;
  const probability = visit(search, pivot, lowerEnd, upperStart);
  searchValues(search, lower, first, lowerProbability, probability, depth - 1);
  searchValues(search, upper, upperStart, probability, upperProbability, depth - 1);
}

/** Moves the values below `pivot` to the front and those above it to the back. */
function divide(
  values: Float64Array,
  pivot: number,
): readonly [lower: Float64Array, upper: Float64Array] {
  let lowerEnd = 0, upperStart = values.length;
  for (let i = 0; i < upperStart;) {
    const value = values[i]!;
    if (value < pivot) {
      values[i++] = values[lowerEnd]!;
      values[lowerEnd++] = value;
    } else if (value > pivot) {
      values[i] = values[--upperStart]!;
      values[upperStart] = value;
    } else {
      i++;
    }
  }
  return [values.subarray(0, lowerEnd), values.subarray(upperStart)];
}
