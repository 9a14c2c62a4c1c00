import { assert, assertEquals, assertLess } from "@std/assert";
import type { DistributionData } from "../../lib/distributions/distribution.ts";
import { exponential } from "../../lib/distributions/exponential.ts";
import { distribution } from "../../lib/distributions/families.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { generalizedGaussian } from "../../lib/distributions/generalized_gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { expectedMse } from "../../lib/quantizers/expected_mse.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";
import { movedLaw } from "./moved_law.ts";

interface Book {
  law: DistributionData;
  variance: number;
  count: number;
  mse: number;
  overload: number;
  symmetricMse?: number;
  /** Of a book that is not symmetric. */
  levels?: number[];
  /** Of a symmetric one, from its centre up. */
  upperLevels?: number[];
}

const { books } = readFixture<{ books: Book[] }>("lloyd_max/books.json");

const named = ({ family, parameters, components = [] }: DistributionData): string =>
  `${family}(${[...Object.values(parameters), ...components.map(named)].join(", ")})`;

/** All levels of a book of the fixture, and those of its mirror image where that is as good. */
function levelsOf({ levels, upperLevels, count }: Book, centre: number | undefined): number[][] {
  if (upperLevels !== undefined) {
    const above = upperLevels.slice(count % 2);
    return [[...above.toReversed().map((level) => 2 * centre! - level), ...upperLevels]];
  }
  if (centre === undefined) return [levels!];
  return [levels!, levels!.toReversed().map((level) => 2 * centre - level)];
}

const placesOfLaws = [[0, 1], [3, 0.02], [0, 1e-8], [0, 1e8]] as const;

for (const data of new Map(books.map(({ law }) => [named(law), law])).values()) {
  Deno.test(`lloydMax() of ${named(data)} equals 50-digit arithmetic at every count of levels`, () => {
    const centre = distribution(data).symmetricAbout;
    for (const book of books.filter(({ law }) => named(law) === named(data))) {
      const deviation = Math.sqrt(book.variance);
      for (const [location, scale] of placesOfLaws) {
        const { levels, thresholds, design } = lloydMax(
          distribution(movedLaw(data, location, scale)),
          { levels: book.count },
        );
        const worst = (expected: number[]) =>
          Math.max(...expected.map((level, i) => {
            // In a heavy tail a level is known relative to itself, and beside a location it carries an ulp of that.
            const unit = scale * Math.max(deviation, Math.abs(level)) +
              1e5 * Number.EPSILON * Math.abs(location);
            return Math.abs(levels[i]! - (location + scale * level)) / unit;
          }));
        assertLess(Math.min(...levelsOf(book, centre).map(worst)), 1e-11);
        assertRelative(design.expectedMse!, scale ** 2 * book.mse, 1e-11, "expectedMse");
        assertRelative(design.overload!, book.overload, 1e-10, "overload", 1);
        assertEquals(levels.length, book.count);
        assertEquals(design.clipping, [levels[0]!, levels.at(-1)!]);
        assert(
          thresholds.every((threshold, i) => threshold === levels[i]! / 2 + levels[i + 1]! / 2),
        );
        assertEquals(design.converged, true);
        assertLess(design.residual!, 1e-13 * Math.max(1, levels.at(-1)! / deviation / scale));
      }
    }
  });
}

slowTest(
  "lloydMax() with symmetric finds the best symmetric book, and without it none worse",
  () => {
    for (const { law: data, count, mse, symmetricMse } of books) {
      if (symmetricMse === undefined) continue;
      const law = distribution(data);
      const { levels, design } = lloydMax(law, { levels: count, symmetric: true });
      assertRelative(design.expectedMse!, symmetricMse, 1e-11, `${named(data)} at ${count}`);
      const centre = law.symmetricAbout!;
      levels.forEach((level, i) =>
        assertRelative(level - centre, centre - levels[count - 1 - i]!, 2 ** -50, "mirrored", 1)
      );
      const free = lloydMax(law, { levels: count }).design.expectedMse!;
      assertLess(free, symmetricMse * (1 + 1e-12));
      if (mse < symmetricMse * (1 - 1e-9)) assertLess(free, symmetricMse * (1 - 1e-9));
    }
  },
);

Deno.test("lloydMax() breaks the symmetry of a generalized Gaussian of shape 0.7 at 6 levels", () => {
  const law = generalizedGaussian({ location: 0, scale: 1, shape: 0.7 });
  const relative = (symmetric: boolean) =>
    lloydMax(law, { levels: 6, symmetric }).design.expectedMse! / law.variance;
  assertRelative(relative(false), 0.1151080, 1e-6, "best");
  assertRelative(relative(true), 0.1159294, 1e-6, "best symmetric");
});

/** The gaps between an exponential law's thresholds, the outermost first (Nitadori 1965; Sullivan 1996): x - g(x) = 1, then g(previous gap). */
function exponentialGaps(count: number): number[] {
  const g = (d: number) =>
    // Below, the quotient cancels: its series.
    d < 1e-2 ? d / 2 - d ** 2 / 12 + d ** 4 / 720 - d ** 6 / 30240 : 1 - d / Math.expm1(d);
  const solve = (target: number) => {
    let low = 0, high = 4;
    for (;;) {
      const middle = (low + high) / 2;
      if (middle === low || middle === high) return middle;
      if (middle - g(middle) < target) low = middle;
      else high = middle;
    }
  };
  const gaps = [solve(1)];
  while (gaps.length < count) gaps.push(solve(g(gaps.at(-1)!)));
  return gaps;
}

/** Checks thresholds above 0 against gaps, the outermost of which comes first. */
function assertThresholds(thresholds: Float64Array, gaps: number[], what: string) {
  let expected = 0;
  thresholds.forEach((threshold, i) => {
    expected += gaps[thresholds.length - 1 - i]!;
    assertRelative(threshold, expected, 1e-11, `threshold ${i} of ${what}`, Math.max(1, expected));
  });
}

Deno.test("lloydMax() of Laplace and exponential laws meets the closed recursion of their gaps", () => {
  const gaps = exponentialGaps(4096);
  for (const count of [2, 4, 16, 100, 256, 1024, 4096]) {
    const { thresholds, levels } = lloydMax(laplace({ location: 0, scale: 1 }), { levels: count });
    assertThresholds(thresholds.slice(count / 2), gaps, `${count} Laplace levels`);
    if (count > 2) assertRelative(levels.at(-1)! - thresholds.at(-1)!, 1, 1e-11, "outer level");
  }
  for (const count of [2, 3, 5, 16, 99, 256, 1023, 4096]) {
    const { thresholds, levels } = lloydMax(exponential({ location: 0, scale: 1 }), {
      levels: count,
    });
    assertThresholds(thresholds, gaps, `${count} exponential levels`);
    assertRelative(levels.at(-1)! - thresholds.at(-1)!, 1, 1e-11, "outer level");
  }
});

Deno.test("lloydMax() is symmetric to the last bit, and stationary, for any count of levels", () => {
  for (
    const law of [gaussian({ mean: 0, standardDeviation: 1 }), laplace({ location: 0, scale: 1 })]
  ) {
    let previous = Infinity;
    for (const count of [1, 2, 3, 6, 7, 31, 100, 513, 1024, 4096]) {
      const { levels, thresholds, design } = lloydMax(law, { levels: count });
      assertEquals(levels.length, count);
      levels.forEach((level, i) => assertEquals(level, 0 - levels[count - 1 - i]!));
      assertEquals(design.converged, true);
      assertLess(design.residual!, 1e-13);
      assertLess(design.levelError!, 1e-10);
      assertLess(design.expectedMse!, previous);
      previous = design.expectedMse!;
      // Moving any one level, thresholds with it, makes it worse.
      if (count > 1 && count < 10) {
        const moved = Float64Array.from(levels);
        moved[0] = moved[0]! * 1.01;
        assertLess(previous, expectedMse(law, moved, thresholds).expectedMse);
      }
    }
  }
});

Deno.test("lloydMax() converges at 65,536 levels", () => {
  for (
    const law of [gaussian({ mean: 0, standardDeviation: 1 }), laplace({ location: 0, scale: 1 })]
  ) {
    const { levels, design } = lloydMax(law, { bits: 16 });
    assertEquals([levels.length, design.converged], [65536, true]);
    assertLess(design.residual!, 1e-13);
    assertLess(design.levelError!, 2e-9);
  }
});

Deno.test("lloydMax() approaches the Panter-Dite limit from below", () => {
  const cases = [
    [gaussian({ mean: 0, standardDeviation: 1 }), (Math.sqrt(3) * Math.PI) / 2],
    [laplace({ location: 0, scale: Math.SQRT1_2 }), 4.5],
  ] as const;
  for (const [law, limit] of cases) {
    const scaled = [4, 6, 8, 10].map((bits) =>
      lloydMax(law, { bits }).design.expectedMse! * 4 ** bits
    );
    scaled.forEach((value, i) => assertLess(value, scaled[i + 1] ?? limit));
    assertRelative(scaled[3]!, limit, 0.003, law.family);
  }
});

Deno.test("lloydMax() stores a law in its numbers, whatever the count of levels", () => {
  const { design } = lloydMax(gaussian({ mean: 1, standardDeviation: 2 }), { bits: 8 });
  assertEquals(design.method, "lloyd-max-gaussian");
  assertEquals(design.storedValues, 2);
  assertEquals(design.law, { family: "gaussian", parameters: { mean: 1, standardDeviation: 2 } });
  const mixed = books.find(({ law }) => law.family === "mixture")!.law;
  const { design: ofMixture } = lloydMax(distribution(mixed), { bits: 2 });
  assertEquals([ofMixture.storedValues, ofMixture.law], [6, mixed]);
});

Deno.test("lloydMax() reports the error of the levels that doubles leave about a huge mean", () => {
  const { levels, design } = lloydMax(gaussian({ mean: 1e16, standardDeviation: 0.1 }), {
    bits: 2,
  });
  assertEquals([...levels], [1e16]);
  assertRelative(design.expectedMse!, 0.01, 1e-12, "expectedMse");
});

Deno.test("lloydMax() tells laws of the same parameters by what they are made of", () => {
  const truncatedOf = (family: string, parameters: Record<string, number>) =>
    distribution({
      family: "truncated",
      parameters: { lower: 0, upper: 3 },
      components: [{ family, parameters }],
    });
  const one = lloydMax(truncatedOf("gaussian", { mean: 0, standardDeviation: 1 }), { bits: 2 });
  const other = lloydMax(truncatedOf("laplace", { location: 0, scale: 1 }), { bits: 2 });
  assertLess(one.levels[3]!, other.levels[3]! - 0.1);
});

Deno.test("lloydMax() is the same for the same seed, and a book that it gave may be changed", () => {
  const law = generalizedGaussian({ location: 0, scale: 1, shape: 0.6 });
  const first = lloydMax(law, { levels: 5, seed: 3 });
  const again = lloydMax(law, { levels: 5, seed: 3 });
  assertEquals(first, again);
  again.levels.fill(0);
  assertEquals(lloydMax(law, { levels: 5, seed: 3 }), first);
});
