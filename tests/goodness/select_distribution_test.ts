import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { fitGaussian, gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { ksStatistic } from "../../lib/goodness/ks_statistic.ts";
import { selectDistribution } from "../../lib/goodness/select_distribution.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertRelative } from "../tolerance.ts";

const laws = [gaussian({ mean: 1, standardDeviation: 0.1 }), laplace({ location: 1, scale: 0.1 })];

Deno.test("selectDistribution() finds the law a sample was drawn from, by every criterion", () => {
  for (const law of laws) {
    const sample = law.sample(4000, { prng: createPrng(21) });
    for (const criterion of ["ks", "logLikelihood", "aic", "bic"] as const) {
      const { chosen, ranking, margin } = selectDistribution(sample, { criterion });
      assertEquals(chosen.family, law.family, criterion);
      assertEquals(ranking.length, 2);
      assertGreater(margin, 0);
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

Deno.test("selectDistribution() keeps the given order, and a margin of 0, between equal infinities", () => {
  const { chosen, margin } = selectDistribution([1, 2, 4], {
    families: ["laplace", "gaussian"],
    criterion: () => Infinity,
  });
  assertEquals([chosen.family, margin], ["laplace", 0]);
});

Deno.test("selectDistribution() takes a function as criterion, and its own list of families", () => {
  const sample = laws[0]!.sample(100, { prng: createPrng(4) });
  const selection = selectDistribution(sample, {
    families: ["laplace"],
    criterion: (values, { variance }) => values.length + variance,
  });
  assertEquals([selection.criterion, selection.chosen.family], ["function", "laplace"]);
  assertEquals(selection.margin, Infinity);
});

Deno.test("selectDistribution() returns plain data, through structuredClone and JSON and back", () => {
  const selection = selectDistribution(laws[0]!.sample(100, { prng: createPrng(4) }));
  assertEquals(structuredClone(selection), selection);
  assertEquals(JSON.parse(JSON.stringify(selection)), selection);
});

Deno.test("selectDistribution() refuses unknown families and criteria, none at all, and NaN", () => {
  assertThrows(
    () => selectDistribution([1, 2], { families: ["cauchy"] }),
    RangeError,
    "must be one of gaussian, laplace: current value is cauchy",
  );
  assertThrows(
    () => selectDistribution([1, 2], { families: [] }),
    RangeError,
    "Cannot select a distribution as families is empty",
  );
  assertThrows(
    () => selectDistribution([1, 2], { criterion: "chi-squared" as never }),
    RangeError,
    "must be one of ks, logLikelihood, aic, bic or a function: current value is chi-squared",
  );
  assertThrows(
    () => selectDistribution([1, 2], { criterion: () => NaN }),
    RangeError,
    "its value for gaussian is NaN",
  );
});
