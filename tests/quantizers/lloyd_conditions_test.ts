import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { mixture } from "../../lib/distributions/mixture.ts";
import { uniformOn } from "../../lib/distributions/uniform.ts";
import { expectedMse } from "../../lib/quantizers/expected_mse.ts";
import { lloydConditions } from "../../lib/quantizers/lloyd_conditions.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";

const laws = [
  gaussian({ mean: 0.2, standardDeviation: 3 }),
  laplace({ location: -1, scale: 0.02 }),
];

Deno.test("lloydConditions() of a Lloyd-Max book are met to rounding, of the other law's they aren't", () => {
  for (const [i, law] of laws.entries()) {
    const deviation = Math.sqrt(law.variance);
    for (const bits of [1, 4, 8]) {
      const book = lloydMax(law, { bits });
      const { centroidGap, middleGap, masses } = lloydConditions(law, book);
      assertLess(centroidGap, 1e-12 * deviation);
      assertLess(middleGap, 1e-14 * deviation);
      assertAlmostEquals(masses.reduce((sum, mass) => sum + mass, 0), 1, 1e-12);
      const other = laws[1 - i]!;
      const { location, scale } = law.standardForm;
      const stranger = other.standardForm.standard();
      const wrong = lloydMax(stranger, { bits: 4 });
      const moved = {
        levels: wrong.levels.map((level) => location + scale * level),
        thresholds: wrong.thresholds.map((threshold) => location + scale * threshold),
      };
      assertGreater(lloydConditions(law, moved).centroidGap, 0.01 * deviation);
    }
  }
});

Deno.test("lloydConditions() say what output a book of centroids gives: the law's mean, and its variance less the error", () => {
  for (const law of laws) {
    const { levels, thresholds } = lloydMax(law, { bits: 3 });
    const { masses } = lloydConditions(law, { levels, thresholds });
    const mean = masses.reduce((sum, mass, i) => sum + mass * levels[i]!, 0);
    const variance = masses.reduce((sum, mass, i) => sum + mass * (levels[i]! - mean) ** 2, 0);
    assertAlmostEquals(mean, law.mean, 1e-14);
    const error = expectedMse(law, levels, thresholds).expectedMse;
    assertAlmostEquals(variance / law.variance, 1 - error / law.variance, 1e-13);
  }
});

Deno.test("lloydConditions() of a book with thresholds of its own", () => {
  const law = uniformOn({ lower: 0, upper: 8 });
  const book = { levels: Float64Array.of(1, 5, 20), thresholds: Float64Array.of(4, 10) };
  const { masses, centroids, centroidGap, middleGap, rate } = lloydConditions(law, book);
  assertEquals([...masses], [0.5, 0.5, 0]);
  assertEquals(rate, 1);
  assertEquals([...centroids], [2, 6, 20]);
  assertEquals([centroidGap, middleGap], [1, 2.5]);
});

Deno.test("lloydConditions() of a law that is not symmetric: the centroids average to its mean", () => {
  const law = mixture([{ weight: 0.3, law: laws[0]! }, { weight: 0.7, law: laws[1]! }]);
  const { masses, centroids } = lloydConditions(law, {
    levels: Float64Array.of(-2, 0, 4),
    thresholds: Float64Array.of(-1, 1),
  });
  assertAlmostEquals(masses.reduce((sum, mass) => sum + mass, 0), 1, 1e-14);
  assertAlmostEquals(
    masses.reduce((sum, mass, i) => sum + mass * centroids[i]!, 0),
    law.mean,
    1e-14,
  );
});

Deno.test("lloydConditions() of one level are its distance from the mean", () => {
  const book = createCodebook([1.2], { method: "one", storedValues: 1 });
  const { centroidGap, middleGap } = lloydConditions(laws[0]!, book);
  assertAlmostEquals(centroidGap, 1, 1e-14);
  assertEquals(middleGap, 0);
});

Deno.test("lloydConditions() give the entropies of Max's table (1960, Table I)", () => {
  for (const [levels, rate] of [[2, 1], [4, 1.911], [8, 2.825], [16, 3.765], [32, 4.73]] as const) {
    const law = laws[0]!;
    assertAlmostEquals(lloydConditions(law, lloydMax(law, { levels })).rate, rate, 6e-4);
  }
});

Deno.test("lloydConditions() refuses levels without their thresholds", () => {
  const [levels, none] = [Float64Array.of(-1, 1), new Float64Array()];
  const message = "must have one threshold less than levels: their numbers are 0 and ";
  for (const book of [{ levels, thresholds: none }, { levels: none, thresholds: none }]) {
    assertThrows(() => lloydConditions(laws[0]!, book), TypeError, message + book.levels.length);
  }
});
