import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  quantizeForOutput,
  type QuantizeForOutputOptions,
} from "../../lib/compression/auto_output.ts";
import { outputError, roundForOutput } from "../../lib/compression/output_rounding.ts";
import { quantizeTensor } from "../../lib/compression/quantize_tensor.ts";
import { dequantize, reconstruct } from "../../lib/compression/quantized_tensor.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { slowTest } from "../needs_data.ts";

/** Channels of very different scales. */
function convolution(shape: readonly number[], seed: number) {
  const size = shape.reduce((product, length) => product * length, 1);
  const perChannel = size / shape[0]!;
  const sample = laplace({ location: 0, scale: 0.1 }).sample(size, { prng: createPrng(seed) });
  return {
    shape,
    data: Float32Array.from(sample, (value, i) => value * 1.5 ** Math.floor(i / perChannel)),
  };
}

/** Squared error of the output over its own square, and the part of the output that goes with the original, of inputs drawn at random. */
function simulate(
  { shape, data }: ReturnType<typeof convolution>,
  restored: ArrayLike<number>,
): { error: number; gain: number } {
  const prng = createPrng(9);
  const inputs = data.length / shape[0]!;
  let error = 0, gain = 0;
  for (let channel = 0; channel < shape[0]!; channel++) {
    let square = 0, product = 0, lost = 0;
    for (let draw = 0; draw < 400; draw++) {
      let y = 0, z = 0;
      // Independent inputs behind a ReLU: the sum of twelve uniform numbers is nearly Gaussian.
      for (let i = channel * inputs; i < (channel + 1) * inputs; i++) {
        let x = -6;
        for (let k = 0; k < 12; k++) x += prng();
        y += data[i]! * Math.max(x, 0);
        z += restored[i]! * Math.max(x, 0);
      }
      square += y * y;
      product += y * z;
      lost += (y - z) ** 2;
    }
    error += lost / square / shape[0]!;
    gain += product / square / shape[0]!;
  }
  return { error, gain };
}

Deno.test("quantizeForOutput() lowers the error of drawn outputs, and keeps what goes with the original", () => {
  const tensor = convolution([4, 60], 1);
  for (const bits of [2, 3, 4]) {
    const { data } = quantizeTensor(tensor, {
      method: "lloyd-max-laplace",
      bits,
      granularity: "channel",
      corrections: ["mean", "variance"],
    });
    const corrected = simulate(tensor, data);
    for (const granularity of ["tensor", "channel"] as const) {
      const { error, gain } = simulate(
        tensor,
        dequantize(quantizeForOutput(tensor, { bits, granularity })),
      );
      const found =
        `${bits} bits, ${granularity}: error ${error} of ${corrected.error}, gain ${gain}`;
      // At 2 bits the error that full outputs cost is more than what rounding saves.
      if (bits > 2) assert(error < corrected.error, found);
      assert(Math.abs(gain - 1) < 0.03, found);
    }
  }
});

Deno.test("quantizeForOutput() leaves less output error than analytic books rounded to the nearest level", () => {
  const tensor = convolution([8, 16, 3, 3], 2);
  for (const bits of [2, 3, 4, 6, 8]) {
    const error = outputError(tensor.data, quantizeForOutput(tensor, { bits }));
    for (const method of ["min-max", "omse", "lloyd-max-laplace", "lloyd-max-gaussian"]) {
      const { quantized } = quantizeTensor(tensor, { method, bits, granularity: "channel" });
      const nearest = outputError(tensor.data, quantized);
      assert(error < nearest, `${bits} bits, ${method}: ${error} of ${nearest}`);
    }
  }
});

Deno.test("quantizeForOutput() counts what it stores", () => {
  const tensor = convolution([8, 4, 3, 3], 3);
  const stored = (options: Omit<QuantizeForOutputOptions, "bits">, bits = 4) =>
    quantizeForOutput(tensor, { bits, ...options }).storedValues;
  assertEquals(stored({}), 4 + 8);
  assertEquals(stored({}, 3), 3 + 8);
  assertEquals(stored({ granularity: "channel" }), 4 * 8);
  assertEquals(stored({ granularity: "channel" }, 1), 2 * 8);
  assertEquals(stored({ granularity: "group", groupSize: 9 }), 4 + 32);
  assertEquals(stored({ channelScales: false }), 4);
  const { shape, data } = tensor;
  // Channels about 1 and -1 in turn, in units of their own.
  const shifted = data.map((w, i) => w + (-1) ** Math.floor(i / 36) * 1.5 ** Math.floor(i / 36));
  const offsets = quantizeForOutput({ shape, data: shifted }, { bits: 4 });
  assertEquals(offsets.storedValues, 4 + 8 + 8);
});

Deno.test("quantizeForOutput() leaves codes that no single change of the descent improves", () => {
  const tensor = convolution([4, 5, 3, 3], 4);
  const quantized = quantizeForOutput(tensor, { bits: 3 });
  const error = outputError(tensor.data, quantized);
  assert(outputError(tensor.data, roundForOutput(tensor.data, quantized)) <= error);
});

slowTest(
  "quantizeForOutput() takes depthwise, linear, single, constant and zero weights at every width",
  () => {
    for (const shape of [[6, 1, 3, 3], [4, 7], [5], [3, 1], [2, 3, 3, 3], [4, 2, 5]]) {
      const { data } = convolution([shape.reduce((product, length) => product * length, 1)], 5);
      for (const bits of shape.length === 1 ? [1, 16] : [1, 2, 5]) {
        const quantized = quantizeForOutput({ shape, data }, { bits });
        assertEquals(quantized.codes.length, data.length);
        const restored = dequantize(quantized);
        assert(restored.every(Number.isFinite), `[${shape}], ${bits} bits`);
      }
    }
    for (const value of [0, 0.3, -1e-30]) {
      const data = new Float32Array(18).fill(value);
      for (const granularity of ["tensor", "channel"] as const) {
        const restored = dequantize(
          quantizeForOutput({ shape: [2, 1, 3, 3], data }, { bits: 2, granularity }),
        );
        assert(restored.every((w) => Math.abs(w - value) <= 1e-6 * Math.abs(value)), `${value}`);
      }
    }
  },
);

Deno.test("quantizeForOutput() scales with the weights and repeats itself", () => {
  const { shape, data } = convolution([4, 5, 3, 3], 6);
  for (const granularity of ["tensor", "channel"] as const) {
    const restore = (weights: Float32Array) =>
      reconstruct(quantizeForOutput({ shape, data: weights }, { bits: 3, granularity }));
    const unit = restore(data);
    assertEquals(restore(data.map((w) => w * 2 ** -60)).map((w) => w * 2 ** 60), unit);
    assertEquals(restore(data), unit);
  }
});

Deno.test("quantizeForOutput() gives channels of different shapes books of their own", () => {
  // Of many zeros and a few large weights, of both signs alone, and one-sided.
  const data = Float32Array.from({ length: 3 * 72 }, (_, i) => {
    const value = Math.sin(i * i);
    return i < 72 ? (i % 6 === 0 ? 4 * value : 0) : i < 144 ? Math.sign(value) : value * value;
  });
  const shape = [3, 8, 3, 3];
  for (const bits of [2, 3]) {
    const own = quantizeForOutput({ shape, data }, { bits, granularity: "channel" });
    assertEquals([own.books.length, own.affine], [3, undefined]);
    const shared = quantizeForOutput({ shape, data }, { bits, granularity: "tensor" });
    const [each, common] = [outputError(data, own), outputError(data, shared)];
    assert(each < 0.8 * common, `${bits} bits: ${each} of ${common}`);
  }
});

Deno.test("quantizeForOutput() loses little by means that are wrong", () => {
  const { shape, data } = convolution([8, 16, 3, 3], 7);
  const variance = Array(16).fill(0.34), none = Array(16).fill(0), doubled = Array(16).fill(0.8);
  for (const granularity of ["tensor", "channel"] as const) {
    for (const truth of [none, doubled]) {
      const moments = { mean: truth, variance };
      // Quantized for means of 0.4.
      const error = outputError(
        data,
        quantizeForOutput({ shape, data }, { bits: 3, granularity }),
        moments,
      );
      const { quantized } = quantizeTensor({ shape, data }, {
        method: "lloyd-max-laplace",
        bits: 3,
        granularity: "channel",
      });
      const nearest = outputError(data, quantized, moments);
      assert(error < nearest, `${granularity}, means of ${truth[0]}: ${error} of ${nearest}`);
    }
  }
});

Deno.test("quantizeForOutput() refuses bad input", () => {
  const data = Float32Array.of(0.1, 0.2, 0.3, 0.4);
  assertThrows(
    () => quantizeForOutput({ shape: [3, 2], data }, { bits: 2 }),
    TypeError,
    "Cannot quantize for the output as the shape [3,2] must hold as many values as there are weights: their numbers are 6 and 4",
  );
  assertThrows(
    () => quantizeForOutput({ shape: [2, 2], data: Float32Array.of(0, 1, NaN, 1) }, { bits: 2 }),
    RangeError,
    "quantize for the output",
  );
  assertThrows(() => quantizeForOutput({ shape: [2, 2], data }, { bits: 17 }), RangeError, "17");
  assertThrows(
    () =>
      quantizeForOutput({ shape: [1, 4], data }, { bits: 2, granularity: "group", groupSize: 3 }),
    RangeError,
    "groupSize must divide",
  );
});
