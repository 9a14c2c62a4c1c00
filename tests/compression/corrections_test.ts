import { assert, assertEquals, assertThrows } from "@std/assert";
import { createCodebook } from "../../lib/codebooks/codebook.ts";
import { correctChannels, type Correction } from "../../lib/compression/corrections.ts";
import { quantizeTensor } from "../../lib/compression/quantize_tensor.ts";
import {
  dequantize,
  type QuantizedTensor,
  reconstruct,
} from "../../lib/compression/quantized_tensor.ts";
import { laplace } from "../../lib/distributions/laplace.ts";
import { mean, populationVariance } from "../../lib/numerics/moments.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { readFixture } from "../fixture.ts";
import { assertRelative } from "../tolerance.ts";

const fixture = readFixture<{
  readonly cases: readonly {
    readonly bits: number;
    readonly shape: readonly number[];
    readonly weights: readonly number[];
    readonly levels: readonly number[];
    readonly codes: readonly number[];
    readonly mean: readonly number[];
    readonly meanAndVariance: readonly number[];
  }[];
}>("corrections/aciq.json");

const both = ["mean", "variance"] as const;

const shape = [6, 24];
const data = Float32Array.from(
  laplace({ location: 0.03, scale: 0.1 }).sample(6 * 24, { prng: createPrng(3) }),
  (value, i) => value * (1 + Math.floor(i / 24)),
);

/** Books for the whole, channels, groups; shared books with scales of channels and of groups. */
const quantizedTensors: readonly QuantizedTensor[] = [
  {},
  { granularity: "channel" },
  { granularity: "group", groupSize: 8 },
  { granularity: "channel", sharedBook: true },
  { granularity: "group", groupSize: 8, sharedBook: true },
].map((options) =>
  quantizeTensor(
    { shape, data },
    {
      method: "min-max",
      bits: 2,
      ...options,
    } as Parameters<typeof quantizeTensor>[1],
  ).quantized
);

/** Mean and standard deviation of each channel. */
function momentsOf(values: ArrayLike<number>, channels = 6) {
  const perChannel = values.length / channels;
  return Array.from({ length: channels }, (_, c) => {
    const channel = Float64Array.from(
      { length: perChannel },
      (_, i) => values[c * perChannel + i]!,
    );
    return { mean: mean(channel), deviation: Math.sqrt(populationVariance(channel)) };
  });
}

/** A tensor of one channel for each row of codes, all with the same levels. */
function byHand(levels: readonly number[], ...codes: number[][]): QuantizedTensor {
  const size = codes.flat().length;
  return {
    shape: [codes.length, size / codes.length],
    codes: Uint8Array.from(codes.flat()),
    groups: Uint32Array.of(0, size),
    books: [createCodebook(levels, { method: "by hand", storedValues: levels.length })],
    storedValues: levels.length,
  };
}

Deno.test("correctChannels() gives what ACIQ's formula gives in PyTorch", () => {
  for (const { bits, shape, weights, levels, codes, ...expected } of fixture.cases) {
    const quantized: QuantizedTensor = {
      ...byHand(levels, [...codes]),
      shape,
    };
    const assertValues = (wanted: readonly Correction[], values: readonly number[]) =>
      reconstruct(correctChannels(weights, quantized, wanted)).forEach((value, i) =>
        // 1e-8 is what PyTorch's deviation has added.
        assertRelative(value, values[i]!, 1e-6, `${wanted} at ${bits} bits, weight ${i}`, 0.4)
      );
    assertValues(["mean"], expected.mean);
    assertValues(both, expected.meanAndVariance);
  }
});

Deno.test("correctChannels() restores means and deviations whatever the groups and books", () => {
  const expected = momentsOf(data);
  for (const [i, quantized] of quantizedTensors.entries()) {
    const assertMoments = (wanted: readonly Correction[]) =>
      momentsOf(reconstruct(correctChannels(data, quantized, wanted))).forEach((actual, c) => {
        const { mean, deviation } = expected[c]!;
        const what = `${wanted} of tensor ${i}, channel ${c}`;
        if (wanted.includes("mean")) assertRelative(actual.mean, mean, 1e-12, what, deviation);
        if (wanted.includes("variance")) assertRelative(actual.deviation, deviation, 1e-12, what);
      });
    assertMoments(["mean"]);
    assertMoments(["variance"]);
    assertMoments(both);
  }
});

Deno.test("correctChannels() of the variance alone is one scale, of the mean alone one offset", () => {
  const withOffsets = correctChannels(data, quantizedTensors[0]!, ["mean"]);
  const skewed = data.map((value) => Math.exp(4 * value));
  for (const quantized of [...quantizedTensors, withOffsets]) {
    const before = reconstruct(quantized);
    const scaled = reconstruct(correctChannels(skewed, quantized, ["variance"]));
    const moved = reconstruct(correctChannels(skewed, quantized, ["mean"]));
    for (let c = 0; c < 6; c++) {
      const ratio = scaled[c * 24]! / before[c * 24]!;
      const difference = moved[c * 24]! - before[c * 24]!;
      assert(ratio !== 1 && difference !== 0);
      for (let i = c * 24; i < (c + 1) * 24; i++) {
        assertRelative(scaled[i]!, ratio * before[i]!, 1e-14, `weight ${i}`);
        assertRelative(
          moved[i]!,
          before[i]! + difference,
          1e-13,
          `weight ${i}`,
          1 + Math.abs(difference),
        );
      }
    }
  }
});

Deno.test("correctChannels() leaves codes, books and what was passed in", () => {
  for (const quantized of quantizedTensors) {
    const before = structuredClone(quantized);
    const corrected = correctChannels(data, quantized, both);
    assertEquals(quantized, before);
    assertEquals([corrected.codes, corrected.groups], [before.codes, before.groups]);
    assertEquals(structuredClone(corrected.books), before.books);
    assertEquals(correctChannels(data, quantized, []), quantized);
  }
});

Deno.test("correctChannels() one after the other is both at once, but for the order of rounding", () => {
  for (const quantized of quantizedTensors) {
    const once = correctChannels(data, quantized, both);
    const twice = correctChannels(data, correctChannels(data, quantized, ["variance"]), ["mean"]);
    assertEquals(twice.storedValues, once.storedValues);
    const expected = reconstruct(once);
    reconstruct(twice).forEach((value, i) => assertRelative(value, expected[i]!, 1e-12, `${i}`, 1));
    const again = correctChannels(data, once, both);
    assertEquals(again.storedValues, once.storedValues);
  }
});

Deno.test("correctChannels() counts a number for each scale and offset that wasn't there", () => {
  const added = (wanted: readonly Correction[]) =>
    quantizedTensors.map((quantized) =>
      correctChannels(data, quantized, wanted).storedValues - quantized.storedValues
    );
  assertEquals(added(["mean"]), [6, 6, 6, 6, 6]);
  // Scales of channels or groups take the channel's in.
  assertEquals(added(["variance"]), [6, 6, 6, 0, 0]);
  assertEquals(added(both), [12, 12, 12, 6, 6]);
  // One scale for the whole tensor becomes one for each channel.
  const whole: QuantizedTensor = {
    ...quantizedTensors[0]!,
    affine: {
      bounds: Uint32Array.of(0, 144),
      scales: Float64Array.of(2),
      offsets: Float64Array.of(0),
    },
    storedValues: 3,
  };
  assertEquals(correctChannels(data, whole, ["variance"]).storedValues, 3 + 5);
});

Deno.test("correctChannels() leaves the scale of a channel that is quantized to one level", () => {
  const quantized = byHand([-1, 1], [0, 0, 0, 0], [0, 0, 1, 1]);
  const weights = [-3, -2, -1, 0, -4, -4, 4, 4];
  assertEquals([...dequantize(correctChannels(weights, quantized, ["variance"]))], [
    ...[-1, -1, -1, -1],
    ...[-4, -4, 4, 4],
  ]);
  assertEquals([...dequantize(correctChannels(weights, quantized, both))], [
    ...[-1.5, -1.5, -1.5, -1.5],
    ...[-4, -4, 4, 4],
  ]);
});

Deno.test("correctChannels() takes sums that differ by rounding for one level", () => {
  // 0.1 + 0.2 and 0.3 are two doubles.
  const quantized: QuantizedTensor = {
    ...byHand([0.2, 0.3], [0, 0, 1, 1]),
    affine: {
      bounds: Uint32Array.of(0, 2, 4),
      scales: Float64Array.of(1, 1),
      offsets: Float64Array.of(0.1, 0),
    },
  };
  const [first, ...others] = reconstruct(correctChannels([1, 2, 3, 4], quantized, both));
  assertRelative(first!, 2.5, 1e-12, "mean");
  for (const value of others) assertRelative(value, first!, 1e-12, "constant");
});

Deno.test("correctChannels() of a constant channel restores it with its mean, and leaves its scale without", () => {
  const quantized = byHand([-1, 1], [0, 1, 0, 1]);
  const constant = [5, 5, 5, 5];
  assertEquals([...dequantize(correctChannels(constant, quantized, both))], constant);
  assertEquals([...dequantize(correctChannels(constant, quantized, ["variance"]))], [-1, 1, -1, 1]);
});

Deno.test("correctChannels() is finite at the ends of the number range", () => {
  for (const scale of [1e-300, 1e-30, 1e30]) {
    const quantized = byHand([-scale, scale], [0, 1, 0, 1]);
    for (const weight of [1e-150, 1, 1e38, 1e149]) {
      const weights = [weight, -weight, weight, 2 * weight];
      for (const wanted of [["mean"], ["variance"], both] as const) {
        const values = reconstruct(correctChannels(weights, quantized, wanted));
        assert(values.every(Number.isFinite), `${scale}, ${weight}, ${wanted}: ${values}`);
      }
    }
  }
});

Deno.test("correctChannels() refuses other names, lengths and values that aren't finite", () => {
  const [quantized] = quantizedTensors;
  assertThrows(
    () => correctChannels(data, quantized!, ["median" as "mean"]),
    RangeError,
    "Cannot correct a quantized tensor as corrections must be among mean, variance: current value is median",
  );
  assertThrows(
    () => correctChannels(data.subarray(1), quantized!, both),
    TypeError,
    "there must be as many weights as codes: their numbers are 143 and 144",
  );
  assertThrows(
    () => correctChannels(data.map((value, i) => i === 7 ? NaN : value), quantized!, both),
    RangeError,
    "Cannot correct a quantized tensor",
  );
});
