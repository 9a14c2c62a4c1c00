import { assertEquals, assertGreater } from "@std/assert";
import {
  evaluate,
  kernels,
  maximize,
  type MixtureFamily,
  type Problem,
  type State,
} from "../../lib/distributions/mixture_likelihood.ts";
import { mixture } from "../../lib/distributions/mixture.ts";
import { blockwiseSum } from "../../lib/numerics/blockwise_sum.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { recipe } from "../goodness/recipe.ts";
import { assertRelative } from "../tolerance.ts";

const values = Float64Array.from(recipe("heavy tail", 700, 3)).sort();

const problemOf = (...families: MixtureFamily[]): Problem => ({
  values,
  laws: families.map((family) => kernels[family]),
  leastScale: 1e-6,
});

/** A state whose coordinates, as the gradient counts them, lie `change` away from it. */
function shifted({ weights, locations, scales }: State, index: number, change: number): State {
  const last = weights.length - 1;
  const ratios = weights.map((weight, k) => k === index ? weight * Math.exp(change) : weight);
  const total = ratios.reduce((sum, ratio) => sum + ratio, 0);
  return {
    weights: index < last ? ratios.map((ratio) => ratio / total) : weights,
    locations: locations.map((location, k) =>
      index === last + 2 * k ? location + change * scales[k]! : location
    ),
    scales: scales.map((scale, k) => index === last + 2 * k + 1 ? scale * Math.exp(change) : scale),
  };
}

const state: State = {
  weights: [0.2, 0.5, 0.3],
  locations: [2.5, 3.1, 4.03125],
  scales: [0.25, 0.5, 2],
};

Deno.test("evaluate() sums the mixture's logPdf", () => {
  for (
    const families of [["gaussian", "gaussian", "laplace"], ["laplace", "laplace", "gaussian"]]
  ) {
    const problem = problemOf(...families as MixtureFamily[]);
    const law = mixture(problem.laws.map(({ create }, k) => ({
      weight: state.weights[k]!,
      law: create(state.locations[k]!, state.scales[k]!),
    })));
    const expected = blockwiseSum(values.length, (i) => law.logPdf(values[i]!));
    const { logLikelihood, counts } = evaluate(problem, state);
    assertRelative(logLikelihood, expected, 1e-14, "log-likelihood");
    assertRelative(counts.reduce((sum, own) => sum + own), values.length, 1e-14, "counts");
  }
});

Deno.test("evaluate() differentiates the log-likelihood once and twice", () => {
  const problem = problemOf("gaussian", "gaussian", "gaussian");
  const { gradient, hessian } = evaluate(problem, state);
  const size = gradient.length;
  assertEquals(size, 8);
  const step = 1e-5;
  const slope = (at: State, i: number) =>
    (evaluate(problem, shifted(at, i, step)).logLikelihood -
      evaluate(problem, shifted(at, i, -step)).logLikelihood) / (2 * step);
  const bend = (i: number, j: number) =>
    (slope(shifted(state, i, 1e-3), j) - slope(shifted(state, i, -1e-3), j)) / 2e-3;
  for (let i = 0; i < size; i++) {
    assertRelative(gradient[i]!, slope(state, i), 1e-7, `derivative ${i}`, values.length);
    for (let j = 0; j < size; j++) {
      const location = state.locations.findIndex((_, k) => 2 + 2 * k === Math.min(i, j));
      // A location's unit is the scale, which a step in the scale changes.
      const unit = location >= 0 && Math.max(i, j) === Math.min(i, j) + 1
        ? (i < j ? 0 : gradient[j]!)
        : 0;
      const expected = bend(i, j) - unit;
      assertRelative(hessian[i * size + j]!, expected, 1e-5, `${i}, ${j}`, values.length);
    }
  }
});

Deno.test("maximize() never lowers the likelihood", () => {
  const prng = createPrng(8);
  for (
    const families of [["gaussian", "gaussian"], ["laplace", "laplace"], ["laplace", "gaussian"]]
  ) {
    const problem = problemOf(...families as MixtureFamily[]);
    for (let run = 0; run < 10; run++) {
      const weight = 0.05 + 0.9 * prng();
      let current = evaluate(problem, {
        weights: [weight, 1 - weight],
        locations: [1 + 4 * prng(), 1 + 4 * prng()],
        scales: [0.05 + prng(), 0.05 + prng()],
      });
      for (let i = 0; i < 8; i++) {
        const next = evaluate(problem, maximize(problem, current));
        assertGreater(next.logLikelihood, current.logLikelihood - 1e-11 * values.length);
        current = next;
      }
    }
  }
});
