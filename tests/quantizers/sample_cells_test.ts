import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import { quantizationError } from "../../lib/codebooks/quantization_error.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { condensedCells, levelsError, singleCells } from "../../lib/quantizers/sample_cells.ts";
import { simplexDescent } from "../../lib/quantizers/simplex_descent.ts";
import { sortedSums } from "../../lib/quantizers/sorted_sums.ts";

/** Without centre and unit, as the median is 0 and the reach between 1 and 2. */
const middle = [-1.9, 0, 1.5];

Deno.test("levelsError() equals the error that encoding measures, for more levels than values and for fewer", () => {
  const prng = createPrng(1);
  const upper = [1.9, ...Array.from({ length: 498 }, () => prng())];
  const values = Float64Array.from([...upper, 0, ...upper.map((value) => -0.9 * value)]).sort();
  for (const count of [1, 7, 64, 5000]) {
    const levels = Float64Array.from({ length: count }, () => 2.4 * prng() - 1.2).sort();
    const { mse } = quantizationError(
      values,
      createCodebook(levels, { method: "", storedValues: 0 }),
    );
    const cells = singleCells(sortedSums(values));
    assertAlmostEquals(levelsError(cells, levels).error / 999, mse, 1e-14);
    const condensed = condensedCells(cells, 200);
    assertLess(condensed.items.length, 500);
    assertAlmostEquals(levelsError(condensed, levels).error / 999, mse, 2e-5);
  }
});

Deno.test("levelsError() finds the shift and factor that meet the values", () => {
  const values = Float64Array.from(middle);
  const levels = values.map((value) => (value - 0.05) / 1.1);
  const { shift, factor } = levelsError(singleCells(sortedSums(values)), levels);
  assertAlmostEquals(shift, 0.05, 1e-14);
  assertAlmostEquals(factor, 1.1, 1e-14);
});

Deno.test("simplexDescent() reflects, expands, contracts and shrinks by the coefficients of Nelder and Mead", () => {
  const visited = (f: (x: number) => number, evaluationLimit: number) => {
    const points: number[] = [];
    simplexDescent(Float64Array.of(0), [1], ([x]) => {
      points.push(x!);
      return f(x!);
    }, { tolerance: 0, evaluationLimit });
    return points;
  };
  assertEquals(visited((x) => 9 - x, 4), [0, 1, 2, 3]);
  assertEquals(visited((x) => Math.abs(x - 1.4), 4), [0, 1, 2, 1.5]);
  assertEquals(visited((x) => Math.abs(x - 0.9), 4), [0, 1, 2, 0.5]);
  assertEquals(visited((x) => x === 1 ? 1 : x === 0 ? 2 : 3, 5), [0, 1, 2, 0.5, 0.5]);
});

Deno.test("simplexDescent() finds the minimum of Rosenbrock's function, and keeps its limit", () => {
  const valley = ([x, y]: Float64Array) => 1 + 100 * (y! - x! * x!) ** 2 + (1 - x!) ** 2;
  const start = Float64Array.of(-1.2, 1);
  const limits = { tolerance: 1e-14, evaluationLimit: 500 };
  const { point, evaluations } = simplexDescent(start, [0.5, 0.5], valley, limits);
  assertAlmostEquals(point[0]!, 1, 1e-5);
  assertAlmostEquals(point[1]!, 1, 1e-5);
  // Nelder and Mead report some 150 steps to 1e-9.
  assertLess(evaluations, 300);
  const few = simplexDescent(start, [0.5, 0.5], valley, { ...limits, evaluationLimit: 20 });
  assertLess(few.evaluations, 25);
});
