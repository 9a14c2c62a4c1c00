import { assert, assertEquals, assertGreaterOrEqual, assertLess, assertThrows } from "@std/assert";
import { adaRound } from "../../lib/calibration/ada_round.ts";
import { roundingError } from "../../lib/calibration/rounding_problem.ts";
import { reconstruct } from "../../lib/compression/quantized_tensor.ts";
import { allCodes, errorOfChannel, randomProblem, withNearest } from "./rounding_problems.ts";

/** The two levels around each target, as codes; where the target is beyond them all, the two next to it. */
function neighbours(
  { tensor, problem }: ReturnType<typeof randomProblem>,
  channel: number,
): [number, number][] {
  const { levels } = tensor.books[channel]!;
  const { scales, offsets } = tensor.affine!;
  const columns = tensor.codes.length / tensor.books.length;
  return Array.from({ length: columns }, (_, i) => {
    const target = (problem.targets[channel * columns + i]! - offsets[channel]!) /
      scales[channel]!;
    const below = levels.findLastIndex((level) => level <= target);
    const lower = Math.min(Math.max(below, 0), levels.length - 2);
    return [lower, lower + 1];
  });
}

Deno.test("adaRound() finds the best or nearly the best of all choices between two levels", () => {
  let optimal = 0, channels = 0, total = 0, least = 0, nearest = 0;
  for (let seed = 0; seed < 6; seed++) {
    const random = randomProblem({ rows: 4, columns: 8, levels: 6, groups: 2, seed });
    const { tensor, problem } = random;
    const rounded = adaRound(tensor, problem);
    nearest += roundingError(withNearest(tensor, problem), problem);
    for (let row = 0; row < 4; row++) {
      const codes = [...rounded.codes.slice(8 * row, 8 * (row + 1))];
      const pairs = neighbours(random, row);
      codes.forEach((code, i) => assert(pairs[i]!.includes(code), `weight ${i} of ${row}`));
      let best = Infinity;
      for (const choice of allCodes(8, 2)) {
        const vector = choice.map((up, i) => pairs[i]![up]!);
        best = Math.min(best, errorOfChannel(tensor, problem, row, vector));
      }
      const error = errorOfChannel(tensor, problem, row, codes);
      assertGreaterOrEqual(error, best * (1 - 1e-12));
      if (error <= best * (1 + 1e-12)) optimal++;
      channels++;
      total += error;
      least += best;
    }
  }
  assertGreaterOrEqual(optimal, channels / 4);
  assertLess(total, 1.6 * least);
  assertLess(total, 0.3 * nearest);
});

Deno.test("adaRound() represents targets that are levels exactly, and leaves what it is given", () => {
  const { tensor, problem } = randomProblem({ rows: 2, columns: 5, levels: 4, seed: 7 });
  const codes = Uint8Array.of(0, 1, 2, 3, 0, 3, 2, 1, 0, 1);
  const targets = reconstruct({ ...tensor, codes });
  assertEquals(adaRound(tensor, { ...problem, targets }).codes, codes);
  assertEquals(tensor.codes, new Uint8Array(10));
});

Deno.test("adaRound() is never worse than the nearest levels, however it is steered", () => {
  const { tensor, problem } = randomProblem({ rows: 4, columns: 8, levels: 3, seed: 8 });
  const nearest = roundingError(withNearest(tensor, problem), problem);
  for (const options of [{ iterations: 1 }, { learningRate: 10 }, { regularization: 1e6 }]) {
    const error = roundingError(adaRound(tensor, problem, options), problem);
    assertGreaterOrEqual(nearest * (1 + 1e-12), error);
  }
  const silent = { ...problem, hessians: [new Float64Array(64)] };
  assertEquals(adaRound(tensor, silent).codes, withNearest(tensor, problem).codes);
});

Deno.test("adaRound() refuses options out of their ranges", () => {
  const { tensor, problem } = randomProblem({ rows: 1, columns: 3, levels: 3, seed: 9 });
  for (
    const [options, text] of [
      [{ iterations: 0.5 }, "iterations must be an integer above 0: current value is 0.5"],
      [{ learningRate: 0 }, "learningRate must be finite and above 0: current value is 0"],
      [{ regularization: NaN }, "regularization must be finite and above 0: current value is NaN"],
    ] as const
  ) {
    assertThrows(() => adaRound(tensor, problem, options), RangeError, text);
  }
});

Deno.test("adaRound() reports each channel", () => {
  const { tensor, problem } = randomProblem({
    rows: 4,
    columns: 3,
    levels: 3,
    groups: 2,
    seed: 10,
  });
  const seen: string[] = [];
  adaRound(tensor, problem, { iterations: 2, onProgress: (...done) => seen.push(done.join("/")) });
  assertEquals(seen, ["1/4", "2/4", "3/4", "4/4"]);
});
