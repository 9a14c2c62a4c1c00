import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { asymmetricLaplace } from "../../lib/distributions/asymmetric_laplace.ts";
import { fitLaplace, laplace } from "../../lib/distributions/laplace.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { generalizedGaussian } from "../../lib/distributions/generalized_gaussian.ts";
import { logistic } from "../../lib/distributions/logistic.ts";
import { studentT } from "../../lib/distributions/student_t.ts";
import { distribution, fitFamily } from "../../lib/distributions/families.ts";
import { fittedLimit } from "../../lib/goodness/fitted_limit.ts";
import { fittedNullLaw } from "../../lib/goodness/fitted_null.ts";
import { ksStatistic } from "../../lib/goodness/ks_statistic.ts";
import { ksTestFitted, type KsTestFittedOptions } from "../../lib/goodness/ks_test_fitted.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

/** The flood data of the R package lawstat, in its documentation of laplace.test. */
// deno-fmt-ignore
const floods = [
  1.96, 1.97, 3.60, 3.80, 4.79, 5.66, 5.76, 5.78, 6.27, 6.30, 6.76, 7.65, 7.84, 7.99, 8.51, 9.18, 10.13, 10.24, 10.25, 10.43,
  11.45, 11.48, 11.75, 11.81, 12.33, 12.78, 13.06, 13.29, 13.98, 14.18, 14.40, 16.22, 17.06,
];

/** Fails unless a simulated p-value and the table's agree within four standard errors and the table's own. */
function assertAgree(
  simulated: { pValue: number; pValueError: number },
  tabulated: { pValue: number; pValueError: number },
  what: string,
): void {
  const allowed = 4 * simulated.pValueError + tabulated.pValueError;
  assertRelative(tabulated.pValue, simulated.pValue, allowed, what, 1);
}

Deno.test("ksTestFitted() has lawstat's statistic of the flood data, and a p-value both ways", async () => {
  const table = await ksTestFitted(Object.freeze([...floods]), "laplace");
  assertEquals([table.method, table.null, table.size], ["table", "fitted", 33]);
  assertRelative(Math.sqrt(33) * table.statistic, 0.9177726412897894, 1e-14, "sqrt(n) D");
  assertEquals(table.law.parameters.location, 10.13);
  assertRelative(table.law.parameters.scale!, 3.36030303, 1e-8, "scale");
  assertEquals(table.pValue, fittedNullLaw("laplace", 33).sf(table.statistic));
  const bootstrap = await ksTestFitted(floods, "laplace", {
    method: "bootstrap",
    replicates: 4000,
    seed: 3,
  });
  assertAgree(bootstrap, table, "flood data");
  assertEquals(bootstrap.statistic, table.statistic);
  assertEquals(bootstrap.simulation, {
    law: { family: "laplace", parameters: { location: 0, scale: 1 } },
    replicates: 4000,
    seed: 3,
    refused: 0,
  });
});

Deno.test("ksTestFitted() bootstrap and table agree for both families, even and odd sizes", async () => {
  const prng = createPrng(8);
  for (const size of [20, 21, 60]) {
    for (
      const law of [
        gaussian({ mean: 5, standardDeviation: 0.1 }),
        laplace({ location: 0, scale: 9 }),
      ]
    ) {
      const sample = law.sample(size, { prng });
      const [simulated, tabulated] = await Promise.all((["bootstrap", "table"] as const)
        .map((method) => ksTestFitted(sample, law.family, { method, replicates: 2000 })));
      assertAgree(simulated!, tabulated!, `${law.family}, n = ${size}`);
    }
  }
});

slowTest(
  "ksTestFitted() bootstrap and table agree at sizes that the table was not fitted to",
  async () => {
    const laws = {
      gaussian: gaussian({ mean: 0, standardDeviation: 1 }),
      laplace: laplace({ location: 0, scale: 1 }),
    };
    for (
      const [family, drawnFrom, size] of [
        ["gaussian", "laplace", 37],
        ["gaussian", "laplace", 140],
        ["laplace", "gaussian", 74],
        ["laplace", "gaussian", 75],
      ] as const
    ) {
      const sample = laws[drawnFrom].sample(size, { prng: createPrng(size) });
      const [simulated, tabulated] = await Promise.all((["bootstrap", "table"] as const)
        .map((method) => ksTestFitted(sample, family, { method, replicates: 20_000 })));
      assertAgree(simulated!, tabulated!, `${family}, n = ${size}`);
    }
  },
);

Deno.test("ksTestFitted() limit and table agree for large samples of both families", async () => {
  for (
    const [family, drawnFrom, size, seed] of [
      ["gaussian", gaussian({ mean: 5, standardDeviation: 0.1 }), 1000, 5],
      ["gaussian", studentT({ location: 0, scale: 2, degreesOfFreedom: 15 }), 4000, 3],
      ["laplace", laplace({ location: 0, scale: 9 }), 1000, 5],
      ["laplace", generalizedGaussian({ location: 1, scale: 2, shape: 1.1 }), 4000, 2],
    ] as const
  ) {
    const sample = drawnFrom.sample(size, { prng: createPrng(seed) });
    const [limit, table] = await Promise.all((["limit", "table"] as const)
      .map((method) => ksTestFitted(sample, family, { method, replicates: 3000 })));
    const what = `${family}, n = ${size}`;
    assertEquals([limit!.method, limit!.statistic], ["limit", table!.statistic]);
    assertGreater(table!.pValue, 0.001, what);
    assertLess(table!.pValue, 0.9, what);
    assertAgree(limit!, table!, what);
  }
});

slowTest("ksTestFitted() limit and bootstrap agree at 1,000 values, shapes included", async () => {
  for (
    const law of [
      logistic({ location: 3, scale: 0.1 }),
      studentT({ location: 0, scale: 1, degreesOfFreedom: 4 }),
      generalizedGaussian({ location: -2, scale: 5, shape: 1.5 }),
      generalizedGaussian({ location: 0, scale: 1, shape: 0.8 }),
    ]
  ) {
    const sample = law.sample(1000, { prng: createPrng(21) });
    const [bootstrap, limit] = await Promise.all((["bootstrap", "limit"] as const)
      .map((method) => ksTestFitted(sample, law.family, { method, replicates: 1500 })));
    const allowed = 4 * Math.hypot(bootstrap!.pValueError, limit!.pValueError) + 0.01;
    assertRelative(limit!.pValue, bootstrap!.pValue, allowed, law.family, 1);
  }
});

Deno.test("ksTestFitted() takes the limit from 1,000 values on where there is no table, whatever location and scale", async () => {
  const law = logistic({ location: 0, scale: 1 });
  const sample = law.sample(1000, { prng: createPrng(4) });
  const result = await ksTestFitted(sample, "logistic", { replicates: 200, seed: 9 });
  assertEquals(result.method, "limit");
  assertEquals(result.simulation, {
    law: { family: "logistic", parameters: { location: 0, scale: 1 } },
    replicates: 200,
    seed: 9,
    refused: 0,
  });
  const moved = sample.map((value) => 1e-3 * value + 8);
  const { pValue } = await ksTestFitted(moved, "logistic", { replicates: 200, seed: 9 });
  assertEquals(pValue, result.pValue);
  const fewer = await ksTestFitted(sample.slice(1), "logistic", { replicates: 20 });
  assertEquals(fewer.method, "bootstrap");
});

Deno.test("ksTestFitted() by the limit counts the draws that, as D of the size, are as large, tells its progress and stops", async () => {
  const law = logistic({ location: 0, scale: 1 });
  const sample = law.sample(1500, { prng: createPrng(4) });
  const progress: number[][] = [];
  const { statistic, pValue } = await ksTestFitted(sample, "logistic", {
    replicates: 300,
    seed: 9,
    onProgress: (...report) => progress.push(report),
  });
  assertEquals(progress, [[300, 300]]);
  const { draw } = fittedLimit(fitFamily(sample, "logistic"));
  const prng = createPrng(9);
  // Vrbik's shift of sqrt(n) D is 1 / (6 sqrt(n)).
  const least = Math.sqrt(1500) * statistic + 1 / (6 * Math.sqrt(1500));
  const larger = Array.from({ length: 300 }, () => draw(prng)).filter((value) => value >= least);
  assertEquals(pValue, (1 + larger.length) / 301);
  await assertRejects(
    () => ksTestFitted(sample, "logistic", { signal: AbortSignal.abort(new RangeError("enough")) }),
    RangeError,
    "enough",
  );
});

Deno.test("ksTestFitted() takes a Student t law at its limit for the Gaussian that it is", async () => {
  // Tails lighter than a Gaussian's.
  const law = generalizedGaussian({ location: 0, scale: 1, shape: 2.2 });
  const sample = law.sample(2000, { prng: createPrng(6) });
  const options = { method: "limit", replicates: 500, seed: 2 } as const;
  const studentsT = await ksTestFitted(sample, "student-t", options);
  assertEquals(studentsT.law.parameters["degreesOfFreedom"], 1e15);
  const gaussians = await ksTestFitted(sample, "gaussian", options);
  assertEquals(studentsT.pValue, gaussians.pValue);
  assertGreater(gaussians.pValue, 0.01);
  assertLess(gaussians.pValue, 0.99);
});

Deno.test("ksTestFitted() gives the same result for the same seed, another for another", async () => {
  const sample = gaussian({ mean: 0, standardDeviation: 1 }).sample(30, { prng: createPrng(1) });
  const run = (seed?: number) =>
    ksTestFitted(sample, "gaussian", {
      method: "bootstrap",
      replicates: 300,
      ...(seed !== undefined && { seed }),
    });
  assertEquals(await run(4), await run(4));
  assertEquals(await run(), await run(1));
  assert((await run(4)).pValue !== (await run(5)).pValue);
});

Deno.test("ksTestFitted() p-value is (1 + exceedances) / (replicates + 1), with its standard error", async () => {
  const far = [...Array.from({ length: 50 }, (_, i) => i / 50), 1e6, 1e6 + 1];
  const { pValue, pValueError } = await ksTestFitted(far, "gaussian", {
    method: "bootstrap",
    replicates: 99,
  });
  assertEquals(pValue, 0.01);
  assertRelative(pValueError, Math.sqrt(0.01 * 0.99 / 100), 1e-14, "standard error");
  // Two values lie at the same distance from their fit, whatever they are.
  const two = await ksTestFitted([1, 17], "gaussian", { replicates: 99 });
  assertEquals([two.pValue, two.method], [1, "bootstrap"]);
});

Deno.test("ksTestFitted() takes the bootstrap where there is no table, and simulates the law's standard form", async () => {
  const small = await ksTestFitted(floods.slice(0, 19), "laplace", { replicates: 99 });
  assertEquals(small.method, "bootstrap");
  const { method, simulation, pValue } = await ksTestFitted(floods, "uniform", { replicates: 199 });
  assertEquals([method, simulation?.law.family], ["bootstrap", "uniform"]);
  assert(pValue > 0 && pValue <= 1);
});

Deno.test("ksTestFitted() rejects as often as its level says", async () => {
  const prng = createPrng(77);
  let rejections = 0;
  for (let i = 0; i < 1000; i++) {
    const sample = laplace({ location: 3, scale: 0.02 }).sample(40, { prng });
    if ((await ksTestFitted(sample, "laplace")).pValue <= 0.1) rejections++;
  }
  // Four standard errors.
  assertRelative(rejections, 100, 4 * Math.sqrt(0.09 / 10), "rejections of 1,000 at 10 %");
});

Deno.test("ksTestFitted() leaves out simulated samples that have no fit, and counts them", async () => {
  const law = asymmetricLaplace({ location: 0, scale: 1, asymmetry: 2 });
  const sample = law.sample(30, { prng: createPrng(2) });
  const family = "asymmetric-laplace";
  const { statistic, pValue, pValueError, simulation } = await ksTestFitted(sample, family, {
    replicates: 199,
    seed: 3,
  });
  const { parameters } = simulation!.law;
  const prng = createPrng(3);
  const fitted = Array.from({ length: 199 }, () => {
    const draw = distribution({ family, parameters }).sample(30, { prng });
    try {
      return [ksStatistic(draw, fitFamily(draw, family)).statistic];
    } catch {
      return [];
    }
  }).flat();
  assertEquals(simulation!.refused, 199 - fitted.length);
  assertGreater(simulation!.refused, 0);
  const exceedances = fitted.filter((value) => value >= statistic).length;
  assertEquals(pValue, (1 + exceedances) / (1 + fitted.length));
  assertEquals(pValueError, Math.sqrt(pValue * (1 - pValue) / (1 + fitted.length)));
});

slowTest("ksTestFitted() tells its progress and stops at an abort", async () => {
  const sample = gaussian({ mean: 0, standardDeviation: 1 }).sample(5000, { prng: createPrng(1) });
  const options = { method: "bootstrap", replicates: 250 } as const;
  const progress: number[][] = [];
  await ksTestFitted(sample, "gaussian", {
    ...options,
    onProgress: (...report) => progress.push(report),
  });
  assertEquals(progress, [[100, 250], [200, 250], [250, 250]]);
  const controller = new AbortController();
  let last = 0;
  await assertRejects(
    () =>
      ksTestFitted(sample, "gaussian", {
        ...options,
        signal: controller.signal,
        onProgress(done) {
          last = done;
          controller.abort(new RangeError("enough"));
        },
      }),
    RangeError,
    "enough",
  );
  assertEquals(last, 100);
});

Deno.test("ksTestFitted() belongs to another null than D against a fixed law", async () => {
  const sample = laplace({ location: 0, scale: 1 }).sample(400, { prng: createPrng(9) });
  const { statistic, pValue } = await ksTestFitted(sample, "laplace");
  assertEquals(statistic, ksStatistic(sample, fitLaplace(sample)).statistic);
  assertGreater(pValue, 0.001);
  assertLess((await ksTestFitted(sample, "gaussian")).pValue, 1e-4);
});

Deno.test("ksTestFitted() refuses what it can't fit, has no table for, or doesn't know", async () => {
  const refuse = (sample: readonly number[], family: string, options: unknown, text: string) =>
    assertRejects(
      () => ksTestFitted(sample, family, options as KsTestFittedOptions),
      RangeError,
      text,
    );
  await refuse([], "gaussian", {}, "as the sample is empty");
  await refuse([2, 2], "gaussian", {}, "Cannot fit a Gaussian");
  await refuse(floods, "cauchy", {}, "current value is cauchy");
  await refuse(floods, "uniform", { method: "table" }, "must be one of gaussian, laplace");
  await refuse(
    floods,
    "uniform",
    { method: "limit" },
    "by its limit as the family must be one whose fit is asymptotically Gaussian: current value is uniform",
  );
  await refuse(
    [...Array(30).fill(-1), ...Array(30).fill(1)],
    "generalized-gaussian",
    { method: "limit" },
    "by its limit as the fit must converge inside the family: current value is generalized-gaussian of location 0, scale ",
  );
  await refuse(
    floods,
    "laplace",
    { method: "exact" },
    "method must be one of auto, bootstrap, limit, table: current value is exact",
  );
  for (const replicates of [0, 1.5, NaN]) {
    await refuse(
      floods,
      "laplace",
      { replicates },
      `Cannot run a Kolmogorov-Smirnov test of a fitted law as replicates must be a positive integer: current value is ${replicates}`,
    );
  }
  await refuse(
    floods,
    "laplace",
    { method: "bootstrap", seed: 0.5 },
    "the seed must be an integer",
  );
});
