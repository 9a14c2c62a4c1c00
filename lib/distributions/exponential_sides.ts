import { emptyMoments, type PartialMoments } from "../numerics/gauss_legendre.ts";

/** One side of a law whose density falls exponentially away from its location. */
export interface ExponentialSide {
  /** The probability of the side. */
  readonly probability: number;
  /** The distance over which the density falls by a factor of e. */
  readonly scale: number;
}

/**
 * The integrals of `exp(-t)`, `t exp(-t)` and `t^2 exp(-t)` over `(0, width)`, which may be infinite, to the last bits.
 */
function incompleteGammas(width: number): PartialMoments {
  // From here on exp(-width) is 0.
  const w = Math.min(width, 800);
  const tail = Math.exp(-w);
  if (w > 1) {
    const mass = -Math.expm1(-w);
    const first = mass - w * tail;
    return [mass, first, 2 * first - w * w * tail];
  }
  // Those differences would cancel. Here every term is positive: the highest order by its series (DLMF 8.7.1), the lower ones by
  // the recurrence of gamma(k + 1) downwards (DLMF 8.8.1).
  let sum = 0, term = 1 / 3;
  for (let k = 4; term > 1e-17 * sum; k++) {
    sum += term;
    term *= w / k;
  }
  const second = w * w * w * tail * sum;
  const first = (second + w * w * tail) / 2;
  return [first + w * tail, first, second];
}

/** The moments of a side over `(near, near + width)`, distances from the location, about the distance `near - offset`. */
function sideMoments(
  { probability, scale }: ExponentialSide,
  near: number,
  width: number,
  offset: number,
): PartialMoments {
  const weight = probability * Math.exp(-near / scale);
  // So far out the squares below may overflow.
  if (weight === 0) return [0, 0, 0];
  const [mass, first, second] = incompleteGammas(width / scale);
  const linear = scale * first;
  return [
    weight * mass,
    weight * (linear + offset * mass),
    weight * (scale * scale * second + offset * (2 * linear + offset * mass)),
  ];
}

/**
 * Partial moments of the law that falls exponentially on both sides of its location, in closed form. Distances are taken within
 * the cell, so nothing cancels in narrow and far cells. O(1).
 */
export function exponentialMoments(
  location: number,
  below: ExponentialSide,
  above: ExponentialSide,
  lower: number,
  upper: number,
  about: number,
): PartialMoments {
  if (!(lower < upper)) return emptyMoments(lower, upper);
  if (lower >= location) return sideMoments(above, lower - location, upper - lower, lower - about);
  if (upper <= location) {
    const [mass, first, second] = sideMoments(
      below,
      location - upper,
      upper - lower,
      about - upper,
    );
    return [mass, -first, second];
  }
  const left = sideMoments(below, 0, location - lower, about - location);
  const right = sideMoments(above, 0, upper - location, location - about);
  return [left[0] + right[0], right[1] - left[1], left[2] + right[2]];
}
