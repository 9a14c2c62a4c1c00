import type { Distribution } from "../distributions/distribution.ts";
import { generalizedGaussian } from "../distributions/generalized_gaussian.ts";
import { mixture } from "../distributions/mixture.ts";
import { studentT } from "../distributions/student_t.ts";
import { truncated } from "../distributions/truncated.ts";
import { gaussLegendre } from "../numerics/gauss_legendre.ts";

/**
 * A symmetric density of levels along the line, without location and scale. A law with density f is quantized best, at high
 * resolution, by levels whose own density is proportional to `f^(1/3)` (Panter and Dite, Proc. IRE 39, 1951); so a density of levels
 * stands for the law whose density is proportional to its cube.
 */
export interface PointDensity {
  /** The law whose levels these are. */
  readonly family: "generalized-gaussian" | "student-t";
  /** The shape of a generalized Gaussian law, or the degrees of freedom of Student's. */
  readonly shape: number;
  /** Positions from 0 outwards, close together at 0 and ever wider apart. */
  readonly nodes: Float64Array;
  /** The density at the nodes, 1 at 0. */
  readonly heights: Float64Array;
  /** How much density lies between 0 and each node. */
  readonly masses: Float64Array;
}

/** A part of the line over which levels are spread, in units of a point density. */
export interface DensityRange {
  readonly lower: number;
  readonly upper: number;
  /** The side below 0 is so many times as wide, and `lower` counts in that wider unit. 1 by default. */
  readonly skew?: number;
}

/** Nodes lie at `cosh(i nodeSpacing) - 1`, up to `mostReach`. */
const nodeSpacing = 1 / 64;
/** No level lies further out, in units of the density. */
const mostReach = 5000;
/** And none where the density has fallen below. */
const leastHeight = 1e-7;

/** Levels for a generalized Gaussian law, whose density is proportional to `exp(-3 |z|^shape)` in the units used here. */
export function generalizedGaussianDensity(shape: number): PointDensity {
  return tabulated("generalized-gaussian", shape, (z) => Math.exp(-(z ** shape)));
}

/** Levels for a law of Student, whose density is proportional to `(1 + z^2)^(-(degreesOfFreedom + 1) / 2)` in the units used here. */
export function studentDensity(degreesOfFreedom: number): PointDensity {
  const exponent = -(degreesOfFreedom + 1) / 6;
  return tabulated("student-t", degreesOfFreedom, (z) => (1 + z * z) ** exponent);
}

const rule = gaussLegendre(8);

function tabulated(
  family: PointDensity["family"],
  shape: number,
  density: (z: number) => number,
): PointDensity {
  const nodes = [0], heights = [density(0)], masses = [0];
  for (let i = 1; nodes.at(-1)! < mostReach && heights.at(-1)! > leastHeight; i++) {
    const middle = (i - 0.5) * nodeSpacing, half = nodeSpacing / 2;
    let mass = 0;
    rule.nodes.forEach((node, j) => {
      const y = middle + half * node;
      mass += rule.weights[j]! * half * density(Math.cosh(y) - 1) * Math.sinh(y);
    });
    const z = Math.cosh(i * nodeSpacing) - 1;
    nodes.push(z);
    heights.push(density(z));
    masses.push(masses.at(-1)! + mass);
  }
  return {
    family,
    shape,
    nodes: Float64Array.from(nodes),
    heights: Float64Array.from(heights),
    masses: Float64Array.from(masses),
  };
}

/** The largest position that the density's table knows. */
export function densityReach({ nodes }: PointDensity): number {
  return nodes[nodes.length - 1]!;
}

/** The density between 0 and z, negative below 0. Within the reach. */
function massTo({ nodes, heights, masses }: PointDensity, z: number): number {
  const distance = Math.abs(z);
  const i = Math.min(nodes.length - 2, Math.floor(Math.acosh(1 + distance) / nodeSpacing));
  const width = nodes[i + 1]! - nodes[i]!;
  const mass = hermite(
    (distance - nodes[i]!) / width,
    masses[i]!,
    masses[i + 1]!,
    width * heights[i]!,
    width * heights[i + 1]!,
  );
  return z < 0 ? -mass : mass;
}

/**
 * Writes levels that divide the density on a range evenly: each is the middle, by mass, of its own share. Ascending; interpolated in the
 * table by cubics. O(levels + nodes).
 */
export function spreadLevels(
  density: PointDensity,
  { lower, upper, skew = 1 }: DensityRange,
  levels: Float64Array,
): void {
  const count = levels.length;
  const lowerMass = -massTo(density, lower) * (lower < 0 ? skew : 1);
  const share = (lowerMass + massTo(density, upper)) / count;
  // Level i has the mass (i + 1/2) share - lowerMass between 0 and itself.
  const shares = lowerMass / share;
  const below = Math.min(count, Math.max(0, Math.ceil(shares - 0.5)));
  placeOutwards(density, share, below + 0.5 - shares, levels.subarray(below));
  const lowerSide = levels.subarray(0, below);
  placeOutwards(density, share / skew, shares - below + 0.5, lowerSide);
  lowerSide.reverse();
  for (let i = 0; i < below; i++) lowerSide[i]! *= -skew;
}

/** Writes the positions above 0 that have `(first + i) share` of the density between 0 and themselves. */
function placeOutwards(
  { nodes, heights, masses }: PointDensity,
  share: number,
  first: number,
  positions: Float64Array,
): void {
  const last = nodes.length - 2;
  let node = 0;
  for (let i = 0; i < positions.length; i++) {
    const mass = (first + i) * share;
    while (node < last && masses[node + 1]! < mass) node++;
    const width = masses[node + 1]! - masses[node]!;
    positions[i] = hermite(
      (mass - masses[node]!) / width,
      nodes[node]!,
      nodes[node + 1]!,
      width / heights[node]!,
      width / heights[node + 1]!,
    );
  }
}

/** The cubic through two values with the given slopes, at t from 0 to 1. */
function hermite(t: number, start: number, end: number, startSlope: number, endSlope: number) {
  const rest = 1 - t;
  return start + (end - start) * t * t * (3 - 2 * t) +
    t * rest * (startSlope * rest - endSlope * t);
}

/**
 * The law whose levels these are, on the range, with 0 at the location.
 *
 * @param scale The density's unit; negative for the mirror image.
 */
export function lawOf(
  density: PointDensity,
  { lower, upper, skew = 1 }: DensityRange,
  location: number,
  scale: number,
): Distribution {
  if (scale < 0) {
    const mirrored = { lower: -upper, upper: -lower, skew: 1 / skew };
    return lawOf(density, mirrored, location, -scale * skew);
  }
  const whole = (unit: number) => wholeLaw(density, location, unit);
  const at = (z: number, unit: number) => location + unit * z;
  if (skew === 1) {
    return truncated(whole(scale), { lower: at(lower, scale), upper: at(upper, scale) });
  }
  return mixture([
    {
      weight: skew / (1 + skew),
      law: truncated(whole(scale * skew), { lower: at(lower, scale * skew), upper: location }),
    },
    {
      weight: 1 / (1 + skew),
      law: truncated(whole(scale), { lower: location, upper: at(upper, scale) }),
    },
  ]);
}

function wholeLaw({ family, shape }: PointDensity, location: number, scale: number): Distribution {
  return family === "student-t"
    ? studentT({ location, scale: scale / Math.sqrt(shape), degreesOfFreedom: shape })
    : generalizedGaussian({ location, scale: scale / 3 ** (1 / shape), shape });
}
