import { type HalfLineMoments, symmetricMoments } from "../numerics/symmetric_moments.ts";
import type { Distribution } from "./distribution.ts";

/** The functions of a law that is symmetric about 0 and of scale 1. */
export interface StandardHalf {
  /** The z that is exceeded with probability `p <= 1/2`. */
  readonly magnitude: (p: number) => number;
  readonly halfLineMoments: HalfLineMoments;
}

/** What a law that is symmetric about its location takes from the upper half of its standard form. */
export function symmetricLaw(
  { location, scale }: { readonly location: number; readonly scale: number },
  { magnitude, halfLineMoments }: StandardHalf,
): Pick<Distribution, "support" | "symmetricAbout" | "quantile" | "partialMoments"> {
  return {
    support: [-Infinity, Infinity],
    symmetricAbout: location,
    quantile(p) {
      if (!(p >= 0 && p <= 1)) return NaN;
      return p < 0.5 ? location - scale * magnitude(p) : location + scale * magnitude(1 - p);
    },
    partialMoments: symmetricMoments({ location, scale }, halfLineMoments),
  };
}
