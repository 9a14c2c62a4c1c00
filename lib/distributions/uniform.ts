import { emptyMoments } from "../numerics/gauss_legendre.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { assertParameters, assertSampleSize, type Distribution } from "./distribution.ts";
import { assertFittable, type FittedDistribution, withFit } from "./fit.ts";

/** The parameters of a uniform law. */
export interface UniformParameters {
  readonly lower: number;
  /** Above `lower`. */
  readonly upper: number;
}

/**
 * The uniform law on `[lower, upper]`.
 *
 * @throws {RangeError} If an end is not finite, or `upper` is not above `lower` (by at least 1e-150).
 *
 * @example
 * ```ts
 * import { uniformOn } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const law = uniformOn({ lower: -1, upper: 3 });
 * assertEquals([law.pdf(0), law.mean, law.variance, law.quantile(0.25)], [0.25, 1, 4 / 3, 0]);
 * ```
 */
export function uniformOn({ lower, upper }: UniformParameters): Distribution {
  const parameters = { lower, upper };
  assertParameters("uniform", parameters, []);
  const width = upper - lower;
  assertParameters("uniform", { "upper - lower": width }, ["upper - lower"]);
  const centre = lower + width / 2;
  const contains = (x: number) => x >= lower && x <= upper;
  return {
    family: "uniform",
    parameters,
    mean: centre,
    variance: (width * width) / 12,
    support: [lower, upper],
    breakpoints: [],
    logConcave: true,
    symmetricAbout: centre,
    standardForm: {
      location: centre,
      scale: width / 2,
      standard: () => uniformOn({ lower: -1, upper: 1 }),
    },
    pdf: (x) => contains(x) ? 1 / width : Number.isNaN(x) ? NaN : 0,
    logPdf: (x) => contains(x) ? -Math.log(width) : Number.isNaN(x) ? NaN : -Infinity,
    cdf: (x) => (Math.min(Math.max(x, lower), upper) - lower) / width,
    sf: (x) => (upper - Math.min(Math.max(x, lower), upper)) / width,
    quantile(p) {
      if (!(p >= 0 && p <= 1)) return NaN;
      return p <= 0.5 ? lower + p * width : upper - (1 - p) * width;
    },
    partialMoments(from, to, about = 0) {
      const start = Math.max(from, lower);
      const cell = Math.min(to, upper) - start;
      if (!(cell > 0)) return emptyMoments(from, to);
      const mass = cell / width;
      const offset = (start - about) + cell / 2;
      return [mass, offset * mass, (offset * offset + (cell * cell) / 12) * mass];
    },
    sample(size, { prng }) {
      assertSampleSize(size);
      return Float64Array.from({ length: size }, () => lower + width * prng());
    },
  };
}

/**
 * Fits a uniform law by maximum likelihood: the smallest and the largest value. O(n).
 *
 * The ends are no regular parameters: each estimate lies inside the truth by an exponential law of mean `(upper - lower) / size`,
 * which is their standard error and falls as 1 / n.
 *
 * @throws {RangeError} If the sample has fewer than two values, is constant, or holds a value that is not finite.
 *
 * @example
 * ```ts
 * import { fitUniform } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(fitUniform([2, 0, 1]).parameters, { lower: 0, upper: 2 });
 * ```
 */
export function fitUniform(sample: Sample): FittedDistribution {
  assertFiniteSample(sample, "fit a uniform law");
  assertFittable(sample, "fit a uniform law", 2);
  const size = sample.length;
  const [lower, upper] = extent(sample);
  const width = upper - lower;
  return withFit(uniformOn({ lower, upper }), {
    size,
    logLikelihood: -size * Math.log(width),
    standardErrors: { lower: width / size, upper: width / size },
  });
}
