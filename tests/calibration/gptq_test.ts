import { assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { gptq, type GptqOrder } from "../../lib/calibration/gptq.ts";
import { roundingError } from "../../lib/calibration/rounding_problem.ts";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import type { QuantizedTensor } from "../../lib/compression/quantized_tensor.ts";
import { readFixture } from "../fixture.ts";
import { leastError, randomProblem, withNearest } from "./rounding_problems.ts";

interface GptqFixture {
  cases: {
    shape: number[];
    bits: number;
    order: GptqOrder;
    weights: number[];
    scales: number[];
    zeros: number[];
    hessian: number[];
    inputs: number[];
    codes: number[];
  }[];
}

const fixture = readFixture<GptqFixture>("calibration/gptq.json");

Deno.test("gptq() gives AutoGPTQ's codes on its uniform grids, in both orders", () => {
  for (const { shape, bits, order, weights, scales, zeros, hessian, codes } of fixture.cases) {
    const [rows] = shape as [number];
    const bounds = Uint32Array.from({ length: rows + 1 }, (_, i) => i * weights.length / rows);
    const levels = Array.from({ length: 2 ** bits }, (_, i) => i);
    const tensor: QuantizedTensor = {
      shape,
      codes: new Uint8Array(weights.length),
      groups: Uint32Array.of(0, weights.length),
      books: [createCodebook(levels, { method: "integers", storedValues: 0 })],
      affine: {
        bounds,
        scales: Float64Array.from(scales),
        offsets: Float64Array.from(scales, (scale, i) => -scale * zeros[i]!),
      },
      storedValues: 2 * rows,
    };
    const problem = {
      targets: Float64Array.from(weights),
      hessians: [Float64Array.from(hessian)],
    };
    assertEquals([...gptq(tensor, problem, { order }).codes], codes, `${shape}, ${bits} bits`);
  }
});

Deno.test("gptq() on uneven books comes near the best of all code vectors", () => {
  const totals = { storage: 0, activation: 0, nearest: 0, least: 0 };
  for (let seed = 0; seed < 10; seed++) {
    const { tensor, problem } = randomProblem({ rows: 4, columns: 5, levels: 4, groups: 2, seed });
    const least = [0, 1, 2, 3].reduce((sum, row) => sum + leastError(tensor, problem, row), 0);
    totals.least += least;
    totals.nearest += roundingError(withNearest(tensor, problem), problem);
    for (const order of ["storage", "activation"] as const) {
      const error = roundingError(gptq(tensor, problem, { damping: 0, order }), problem);
      assertGreater(error, least * (1 - 1e-12));
      totals[order] += error;
    }
  }
  assertLess(totals.storage, 0.7 * totals.nearest);
  assertLess(totals.activation, 1.5 * totals.least);
});

Deno.test("gptq() is the nearest level where inputs are uncorrelated", () => {
  const { tensor, problem } = randomProblem({ rows: 3, columns: 5, levels: 5, seed: 1 });
  const diagonal = problem.hessians[0]!.map((value, i) => i % 6 === 0 ? value : 0);
  const uncorrelated = { ...problem, hessians: [diagonal] };
  assertEquals(gptq(tensor, uncorrelated).codes, withNearest(tensor, problem).codes);
  // So it is where no input ever came.
  const silent = { ...problem, hessians: [new Float64Array(25)] };
  assertEquals(gptq(tensor, silent).codes, withNearest(tensor, problem).codes);
});

Deno.test("gptq() doesn't depend on the scale of weights, and leaves what it is given", () => {
  const { tensor, problem } = randomProblem({ rows: 2, columns: 6, levels: 3, seed: 2 });
  const expected = gptq(tensor, problem).codes;
  assertEquals([...tensor.codes], new Array(12).fill(0));
  for (const factor of [1e-150, 1e150]) {
    const scaled = {
      ...tensor,
      affine: {
        ...tensor.affine!,
        scales: tensor.affine!.scales.map((scale) => factor * scale),
        offsets: tensor.affine!.offsets.map((offset) => factor * offset),
      },
    };
    const targets = problem.targets.map((target) => factor * target);
    assertEquals(gptq(scaled, { ...problem, targets }).codes, expected);
  }
});

Deno.test("gptq() refuses options, sizes and numbers that make no sense", () => {
  const { tensor, problem } = randomProblem({ rows: 2, columns: 3, levels: 3, seed: 3 });
  assertThrows(
    () => gptq(tensor, problem, { damping: -1 }),
    RangeError,
    "damping must be finite and at least 0: current value is -1",
  );
  assertThrows(
    () => gptq(tensor, problem, { order: "random" as never }),
    RangeError,
    "order must be one of storage, activation: current value is random",
  );
  const singular = { ...problem, hessians: [new Float64Array(9).fill(1)] };
  assertThrows(() => gptq(tensor, singular, { damping: 0 }), RangeError, "positive definite");
  const negative = { ...problem, hessians: [Float64Array.of(1, 0, 0, 0, -1, 0, 0, 0, 1)] };
  assertThrows(() => gptq(tensor, negative), RangeError, "that of input 1 is -1");
  const wrong = { ...problem, hessians: [new Float64Array(8)] };
  assertThrows(() => gptq(tensor, wrong), TypeError, "6 targets and matrices of 8 entries");
  assertThrows(() => gptq(tensor, { ...problem, hessians: [] }), TypeError, "matrices of no");
  const bad = { ...problem, targets: problem.targets.with(4, NaN) };
  assertThrows(() => gptq(tensor, bad), RangeError, "value 4 is NaN");
});
