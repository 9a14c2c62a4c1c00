import type { Distribution } from "../distributions/distribution.ts";
import type { Segment } from "./level_conditions.ts";

/** How a start departs from the compander's rule. */
export interface CompanderOptions {
  /** The exponent of the density: 1/3 is best at high resolution. */
  readonly exponent?: number;
  /** By how many levels all levels are shifted along the line, in `(-1, 1)`. */
  readonly shift?: number;
}

/** Shares of the mass between the first knot and an infinite end; the last lies in the tail that a start ignores. */
const tailShares = [1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12];
const knotCount = 32;

/** From the way of departing from the compander's rule to ascending levels. */
export type Compander = (options?: CompanderOptions) => Float64Array;

/**
 * Makes levels on a segment for a start: at high resolution the optimal ones have a density proportional to `f^(1/3)` (Panter and Dite,
 * Proc. IRE 39, 1951). Its integral is taken on a grid between quantiles, and inverted.
 *
 * @param range Where the levels may lie.
 */
export function compander(
  law: Distribution,
  segment: Segment,
  count: number,
  range: readonly [lower: number, upper: number],
): Compander {
  if (count === 0) return () => new Float64Array();
  const edges = gridEdges(gridKnots(law, segment, count, range), Math.ceil(count / 8) + 4);
  const cells = edges.length - 1;
  const logDensities = new Float64Array(cells);
  let highest = -Infinity;
  for (let i = 0; i < cells; i++) {
    logDensities[i] = law.logPdf((edges[i]! + edges[i + 1]!) / 2);
    highest = Math.max(highest, logDensities[i]!);
  }
  // A fixed level at an end owns half a share there, and the first movable one starts half a share further in.
  const below = segment.before === undefined ? 0 : 0.5;
  const above = segment.after === undefined ? 0 : 0.5;
  return ({ exponent = 1 / 3, shift = 0 } = {}) => {
    const cumulative = new Float64Array(cells + 1);
    for (let i = 0; i < cells; i++) {
      // Relative to the highest, so that a far tail doesn't underflow; a density of 0 everywhere spreads the levels evenly.
      const height = highest > -Infinity ? Math.exp(exponent * (logDensities[i]! - highest)) : 1;
      cumulative[i + 1] = cumulative[i]! + height * (edges[i + 1]! - edges[i]!);
    }
    const shares = count + below + above + Math.abs(shift);
    const levels = new Float64Array(count);
    let cell = 0;
    for (let i = 0; i < count; i++) {
      const target = (cumulative[cells]! * (i + 0.5 + below + Math.max(0, shift))) / shares;
      while (cell < cells - 1 && cumulative[cell + 1]! < target) cell++;
      const within = (target - cumulative[cell]!) / (cumulative[cell + 1]! - cumulative[cell]!);
      levels[i] = edges[cell]! + within * (edges[cell + 1]! - edges[cell]!);
    }
    return levels;
  };
}

/** The edges of a grid with `parts` cells of equal width between neighbouring knots. */
function gridEdges(knots: readonly number[], parts: number): Float64Array {
  const edges = new Float64Array((knots.length - 1) * parts + 1);
  for (let i = 0; i < edges.length - 1; i++) {
    const knot = Math.floor(i / parts);
    const width = knots[knot + 1]! - knots[knot]!;
    edges[i] = knots[knot]! + ((i - knot * parts) / parts) * width;
  }
  edges[edges.length - 1] = knots.at(-1)!;
  return edges;
}

/** The ends of the part of the segment where levels may lie, and points between that follow the mass; ascending. */
function gridKnots(
  law: Distribution,
  { lower, upper, before = -Infinity, after = Infinity }: Segment,
  count: number,
  range: readonly [number, number],
): number[] {
  const start = Math.max(lower, before, range[0]);
  const end = Math.min(upper, after, range[1]);
  const below = law.cdf(start);
  const mass = law.cdf(end) - below;
  // Levels don't reach into a tail that weighs less than a small part of one level's share of the error.
  const ignored = Math.max(1e-15, 0.25 / count ** 3);
  const shares = [
    ...Array.from({ length: knotCount - 1 }, (_, i) => (i + 1) / knotCount),
    ...[...tailShares.filter((share) => share > ignored), ignored].flatMap((share) => [
      share,
      1 - share,
    ]),
  ];
  const quantiles = shares.map((share) => law.quantile(below + mass * share));
  const isInside = (x: number) => x > start && x < end;
  const inner = [...quantiles, ...law.breakpoints].filter(isInside);
  const knots = [start, ...inner.sort((a, b) => a - b), end].filter(Number.isFinite);
  const distinct = knots.filter((x, i) => i === 0 || x > knots[i - 1]!);
  if (distinct.length > 1) return distinct;
  // Far in a tail cdf has no digits left for quantiles: one standard deviation from the finite end.
  const width = Math.sqrt(law.variance);
  return Number.isFinite(start) ? [start, start + width] : [distinct[0]! - width, distinct[0]!];
}
