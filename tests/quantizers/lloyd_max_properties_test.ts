import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import type { Distribution, DistributionData } from "../../lib/distributions/distribution.ts";
import { distribution } from "../../lib/distributions/families.ts";
import { exponential } from "../../lib/distributions/exponential.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { mixture } from "../../lib/distributions/mixture.ts";
import { uniformOn } from "../../lib/distributions/uniform.ts";
import { lloydMax, type LloydMaxOptions } from "../../lib/quantizers/lloyd_max.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";
import { movedLaw } from "./moved_law.ts";

/** fast-check draws from a seed of its own; one that stands here keeps every run the same. */
const settings = { seed: 20261121, numRuns: 25 };

const place = { location: 0, scale: 1 };
const gaussianData: DistributionData = {
  family: "gaussian",
  parameters: { mean: 0, standardDeviation: 1 },
};
const asymmetricLaplaceOf = (asymmetry: number): DistributionData => ({
  family: "asymmetric-laplace",
  parameters: { ...place, asymmetry },
});
const mixtureOf = (weight: number, mean: number, deviation: number): DistributionData => ({
  family: "mixture",
  parameters: { weight1: weight, weight2: 1 - weight },
  components: [
    gaussianData,
    { family: "gaussian", parameters: { mean, standardDeviation: deviation } },
  ],
});
const truncatedOf = (lower: number, width: number): DistributionData => ({
  family: "truncated",
  parameters: { lower, upper: lower + width },
  components: [gaussianData],
});

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const symmetricLaws: fc.Arbitrary<DistributionData> = fc.oneof(
  fc.constant(gaussianData),
  fc.constantFrom("laplace", "logistic").map((family) => ({ family, parameters: place })),
  fc.constant({ family: "uniform", parameters: { lower: -1, upper: 1 } }),
  between(1, 6).map((shape) => ({
    family: "generalized-gaussian",
    parameters: { ...place, shape },
  })),
);
const logConcaveLaws: fc.Arbitrary<DistributionData> = fc.oneof(
  symmetricLaws,
  fc.constantFrom("exponential", "half-gaussian").map((family) => ({ family, parameters: place })),
  between(0.3, 3).map(asymmetricLaplaceOf),
  fc.tuple(between(-2, 0.5), between(0.5, 3)).map((ends) => truncatedOf(...ends)),
);
const laws: fc.Arbitrary<DistributionData> = fc.oneof(
  { weight: 3, arbitrary: logConcaveLaws },
  {
    weight: 1,
    arbitrary: fc.oneof(
      between(2.5, 10).map((degreesOfFreedom) => ({
        family: "student-t",
        parameters: { ...place, degreesOfFreedom },
      })),
      fc.tuple(between(0.2, 0.8), between(0.5, 4), between(0.3, 2)).map((shape) =>
        mixtureOf(...shape)
      ),
    ),
  },
);
const counts = fc.integer({ min: 1, max: 24 });

Deno.test("lloydMax() moves and stretches with its law", () => {
  fc.assert(
    fc.property(
      laws,
      counts,
      between(-10, 10),
      between(1e-3, 1e3),
      (data, count, location, scale) => {
        const one = lloydMax(distribution(data), { levels: count });
        const other = lloydMax(distribution(movedLaw(data, location, scale)), { levels: count });
        // Beside the location a level carries an ulp of that, which a heavy tail's conditions pass on.
        const unit = scale * Math.max(...one.levels.map(Math.abs), 1) + Math.abs(location) * 1e-3;
        one.levels.forEach((level, i) =>
          assertRelative(other.levels[i]!, location + scale * level, 1e-11, `level ${i}`, unit)
        );
        const { expectedMse } = one.design;
        assertRelative(other.design.expectedMse!, scale ** 2 * expectedMse!, 1e-11, "expectedMse");
        assertEquals(other.design.converged, true);
      },
    ),
    settings,
  );
});

Deno.test("lloydMax() is reflected with its law", () => {
  fc.assert(
    fc.property(between(0.3, 3), counts, (asymmetry, count) => {
      const one = lloydMax(distribution(asymmetricLaplaceOf(asymmetry)), { levels: count });
      const other = lloydMax(distribution(asymmetricLaplaceOf(1 / asymmetry)), { levels: count });
      one.levels.forEach((level, i) =>
        assertRelative(other.levels[count - 1 - i]!, -level, 1e-11, `level ${i}`, 10)
      );
    }),
    settings,
  );
});

Deno.test("lloydMax() expects less of more levels", () => {
  fc.assert(
    fc.property(laws, counts, (data, count) => {
      const law = distribution(data);
      const mse = (levels: number) => lloydMax(law, { levels }).design.expectedMse!;
      const [one, next, twice] = [mse(count), mse(count + 1), mse(2 * count)];
      assert(one <= law.variance * (1 + 1e-12));
      assert(next < one && twice <= next * (1 + 1e-12));
    }),
    settings,
  );
});

Deno.test("lloydMax() of a symmetric log-concave law is symmetric", () => {
  fc.assert(
    fc.property(symmetricLaws, counts, (data, count) => {
      const { levels, design } = lloydMax(distribution(data), { levels: count });
      levels.forEach((level, i) => assertEquals(level, 0 - levels[count - 1 - i]!));
      assertEquals(design.converged, true);
    }),
    settings,
  );
});

Deno.test("lloydMax() puts levels at centroids and thresholds halfway, for every law", () => {
  fc.assert(
    fc.property(laws, counts, (data, count) => {
      const law = distribution(data);
      const { levels, thresholds } = lloydMax(law, { levels: count });
      levels.forEach((level, i) => {
        const lower = thresholds[i - 1] ?? -Infinity, upper = thresholds[i] ?? Infinity;
        const [mass, first] = law.partialMoments(lower, upper, level);
        const unit = Math.max(Math.sqrt(law.variance), Math.abs(level));
        assertRelative(first / mass, 0, 1e-12, `centroid ${i}`, unit);
        if (i > 0) assertEquals(lower, levels[i - 1]! / 2 + level / 2);
      });
    }),
    settings,
  );
});

/** The least errors of partitions into 1, 2, ... cells whose boundaries lie on a grid, by plain dynamic programming. */
function gridErrors(law: Distribution, grid: readonly number[], most: number): number[] {
  const [lower, upper] = law.support;
  const edges = [lower, ...grid.filter((x) => x > lower && x < upper), upper];
  const sums = [[0, 0, 0]];
  for (let i = 1; i < edges.length; i++) {
    const moments = law.partialMoments(edges[i - 1]!, edges[i]!, law.mean);
    sums.push(moments.map((value, k) => sums[i - 1]![k]! + value));
  }
  const cellError = (i: number, j: number) => {
    const [mass, first, second] = sums[j]!.map((value, k) => value - sums[i]![k]!);
    return mass! > 0 ? second! - first! * first! / mass! : 0;
  };
  let least = edges.map((_, j) => cellError(0, j));
  const errors = [least.at(-1)!];
  while (errors.length < most) {
    const known = least;
    least = known.map((_, j) =>
      Math.min(...Array.from({ length: j + 1 }, (_, i) => known[i]! + cellError(i, j)))
    );
    errors.push(least.at(-1)!);
  }
  return errors;
}

slowTest("lloydMax() of mixtures is at most the best partition of a grid", () => {
  // Narrow and wide components side by side: most descents put too many levels into some of them.
  const component = fc.record({
    location: between(-10, 10),
    scale: fc.constantFrom(0.01, 0.1, 1, 3),
    weight: fc.integer({ min: 1, max: 9 }),
    kind: fc.nat(2),
  });
  fc.assert(
    fc.property(fc.array(component, { minLength: 2, maxLength: 3 }), (parts) => {
      const total = parts.reduce((sum, { weight }) => sum + weight, 0);
      const law = mixture(parts.map(({ location, scale, weight, kind }) => ({
        weight: weight / total,
        law: kind === 0
          ? gaussian({ mean: location, standardDeviation: scale })
          : kind === 1
          ? exponential({ location, scale })
          : uniformOn({ lower: location, upper: location + scale }),
      })));
      const shares = Array.from({ length: 100 }, (_, i) => (i + 0.5) / 100);
      const ends = [law.quantile(1e-6), law.quantile(1 - 1e-6)] as const;
      const grid = shares.flatMap((share) => [
        law.quantile(share),
        ends[0] + share * (ends[1] - ends[0]),
      ]).sort((a, b) => a - b);
      gridErrors(law, grid, 8).forEach((error, i) => {
        const { expectedMse } = lloydMax(law, { levels: i + 1 }).design;
        assertLessOrEqual(expectedMse!, error * (1 + 1e-9), `${i + 1} levels`);
      });
    }),
    {
      ...settings,
      examples: [
        [[
          { location: -4, scale: 0.01, weight: 3, kind: 1 },
          { location: 4, scale: 3, weight: 4, kind: 2 },
        ]],
        [[
          { location: -3, scale: 0.01, weight: 5, kind: 2 },
          { location: 7, scale: 0.1, weight: 9, kind: 2 },
          { location: -1, scale: 1, weight: 1, kind: 2 },
        ]],
        [[
          { location: 9, scale: 0.1, weight: 9, kind: 1 },
          { location: 4, scale: 1, weight: 6, kind: 2 },
          { location: -3, scale: 0.1, weight: 3, kind: 2 },
        ]],
      ],
      numRuns: 12,
    },
  );
});

Deno.test("lloydMax() with fewer freedoms never expects less", () => {
  fc.assert(
    fc.property(
      logConcaveLaws,
      counts,
      between(-1, 0),
      between(0.1, 2),
      (data, count, lower, width) => {
        const law = distribution(movedLaw(data, 0.1, 1));
        const free = lloydMax(law, { levels: count }).design.expectedMse!;
        const atLeast = (options: LloydMaxOptions) => {
          const { levels, design } = lloydMax(law, { levels: count, ...options });
          assert(design.expectedMse! >= free * (1 - 1e-12));
          return levels;
        };
        const range = [lower + 0.3, lower + 0.3 + width] as const;
        const meets = range[1] > law.support[0] && range[0] < law.support[1];
        const held = meets ? atLeast({ range }) : [];
        assert(held.every((level) => level >= range[0] && level <= range[1]));
        assert(atLeast({ includeZero: true }).includes(0));
        if (count > 1) atLeast({ varianceMatched: true });
        atLeast({ solver: "lloyd", iterationLimit: 30 });
      },
    ),
    settings,
  );
});

Deno.test("lloydMax() with entropyWeight trades error for rate", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 12 }),
      between(0.001, 0.3),
      between(1.1, 4),
      (count, weight, factor) => {
        const law = laplace({ location: 0, scale: Math.SQRT1_2 });
        const of = (entropyWeight: number) =>
          lloydMax(law, { levels: count, entropyWeight }).design;
        const [cheap, dear] = [of(weight), of(factor * weight)];
        assert(
          dear.rate! <= cheap.rate! * (1 + 1e-9) &&
            dear.expectedMse! >= cheap.expectedMse! * (1 - 1e-9),
        );
        assert(cheap.rate! <= Math.log2(count) + 1e-12);
      },
    ),
    settings,
  );
});
