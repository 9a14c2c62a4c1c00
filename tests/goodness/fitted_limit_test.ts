import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { distribution, fitFamily } from "../../lib/distributions/families.ts";
import type { Distribution } from "../../lib/distributions/distribution.ts";
import { type FittedDistribution, withFit } from "../../lib/distributions/fit.ts";
import { fitStudentTByMoments } from "../../lib/distributions/student_t.ts";
import { fittedLimit, hasFittedLimit } from "../../lib/goodness/fitted_limit.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

interface LimitFixture {
  readonly draws: number;
  readonly probabilities: readonly number[];
  readonly laws: readonly {
    readonly family: string;
    readonly parameters: Readonly<Record<string, number>>;
    readonly quantiles: readonly number[];
  }[];
}

/** The law as a fit might have found it, every parameter among those that were estimated unless it is named. */
function asFit(law: Distribution, known: readonly string[] = []): FittedDistribution {
  const standardErrors = Object.fromEntries(
    Object.keys(law.parameters).map((name) => [name, known.includes(name) ? Infinity : 0.1]),
  );
  return withFit(law, { size: 1000, logLikelihood: 0, standardErrors });
}

function drawsOf(law: FittedDistribution, count: number, seed: number): Float64Array {
  const { draw } = fittedLimit(law);
  const prng = createPrng(seed);
  return Float64Array.from({ length: count }, () => draw(prng));
}

const lawOf = (family: string, parameters: Readonly<Record<string, number>>) =>
  distribution({ family, parameters });

slowTest("fittedLimit() has the quantiles that the covariance of the limit process gives", () => {
  const { draws, probabilities, laws } = readFixture<LimitFixture>("kolmogorov/fitted_limit.json");
  const count = 20_000;
  for (const { family, parameters, quantiles } of laws) {
    const drawn = drawsOf(asFit(lawOf(family, parameters)), count, 12);
    quantiles.forEach((quantile, i) => {
      const p = probabilities[i]!;
      const below = drawn.filter((value) => value < quantile).length / count;
      const error = Math.sqrt(p * (1 - p) * (1 / count + 1 / draws));
      // Four standard errors, and what the grid costs.
      const what = `${family} ${JSON.stringify(parameters)} at ${p}`;
      assertRelative(below, p, 4 * error + 0.002, what, 1);
    });
  }
});

Deno.test("fittedLimit() does not depend on location and scale", () => {
  const parameters = { location: 0, scale: 1, shape: 1.3 };
  const moved = { location: -7, scale: 1e-3, shape: 1.3 };
  assertEquals(
    drawsOf(asFit(lawOf("generalized-gaussian", parameters)), 20, 3),
    drawsOf(asFit(lawOf("generalized-gaussian", moved)), 20, 3),
  );
});

Deno.test("fittedLimit() takes a parameter whose standard error is infinite for known: draws are larger", () => {
  const law = lawOf("student-t", { location: 0, scale: 1, degreesOfFreedom: 5 });
  const mean = (values: Float64Array) => values.reduce((sum, x) => sum + x) / values.length;
  const all = mean(drawsOf(asFit(law), 1000, 4));
  const two = mean(drawsOf(asFit(law, ["degreesOfFreedom"]), 1000, 4));
  const one = mean(drawsOf(asFit(law, ["degreesOfFreedom", "scale"]), 1000, 4));
  assert(all < 0.98 * two && two < 0.98 * one, `${all}, ${two}, ${one}`);
});

Deno.test("fittedLimit() leaves out the location of a generalized Gaussian law up to shape 1/2", () => {
  const draws = (shape: number, known: readonly string[] = []) =>
    drawsOf(asFit(lawOf("generalized-gaussian", { location: 0, scale: 1, shape }), known), 20, 5);
  assertEquals(draws(0.5), draws(0.5, ["location"]));
  assertNotEquals(draws(0.51), draws(0.51, ["location"]));
});

Deno.test("hasFittedLimit() holds for converged fits by maximum likelihood of regular families", () => {
  const sample = lawOf("student-t", { location: 0, scale: 1, degreesOfFreedom: 9 })
    .sample(2000, { prng: createPrng(1) });
  for (const family of ["gaussian", "laplace", "logistic", "student-t", "generalized-gaussian"]) {
    assertEquals(hasFittedLimit(fitFamily(sample, family)), true, family);
  }
  assertEquals(hasFittedLimit(fitFamily(sample, "uniform")), false);
  assertEquals(hasFittedLimit(fitStudentTByMoments(sample)), false);
  // Lighter tails than any shape up to 100 has.
  const even = Float64Array.from({ length: 2000 }, (_, i) => i % 2 === 0 ? -1 : 1);
  assertEquals(hasFittedLimit(fitFamily(even, "generalized-gaussian")), false);
});
