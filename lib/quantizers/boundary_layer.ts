import type { SortedSums } from "./sorted_sums.ts";

/** Positions that a boundary between two cells may take, with the running sums at each. */
export interface BoundaryLayer {
  /** Ascending. */
  readonly positions: Int32Array;
  readonly masses: Float64Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

/** The layer of some positions, ascending. */
export function boundaryLayer(data: SortedSums, positions: Int32Array): BoundaryLayer {
  const gather = (sums: Float64Array) => {
    const gathered = new Float64Array(positions.length);
    for (let i = 0; i < positions.length; i++) gathered[i] = sums[positions[i]!]!;
    return gathered;
  };
  return {
    positions,
    masses: gather(data.masses),
    sums: gather(data.sums),
    squares: gather(data.squares),
  };
}

/**
 * For each position of a layer, the least error of all cells on one side of it, and where in the neighbouring layer it is
 * attained.
 */
export interface LeastErrors {
  /** Infinity where no position of the neighbouring layer is on that side. */
  readonly errors: Float64Array;
  readonly choices: Int32Array;
}

/**
 * Adds one cell: `errors[i]` is the least of `costs[c]` plus the error of the cell between position i of `layer` and position c
 * of `neighbour`, over all c that lie below (`"below"`) or above it, or in the same place.
 *
 * The best c never falls as i rises (the error of a cell satisfies the quadrangle inequality), so that divide and conquer finds
 * all of them in O((m + n) log m) for m positions and n of the neighbour (Gronlund et al., "Fast exact k-means, k-medians and
 * Bregman divergence clustering in 1D", arXiv:1701.07204, section 2).
 */
export function addCell(
  layer: BoundaryLayer,
  neighbour: BoundaryLayer,
  costs: Float64Array,
  side: "below" | "above",
): LeastErrors {
  const { positions, masses, sums, squares } = layer;
  const {
    positions: otherPositions,
    masses: otherMasses,
    sums: otherSums,
    squares: otherSquares,
  } = neighbour;
  const size = positions.length, otherSize = otherPositions.length;
  const errors = new Float64Array(size);
  const choices = new Int32Array(size);
  const below = side === "below";
  const sign = below ? 1 : -1;
  /** The first and the last candidate on the right side of position i. */
  const limits = candidateLimits(positions, otherPositions, below);
  const place = (from: number, to: number, lowest: number, highest: number): void => {
    if (from > to) return;
    const i = (from + to) >> 1;
    const first = below ? lowest : Math.max(lowest, limits[i]!);
    const last = below ? Math.min(highest, limits[i]!) : highest;
    const mass = masses[i]!, sum = sums[i]!, square = squares[i]!;
    // Without a candidate, the end from which the candidates of the next positions will come.
    let best = below ? lowest : highest, least = Infinity;
    for (let c = first; c <= last; c++) {
      const cellMass = sign * (mass - otherMasses[c]!);
      const cellSum = sum - otherSums[c]!;
      const total = cellMass > 1
        ? costs[c]! + (sign * (square - otherSquares[c]!) - (cellSum * cellSum) / cellMass)
        : costs[c]!;
      if (total < least) {
        least = total;
        best = c;
      }
    }
    errors[i] = least;
    choices[i] = best;
    place(from, i - 1, lowest, best);
    place(i + 1, to, best, highest);
  };
  place(0, size - 1, 0, otherSize - 1);
  return { errors, choices };
}

/** For each position the last of the others at or below it, or the first at or above it: both ascend. */
function candidateLimits(
  positions: Int32Array,
  others: Int32Array,
  below: boolean,
): Int32Array {
  const limits = new Int32Array(positions.length);
  for (let i = 0, next = 0; i < positions.length; i++) {
    const position = positions[i]!;
    if (below) {
      while (next < others.length && others[next]! <= position) next++;
      limits[i] = next - 1;
    } else {
      while (next < others.length && others[next]! < position) next++;
      limits[i] = next;
    }
  }
  return limits;
}
