import { assert, assertEquals, assertThrows } from "@std/assert";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import { outputError, roundForOutput } from "../../lib/compression/output_rounding.ts";
import { quantizeTensor } from "../../lib/compression/quantize_tensor.ts";
import { type QuantizedTensor, reconstruct } from "../../lib/compression/quantized_tensor.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { readFixture } from "../fixture.ts";
import { slowTest } from "../needs_data.ts";
import { assertRelative } from "../tolerance.ts";

const { cases } = readFixture<{
  readonly cases: readonly {
    readonly bits: number;
    readonly shape: readonly number[];
    readonly weights: readonly number[];
    readonly levels: readonly number[];
    readonly mean: readonly number[];
    readonly variance: readonly number[];
    readonly nearestError: number;
    readonly gptqErrors: readonly number[];
  }[];
}>("output_rounding/second_moments.json");

/** Nearest rounding to one book. */
function nearest(
  shape: readonly number[],
  weights: ArrayLike<number>,
  levels: readonly number[],
): QuantizedTensor {
  const codes = Uint8Array.from(weights, (weight) => {
    const distances = levels.map((level) => Math.abs(weight - level));
    return distances.indexOf(Math.min(...distances));
  });
  const books = [createCodebook(levels, { method: "by hand", storedValues: levels.length })];
  const groups = Uint32Array.of(0, weights.length);
  return { shape, codes, groups, books, storedValues: levels.length };
}

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

Deno.test("outputError() is that of dense second moments in PyTorch", () => {
  for (const { shape, weights, levels, mean, variance, nearestError } of cases) {
    const error = outputError(weights, nearest(shape, weights, levels), { mean, variance });
    assertRelative(error, nearestError, 1e-12, `[${shape}]`);
  }
});

Deno.test("roundForOutput() leaves no more error than dense GPTQ in PyTorch", () => {
  for (const { shape, weights, levels, mean, variance, gptqErrors } of cases) {
    const moments = { mean, variance };
    const rounded = roundForOutput(weights, nearest(shape, weights, levels), moments);
    const error = outputError(weights, rounded, moments);
    const least = sum(gptqErrors) / gptqErrors.length;
    assert(error <= least * (1 + 1e-12), `[${shape}]: ${error} > ${least}`);
  }
});

slowTest("roundForOutput() comes near the best of all codes", () => {
  const levels = [-0.2, -0.05, 0.05, 0.2];
  const moments = { mean: [0.4, 0.7], variance: [0.5, 0.2] };
  let found = 0, best = 0, plain = 0;
  for (let seed = 1; seed <= 8; seed++) {
    const shape = [1, 2, 3, 1];
    const weights = laplace({ location: 0, scale: 0.1 }).sample(6, { prng: createPrng(seed) });
    const tensor = nearest(shape, weights, levels);
    let least = Infinity;
    for (let word = 0; word < 4 ** 6; word++) {
      const codes = Uint8Array.from(weights, (_, i) => (word >> (2 * i)) & 3);
      least = Math.min(least, outputError(weights, { ...tensor, codes }, moments));
    }
    const error = outputError(weights, roundForOutput(weights, tensor, moments), moments);
    assert(error >= least * (1 - 1e-12));
    found += error;
    best += least;
    plain += outputError(weights, tensor, moments);
  }
  const figures = `${found} of at best ${best} and nearest ${plain}`;
  assert(found < 1.1 * best && plain > 1.2 * best, figures);
});

Deno.test("roundForOutput() raises no channel's error, whatever the books, scales and offsets", () => {
  const shape = [6, 24];
  const data = Float32Array.from(
    laplace({ location: 0.02, scale: 0.1 }).sample(144, { prng: createPrng(2) }),
  );
  for (
    const options of [
      { method: "min-max" },
      { method: "min-max", granularity: "channel" },
      { method: "k-means", granularity: "group", groupSize: 8 },
      { method: "lloyd-max-laplace", granularity: "group", groupSize: 8, sharedBook: true },
      { method: "k-means", corrections: ["mean", "variance"] },
    ] as const
  ) {
    const { quantized } = quantizeTensor({ shape, data }, { bits: 2, ...options });
    const codes = quantized.codes.slice();
    const rounded = roundForOutput(data, quantized);
    assertEquals(quantized.codes, codes);
    assertEquals(rounded.storedValues, quantized.storedValues);
    for (let channel = 0; channel < 6; channel++) {
      const weights = data.subarray(24 * channel, 24 * channel + 24);
      const [before, after] = [quantized, rounded].map((tensor) => {
        const values = reconstruct(tensor).slice(24 * channel, 24 * channel + 24);
        // The same channel as a tensor whose book is its own values.
        const levels = [...new Set(values)].sort((a, b) => a - b);
        return outputError(weights, nearest([1, 24], values, levels));
      });
      assert(after! <= before! * (1 + 1e-12), `${options.method}: ${after} > ${before}`);
    }
    if (options.method !== "min-max") continue;
    assert(outputError(data, rounded) < 0.9 * outputError(data, quantized));
  }
});

Deno.test("roundForOutput() leaves sums of errors within half a step, as SQuant does", () => {
  const step = 0.05;
  const levels = Array.from({ length: 16 }, (_, i) => (i - 7.5) * step);
  const shape = [8, 16, 3, 3];
  const weights = laplace({ location: 0, scale: 0.06 }).sample(8 * 144, { prng: createPrng(5) })
    .map((weight) => Math.max(-0.35, Math.min(0.35, weight)));
  const rounded = reconstruct(roundForOutput(weights, nearest(shape, weights, levels)));
  for (let channel = 0; channel < 8; channel++) {
    const errors = Array.from(
      { length: 144 },
      (_, i) => rounded[144 * channel + i]! - weights[144 * channel + i]!,
    );
    assert(Math.abs(sum(errors)) <= step / 2, `channel ${channel}: ${sum(errors) / step} steps`);
  }
});

Deno.test("roundForOutput() takes huge and tiny weights, constant channels and dead inputs", () => {
  for (const unit of [1e-40, 1, 1e30]) {
    const shape = [3, 4];
    const weights = [1, 2, 3, 4, 5, 5, 5, 5, 0, 0, 0, 0].map((weight) => weight * unit);
    const tensor = nearest(shape, weights, [0, 2.5 * unit, 5 * unit]);
    const moments = { mean: [0, 0, 0, 0], variance: [0, 0, 1, 0] };
    for (const given of [undefined, moments, { mean: [0, 0, 0, 0], variance: [0, 0, 0, 0] }]) {
      const rounded = roundForOutput(weights, tensor, given);
      assertEquals([...reconstruct(rounded).subarray(4)], weights.slice(4));
      assert(Number.isFinite(outputError(weights, rounded, given)));
    }
  }
});

Deno.test("roundForOutput() refuses what doesn't fit", () => {
  const tensor = nearest([2, 2], [0, 1, 0, 1], [0, 1]);
  assertThrows(
    () => roundForOutput([0, 1], tensor),
    TypeError,
    "Cannot round for the output as there must be as many weights as codes: their numbers are 2 and 4",
  );
  assertThrows(
    () => roundForOutput([0, 1, NaN, 1], tensor),
    RangeError,
    "Cannot round for the output as weights must be finite: weight 2 is NaN",
  );
  assertThrows(
    () => roundForOutput([0, 1, 0, 1], tensor, { mean: [1, 1, 1], variance: [1, 1, 1] }),
    TypeError,
    "Cannot model the inputs of a layer as there must be moments for each of 2 input channels",
  );
  assertThrows(
    () => roundForOutput([0, 1, 0, 1], tensor, { mean: [1, 1], variance: [1] }),
    TypeError,
    "their numbers are 1 and 2",
  );
  assertThrows(
    () => roundForOutput([0, 1, 0, 1], tensor, { mean: [1, 1], variance: [1, -1] }),
    RangeError,
    "those of channel 1 are 1 and -1",
  );
});
