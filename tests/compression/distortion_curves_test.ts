import { assertEquals, assertGreater, assertLessOrEqual, assertRejects } from "@std/assert";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { allocateBits } from "../../lib/compression/bit_allocation.ts";
import {
  distortionCurves,
  type DistortionCurvesOptions,
  sensitivityRows,
} from "../../lib/compression/distortion_curves.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { gaussian } from "../../lib/distributions/gaussian.ts";
import { createPrng } from "../../lib/numerics/prng.ts";
import { assertRelative } from "../tolerance.ts";

const prng = createPrng(1);
const weightsOf = (size: number, standardDeviation: number) =>
  gaussian({ mean: 0, standardDeviation }).sample(size, { prng });

/** Two layers, the second with channels of very different scales, and a bias that is left alone. */
const checkpoint: Checkpoint = {
  tensors: new Map([
    ["a.weight", { shape: [4, 150], data: Float32Array.from(weightsOf(600, 0.05)) }],
    [
      "b.weight",
      {
        shape: [3, 100, 2, 1],
        data: Float32Array.from([0.01, 0.1, 0.001].flatMap((scale) => [...weightsOf(200, scale)])),
      },
    ],
    ["b.bias", { shape: [3], data: Float32Array.of(1, 2, 3) }],
  ]),
  metadata: {},
};
const method = "lloyd-max-gaussian";

Deno.test("distortionCurves() has the errors and costs that quantizeCheckpoint() reports", async () => {
  const curves = await distortionCurves(checkpoint, {
    method,
    bits: [2, 5],
    granularity: "channel",
  });
  assertEquals(curves.map(({ name }) => name), ["a.weight", "b.weight"]);
  for (const bits of [2, 5]) {
    const { layers } = await quantizeCheckpoint(checkpoint, {
      method,
      bits,
      granularity: "channel",
    });
    layers.forEach(({ size, mse, effectiveBits }, i) => {
      const { distortion, overhead, ...curve } = curves[i]!;
      assertEquals(curve.size, size);
      assertRelative(distortion[bits]!, mse * size, 1e-12, curve.name);
      assertRelative(bits * size + overhead![bits]!, effectiveBits * size, 1e-12, curve.name);
    });
  }
});

Deno.test("distortionCurves() of channels adds up to those of tensors", async () => {
  const options = { method, bits: [3], granularity: "channel" } as const;
  const whole = await distortionCurves(checkpoint, options);
  const parts = await distortionCurves(checkpoint, { ...options, per: "channel" });
  assertEquals(parts.map(({ channel }) => channel), [0, 1, 2, 3, 0, 1, 2]);
  for (const { name, size, distortion, overhead } of whole) {
    const own = parts.filter((part) => part.name === name);
    const sum = (term: (part: typeof own[number]) => number) =>
      own.reduce((total, part) => total + term(part), 0);
    assertEquals(sum((part) => part.size), size);
    assertRelative(sum((part) => part.distortion[3]!), distortion[3]!, 1e-12, name);
    // Each channel's width takes 4 bits.
    assertRelative(sum((part) => part.overhead![3]!), overhead![3]! + 4 * own.length, 1e-12, name);
  }
});

Deno.test("distortionCurves() weighs squared errors by nothing, by variance, or as told", async () => {
  const curvesOf = (weighting: DistortionCurvesOptions["weighting"]) =>
    distortionCurves(checkpoint, { method, bits: [4], weighting });
  const [plain, relative, told] = await Promise.all([
    curvesOf(undefined),
    curvesOf("relative"),
    curvesOf({ "a.weight": 2, "b.weight": 0 }),
  ]);
  const { layers } = await quantizeCheckpoint(checkpoint, { method, bits: 4 });
  layers.forEach(({ variance }, i) => {
    const error = plain[i]!.distortion[4]!;
    assertRelative(relative[i]!.distortion[4]!, error / variance, 1e-12, "relative");
    assertEquals(told[i]!.distortion[4]!, [2, 0][i]! * error);
  });
});

Deno.test("allocateBits() of distortionCurves() is no worse than equal widths within their budget, per tensor and per channel", async () => {
  const widths = [2, 3, 4, 5, 6, 8];
  for (const per of ["tensor", "channel"] as const) {
    const options = { method, granularity: "channel", per } as const;
    const curves = await distortionCurves(checkpoint, { ...options, bits: widths });
    const equal = await quantizeCheckpoint(checkpoint, { ...options, bits: 4 });
    const total = (layers: typeof equal.layers, term: "mse" | "effectiveBits") =>
      layers.reduce((sum, layer) => sum + layer.size * layer[term], 0);
    const averageBits = total(equal.layers, "effectiveBits") / 1200;
    const { bits, ...allocation } = allocateBits(curves, { averageBits });
    const shared = await quantizeCheckpoint(checkpoint, { ...options, bits });
    assertLessOrEqual(total(shared.layers, "effectiveBits"), 1200 * averageBits * (1 + 1e-12));
    assertRelative(
      total(shared.layers, "effectiveBits") / 1200,
      allocation.averageBits,
      1e-12,
      "average bits",
    );
    assertRelative(total(shared.layers, "mse"), allocation.distortion, 1e-12, "distortion");
    // The two tensors have much the same error; the channels of one have not.
    const most = { tensor: 1, channel: 0.75 }[per] * total(equal.layers, "mse");
    assertLessOrEqual(total(shared.layers, "mse"), most);
  }
});

Deno.test("distortionCurves() tells its progress over all widths, and ends when its signal is aborted", async () => {
  const done: number[] = [];
  await distortionCurves(checkpoint, {
    method,
    bits: [2, 3],
    onProgress: (count, total) => done.push(count / total),
  });
  assertEquals(done, [0.25, 0.5, 0.75, 1]);
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(
    () => distortionCurves(checkpoint, { method, bits: [2], signal }),
    Error,
    "enough",
  );
});

Deno.test("sensitivityRows() lists the most sensitive first, with shares that add up to 1", async () => {
  const curves = await distortionCurves(checkpoint, {
    method,
    bits: [3, 2],
    granularity: "channel",
    per: "channel",
  });
  const rows = sensitivityRows(curves);
  assertEquals(rows.map(({ bits }) => bits), [...Array(7).fill(2), ...Array(7).fill(3)]);
  const { name, channel, share } = rows[0]!;
  assertEquals([name, channel], ["b.weight", 1]);
  assertGreater(share, 0.4);
  assertRelative(rows.slice(0, 7).reduce((sum, { share }) => sum + share, 0), 1, 1e-12, "shares");
});

Deno.test("distortionCurves() refuses widths, weights and channels that make no sense", async () => {
  const refused: [Partial<DistortionCurvesOptions>, string][] = [
    [{ bits: [] }, "bits must hold a width"],
    [{ bits: [2, 3, 2] }, "bits must be different: one that comes twice is 2"],
    [{ per: "channel" }, "curves of channels need books of their own: granularity is tensor"],
    [{ per: "channel", granularity: "channel", sharedBook: true }, "sharedBook is true"],
    [{ per: "row" as "channel" }, 'per must be "tensor" or "channel": current value is row'],
    [{ weighting: { "a.weight": 1 } }, "there is none for b.weight"],
    [{ weighting: { "a.weight": -1, "b.weight": 1 } }, "the weight of a.weight must be finite"],
    [{ weighting: "fisher" as "mse" }, "current value is fisher"],
    [{ bits: [17] }, "17"],
  ];
  for (const [options, text] of refused) {
    await assertRejects(
      () => distortionCurves(checkpoint, { method, bits: [2], ...options }),
      RangeError,
      text,
    );
  }
});
