import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import type { Distribution } from "../../lib/distributions/distribution.ts";
import { expectedMse } from "../../lib/quantizers/expected_mse.ts";
import { lloydMax } from "../../lib/quantizers/lloyd_max.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

interface LloydMaxFixture {
  books: {
    family: "gaussian" | "laplace";
    count: number;
    mse: number;
    outerCells: number;
    levels: number[];
    thresholds: number[];
  }[];
}

const { books } = readFixture<LloydMaxFixture>("numerics/lloyd_max.json");

/** The law of the family with the given mean and standard deviation. */
function lawOf(family: string, mean: number, standardDeviation: number): Distribution {
  return family === "gaussian"
    ? gaussian({ mean, standardDeviation })
    : laplace({ location: mean, scale: standardDeviation * Math.SQRT1_2 });
}

for (const { family, count, mse, outerCells, levels, thresholds } of books) {
  Deno.test(`lloydMax() of a ${family} law with ${count} levels equals 40-digit arithmetic`, () => {
    for (const [mean, deviation] of [[0, 1], [3, 0.02], [-5, 100]] as const) {
      const { design, ...book } = lloydMax(lawOf(family, mean, deviation), { levels: count });
      // The location itself rounds: 3 + 0.02 z carries an ulp of 3.
      const scale = deviation + 1e5 * Number.EPSILON * Math.abs(mean);
      levels.forEach((level, i) =>
        assertRelative(book.levels[i]!, mean + deviation * level, 1e-11, `level ${i}`, scale)
      );
      thresholds.forEach((threshold, i) =>
        assertRelative(
          book.thresholds[i]!,
          mean + deviation * threshold,
          1e-11,
          `threshold ${i}`,
          scale,
        )
      );
      assertRelative(design.expectedMse!, deviation ** 2 * mse, 1e-11, "expectedMse");
      assertRelative(design.overload!, count === 1 ? 1 : outerCells / mse, 1e-10, "overload");
      assertEquals(design.clipping, [book.levels[0]!, book.levels.at(-1)!]);
      assertEquals(design.converged, true);
      assertLess(design.residual!, 1e-13);
      assertLess(design.levelError!, 1e-10);
    }
  });
}

Deno.test("lloydMax() of a Laplace law meets the closed recursion of its gaps", () => {
  // Nitadori 1965; Sullivan 1996: gaps from the outside inwards, x - g(x) = 1 and then x - g(x) = g(previous gap).
  const g = (d: number) => 1 - d / Math.expm1(d);
  const solve = (target: number) => {
    let low = 0, high = 10;
    while (high - low > 1e-16 * high) {
      const middle = (low + high) / 2;
      if (middle === low || middle === high) break;
      if (middle - g(middle) < target) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  const gaps = [solve(1)];
  for (let i = 1; i < 128; i++) gaps.push(solve(g(gaps.at(-1)!)));
  for (const count of [4, 16, 256]) {
    const { thresholds, levels } = lloydMax(laplace({ location: 0, scale: 1 }), { levels: count });
    let threshold = 0;
    for (let i = 0; i < count / 2 - 1; i++) {
      threshold += gaps[count / 2 - 2 - i]!;
      assertRelative(thresholds[count / 2 + i]!, threshold, 1e-11, `threshold ${i} of ${count}`);
    }
    assertRelative(levels.at(-1)! - thresholds.at(-1)!, 1, 1e-11, "the outer level's distance");
  }
});

Deno.test("lloydMax() is symmetric to the last bit, and stationary, for any count of levels", () => {
  for (const family of ["gaussian", "laplace"]) {
    const law = lawOf(family, 0, 1);
    let previous = Infinity;
    for (const count of [1, 2, 3, 6, 7, 31, 100, 513, 1024, 4096]) {
      const { levels, thresholds, design } = lloydMax(law, { levels: count });
      assertEquals(levels.length, count);
      levels.forEach((level, i) => assertEquals(level, 0 - levels[count - 1 - i]!));
      assertEquals(design.converged, true);
      assertLess(design.residual!, 1e-13);
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

Deno.test("lloydMax() approaches the Panter-Dite limit from below", () => {
  const limits = { gaussian: (Math.sqrt(3) * Math.PI) / 2, laplace: 4.5 };
  for (const [family, limit] of Object.entries(limits)) {
    const scaled = [4, 6, 8, 10].map((bits) =>
      lloydMax(lawOf(family, 0, 1), { bits }).design.expectedMse! * 4 ** bits
    );
    scaled.forEach((value, i) => assertLess(value, scaled[i + 1] ?? limit));
    assertRelative(scaled[3]!, limit, 0.003, family);
  }
});

Deno.test("lloydMax() stores a law in two numbers, whatever the count of levels", () => {
  const { design } = lloydMax(gaussian({ mean: 1, standardDeviation: 2 }), { bits: 8 });
  assertEquals(design.storedValues, 2);
  assertEquals(design.law, { family: "gaussian", parameters: { mean: 1, standardDeviation: 2 } });
});

Deno.test("lloydMax() refuses a size out of its range, and a law without symmetry", () => {
  const law = gaussian({ mean: 0, standardDeviation: 1 });
  assertThrows(
    () => lloydMax(law, { bits: 17 }),
    RangeError,
    "bits must be an integer in [1, 16]: current value is 17",
  );
  assertThrows(
    () => lloydMax(law, { levels: 0 }),
    RangeError,
    "levels must be an integer in [1, 65536]: current value is 0",
  );
  assertThrows(
    () => lloydMax({ ...law, family: "skewed", symmetricAbout: undefined }, { bits: 2 }),
    RangeError,
    "Cannot design a Lloyd-Max quantizer as the law must be symmetric: its family is skewed",
  );
});

Deno.test("lloydMax() reports the error of the levels that doubles leave about a huge mean", () => {
  const { levels, design } = lloydMax(gaussian({ mean: 1e16, standardDeviation: 0.1 }), {
    bits: 2,
  });
  assertEquals([...levels], [1e16]);
  assertRelative(design.expectedMse!, 0.01, 1e-12, "expectedMse");
});
