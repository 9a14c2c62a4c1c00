import { type Sample, sortedCopy } from "../numerics/sample.ts";
import { type SortedSums, sortedSums } from "./sorted_sums.ts";

/** Non-negative levels and the thresholds between them, all of which a scale multiplies; a book mirrors them about zero. */
export interface MagnitudePattern {
  /** Strictly ascending, the first at least 0. */
  readonly levels: Float64Array;
  /** One between neighbouring levels; a magnitude equal to it takes the upper level. */
  readonly thresholds: Float64Array;
}

/** Magnitudes in ascending order, in a unit of their own, with their running sums. */
export interface Magnitudes extends SortedSums {
  /** A power of two such that the largest magnitude times it lies in [1, 2), or below 1 if it is denormal. */
  readonly unit: number;
  /** The mean and the sum of squares of the magnitudes, in the unit. */
  readonly mean: number;
  readonly energy: number;
}

/** How magnitudes fall on a scaled pattern. */
export interface PatternFit {
  /** The sum of squared distances from the pattern at the scale. */
  readonly error: number;
  /** The scale of least error for the same assignment of magnitudes to levels. */
  readonly bestScale: number;
  /** The squared error at that scale. */
  readonly leastError: number;
}

/** The power of two that brings a positive magnitude into [1, 2); the largest one that is finite for a denormal. */
export function unitOf(magnitude: number): number {
  return 2 ** Math.min(1023, -Math.floor(Math.log2(magnitude)));
}

/** The pattern of these levels whose thresholds lie halfway. */
export function halfwayPattern(levels: Float64Array): MagnitudePattern {
  const thresholds = new Float64Array(levels.length - 1);
  for (let i = 0; i < thresholds.length; i++) thresholds[i] = (levels[i]! + levels[i + 1]!) / 2;
  return { levels, thresholds };
}

/** The levels of a pattern times a scale, mirrored about zero, ascending; a level at zero is there once. */
export function mirroredLevels(levels: Float64Array, scale: number): number[] {
  const upper = [...levels].map((level) => level * scale);
  const lower = upper.map((level) => 0 - level).reverse();
  return [...(levels[0] === 0 ? lower.slice(0, -1) : lower), ...upper];
}

/** The magnitudes of a sample of which one at least isn't zero. O(n). */
export function magnitudesOf(sample: Sample): Magnitudes {
  const ascending = sortedCopy(magnitudeCopy(sample));
  const unit = unitOf(ascending[ascending.length - 1]!);
  for (let i = 0; i < ascending.length; i++) ascending[i]! *= unit;
  const data = sortedSums(ascending);
  const size = ascending.length;
  return {
    ...data,
    unit,
    mean: sumOf(data, 0, size) / size,
    energy: squaredError(data, 0, size, 0),
  };
}

/** The magnitudes of a sample, in its own precision where it is an array of floats. */
export function magnitudeCopy(sample: Sample): Float32Array | Float64Array {
  const copy = sample instanceof Float32Array ? sample.slice() : Float64Array.from(sample);
  for (let i = 0; i < copy.length; i++) copy[i] = Math.abs(copy[i]!);
  return copy;
}

/** The sum of the magnitudes from `start` up to, not including, `end`. */
function sumOf({ centre, scale, masses, sums }: SortedSums, start: number, end: number): number {
  return (sums[end]! - sums[start]!) / scale + centre * (masses[end]! - masses[start]!);
}

/** The first index from `from` on whose value lies at or above `value`, found by doubling steps; the length where none does. */
function gallop(ascending: Float64Array, value: number, from: number): number {
  let step = 1, low = from, high = from;
  while (high < ascending.length && ascending[high]! < value) {
    low = high + 1;
    high += step;
    step *= 2;
  }
  high = Math.min(high, ascending.length);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Fits a pattern times a scale to magnitudes. O(m log(n / m)) with m the lesser of the number of levels and n.
 *
 * @param scale In the magnitudes' unit.
 */
export function fitPattern(
  magnitudes: Magnitudes,
  { levels, thresholds }: MagnitudePattern,
  scale: number,
): PatternFit {
  const { sorted, energy } = magnitudes;
  const last = levels.length - 1;
  let error = 0, products = 0, squares = 0;
  for (let start = 0, cell = 0; start < sorted.length; cell++) {
    // Straight to the level of the next magnitude: those that none takes cost nothing.
    cell = gallop(thresholds, sorted[start]! / scale, cell);
    // A magnitude on the threshold belongs above it.
    if (cell < last && thresholds[cell]! * scale <= sorted[start]!) cell++;
    const end = cell === last
      ? sorted.length
      : Math.max(start + 1, gallop(sorted, thresholds[cell]! * scale, start));
    const level = levels[cell]!;
    error += squaredError(magnitudes, start, end, level * scale);
    products += level * sumOf(magnitudes, start, end);
    squares += level * level * (end - start);
    start = end;
  }
  if (squares === 0) return { error, bestScale: scale, leastError: error };
  const bestScale = products / squares;
  return { error, bestScale, leastError: Math.max(0, energy - products * bestScale) };
}

/**
 * The squared error of the magnitudes from `start` up to, not including, `end` from a level. About the sums' own centre, where the fewest digits
 * cancel.
 */
export function squaredError(
  { centre, scale, masses, sums, squares }: SortedSums,
  start: number,
  end: number,
  level: number,
): number {
  const distance = (level - centre) * scale;
  const first = sums[end]! - sums[start]!, second = squares[end]! - squares[start]!;
  const mass = masses[end]! - masses[start]!;
  return Math.max(0, second - 2 * distance * first + distance * distance * mass) / scale / scale;
}
