import { assert, assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { fitFamily } from "../../lib/distributions/families.ts";
import { fitGaussian, gaussian } from "../../lib/distributions/gaussian.ts";
import { fitLaplace, laplace } from "../../lib/distributions/laplace.ts";
import { fitMixture } from "../../lib/distributions/fit_mixture.ts";
import { mixture } from "../../lib/distributions/mixture.ts";
import { blockwiseSum } from "../../lib/numerics/blockwise_sum.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { readFixture } from "../fixture.ts";
import { recipe, type RecipeKind } from "../goodness/recipe.ts";
import { sum as sumOf } from "simple-statistics";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

interface GaussianMixtureFixture {
  seed: number;
  samples: {
    kind: RecipeKind;
    size: number;
    components: number;
    sum: number;
    logLikelihood: number;
  }[];
  exact: {
    kind: RecipeKind;
    size: number;
    logLikelihood: number;
    parameters: Record<string, number>;
    standardErrors: Record<string, number>;
  };
}

const { seed, samples, exact } = readFixture<GaussianMixtureFixture>(
  "goodness/gaussian_mixture.json",
);

for (const { kind, size, components, sum, logLikelihood } of samples) {
  const test = size > 100_000 ? slowTest : Deno.test;
  test(`fitMixture() of ${size} values with ${kind} is as likely as scikit-learn's ${components} Gaussians`, () => {
    const sample = recipe(kind, size, seed);
    assertRelative(sumOf(Array.from(sample)), sum, 1e-14, "the recipe's sum", size);
    const { fit, parameters } = fitMixture(sample, { components });
    assertEquals(fit.iteration!.converged, true);
    assertLess(fit.iteration!.score, 1e-9);
    assertGreater(fit.logLikelihood, logLikelihood - 1e-9 * Math.abs(logLikelihood));
    assertEquals(fit.freeParameters, 3 * components - 1);
    assertEquals(fit.aic, 2 * fit.freeParameters - 2 * fit.logLikelihood);
    assertRelative(sumOf(Object.values(parameters)), 1, 1e-15, "sum of weights");
  });
}

Deno.test("fitMixture() finds the maximum of 40-digit arithmetic, and its standard errors", () => {
  const { parameters, components, fit } = fitMixture(recipe(exact.kind, exact.size, seed));
  // The heavier component comes first here, the lower one in the fixture.
  const [upper, lower] = components!.map((component) => component.parameters);
  const expected = exact.parameters, errors = exact.standardErrors;
  assertRelative(parameters.weight2!, expected.weight!, 1e-11, "weight");
  assertRelative(fit.standardErrors.weight2!, errors.weight!, 1e-10, "error of the weight");
  assertRelative(fit.standardErrors.weight1!, errors.weight!, 1e-10, "error of the other weight");
  for (const name of ["mean", "standardDeviation"]) {
    assertRelative(lower![name]!, expected[`${name}1`]!, 1e-11, `lower ${name}`);
    assertRelative(upper![name]!, expected[`${name}2`]!, 1e-11, `upper ${name}`);
    assertRelative(fit.standardErrors[`${name}2`]!, errors[`${name}1`]!, 1e-10, `error of ${name}`);
    assertRelative(fit.standardErrors[`${name}1`]!, errors[`${name}2`]!, 1e-10, `error of ${name}`);
  }
  assertRelative(fit.logLikelihood, exact.logLikelihood, 1e-13, "log-likelihood");
});

const mixed = mixture([
  { weight: 0.7, law: laplace({ location: 0, scale: 1 }) },
  { weight: 0.3, law: gaussian({ mean: 2, standardDeviation: 0.5 }) },
]);

slowTest("fitMixture() fits a list of families, in its order", () => {
  const sample = mixed.sample(2000, { prng: createPrng(1) });
  for (const family of [["laplace", "gaussian"], ["gaussian", "laplace"]] as const) {
    const { components, fit, logPdf } = fitMixture(sample, { family });
    assertEquals(components!.map((component) => component.family), [...family]);
    assertLess(fit.iteration!.score, 1e-9);
    assertRelative(
      blockwiseSum(sample.length, (i) => logPdf(sample[i]!)),
      fit.logLikelihood,
      1e-13,
      "log-likelihood",
    );
    assertGreater(fit.logLikelihood, blockwiseSum(sample.length, (i) => mixed.logPdf(sample[i]!)));
    const laplaceComponent = components!.find((component) => component.family === "laplace")!;
    assertRelative(laplaceComponent.parameters.scale!, 1, 0.1, "scale");
    // A Laplace component's location is a value of the sample: the likelihood has a cusp at each.
    assert(sample.includes(laplaceComponent.parameters.location!));
  }
});

Deno.test("fitMixture() is at a maximum: no small move of a parameter is more likely", () => {
  const sample = mixed.sample(1000, { prng: createPrng(2) });
  for (const family of ["gaussian", "laplace"] as const) {
    const { parameters, components, fit } = fitMixture(sample, { family });
    const create = (values: readonly number[]) =>
      family === "gaussian"
        ? gaussian({ mean: values[0]!, standardDeviation: values[1]! })
        : laplace({ location: values[0]!, scale: values[1]! });
    const own = components!.map((component) => Object.values(component.parameters));
    const likelihood = (weight: number, values: readonly (readonly number[])[]) => {
      const law = mixture([
        { weight, law: create(values[0]!) },
        { weight: 1 - weight, law: create(values[1]!) },
      ]);
      return blockwiseSum(sample.length, (i) => law.logPdf(sample[i]!));
    };
    const weight = parameters.weight1!;
    assertRelative(likelihood(weight, own), fit.logLikelihood, 1e-13, "the likelihood itself");
    for (const move of [-0.003, 0.003]) {
      assertLess(likelihood(weight + move, own), fit.logLikelihood);
      for (let i = 0; i < 4; i++) {
        const moved = own.map((values, k) =>
          values.map((value, j) => value + (2 * k + j === i ? move : 0))
        );
        assertLess(likelihood(weight, moved), fit.logLikelihood);
      }
    }
  }
});

Deno.test("fitMixture() of one component is the family's own fit", () => {
  const sample = mixed.sample(2001, { prng: createPrng(3) });
  for (const [family, fit] of [["gaussian", fitGaussian], ["laplace", fitLaplace]] as const) {
    const alone = fitMixture(sample, { components: 1, family });
    const expected = fit(sample);
    const { parameters } = alone.components![0]!;
    for (const [name, value] of Object.entries(expected.parameters)) {
      assertRelative(parameters[name]!, value, 1e-9, name);
      const error = alone.fit.standardErrors[`${name}1`]!;
      assertRelative(error, expected.fit.standardErrors[name]!, 1e-6, `error of ${name}`);
    }
    assertRelative(alone.fit.aic, expected.fit.aic, 1e-13, "aic");
    assertEquals(alone.fit.standardErrors.weight1, 0);
  }
});

slowTest("fitMixture() raises the likelihood with every step, and says so", () => {
  const sample = mixed.sample(6000, { prng: createPrng(4) });
  for (const family of ["gaussian", "laplace"] as const) {
    let previous = -Infinity, steps = 0;
    const { fit } = fitMixture(sample, {
      family,
      onProgress({ logLikelihood }) {
        assertGreater(
          logLikelihood,
          previous - 1e-12 * Math.abs(previous === -Infinity ? 0 : previous),
        );
        previous = logLikelihood;
        steps++;
      },
    });
    assertEquals(fit.logLikelihood, previous);
    assertGreater(steps, 1);
  }
});

Deno.test("fitMixture() gives repeated values a component of the least scale, and the rest the other", () => {
  const sample = Float32Array.from(recipe("ties", 4000, seed), (x) => x === 0 ? 0 : x * 0.02);
  const zeros = sample.filter((x) => x === 0).length;
  const { parameters, components, fit } = fitMixture(sample);
  assertRelative(parameters.weight1!, zeros / sample.length, 1e-3, "weight");
  assertRelative(components![0]!.parameters.mean!, 0, 1e-50, "mean", 1);
  assertRelative(
    components![0]!.parameters.standardDeviation!,
    1e-6 * fitGaussian(sample).parameters.standardDeviation!,
    1e-12,
    "the least scale",
  );
  assertEquals([fit.standardErrors.mean1, fit.standardErrors.standardDeviation1], [0, 0]);
  assertRelative(
    fit.standardErrors.weight1!,
    Math.sqrt((0.6 * 0.4) / sample.length),
    0.01,
    "binomial error",
  );
});

slowTest("fitMixture() finds the few values of a large sample that aren't repeated", () => {
  const sample = new Float32Array(20_000);
  for (let i = 0; i < 20; i++) sample[i * 997] = i - 9;
  for (const family of ["gaussian", "laplace"] as const) {
    const { parameters, components, fit } = fitMixture(sample, { family });
    assertRelative(parameters.weight2!, 19 / sample.length, 0.01, "weight");
    assertRelative(
      components![1]!.parameters[family === "gaussian" ? "mean" : "location"]!,
      10 / 19,
      2,
      "location",
    );
    assertEquals(fit.iteration!.converged, true);
  }
});

Deno.test("fitMixture() follows a sample that is shifted, scaled or reflected", () => {
  const sample = mixed.sample(600, { prng: createPrng(5) });
  const own = fitMixture(sample);
  for (const [scale, shift] of [[0.02, 3], [-1, 0], [1e-140, 0], [1e140, 0]] as const) {
    const { parameters, components, fit } = fitMixture(sample.map((x) => scale * x + shift));
    assertRelative(parameters.weight1!, own.parameters.weight1!, 1e-7, "weight");
    components!.forEach((component, k) => {
      const { mean, standardDeviation } = own.components![k]!.parameters;
      const unit = Math.abs(scale) * standardDeviation!;
      assertRelative(component.parameters.mean!, scale * mean! + shift, 1e-7, "mean", unit);
      assertRelative(component.parameters.standardDeviation!, unit, 1e-7, "deviation");
    });
    assertEquals(fit.iteration!.converged, true);
  }
});

Deno.test("fitMixture() is the same for the same seed, and leaves the sample alone", () => {
  const sample = mixed.sample(300, { prng: createPrng(6) });
  const copy = sample.slice();
  const first = fitMixture(sample, { seed: 9 });
  const second = fitMixture(Object.freeze([...sample]), { seed: 9 });
  assertEquals([first.parameters, first.fit], [second.parameters, second.fit]);
  assertEquals(sample, copy);
});

Deno.test("fitFamily() fits a mixture with its options", () => {
  const sample = mixed.sample(500, { prng: createPrng(7) });
  assertEquals(fitFamily(sample, "mixture").components!.length, 2);
  const three = fitFamily(sample, "mixture", { components: 3, family: "laplace" });
  assertEquals(three.components!.map(({ family }) => family), ["laplace", "laplace", "laplace"]);
});

Deno.test("fitMixture() stops where its signal says so", () => {
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  assertThrows(
    () => fitMixture([1, 2, 3, 4, 5, 6], { signal: controller.signal }),
    Error,
    "enough",
  );
});

Deno.test("fitMixture() refuses samples and options that it can't use", () => {
  const refused = (sample: number[], options: Parameters<typeof fitMixture>[1], text: string) =>
    assertThrows(() => fitMixture(sample, options), RangeError, text);
  const some = [1, 2, 4, 5, 7, 8];
  refused(
    [1, 2, 4, 5],
    {},
    "Cannot fit a mixture as the sample must have at least 5 values: its length is 4",
  );
  refused([2, 2, 2, 2, 2, 2], {}, "the values must differ: all 6 are 2");
  refused([1, 2, NaN, 3, 4], {}, "value 2 is NaN");
  refused(some, { components: 0 }, "components must be an integer in [1, 16]: current value is 0");
  refused(
    some,
    { components: 3, family: ["laplace"] },
    "must be the number of families, 1: current value is 3",
  );
  refused(
    some,
    { family: "cauchy" as never },
    "family must be one of gaussian, laplace: current value is cauchy",
  );
  refused(some, { restarts: -1 }, "restarts must be an integer in [0, 1000]: current value is -1");
  refused(some, { tolerance: 0 }, "tolerance must be positive: current value is 0");
});
