import { addCell, boundaryLayer } from "./boundary_layer.ts";
import { commonEdges } from "./partition_edges.ts";
import { cellError, partitionError, type SortedSums } from "./sorted_sums.ts";

/** A partition that no small move of its boundaries improves. */
export interface LocalPartition {
  /** The ends of the cells, from 0 to n. */
  readonly bounds: Int32Array;
  readonly error: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** Each boundary may move by up to so many steps either way in one iteration. */
const reach = 2;
const choices = 2 * reach + 1;
/** The first step is this share of the smaller cell beside the boundary. */
const firstShare = 1 / 8;
const iterationLimit = 1000;

/**
 * Moves all boundaries at once, each by up to two steps either way, to the best of these combinations, which dynamic programming
 * finds among all 5^(k - 1) in O(k); where none is better, the steps are halved, down to one position. What is left at the end is
 * a fixed point of Lloyd's iteration: no value is nearer to a neighbouring cell's mean than to its own. Unlike Lloyd's, its steps
 * don't shrink where a shift of the whole book changes the error in second order only.
 */
export function improvePartition(data: SortedSums, start: ArrayLike<number>): LocalPartition {
  const count = start.length - 1;
  let bounds = withoutEmptyCells(start);
  let error = partitionError(data, bounds);
  const steps = new Int32Array(count + 1);
  for (let j = 1; j < count; j++) {
    const smaller = Math.min(bounds[j]! - bounds[j - 1]!, bounds[j + 1]! - bounds[j]!);
    steps[j] = Math.max(1, Math.floor(firstShare * smaller));
  }
  for (let iterations = 1; iterations <= iterationLimit; iterations++) {
    const moved = bestMove(data, bounds, steps);
    const next = partitionError(data, moved);
    if (next < error) {
      bounds = moved;
      error = next;
      continue;
    }
    if (steps.every((step) => step <= 1)) return { bounds, error, iterations, converged: true };
    for (let j = 1; j < count; j++) steps[j] = Math.max(1, steps[j]! >> 1);
  }
  return { bounds, error, iterations: iterationLimit, converged: false };
}

/** The bounds, with more of them inside of other cells where cells are empty; there are at least as many values as cells. */
export function withoutEmptyCells(start: ArrayLike<number>): Int32Array {
  const bounds = Int32Array.from(start);
  const last = bounds.length - 1;
  for (let j = 1; j < last; j++) bounds[j] = Math.max(bounds[j]!, bounds[j - 1]! + 1);
  for (let j = last - 1; j > 0; j--) bounds[j] = Math.min(bounds[j]!, bounds[j + 1]! - 1);
  return bounds;
}

/** The best of all combinations of moves that leave no cell empty. */
function bestMove(data: SortedSums, bounds: Int32Array, steps: Int32Array): Int32Array {
  const count = bounds.length - 1;
  const moved = (j: number, choice: number) =>
    j === 0 || j === count ? bounds[j]! : bounds[j]! + (choice - reach) * steps[j]!;
  const origins = new Uint8Array((count + 1) * choices);
  let least = new Float64Array(choices), next = new Float64Array(choices);
  for (let j = 1; j <= count; j++) {
    for (let choice = 0; choice < choices; choice++) {
      const end = moved(j, choice);
      let best = Infinity, origin = 0;
      for (let previous = 0; previous < choices; previous++) {
        const from = moved(j - 1, previous);
        if (from < 0 || from >= end || end > bounds[count]!) continue;
        const total = least[previous]! + cellError(data, from, end);
        if (total < best) [best, origin] = [total, previous];
      }
      next[choice] = best;
      origins[j * choices + choice] = origin;
    }
    [least, next] = [next, least];
  }
  const result = bounds.slice();
  let choice = origins[count * choices]!;
  for (let j = count - 1; j > 0; j--) {
    result[j] = moved(j, choice);
    choice = origins[j * choices + choice]!;
  }
  return result;
}

/** The edges of the bins that a start is found on, for each cell and at least. */
const edgesPerCell = 16;
const leastEdges = 2 ** 12;
/** Up to so many pairs of an edge and a cell the best partition into bins is the start. */
const bestStartLimit = 2 ** 22;

/**
 * A partition from which small moves lead close to the optimum: the best one into bins, or, for a great many cells, one whose
 * cells have equal shares of the integral of the cube root of the density (Panter and Dite, Proc. IRE 39, 1951).
 *
 * @param count At most the number of values.
 */
export function startPartition(data: SortedSums, count: number): Int32Array {
  const size = data.sorted.length;
  const wanted = Math.max(edgesPerCell * count, leastEdges);
  const edges = size <= wanted
    ? Int32Array.from({ length: size - 1 }, (_, i) => i + 1)
    : commonEdges(data.sorted, wanted >> 1);
  return edges.length * count <= bestStartLimit && edges.length >= count - 1
    ? bestPartitionOf(data, edges, count)
    : companderPartition(data, edges, count);
}

/** Bounds among the edges between which the cube root of the density has equal integrals, as far as the edges allow. */
function companderPartition(data: SortedSums, edges: Int32Array, count: number): Int32Array {
  const { sorted, masses } = data;
  const size = sorted.length;
  const shares = new Float64Array(edges.length + 1);
  for (let i = 0; i < edges.length; i++) {
    const start = edges[i - 1] ?? 0, end = edges[i]!;
    const width = sorted[end]! - sorted[start]!;
    const share = Math.cbrt(masses[end]! - masses[start]!) * Math.cbrt(width) ** 2;
    shares[i + 1] = shares[i]! + share;
  }
  const bounds = new Int32Array(count + 1);
  bounds[count] = size;
  for (let j = 1, i = 0; j < count; j++) {
    const target = (j / count) * shares[edges.length]!;
    while (i < edges.length - 1 && shares[i + 1]! < target) i++;
    bounds[j] = edges[i]!;
  }
  return bounds;
}

/**
 * The best partition whose boundaries are among the given positions, by dynamic programming over them: O(k m log m) for m
 * positions.
 *
 * @param positions Ascending, strictly inside the data, at least `count - 1` of them.
 */
export function bestPartitionOf(
  data: SortedSums,
  positions: Int32Array,
  count: number,
): Int32Array {
  const size = data.masses.length - 1;
  const start = boundaryLayer(data, Int32Array.of(0));
  const inner = boundaryLayer(data, positions);
  const end = boundaryLayer(data, Int32Array.of(size));
  const paths: Int32Array[] = [];
  let layer = start, costs: Float64Array = new Float64Array(1);
  for (let j = 1; j <= count; j++) {
    const next = j < count ? inner : end;
    const least = addCell(next, layer, costs, "below");
    paths.push(least.choices);
    [layer, costs] = [next, least.errors];
  }
  const bounds = new Int32Array(count + 1);
  bounds[count] = size;
  for (let j = count - 1, choice = paths[count - 1]![0]!; j > 0; j--) {
    bounds[j] = positions[choice]!;
    choice = paths[j - 1]![choice]!;
  }
  return bounds;
}
