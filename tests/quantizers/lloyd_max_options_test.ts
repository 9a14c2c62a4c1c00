import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import type { DistributionData } from "../../lib/distributions/distribution.ts";
import { exponential } from "../../lib/distributions/exponential.ts";
import { distribution } from "../../lib/distributions/families.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { generalizedGaussian } from "../../lib/distributions/generalized_gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { mixture } from "../../lib/distributions/mixture.ts";
import { studentT } from "../../lib/distributions/student_t.ts";
import { uniformOn } from "../../lib/distributions/uniform.ts";
import { expectedMse } from "../../lib/quantizers/expected_mse.ts";
import { lloydMax, type LloydMaxOptions } from "../../lib/quantizers/lloyd_max.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";
import { movedLaw } from "./moved_law.ts";

interface RestrictedBook {
  range?: [number, number];
  includeZero?: boolean;
  law: DistributionData;
  deviation: number;
  count: number;
  mse: number;
  levels: number[];
}

interface EntropyBook {
  law: DistributionData;
  count: number;
  entropyWeight: number;
  lagrangian: number;
  rate: number;
  levels: number[];
  thresholds: number[];
}

const restricted = readFixture<{ books: RestrictedBook[] }>("lloyd_max/restricted.json").books;
const entropyBooks = readFixture<{ books: EntropyBook[] }>("lloyd_max/entropy.json").books;
const standardGaussian = gaussian({ mean: 0, standardDeviation: 1 });

/** Checks levels against those of a fixture, or their mirror image about 0 where that is as good. */
function assertLevels(
  levels: Float64Array,
  expected: number[],
  deviation: number,
  mirrors: boolean,
) {
  const worst = (other: number[]) =>
    Math.max(...other.map((level, i) => Math.abs(levels[i]! - level))) / deviation;
  const mirrored = expected.map((level) => -level).reverse();
  assertLess(Math.min(worst(expected), mirrors ? worst(mirrored) : Infinity), 1e-11);
}

Deno.test("lloydMax() with range equals the best of all sets of levels at its ends", () => {
  for (const { range, law: data, deviation, count, mse, levels: expected } of restricted) {
    if (range === undefined) continue;
    for (const scale of [1, 1e-8, 1e8]) {
      const scaledRange = [scale * range[0], scale * range[1]] as const;
      const law = distribution(movedLaw(data, 0, scale));
      const { levels, design } = lloydMax(law, { levels: count, range: scaledRange });
      assertLevels(levels.map((level) => level / scale), expected, deviation, false);
      assertRelative(design.expectedMse!, scale ** 2 * mse, 1e-11, "expectedMse");
      assert(levels[0]! >= scaledRange[0] && levels.at(-1)! <= scaledRange[1]);
      // What the fixture holds at an end is there to the last bit.
      if (expected[0] === range[0]) assertEquals(levels[0], scaledRange[0]);
      if (expected.at(-1) === range[1]) assertEquals(levels.at(-1), scaledRange[1]);
      assertEquals(design.converged, true);
      assertLess(design.residual!, 1e-12);
    }
  }
});

Deno.test("lloydMax() with a range that holds the best book, or half of it infinite, leaves it alone", () => {
  const law = laplace({ location: 1, scale: 2 });
  const free = lloydMax(law, { levels: 6 });
  for (const range of [[-100, 50], [-Infinity, 90], [-Infinity, Infinity]] as const) {
    const { levels } = lloydMax(law, { levels: 6, range });
    levels.forEach((level, i) => assertRelative(level, free.levels[i]!, 1e-14, "level", 10));
  }
});

Deno.test("lloydMax() with includeZero equals the best of all numbers of levels below 0", () => {
  for (const { includeZero, law: data, deviation, count, mse, levels: expected } of restricted) {
    if (!includeZero) continue;
    const law = distribution(data);
    const { levels, design } = lloydMax(law, { levels: count, includeZero: true });
    assertLevels(levels, expected, deviation, law.symmetricAbout === 0);
    assert(levels.includes(0));
    assertRelative(design.expectedMse!, mse, 1e-11, "expectedMse");
    assertEquals(design.converged, true);
    assertLess(design.residual!, 1e-12);
  }
});

Deno.test("lloydMax() with includeZero and range keeps both", () => {
  const law = gaussian({ mean: 0.3, standardDeviation: 1 });
  for (const range of [[-0.5, 1], [0, 2], [-2, 0]] as const) {
    const { levels, design } = lloydMax(law, { levels: 7, includeZero: true, range });
    assertEquals(levels.length, 7);
    assert(levels.includes(0) && levels[0]! >= range[0] && levels.at(-1)! <= range[1]);
    const inRange = lloydMax(law, { levels: 7, range }).design.expectedMse!;
    assert(inRange <= design.expectedMse! * (1 + 1e-12));
  }
});

Deno.test("lloydMax() holds levels at 0 and at the ends of a range to the last bit, wherever the law lies", () => {
  for (let i = 1; i <= 100; i++) {
    // Numbers without pattern: some of them don't survive the way to the standard law and back.
    const [mean, standardDeviation] = [3 * Math.sin(i), 0.5 + Math.abs(Math.cos(1.7 * i))];
    const law = gaussian({ mean, standardDeviation });
    const range = [mean + Math.sin(5 * i) - 1.1, mean + Math.sin(5 * i) - 1] as const;
    const { levels } = lloydMax(law, { levels: 5, range });
    assertEquals([levels[0], levels[4]], [...range]);
    assert(lloydMax(law, { levels: 5, includeZero: true }).levels.includes(0));
  }
});

Deno.test("lloydMax() with includeZero is reflected with its law", () => {
  for (const mean of [0.05, 0.3, 0.8, 1.9]) {
    for (const count of [2, 3, 4, 5, 8, 9]) {
      const [mse, reflected] = [mean, -mean].map((mean) =>
        lloydMax(gaussian({ mean, standardDeviation: 1 }), { levels: count, includeZero: true })
          .design.expectedMse!
      );
      assertRelative(reflected!, mse!, 1e-12, `mean ${mean}, ${count} levels`);
    }
  }
});

Deno.test("lloydMax() with range keeps it for laws with several optima", () => {
  const laws = [
    generalizedGaussian({ location: 0, scale: 1, shape: 0.4 }),
    distribution({
      family: "mixture",
      parameters: { weight1: 0.6, weight2: 0.4 },
      components: [
        { family: "gaussian", parameters: { mean: 0, standardDeviation: 0.001 } },
        { family: "gaussian", parameters: { mean: 0.5, standardDeviation: 1 } },
      ],
    }),
  ];
  for (const law of laws) {
    const range = [law.quantile(0.1), law.quantile(0.8)] as const;
    for (const count of [2, 5, 16]) {
      const { levels, design } = lloydMax(law, { levels: count, range });
      assertEquals([levels.length, design.converged], [count, true]);
      assert(levels[0]! >= range[0] && levels.at(-1)! <= range[1]);
    }
  }
});

Deno.test("lloydMax() with symmetric and range takes the part of the range that is symmetric", () => {
  const options = { symmetric: true, range: [-1, 3] } as const;
  const { levels } = lloydMax(standardGaussian, { levels: 8, ...options });
  assertEquals(levels, lloydMax(standardGaussian, { levels: 8, range: [-1, 1] }).levels);
  assertEquals([levels[0], levels[7]], [-1, 1]);
});

Deno.test("lloydMax() with varianceMatched keeps mean and variance, at the least error that allows", () => {
  const laws = [
    gaussian({ mean: 3, standardDeviation: 0.02 }),
    laplace({ location: -1, scale: 5 }),
    exponential({ location: 0, scale: 1 }),
  ];
  for (const law of laws) {
    for (const count of [2, 3, 4, 16, 256]) {
      const centroids = lloydMax(law, { levels: count });
      const { levels, thresholds, design } = lloydMax(law, {
        levels: count,
        varianceMatched: true,
      });
      assertEquals(thresholds, centroids.thresholds);
      const masses = Array.from(
        levels,
        (_, i) => law.partialMoments(thresholds[i - 1] ?? -Infinity, thresholds[i] ?? Infinity)[0],
      );
      const sum = (term: (i: number) => number) =>
        masses.reduce((total, mass, i) => total + mass * term(i), 0);
      const deviation = Math.sqrt(law.variance);
      assertRelative(sum((i) => levels[i]! - law.mean), 0, 1e-12, "mean", deviation);
      assertRelative(sum((i) => (levels[i]! - law.mean) ** 2), law.variance, 1e-11, "variance");
      // E (X - Q)^2 = 2 variance - 2 covariance, and the covariance is factor * (variance - mse of the centroids).
      const kept = 1 - centroids.design.expectedMse! / law.variance;
      const expected = (2 * law.variance * (1 - kept)) / (1 + Math.sqrt(kept));
      assertRelative(design.expectedMse!, expected, 1e-11, "expectedMse");
    }
  }
});

Deno.test("lloydMax() with entropyWeight is no worse than a search in 30-digit arithmetic", () => {
  for (const { law: data, count, entropyWeight, lagrangian, levels, rate } of entropyBooks) {
    for (const scale of [1, 1e-6]) {
      const law = distribution(movedLaw(data, 0, scale));
      const book = lloydMax(law, { levels: count, entropyWeight: scale ** 2 * entropyWeight });
      const { expectedMse: mse, rate: found } = book.design;
      const reached = mse! / scale ** 2 + entropyWeight * found!;
      assertLess(reached, lagrangian * (1 + 1e-11));
      assertEquals(book.design.converged, true);
      if (reached < lagrangian * (1 - 1e-11) || book.levels.length !== levels.length) continue;
      assertRelative(found!, rate, 1e-9, "rate");
    }
  }
});

Deno.test("lloydMax() with entropyWeight meets its conditions: centroids, and thresholds of equal cost", () => {
  for (const law of [standardGaussian, laplace({ location: 2, scale: 0.5 })]) {
    const weight = 0.1 * law.variance;
    const { levels, thresholds, design } = lloydMax(law, { levels: 8, entropyWeight: weight });
    const cells = Array.from(
      levels,
      (level, i) =>
        law.partialMoments(thresholds[i - 1] ?? -Infinity, thresholds[i] ?? Infinity, level),
    );
    const deviation = Math.sqrt(law.variance);
    cells.forEach(([mass, first]) => assertLess(Math.abs(first / mass) / deviation, 1e-12));
    assertRelative(
      design.rate!,
      -cells.reduce((sum, [p]) => sum + p * Math.log2(p), 0),
      1e-12,
      "rate",
    );
    thresholds.forEach((threshold, i) => {
      const cost = (j: number) => (threshold - levels[j]!) ** 2 - weight * Math.log2(cells[j]![0]);
      assertRelative(cost(i), cost(i + 1), 1e-11, `cost at threshold ${i}`, law.variance);
    });
  }
});

Deno.test("lloydMax() with entropyWeight of a uniform law is no worse than the best count of equal cells", () => {
  const law = uniformOn({ lower: 0, upper: 1 });
  for (const weight of [0.0005, 0.003, 0.01, 0.0167, 0.05]) {
    const { expectedMse, rate } = lloydMax(law, { levels: 16, entropyWeight: weight }).design;
    const equalCells = Array.from(
      { length: 16 },
      (_, i) => 1 / (12 * (i + 1) ** 2) + weight * Math.log2(i + 1),
    );
    assertLess(expectedMse! + weight * rate!, Math.min(...equalCells) * (1 + 1e-12));
  }
});

Deno.test("lloydMax() with an entropyWeight far beyond the variance leaves the mean, to the last digits", () => {
  for (const entropyWeight of [1.5, 1e3, 1e6, 1e9]) {
    for (const levels of [2, 4, 8]) {
      const book = lloydMax(standardGaussian, { levels, entropyWeight });
      assertEquals(book.levels.length, 1);
      assertRelative(book.levels[0]!, 0, 1e-15, `weight ${entropyWeight}`, 1);
      assertEquals(book.design.rate, 0);
    }
  }
});

Deno.test("lloydMax() with entropyWeight 0 has the plain error, and one that nothing is worth leaves a level", () => {
  const plain = lloydMax(standardGaussian, { levels: 8 });
  const free = lloydMax(standardGaussian, { levels: 8, entropyWeight: 0 });
  assertRelative(free.design.expectedMse!, plain.design.expectedMse!, 1e-12, "expectedMse");
  const dear = lloydMax(standardGaussian, { levels: 8, entropyWeight: 5 });
  assertLess(Math.abs(dear.levels[0]!), 1e-12);
  assertEquals([dear.levels.length, dear.design.rate], [1, 0]);
});

Deno.test('lloydMax() with solver "lloyd" goes down, slowly, to the book of Newton\'s method', () => {
  for (
    const law of [
      standardGaussian,
      laplace({ location: 1, scale: 2 }),
      exponential({ location: 0, scale: 1 }),
    ]
  ) {
    const newton = lloydMax(law, { levels: 16, trace: true });
    const lloyd = lloydMax(law, { levels: 16, solver: "lloyd", tolerance: 1e-11, trace: true });
    assertRelative(lloyd.design.expectedMse!, newton.design.expectedMse!, 1e-12, law.family);
    assertEquals([newton.design.converged, lloyd.design.converged], [true, true]);
    const trace = lloyd.design.trace!;
    assertEquals(trace.length, lloyd.design.iterations! + 1);
    assertLess(10 * newton.design.trace!.length, trace.length);
    // Both begin at the same book.
    assertEquals(trace[0], newton.design.trace![0]);
    trace.slice(1).forEach(({ mse }, i) => assertLess(mse, trace[i]!.mse * (1 + 1e-14)));
    assertRelative(trace.at(-1)!.mse, lloyd.design.expectedMse!, 1e-12, "last error");
    assertEquals(trace.at(-1)!.residual, lloyd.design.residual);
    assertLess(lloyd.design.residual!, 1e-11);
    // A residual says little of the levels: the Newton step at them does.
    const distance = Math.max(...lloyd.levels.map((x, i) => Math.abs(x - newton.levels[i]!)));
    assertRelative(
      lloyd.design.levelError! * Math.sqrt(law.variance),
      distance,
      0.05,
      "levelError",
    );
  }
});

Deno.test('lloydMax() with solver "lloyd" stops at its limit, and says so', () => {
  const { design } = lloydMax(standardGaussian, { levels: 64, solver: "lloyd", iterationLimit: 5 });
  assertEquals([design.iterations, design.converged, design.trace], [5, false, undefined]);
  assertLess(1e-8, design.residual!);
});

Deno.test("lloydMax() reports no levelError where the error isn't strictly convex, and JSON keeps every design", () => {
  // A narrow peak at the threshold: moving it would pay.
  const law = mixture([
    { weight: 0.5, law: gaussian({ mean: 0, standardDeviation: 1 }) },
    { weight: 0.5, law: gaussian({ mean: 0.001, standardDeviation: 0.01 }) },
  ]);
  const options = { solver: "lloyd", iterationLimit: 0, trace: true } as const;
  const { design } = lloydMax(law, { levels: 2, ...options });
  assertEquals("levelError" in design, false);
  assertEquals(JSON.parse(JSON.stringify(design)), design);
  assertEquals(structuredClone(design), design);
  assert(lloydMax(law, { levels: 2 }).design.levelError! < 1e-11);
});

Deno.test("lloydMax() of a book by the plain iteration costs what expectedMse() says", () => {
  const { levels, thresholds, design } = lloydMax(standardGaussian, {
    levels: 8,
    solver: "lloyd",
    iterationLimit: 3,
    trace: true,
  });
  const { expectedMse: mse } = expectedMse(standardGaussian, levels, thresholds);
  assertEquals(design.expectedMse, mse);
  assertRelative(design.trace!.at(-1)!.mse, mse, 1e-13, "mse");
});

Deno.test("lloydMax() ends when its signal is aborted", () => {
  const signal = AbortSignal.abort(new Error("enough"));
  assertThrows(
    () => lloydMax(laplace({ location: 0, scale: 1 }), { levels: 9, signal, seed: 77 }),
    Error,
    "enough",
  );
});

Deno.test("lloydMax() refuses sizes, laws and options that make no sense", () => {
  const law = gaussian({ mean: 1, standardDeviation: 1 });
  const cases: [LloydMaxOptions, string][] = [
    [{ range: [1, 1] }, "range must ascend: current value is [1, 1]"],
    [{ range: [NaN, 1] }, "range must ascend: current value is [NaN, 1]"],
    [{ range: [0.5, 3], includeZero: true }, "range must hold 0 with includeZero"],
    [{ range: [2, 3], symmetric: true }, "range must hold the centre of a symmetric book"],
    [{ includeZero: true, symmetric: true }, "includeZero of a symmetric book needs a law about 0"],
    [{ varianceMatched: true, range: [0, 1] }, "varianceMatched can't be kept with range"],
    [
      { varianceMatched: true, includeZero: true },
      "varianceMatched can't be kept with includeZero",
    ],
    [{ entropyWeight: -1 }, "entropyWeight must be finite and not negative: current value is -1"],
    [{ entropyWeight: NaN }, "entropyWeight must be finite and not negative: current value is NaN"],
    [{ entropyWeight: 1, range: [0, 1] }, "entropyWeight can't be used with range"],
    [
      { entropyWeight: 1, varianceMatched: true },
      "entropyWeight can't be used with varianceMatched",
    ],
    [{ tolerance: 1e-3 }, 'tolerance needs the solver "lloyd": current value is newton'],
    [{ iterationLimit: 3 }, 'iterationLimit needs the solver "lloyd": current value is newton'],
    [{ solver: "lloyd", tolerance: 0 }, "tolerance must be positive: current value is 0"],
    [{ solver: "lloyd", iterationLimit: 1.5 }, "iterationLimit must be a non-negative integer"],
    [{ restarts: -1 }, "restarts must be a non-negative integer: current value is -1"],
    [{ seed: 0.5 }, "seed must be an integer: current value is 0.5"],
    [{ solver: "gauss" as "newton" }, 'solver must be "newton" or "lloyd": current value is gauss'],
  ];
  for (const [options, message] of cases) {
    assertThrows(
      () => lloydMax(law, { bits: 2, ...options }),
      RangeError,
      `Cannot design a Lloyd-Max quantizer as ${message}`,
    );
  }
  const others: [() => unknown, string][] = [
    [() => lloydMax(law, { bits: 17 }), "bits must be an integer in [1, 16]: current value is 17"],
    [
      () => lloydMax(law, { levels: 0 }),
      "levels must be an integer in [1, 65536]: current value is 0",
    ],
    [
      () => lloydMax(studentT({ location: 0, scale: 1, degreesOfFreedom: 2 }), { bits: 2 }),
      "the law's variance must be finite: current value is Infinity",
    ],
    [
      () => lloydMax(exponential({ location: 0, scale: 1 }), { bits: 2, symmetric: true }),
      "symmetric needs a law that is symmetric: current value is exponential",
    ],
    [
      () => lloydMax(exponential({ location: 0, scale: 1 }), { bits: 2, range: [-2, -1] }),
      "range must meet the law's support: current value is [-2, -1]",
    ],
    [
      () => lloydMax(standardGaussian, { bits: 2, includeZero: true, symmetric: true }),
      "includeZero of a symmetric book needs an odd count of levels: current value is 4",
    ],
    [
      () => lloydMax(law, { levels: 1, varianceMatched: true }),
      "varianceMatched needs at least 2 levels: current value is 1",
    ],
    [
      () =>
        lloydMax(gaussian({ mean: 1e16, standardDeviation: 0.1 }), {
          bits: 2,
          varianceMatched: true,
        }),
      "doubles about 10000000000000000 must be finer for varianceMatched",
    ],
  ];
  for (const [action, message] of others) assertThrows(action, RangeError, message);
});
