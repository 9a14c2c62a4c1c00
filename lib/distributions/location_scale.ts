import { differenceError, remainder } from "../numerics/error_free.ts";
import { emptyMoments, type PartialMoments } from "../numerics/gauss_legendre.ts";
import { dataOf } from "./data_of.ts";
import {
  assertDataNames,
  assertParameters,
  type Distribution,
  type DistributionData,
} from "./distribution.ts";

/** Where a law is moved, and how far it is stretched. */
export interface LocationScaleParameters {
  /** Where zero goes. */
  readonly location: number;
  /** Positive. */
  readonly scale: number;
}

/**
 * The law of `location + scale * X`, where X follows the given law.
 *
 * @throws {RangeError} If a parameter is not finite, or the scale is not positive.
 *
 * @example
 * ```ts
 * import { exponential, locationScale } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const law = locationScale(exponential({ location: 0, scale: 1 }), { location: 3, scale: 2 });
 * assertEquals([law.mean, law.variance, law.support[0]], [5, 4, 3]);
 * ```
 */
export function locationScale(
  law: Distribution,
  { location, scale }: LocationScaleParameters,
): Distribution {
  const parameters = { location, scale };
  assertParameters("location-scale", parameters, ["scale"]);
  const toLaw = (x: number) => (x - location) / scale;
  const fromLaw = (z: number) => location + scale * z;
  /** What z lacks of the law's coordinate of x. */
  const lost = (x: number, z: number) => {
    const distance = x - location;
    return (remainder(distance, scale, z) + differenceError(x, location, distance)) / scale;
  };
  const own = law.standardForm;
  return {
    family: "location-scale",
    parameters,
    components: [dataOf(law)],
    mean: fromLaw(law.mean),
    variance: scale * scale * law.variance,
    support: [fromLaw(law.support[0]), fromLaw(law.support[1])],
    breakpoints: law.breakpoints.map(fromLaw),
    logConcave: law.logConcave,
    ...(law.symmetricAbout !== undefined && { symmetricAbout: fromLaw(law.symmetricAbout) }),
    standardForm: {
      location: fromLaw(own.location),
      scale: scale * own.scale,
      standard: own.standard,
    },
    pdf: (x) => law.pdf(toLaw(x)) / scale,
    logPdf: (x) => law.logPdf(toLaw(x)) - Math.log(scale),
    cdf: (x) => law.cdf(toLaw(x)),
    sf: (x) => law.sf(toLaw(x)),
    quantile: (p) => fromLaw(law.quantile(p)),
    partialMoments(lower, upper, about = 0): PartialMoments {
      if (!(lower < upper)) return emptyMoments(lower, upper);
      const start = toLaw(lower), end = toLaw(upper), centre = toLaw(about);
      let [mass, first, second] = law.partialMoments(start, end, centre);
      if (Number.isFinite(second)) {
        // A narrow cell would show the rounding of its ends: what lies between them and their places to twice the digits is added.
        for (const [x, z, sign] of [[lower, start, -1], [upper, end, 1]] as const) {
          const density = law.pdf(z);
          // Far out the squares below would overflow.
          if (density === 0) continue;
          const slice = sign * density * lost(x, z);
          mass += slice;
          first += slice * (z - centre);
          second += slice * (z - centre) ** 2;
        }
        const shift = lost(about, centre);
        second -= shift * (2 * first - shift * mass);
        first -= shift * mass;
      }
      return [mass, scale * first, scale * scale * second];
    },
    sample: (size, options) => law.sample(size, options).map(fromLaw),
  };
}

/** {@linkcode locationScale} of stored data, whose component `revive` makes live again. */
export function locationScaleFrom(
  data: DistributionData,
  revive: (data: DistributionData) => Distribution,
): Distribution {
  assertDataNames(data, ["location", "scale"], { componentCount: 1 });
  const { location, scale } = data.parameters;
  return locationScale(revive(data.components![0]!), { location: location!, scale: scale! });
}

/**
 * The law of `(X - location) / scale` where X follows the given law: for the standard form of a law whose components lie in
 * different places. It is written in terms of the law's own standard form, so a location that is huge beside the scale costs no
 * digits beyond those of the difference.
 */
export function standardized(law: Distribution, location: number, scale: number): Distribution {
  const own = law.standardForm;
  return locationScale(own.standard(), {
    location: (own.location - location) / scale,
    scale: own.scale / scale,
  });
}
