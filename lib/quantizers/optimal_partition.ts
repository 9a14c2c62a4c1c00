import { addCell, type BoundaryLayer, boundaryLayer, type LeastErrors } from "./boundary_layer.ts";
import { bestPartitionOf, improvePartition, withoutEmptyCells } from "./local_partition.ts";
import { commonEdges, lowerBound } from "./partition_edges.ts";
import { cellMean, type SortedSums } from "./sorted_sums.ts";

/** The partition of least squared error, and how far that is proven. */
export interface OptimalPartition {
  /** The ends of the cells, from 0 to n. */
  readonly bounds: Int32Array;
  /** No partition has less than `1 - lossBound` times this one's error: 0 where it is the optimum, up to rounding. */
  readonly lossBound: number;
  /** Number of times that all layers were searched. */
  readonly iterations: number;
}

/** Options for {@linkcode optimalPartition}. */
export interface OptimalPartitionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the share of the positions that are ruled out, in `[0, 1]`, after each round. */
  readonly onProgress?: ((share: number) => void) | undefined;
  /** The edges to start from, ascending from 1 to n - 1; by default some thousand, or all positions of a small sample. */
  readonly edges?: Int32Array | undefined;
}

/** The positions at which a boundary may still stand: at edges, and inside of open bins between neighbouring edges. */
interface Corridor {
  readonly edges: Int32Array;
  /** `open[i]` is 1 where a boundary may lie strictly between edges i and i + 1. */
  readonly open: Uint8Array;
  /** The largest distance of the levels on both sides of a boundary in that bin. */
  readonly gaps: Float64Array;
}

/** The first round's edges: as many for each boundary, at least so many in all. */
const edgesPerCell = 16;
const leastEdges = 1024;
/** With no more positions than this in all corridors, each becomes an edge. */
const smallProblem = 2 ** 16;
/** Edges of all corridors together; each takes about 60 bytes. Past it, the search stops with what is proven. */
const edgeLimit = 2 ** 23;
/** Relative to the least error known: what a bound must exceed it by, so that rounding never rules out the optimum. */
const errorRounding = 1e-10;
/** A cell's error is rounded by this share of its second moment about the median. */
const momentRounding = 2 ** -48;
/** A bound of the distance between levels need not be sharp. */
const gapTolerance = 0.02;

/**
 * Throws unless the search for the optimum fits into memory.
 *
 * @throws {RangeError} Naming the count of levels.
 */
export function assertProvable(size: number, count: number): void {
  const edges = Math.min(size, 2 * count) * (count - 1);
  if (edges <= edgeLimit) return;
  throw new RangeError(
    `Cannot find the exact optimum as ${size} values allow at most ${
      Math.floor(Math.max(edgeLimit / size, Math.sqrt(edgeLimit / 2)))
    } levels: current value is ${count}`,
  );
}

/**
 * Finds the partition of sorted values into `count` cells of least squared error, with a proof.
 *
 * Dynamic programming over a few edges (positions that bins of values begin at) gives for every edge a lower bound of the error
 * of an optimal partition whose boundary j, moved to an end of its bin, lands there: moving a boundary between two levels at
 * distance g past values x raises the error by `2 g sum |x - t|`, t being halfway between the levels, and one of the two ends
 * costs at most `g` times the sum of distances from the bin's mean. Bins whose bounds exceed the error of a partition that is
 * known already hold no optimal boundary. Those left are split, until the corridors of all boundaries consist of single
 * positions, over which the last dynamic program is exact.
 *
 * All boundaries' bins are split alike, so that two of them are the same or apart, and boundaries keep their order when they move
 * to ends.
 *
 * The first layers have O(count) edges, so that all rounds together take about O(count^2 log^2 n) operations for ordinary data,
 * and O(count n log n) at worst.
 *
 * @param count In [1, n].
 */
export function optimalPartition(
  data: SortedSums,
  count: number,
  { signal, onProgress, edges = firstEdges(data, count) }: OptimalPartitionOptions = {},
): OptimalPartition {
  const size = data.sorted.length;
  if (count === 1) return { bounds: Int32Array.of(0, size), lossBound: 0, iterations: 0 };
  let { bounds, error } = improvePartition(data, bestPartitionOf(data, edges, count));
  let corridors = firstCorridors(data, edges, count, error);
  for (let iterations = 1;; iterations++) {
    signal?.throwIfAborted();
    const credits = corridors.map((_, j) => binCredits(data, corridors, j));
    const exact = credits.every((credit) => credit.every((value) => value === 0));
    const layers = corridors.map(({ edges }) => boundaryLayer(data, edges));
    const edgeCredits = credits.map(largestBeside);
    const ends = [boundaryLayer(data, Int32Array.of(0)), boundaryLayer(data, Int32Array.of(size))];
    const below = sweep(layers, edgeCredits, ends[0]!, "below");
    const last = addCell(
      ends[1]!,
      layers.at(-1)!,
      credited(below.at(-1)!, edgeCredits.at(-1)!),
      "below",
    );
    const path = pathOf(corridors, below, last, size);
    if (exact) return { bounds: withoutEmptyCells(path), lossBound: 0, iterations };
    const improved = improvePartition(data, path);
    if (improved.error < error) ({ bounds, error } = improved);
    const lowest = last.errors[0]!;
    const limit = error * (1 + errorRounding) + rounding(data, bounds);
    const above = sweep(layers.toReversed(), edgeCredits.toReversed(), ends[1]!, "above")
      .toReversed();
    const next = corridors.map((corridor, j) => {
      const errors = below[j]!.errors.map((value, i) => value + above[j]!.errors[i]!);
      return narrowed(data, corridor, errors, credits[j]!, limit);
    });
    const total = next.reduce((sum, { edges }) => sum + edges.length, 0);
    onProgress?.(1 - total / (size * (count - 1)));
    if (total > edgeLimit) {
      return { bounds, lossBound: Math.min(1, Math.max(0, 1 - lowest / error)), iterations };
    }
    corridors = next;
  }
}

/**
 * Cells added one by one from an end of the data: the least errors on that side of every edge, less the credits of the edges
 * passed.
 */
function sweep(
  layers: readonly BoundaryLayer[],
  credits: readonly Float64Array[],
  end: BoundaryLayer,
  side: "below" | "above",
): LeastErrors[] {
  const result: LeastErrors[] = [];
  layers.forEach((layer, j) => {
    const [neighbour, costs] = j === 0
      ? [end, new Float64Array(1)]
      : [layers[j - 1]!, credited(result[j - 1]!, credits[j - 1]!)];
    result.push(addCell(layer, neighbour, costs, side));
  });
  return result;
}

function credited({ errors }: LeastErrors, credits: Float64Array): Float64Array {
  const result = new Float64Array(errors.length);
  for (let i = 0; i < errors.length; i++) result[i] = errors[i]! - credits[i]!;
  return result;
}

/** The bounds that the choices from the last cell back to the first lead to. */
function pathOf(
  corridors: readonly Corridor[],
  below: readonly LeastErrors[],
  last: LeastErrors,
  size: number,
): Int32Array {
  const bounds = new Int32Array(corridors.length + 2);
  bounds[corridors.length + 1] = size;
  let choice = last.choices[0]!;
  for (let j = corridors.length - 1; j >= 0; j--) {
    bounds[j + 1] = corridors[j]!.edges[choice]!;
    choice = below[j]!.choices[choice]!;
  }
  return bounds;
}

/** What rounding may have added to or taken from the errors of the cells. */
function rounding({ masses, squares }: SortedSums, bounds: Int32Array): number {
  let total = 0;
  for (let i = 1; i < bounds.length; i++) {
    const start = bounds[i - 1]!, end = bounds[i]!;
    if (masses[end]! - masses[start]! <= 1) continue;
    total += Math.max(Math.abs(squares[start]!), Math.abs(squares[end]!));
  }
  return momentRounding * total;
}

/** Positions in bins of equal numbers of values and of equal widths; all of them where they are few. */
function firstEdges({ sorted }: SortedSums, count: number): Int32Array {
  const size = sorted.length;
  const wanted = Math.max(
    leastEdges,
    Math.min(edgesPerCell * count, Math.floor(edgeLimit / count)),
  );
  return size * (count - 1) <= smallProblem || size <= wanted
    ? Int32Array.from({ length: size - 1 }, (_, i) => i + 1)
    : commonEdges(sorted, wanted >> 1);
}

/** Every boundary may be anywhere. */
function firstCorridors(
  data: SortedSums,
  edges: Int32Array,
  count: number,
  error: number,
): Corridor[] {
  const open = isOpen(data.sorted, edges);
  const gaps = Float64Array.from(
    open,
    (isOpen, i) => isOpen === 1 ? largestGap(data, edges[i]!, edges[i + 1]!, error) : 0,
  );
  return Array.from({ length: count - 1 }, () => ({ edges, open, gaps }));
}

/**
 * The largest distance g that the levels on both sides of a threshold in the bin `[start, end)` can have in a partition of at
 * most the given error: values nearer than g / 2 to the threshold lie between those levels, and each loses the square of its
 * distance from the nearer one.
 */
function largestGap(data: SortedSums, start: number, end: number, error: number): number {
  const { sorted, centre, scale } = data;
  const first = sorted[start]!, last = sorted[end - 1]!;
  /** The loss of the values outside of the bin, where the threshold is at the far end of it. */
  const loss = (half: number) => {
    const low = lowerBound(sorted, last - half, 0, start);
    const high = lowerBound(sorted, first + half, end, sorted.length);
    return momentAbout(data, low, start, (last - half - centre) * scale) +
      momentAbout(data, end, high, (first + half - centre) * scale);
  };
  let low = last - first, high = sorted[sorted.length - 1]! - sorted[0]!;
  while (high - low > gapTolerance * high) {
    const middle = low + (high - low) / 2;
    if (loss(middle) > error * (1 + errorRounding)) high = middle;
    else low = middle;
  }
  return 2 * high * scale;
}

/** The second moment of the values in `[start, end)` about a point, in the units of the sums. */
function momentAbout(
  { masses, sums, squares }: SortedSums,
  start: number,
  end: number,
  about: number,
): number {
  return squares[end]! - squares[start]! - 2 * about * (sums[end]! - sums[start]!) +
    about * about * (masses[end]! - masses[start]!);
}

/** Bins that hold more than one position at which a new value begins. */
function isOpen(sorted: Float64Array, edges: Int32Array): Uint8Array {
  const open = new Uint8Array(Math.max(0, edges.length - 1));
  for (let i = 0; i < open.length; i++) {
    open[i] = sorted[edges[i]!]! < sorted[edges[i + 1]! - 1]! ? 1 : 0;
  }
  return open;
}

/** For each bin of corridor j, the most that moving an optimal boundary from inside it to the better of its ends can cost. */
function binCredits(
  data: SortedSums,
  corridors: readonly Corridor[],
  j: number,
): Float64Array {
  const { sorted, centre, scale } = data;
  const { edges, open, gaps } = corridors[j]!;
  const lowest = corridors[j - 1]?.edges[0] ?? 0;
  const highest = corridors[j + 1]?.edges.at(-1) ?? sorted.length;
  const credits = new Float64Array(open.length);
  for (let i = 0; i < open.length; i++) {
    if (open[i] === 0) continue;
    const start = edges[i]!, end = edges[i + 1]!;
    const first = (sorted[start]! - centre) * scale;
    const last = (sorted[end - 1]! - centre) * scale;
    // The mean of a cell rises with both of its ends.
    const below = lowest < start ? cellMean(data, lowest, start) : first;
    const above = highest > end ? cellMean(data, end, highest) : last;
    // The threshold lies in the bin, halfway between the levels.
    const gap = Math.min(above - below, 2 * (last - below), 2 * (above - first), gaps[i]!);
    credits[i] = gap * absoluteDeviations(data, start, end);
  }
  return credits;
}

/** The sum of the distances of the values in `[start, end)` from their mean. */
function absoluteDeviations(data: SortedSums, start: number, end: number): number {
  const { sorted, centre, scale, masses, sums } = data;
  const mean = cellMean(data, start, end);
  const middle = lowerBound(sorted, centre + mean / scale, start, end);
  return 2 * (mean * (masses[middle]! - masses[start]!) - (sums[middle]! - sums[start]!));
}

/** For each edge the larger of the credits of the two bins beside it. */
function largestBeside(credits: Float64Array): Float64Array {
  const result = new Float64Array(credits.length + 1);
  for (let i = 0; i < credits.length; i++) {
    result[i] = Math.max(result[i]!, credits[i]!);
    result[i + 1] = credits[i]!;
  }
  return result;
}

/**
 * The corridor without the edges and bins whose bounds exceed the limit, and with the bins that are left divided: in four by
 * number, and in two by width.
 */
function narrowed(
  { sorted }: SortedSums,
  { edges, open, gaps }: Corridor,
  errors: Float64Array,
  credits: Float64Array,
  limit: number,
): Corridor {
  const survives = open.map((isOpen, i) =>
    isOpen & Number(Math.min(errors[i]!, errors[i + 1]!) - credits[i]! <= limit)
  );
  const positions: number[] = [];
  const gapsAfter: number[] = [];
  edges.forEach((edge, i) => {
    const after = survives[i] === 1;
    if (!(after || survives[i - 1] === 1 || errors[i]! <= limit)) return;
    const end = edges[i + 1]!;
    positions.push(edge);
    gapsAfter.push(after ? gaps[i]! : 0);
    if (!after) return;
    const width = end - edge;
    const halfWidth = sorted[edge]! + (sorted[end - 1]! - sorted[edge]!) / 2;
    let separate = lowerBound(sorted, halfWidth, edge + 1, end - 1);
    const push = (position: number) => {
      if (position <= positions.at(-1)!) return;
      positions.push(position);
      gapsAfter.push(gaps[i]!);
    };
    for (let part = 1; part < 4; part++) {
      const position = edge + ((part * width) >> 2);
      if (separate < position) {
        push(separate);
        separate = end;
      }
      push(position);
    }
    if (separate < end) push(separate);
  });
  const next = Int32Array.from(positions);
  const stillOpen = isOpen(sorted, next).map((isOpen, i) => gapsAfter[i]! > 0 ? isOpen : 0);
  return { edges: next, open: stillOpen, gaps: Float64Array.from(gapsAfter) };
}
