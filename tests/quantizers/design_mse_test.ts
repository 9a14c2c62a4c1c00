import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { distribution } from "../../lib/distributions/families.ts";
import { fitFamily } from "../../lib/distributions/families.ts";
import { studentT } from "../../lib/distributions/student_t.ts";
import { selectDistribution } from "../../lib/goodness/select_distribution.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { designMse } from "../../lib/quantizers/design_mse.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";
import { recipe } from "../goodness/recipe.ts";

const sample = recipe("heavy tail", 5000, 1);

Deno.test("designMse() is the error, on the sample, of the book that the candidate designs", () => {
  for (const bits of [1, 3, 4, 8]) {
    const criterion = designMse({ bits });
    const { ranking } = selectDistribution(sample, { criterion });
    assertEquals(ranking.length, 2);
    for (const { criterionValue, ...law } of ranking) {
      const book = lloydMax(distribution(law), { bits });
      assertEquals(criterionValue, quantizationError(sample, book).mse);
    }
    assertGreater(ranking[1]!.criterionValue, ranking[0]!.criterionValue);
  }
});

Deno.test("designMse() may choose another law than the Kolmogorov-Smirnov statistic", () => {
  // A narrow Gaussian core, and one value in fifty far out: the wider levels of a Laplace law cost less where D prefers the
  // Gaussian.
  const core = distribution({ family: "gaussian", parameters: { mean: 0, standardDeviation: 1 } });
  const tailed = Float64Array.from(
    { length: 5000 },
    (_, i) => core.quantile((i + 0.5) / 5000) * (i % 50 === 0 ? 4 : 1),
  );
  const byShape = selectDistribution(tailed);
  const byCost = selectDistribution(tailed, { criterion: designMse({ bits: 4 }) });
  assertEquals([byShape.chosen.family, byCost.chosen.family], ["gaussian", "laplace"]);
});

Deno.test("designMse() takes any design", () => {
  const criterion = designMse({
    bits: 1,
    design: (law) => createCodebook([law.mean], { method: "mean", storedValues: 1 }),
  });
  const candidate = fitFamily(sample, "gaussian");
  const variance = candidate.variance;
  assertGreater(1e-9, Math.abs(criterion(sample, candidate) / variance - 1));
});

Deno.test("designMse() passes on what the design refuses", () => {
  assertThrows(
    () => selectDistribution(sample, { criterion: designMse({ bits: 17 }) }),
    RangeError,
    "bits must be an integer in [1, 16]: current value is 17",
  );
});

Deno.test("designMse() rules out a law without a variance, and the others are ranked", () => {
  const heavy = studentT({ location: 0, scale: 1, degreesOfFreedom: 1 })
    .sample(500, { prng: createPrng(1) });
  const families = ["student-t", "gaussian", "laplace"];
  const { ranking, refused } = selectDistribution(heavy, {
    families,
    criterion: designMse({ bits: 4 }),
  });
  assertEquals(ranking.map(({ family }) => family).sort(), ["gaussian", "laplace"]);
  assertEquals(refused.map(({ family }) => family), ["student-t"]);
});
