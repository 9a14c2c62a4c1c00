import { assert, assertEquals, assertGreaterOrEqual, assertThrows } from "@std/assert";
import { coordinateDescent } from "../../lib/calibration/coordinate_descent.ts";
import { roundingError } from "../../lib/calibration/rounding_problem.ts";
import type { QuantizedTensor } from "../../lib/compression/quantized_tensor.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertRelative } from "../tolerance.ts";
import { errorOfChannel, leastError, randomProblem } from "./rounding_problems.ts";

Deno.test("coordinateDescent() never raises the error, sweep for sweep, from any start", () => {
  for (let seed = 0; seed < 20; seed++) {
    const { tensor, problem } = randomProblem({ rows: 4, columns: 9, levels: 5, groups: 2, seed });
    const prng = createPrng(seed);
    let now: QuantizedTensor = { ...tensor, codes: tensor.codes.map(() => Math.floor(5 * prng())) };
    let error = roundingError(now, problem);
    for (let sweep = 0; sweep < 4; sweep++) {
      now = coordinateDescent(now, problem, { sweeps: 1 }).quantized;
      const left = roundingError(now, problem);
      assertGreaterOrEqual(error * (1 + 1e-12), left);
      error = left;
    }
  }
});

Deno.test("coordinateDescent() ends where no other level of any one weight is better", () => {
  for (let seed = 0; seed < 10; seed++) {
    const { tensor, problem } = randomProblem({ rows: 4, columns: 5, levels: 4, groups: 2, seed });
    const { quantized, converged } = coordinateDescent(tensor, problem);
    assert(converged);
    for (let row = 0; row < 4; row++) {
      const codes = [...quantized.codes.slice(5 * row, 5 * (row + 1))];
      const error = errorOfChannel(tensor, problem, row, codes);
      assertGreaterOrEqual(error, leastError(tensor, problem, row) * (1 - 1e-12));
      for (let i = 0; i < 5; i++) {
        for (let code = 0; code < 4; code++) {
          const other = errorOfChannel(tensor, problem, row, codes.with(i, code));
          assertGreaterOrEqual(other, error * (1 - 1e-9));
        }
      }
    }
  }
});

Deno.test("roundingError() is the double sum over errors and moments", () => {
  const { tensor, problem } = randomProblem({ rows: 4, columns: 5, levels: 3, groups: 2, seed: 4 });
  const expected = [0, 1, 2, 3].reduce(
    (sum, row) => sum + errorOfChannel(tensor, problem, row, [0, 0, 0, 0, 0]),
    0,
  );
  assertRelative(roundingError(tensor, problem), expected, 1e-13, "error");
});

Deno.test("coordinateDescent() leaves weights whose input is always 0, and says when it stopped early", () => {
  const { tensor, problem } = randomProblem({ rows: 1, columns: 4, levels: 4, seed: 5 });
  const silent = { ...problem, hessians: [new Float64Array(16)] };
  assertEquals(coordinateDescent(tensor, silent), { quantized: tensor, converged: true });
  assertEquals(coordinateDescent(tensor, problem, { sweeps: 1 }).converged, false);
  assertThrows(
    () => coordinateDescent(tensor, problem, { sweeps: 0 }),
    RangeError,
    "sweeps must be an integer above 0: current value is 0",
  );
});
