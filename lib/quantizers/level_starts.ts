import type { SampleCells } from "./sample_cells.ts";

/** Values in ascending order with running sums of their masses. */
type Masses = Pick<SampleCells, "items"> & { readonly sums: Pick<SampleCells["sums"], "masses"> };

/** Knots in the middle of the sample divide it into so many equal numbers, of this share in all. */
const middleKnots = 32;
const middleShare = 0.8;
/** Towards the ends the ranks of knots, counted from the end, grow by this factor. */
const rankGrowth = 1.3;

/** Levels by Panter and Dite's rule for the density that the gaps between some order statistics show: rough, but from the sample alone. */
export function companderLevels({ items, sums: { masses } }: Masses, count: number): Float64Array {
  const knots = knotRanks(items.length);
  const shares = [0];
  for (let i = 1; i < knots.length; i++) {
    const width = items[knots[i]!]! - items[knots[i - 1]!]!;
    const mass = masses[knots[i]!]! - masses[knots[i - 1]!]!;
    // The width times the cube root of mass per width.
    shares.push(shares[i - 1]! + Math.cbrt(mass * width * width));
  }
  const levels = new Float64Array(count);
  for (let i = 0, knot = 1; i < count; i++) {
    const target = (shares.at(-1)! * (i + 0.5)) / count;
    while (knot < knots.length - 1 && shares[knot]! < target) knot++;
    const lower = items[knots[knot - 1]!]!, upper = items[knots[knot]!]!;
    const within = (target - shares[knot - 1]!) / (shares[knot]! - shares[knot - 1]!);
    levels[i] = lower + within * (upper - lower);
  }
  return levels;
}

function knotRanks(size: number): number[] {
  const ranks = new Set<number>();
  for (let rank = 0; 2 * rank <= size; rank = Math.max(rank + 1, Math.floor(rank * rankGrowth))) {
    ranks.add(rank).add(size - 1 - rank);
  }
  for (let i = 0; i <= middleKnots; i++) {
    const share = 0.5 + (i / middleKnots - 0.5) * middleShare;
    ranks.add(Math.round((size - 1) * share));
  }
  return [...ranks].filter((rank) => rank < size).sort((a, b) => a - b);
}

/** The item of most mass, of equal ones together. */
export function heaviestItem({ items, sums: { masses } }: Masses) {
  let heaviest = { value: items[0]!, mass: 0 };
  for (let start = 0; start < items.length;) {
    let end = start + 1;
    while (end < items.length && items[end] === items[start]) end++;
    const mass = masses[end]! - masses[start]!;
    if (mass > heaviest.mass) heaviest = { value: items[start]!, mass };
    start = end;
  }
  return heaviest;
}

/** The distances of all other values from one. */
export function distancesFrom({ items, sums: { masses } }: Masses, value: number): Masses {
  const distances = Array.from(items, (item, i) => ({
    distance: Math.abs(item - value),
    mass: masses[i + 1]! - masses[i]!,
  })).filter(({ distance }) => distance > 0).sort((a, b) => a.distance - b.distance);
  const running = new Float64Array(distances.length + 1);
  distances.forEach(({ mass }, i) => running[i + 1] = running[i]! + mass);
  return {
    items: Float64Array.from(distances, ({ distance }) => distance),
    sums: { masses: running },
  };
}

/** So far from the widest gap that a search has room. */
const mostStartGap = 0.85;

/**
 * The location and width with which levels come nearest to others, by least squares.
 *
 * @param standard The levels of location 0 and width 1.
 */
export function nearestTo(
  target: Float64Array,
  standard: Float64Array,
  [first, second]: readonly [number, number],
): Float64Array {
  const { intercept, slope } = regression(standard, target);
  return Float64Array.of(intercept, slope, first, second);
}

/**
 * The numbers of levels beside an atom that come nearest to given distances from it.
 *
 * @param standard The distances of the upper levels, of width 1 and without a gap.
 */
export function nearestBeside(
  atom: number,
  target: Float64Array,
  standard: Float64Array,
  reach: number,
): Float64Array {
  const { intercept, slope } = regression(standard, target);
  const gap = Math.max(0, intercept);
  const width = gap + slope;
  return Float64Array.of(atom, width, Math.min(gap / width, mostStartGap), reach);
}

/** The line of least squares, of the values of y by those of x. */
function regression(x: Float64Array, y: Float64Array) {
  const size = x.length;
  let xMean = 0, yMean = 0;
  for (let i = 0; i < size; i++) {
    xMean += x[i]! / size;
    yMean += y[i]! / size;
  }
  let square = 0, product = 0;
  for (let i = 0; i < size; i++) {
    square += (x[i]! - xMean) ** 2;
    product += (x[i]! - xMean) * (y[i]! - yMean);
  }
  const slope = product / square;
  return { intercept: yMean - slope * xMean, slope };
}
