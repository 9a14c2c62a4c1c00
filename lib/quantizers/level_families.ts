import type { Distribution } from "../distributions/distribution.ts";
import { densityReach, lawOf, type PointDensity, spreadLevels } from "./point_density.ts";

/** Books of any size that are functions of four numbers. */
export interface LevelFamily {
  readonly kind: "range" | "split" | "atom";
  readonly density: PointDensity;
  /**
   * Writes the levels of four numbers: a location and a width, which move and stretch them, and two that give the shape. Ascending; of a
   * negative width descending, as the mirror image. False, and the levels are of no use, where the numbers are out of their domain.
   */
  place(numbers: Float64Array, levels: Float64Array): boolean;
  /** How far a search moves each number at first, the first two in widths; the location not at all where it is a value of the sample. */
  readonly steps: readonly number[];
  /** Pairs of shape numbers from which to choose a start. */
  readonly shapes: readonly (readonly [number, number])[];
  /** The law that the levels stand for; undefined where a part of its probability lies in one point. */
  law(numbers: Float64Array): Distribution | undefined;
}

/** Ends of ranges are sought as arsinh of the position in units of the density: near 0 the position, far out its logarithm. */
const startReaches = [0.4, 1.2, 2, 3, 4, 5.5, 7.5];
/** Narrower ranges are as good as uniform, and wider skews as one-sided. */
const leastWidth = 1e-3;
const largestLogSkew = 5;
/** Wider gaps leave no room for levels. */
const widestGap = 0.95;

/**
 * Levels over a range of a point density: both ends are free, so that a symmetric law, one side of it, a skewed part of it and, where the
 * range is narrow, nearly equal steps are all among them.
 */
export function rangeFamily(density: PointDensity): LevelFamily {
  const reach = densityReach(density);
  const rangeOf = (numbers: Float64Array) => ({
    lower: Math.sinh(numbers[2]!),
    upper: Math.sinh(numbers[3]!),
  });
  return {
    kind: "range",
    density,
    place(numbers, levels) {
      const range = rangeOf(numbers);
      const { lower, upper } = range;
      if (!(upper - lower > leastWidth && lower >= -reach && upper <= reach)) return false;
      spreadLevels(density, range, levels);
      const scale = (2 * numbers[1]!) / (upper - lower);
      move(levels, numbers[0]! - scale * (lower + upper) / 2, scale);
      return true;
    },
    steps: [0.1, 0.15, -0.5, 0.5],
    shapes: reachesOf(density).flatMap((upper) =>
      [-upper, -upper / 2, 0].map((lower) => [lower, upper] as const)
    ),
    law(numbers) {
      const range = rangeOf(numbers);
      const scale = (2 * numbers[1]!) / (range.upper - range.lower);
      const location = numbers[0]! - scale * (range.lower + range.upper) / 2;
      return lawOf(density, range, location, scale);
    },
  };
}

/** Levels over both sides of a point density, of which one is wider than the other, and both end at the same density. */
export function splitFamily(density: PointDensity): LevelFamily {
  const reach = densityReach(density);
  const rangeOf = (numbers: Float64Array) => {
    const upper = Math.sinh(numbers[3]!);
    return { lower: -upper, upper, skew: Math.exp(numbers[2]!) };
  };
  return {
    kind: "split",
    density,
    place(numbers, levels) {
      const range = rangeOf(numbers);
      const { upper } = range;
      if (!(upper > leastWidth) || upper > reach) return false;
      if (!(Math.abs(numbers[2]!) <= largestLogSkew)) return false;
      spreadLevels(density, range, levels);
      move(levels, numbers[0]!, numbers[1]! / upper);
      return true;
    },
    steps: [0.1, 0.15, 0.3, 0.5],
    shapes: reachesOf(density).flatMap((upper) =>
      [-0.8, 0.8].map((logSkew) => [logSkew, upper] as const)
    ),
    law(numbers) {
      const range = rangeOf(numbers);
      return lawOf(density, range, numbers[0]!, numbers[1]! / range.upper);
    },
  };
}

/**
 * A level for a value that much of the sample has, and on either side of it a gap and levels over one side of a point density, the upper side
 * with one more of them: pruned weights. The first shape number is the gap's share of the half width.
 */
export function atomFamily(density: PointDensity): LevelFamily {
  const reach = densityReach(density);
  return {
    kind: "atom",
    density,
    place(numbers, levels) {
      const upper = Math.sinh(numbers[3]!), gap = numbers[2]!;
      if (!(upper > leastWidth) || upper > reach || !(gap >= 0 && gap <= widestGap)) return false;
      const centre = (levels.length - 1) >> 1;
      const upperSide = levels.subarray(centre + 1);
      spreadLevels(density, { lower: 0, upper }, upperSide);
      const half = numbers[1]!;
      move(upperSide, half * gap, (half * (1 - gap)) / upper);
      levels[centre] = numbers[0]!;
      for (let i = 0; i < upperSide.length; i++) {
        const distance = upperSide[i]!;
        if (i < centre) levels[centre - 1 - i] = numbers[0]! - distance;
        upperSide[i] = numbers[0]! + distance;
      }
      return true;
    },
    steps: [0, 0.15, 0.05, 0.5],
    shapes: reachesOf(density).map((upper) => [0, upper] as const),
    law: () => undefined,
  };
}

function reachesOf(density: PointDensity): number[] {
  // Rounding must not lead beyond the table.
  const limit = Math.asinh(0.999 * densityReach(density));
  const within = startReaches.filter((reach) => reach < limit);
  return within.length < startReaches.length ? [...within, limit] : within;
}

function move(levels: Float64Array, shift: number, factor: number): void {
  for (let i = 0; i < levels.length; i++) levels[i] = shift + factor * levels[i]!;
}
