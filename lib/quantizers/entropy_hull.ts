import { commonEdges, lowerBound } from "./partition_edges.ts";
import { entropyTerm, partitionWith, type SamplePartition } from "./sample_partition.ts";
import { cellError, type SortedSums } from "./sorted_sums.ts";

/** Positions at which a cell may end, at most; time and memory go with its square. */
const mostEdges = 512;
/** Vertices of the convex hull that are looked at. */
const vertexLimit = 64;
/** A Lagrangian that is lower by no more than this share is no new vertex. */
const vertexTolerance = 1e-12;

/**
 * The two neighbouring vertices of the lower convex hull of mean squared error over entropy between which a rate lies, over all partitions whose
 * cells end at some hundred positions (all of them for small samples); the one vertex where no partition has a higher rate.
 *
 * A vertex minimises error plus weight times entropy. Both are sums over cells, so it is a shortest path through the positions, whatever the number of
 * cells. Weights are the slopes of chords of the hull: each new vertex lies below the chord, until none does. O(edges^2) a vertex.
 */
export function hullAt(data: SortedSums, rate: number): readonly SamplePartition[] {
  const positions = positionsOf(data.sorted);
  const costs = pairCosts(data, positions);
  let below = partitionWith(data, Int32Array.of(0, data.sorted.length));
  let above = partitionWith(data, positions);
  if (above.rate <= rate) return [above];
  for (let vertex = 0; vertex < vertexLimit; vertex++) {
    const weight = (below.mse - above.mse) / (above.rate - below.rate);
    const next = partitionWith(data, shortestPath(positions, costs, weight));
    const chord = below.mse + weight * below.rate;
    if (!(next.mse + weight * next.rate < chord * (1 - vertexTolerance))) break;
    if (next.rate <= rate) below = next;
    else above = next;
  }
  return [below, above];
}

/** Where a cell may begin or end: from 0 to n, and never between equal values. */
function positionsOf(sorted: Float64Array): Int32Array {
  const size = sorted.length;
  const edges = size <= mostEdges
    ? Int32Array.from({ length: size - 1 }, (_, i) => i + 1)
    : commonEdges(sorted, mostEdges >> 1);
  const starts = edges.map((edge) => lowerBound(sorted, sorted[edge]!, 0, edge));
  return Int32Array.from(new Set([0, ...starts, size])).sort();
}

/** Error and entropy of each cell between two positions: the pairs that end at position j begin at `j (j - 1) / 2`. */
interface PairCosts {
  readonly mse: Float64Array;
  readonly rate: Float64Array;
}

function pairCosts(data: SortedSums, positions: Int32Array): PairCosts {
  const size = data.sorted.length;
  const pairs = (positions.length * (positions.length - 1)) / 2;
  const mse = new Float64Array(pairs), rate = new Float64Array(pairs);
  for (let end = 1, pair = 0; end < positions.length; end++) {
    for (let start = 0; start < end; start++, pair++) {
      mse[pair] = Math.max(0, cellError(data, positions[start]!, positions[end]!)) / size;
      rate[pair] = entropyTerm((positions[end]! - positions[start]!) / size);
    }
  }
  return { mse, rate };
}

/** The ends of the cells that minimise error plus weight times entropy. */
function shortestPath(
  positions: Int32Array,
  { mse, rate }: PairCosts,
  weight: number,
): Int32Array {
  const least = new Float64Array(positions.length);
  const before = new Int32Array(positions.length);
  for (let end = 1, pair = 0; end < positions.length; end++) {
    let best = Infinity, choice = 0;
    for (let start = 0; start < end; start++, pair++) {
      const cost = least[start]! + mse[pair]! + weight * rate[pair]!;
      if (cost < best) {
        best = cost;
        choice = start;
      }
    }
    least[end] = best;
    before[end] = choice;
  }
  const path = [positions.length - 1];
  while (path[0]! > 0) path.unshift(before[path[0]!]!);
  return Int32Array.from(path, (position) => positions[position]!);
}
