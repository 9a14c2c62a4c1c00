import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { distribution } from "../../lib/distributions/families.ts";
import { fitMixture } from "../../lib/distributions/fit_mixture.ts";
import { fitGaussian, gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { mixture } from "../../lib/distributions/mixture.ts";
import { andersonDarling } from "../../lib/goodness/anderson_darling.ts";
import { cramerVonMises } from "../../lib/goodness/cramer_von_mises.ts";
import { ksStatistic } from "../../lib/goodness/ks_statistic.ts";
import { selectDistribution, type SelectOptions } from "../../lib/goodness/select_distribution.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

const criteria = [
  "ks",
  "logLikelihood",
  "aic",
  "bic",
  "anderson-darling",
  "cramer-von-mises",
] as const;

const laws = [gaussian({ mean: 1, standardDeviation: 0.1 }), laplace({ location: 1, scale: 0.1 })];

Deno.test("selectDistribution() finds the law a sample was drawn from, by every criterion", () => {
  for (const law of laws) {
    const sample = law.sample(4000, { prng: createPrng(21) });
    for (const criterion of criteria) {
      const { chosen, ranking, margin } = selectDistribution(sample, { criterion });
      assertEquals(chosen.family, law.family, criterion);
      assertEquals(ranking.length, 2);
      assertGreater(margin!, 0);
      assertEquals(margin, ranking[1]!.criterionValue - ranking[0]!.criterionValue);
    }
  }
});

Deno.test("selectDistribution() ranks by D as ksStatistic() computes it, in whatever order the sample comes", () => {
  const sample = laws[1]!.sample(999, { prng: createPrng(4) });
  const { chosen, ranking } = selectDistribution(sample);
  const { statistic } = ksStatistic(sample, laplace(chosen.parameters as never));
  assertRelative(chosen.criterionValue, statistic, 1e-14, "D");
  assertEquals(selectDistribution(sample.toSorted()).ranking[0]!.family, ranking[0]!.family);
});

Deno.test("selectDistribution() scores by the fit's own figures", () => {
  const sample = laws[0]!.sample(100, { prng: createPrng(4) });
  const { fit } = fitGaussian(sample);
  const scoreBy = (criterion: "logLikelihood" | "aic" | "bic") =>
    selectDistribution(sample, { families: ["gaussian"], criterion }).chosen.criterionValue;
  assertEquals(
    [scoreBy("logLikelihood"), scoreBy("aic"), scoreBy("bic")],
    [-fit.logLikelihood, fit.aic, fit.bic],
  );
});

Deno.test("selectDistribution() ranks by the statistics themselves", () => {
  const sample = laws[1]!.sample(700, { prng: createPrng(5) });
  for (
    const [criterion, statistic] of [
      ["anderson-darling", andersonDarling],
      ["cramer-von-mises", cramerVonMises],
      ["ks", ksStatistic],
    ] as const
  ) {
    for (const ranked of selectDistribution(sample, { criterion }).ranking) {
      const expected = statistic(sample, distribution(ranked)).statistic;
      assertRelative(ranked.criterionValue, expected, 1e-13, criterion);
    }
  }
});

Deno.test("selectDistribution() keeps the given order, and a margin of 0, between equals", () => {
  const { chosen, margin } = selectDistribution([1, 2, 4], {
    families: ["laplace", "gaussian"],
    criterion: () => 7,
  });
  assertEquals([chosen.family, margin], ["laplace", 0]);
});

Deno.test("selectDistribution() gives a function the sample as it came, and takes its own list of families", () => {
  const sample = [3, 1, 2, 8];
  const selection = selectDistribution(sample, {
    families: ["laplace"],
    criterion(values, { variance }) {
      assert(values === sample);
      return values.length + variance;
    },
  });
  assertEquals([selection.criterion, selection.chosen.family], ["function", "laplace"]);
  assertEquals("margin" in selection, false);
});

Deno.test("selectDistribution() ranks the rest where a family can't be fitted or is ruled out", () => {
  const few = selectDistribution([1, 2, 4], { families: ["mixture", "laplace", "gaussian"] });
  assertEquals(few.ranking.length, 2);
  assertEquals(few.refused, [{
    family: "mixture",
    reason: "Cannot fit a mixture as the sample must have at least 5 values: its length is 3",
  }]);
  // A fitted uniform law ends at the outermost values, where Anderson-Darling is Infinity.
  const ends = selectDistribution([1, 2, 4], {
    families: ["uniform", "gaussian"],
    criterion: "anderson-darling",
  });
  assertEquals(ends.ranking.map(({ family }) => family), ["gaussian"]);
  assertEquals(ends.refused, [{ family: "uniform", reason: "The criterion is Infinity" }]);
  assertEquals("margin" in ends, false);
});

slowTest("selectDistribution() ranks mixtures, whose components stand in the result", () => {
  const law = mixture([{ weight: 0.5, law: laws[0]! }, {
    weight: 0.5,
    law: gaussian({ mean: 1, standardDeviation: 1 }),
  }]);
  const sample = law.sample(2000, { prng: createPrng(6) });
  const families = ["gaussian", "laplace", "mixture"];
  for (const criterion of criteria) {
    const { chosen } = selectDistribution(sample, { families, criterion, seed: 3 });
    assertEquals([chosen.family, chosen.components!.length], ["mixture", 2], criterion);
    assertEquals(chosen.parameters, fitMixture(sample, { seed: 3 }).parameters);
    assertRelative(distribution(chosen).mean, 1, 0.1, "mean");
  }
});

Deno.test("selectDistribution() returns plain data, through structuredClone and JSON and back", () => {
  const sample = laws[0]!.sample(100, { prng: createPrng(4) });
  for (
    const options of [
      {},
      { families: ["gaussian"] },
      { families: ["uniform", "mixture", "laplace"], criterion: "anderson-darling" },
    ] as const
  ) {
    const selection = selectDistribution(sample, options);
    assertEquals(structuredClone(selection), selection);
    assertEquals(JSON.parse(JSON.stringify(selection)), selection);
  }
});

Deno.test("selectDistribution() refuses unknown families and criteria, none at all, and NaN", () => {
  const refused = (options: SelectOptions, text: string, sample = [1, 2]) =>
    assertThrows(() => selectDistribution(sample, options), RangeError, text);
  refused({ families: ["gaussian", "cauchy"] }, "current value is cauchy");
  refused({ families: [] }, "Cannot select a distribution as families is empty");
  refused(
    { criterion: "chi-squared" as never },
    "must be one of ks, logLikelihood, aic, bic, anderson-darling, cramer-von-mises or a function: current value is chi-squared",
  );
  refused({ criterion: () => NaN }, "its value for gaussian is NaN");
  refused({ criterion: () => -Infinity }, "its value for gaussian is -Infinity");
  refused(
    { criterion: () => Infinity },
    "every family is refused: gaussian: The criterion is Infinity; laplace: The criterion is Infinity",
  );
  refused(
    {},
    "every family is refused: gaussian: Cannot fit a Gaussian as the values must differ",
    [
      3,
      3,
    ],
  );
  refused({}, "Cannot select a distribution as the sample is empty", []);
});
