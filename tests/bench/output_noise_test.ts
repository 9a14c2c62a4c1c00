import { assertAlmostEquals, assertEquals } from "@std/assert";
import { outputNoise } from "../../bench/tables/output_noise.ts";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import type { QuantizedTensor } from "../../lib/compression/quantized_tensor.ts";

const quantized = (codes: readonly number[]): QuantizedTensor => ({
  shape: [2, 2],
  codes: Uint8Array.from(codes),
  groups: Uint32Array.of(0, 4),
  books: [createCodebook([0, 1], { method: "by hand", storedValues: 2 })],
  storedValues: 2,
});

Deno.test("outputNoise() is the share of errors in the outputs of all channels, worked out by hand", () => {
  const weights = Float32Array.of(0.25, 1, -0.5, 0.5);
  const codes = quantized([0, 1, 0, 1]);
  // Errors of -0.25 and 0, and of 0.5 and 0.5.
  const centred = { mean: [0, 0], variance: [1, 2] };
  const noise = 0.25 ** 2 + 0.5 ** 2 + 2 * 0.5 ** 2;
  const signal = 0.25 ** 2 + 2 * 1 ** 2 + 0.5 ** 2 + 2 * 0.5 ** 2;
  assertAlmostEquals(outputNoise(weights, codes, centred), noise / signal, 1e-12);
  // Means add the square of what they pass on: errors of -0.25 and 1, outputs of 1.25 and 0.
  const shifted = { mean: [1, 1], variance: [1, 2] };
  const expected = (noise + 0.25 ** 2 + 1 ** 2) / (signal + 1.25 ** 2 + 0 ** 2);
  assertAlmostEquals(outputNoise(weights, codes, shifted), expected, 1e-12);
});

Deno.test("outputNoise() is 0 where nothing is lost, and for a layer of zeros", () => {
  assertEquals(outputNoise(Float32Array.of(0, 1, 1, 0), quantized([0, 1, 1, 0])), 0);
  assertEquals(outputNoise(new Float32Array(4), quantized([0, 0, 0, 0])), 0);
});
