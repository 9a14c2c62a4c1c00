import { assertEquals, assertLessOrEqual, assertRejects } from "@std/assert";
import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import {
  measureSensitivity,
  type MeasureSensitivityOptions,
} from "../../lib/calibration/measure_sensitivity.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { allocateBits } from "../../lib/compression/bit_allocation.ts";
import { distortionCurves } from "../../lib/compression/distortion_curves.ts";
import { quantizeTensor } from "../../lib/compression/quantize_tensor.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { slowTest } from "../needs_data.ts";
import { planes } from "../networks/planes.ts";
import { interpret } from "../networks/reference.ts";
import { assertRelative } from "../tolerance.ts";

const dataset = generateShapes({ size: 6, seed: 2 });
const options: MeasureSensitivityOptions = { dataset, method: "lloyd-max-laplace", bits: [2, 5] };

async function shapesNetwork() {
  await useBackend("wasm");
  return loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
}

/** Probabilities of the classes, image by image, in double precision. */
function probabilities(
  checkpoint: Awaited<ReturnType<typeof shapesNetwork>>,
  tensors = checkpoint.tensors,
): Float64Array[] {
  const description = describeNetwork(checkpoint);
  const stride = dataset.pixels.length / dataset.size;
  return Array.from({ length: dataset.size }, (_, image) => {
    const pixels = dataset.pixels.subarray(image * stride, (image + 1) * stride);
    const logits = interpret(description, tensors, planes(pixels, description));
    const top = Math.max(...logits);
    const exponentials = logits.map((logit) => Math.exp(logit - top));
    const sum = exponentials.reduce((a, b) => a + b);
    return exponentials.map((exponential) => exponential / sum);
  });
}

slowTest(
  "measureSensitivity() is the divergence by the interpreter when one tensor alone is quantized",
  async () => {
    const checkpoint = await shapesNetwork();
    const { rows } = await measureSensitivity(checkpoint, options);
    const before = probabilities(checkpoint);
    for (const [name, bits] of [["conv1.weight", 2], ["linear.weight", 5]] as const) {
      const tensor = checkpoint.tensors.get(name)!;
      const { data, report } = quantizeTensor(
        { shape: tensor.shape, data: tensor.data as Float32Array },
        { method: "lloyd-max-laplace", bits },
      );
      const after = probabilities(
        checkpoint,
        new Map(checkpoint.tensors).set(name, { shape: tensor.shape, data }),
      );
      let divergence = 0, changed = 0;
      before.forEach((p, image) => {
        const q = after[image]!;
        p.forEach((p, k) => divergence += p * Math.log(p / q[k]!) / dataset.size);
        if (p.indexOf(Math.max(...p)) !== q.indexOf(Math.max(...q))) changed += 1 / dataset.size;
      });
      const row = rows.find((row) => row.name === name && row.bits === bits)!;
      assertRelative(row.divergence, divergence, 1e-3, `divergence of ${name}`);
      assertRelative(row.changed, changed, 1e-12, `changed of ${name}`, 1);
      assertRelative(row.squaredError, report.mse * report.size, 1e-12, `error of ${name}`);
    }
  },
);

Deno.test("measureSensitivity() has a row for each tensor and width, and curves with the overhead of distortionCurves", async () => {
  const checkpoint = await shapesNetwork();
  const seen: string[] = [];
  const { rows, curves } = await measureSensitivity(checkpoint, {
    ...options,
    granularity: "channel",
    onProgress: (done, total) => seen.push(`${done}/${total}`),
  });
  const { dataset: _, ...settings } = options;
  const expected = await distortionCurves(checkpoint, { ...settings, granularity: "channel" });
  assertEquals(
    curves.map(({ name, size, overhead }) => ({ name, size, overhead })),
    expected.map(({ name, size, overhead }) => ({ name, size, overhead })),
  );
  for (const { name, bits, divergence, squaredError } of rows) {
    assertEquals(curves.find((curve) => curve.name === name)!.distortion[bits], divergence);
    const { distortion } = expected.find((curve) => curve.name === name)!;
    assertRelative(squaredError, distortion[bits]!, 1e-12, name);
  }
  assertEquals(rows.length, 2 * curves.length);
  assertEquals(seen, rows.map((_, i) => `${i + 1}/${rows.length}`));
  const { averageBits } = allocateBits(curves, { averageBits: 5 });
  assertLessOrEqual(averageBits, 5);
});

slowTest(
  "measureSensitivity() is 0 where nothing is lost, and leaves first and last layer out when asked to",
  async () => {
    const checkpoint = await shapesNetwork();
    const { tensors, metadata } = checkpoint;
    const { shape, data } = tensors.get("conv1.weight")!;
    const signs = Float32Array.from(data as Float32Array, (weight) => weight < 0 ? -0.25 : 0.25);
    const two = { tensors: new Map(tensors).set("conv1.weight", { shape, data: signs }), metadata };
    const { rows } = await measureSensitivity(two, { dataset, method: "k-means", bits: [1] });
    const { squaredError, divergence, changed } = rows[0]!;
    assertEquals([squaredError, divergence, changed], [0, 0, 0]);
    const inner = await measureSensitivity(checkpoint, {
      ...options,
      bits: [8],
      first: false,
      last: false,
    });
    assertEquals(inner.rows.map(({ name }) => name), rows.slice(1, -1).map(({ name }) => name));
  },
);

slowTest("measureSensitivity() is deterministic, and leaves the checkpoint alone", async () => {
  const checkpoint = await shapesNetwork();
  const before = structuredClone(checkpoint.tensors);
  const first = await measureSensitivity(checkpoint, { ...options, bits: [3] });
  assertEquals(await measureSensitivity(checkpoint, { ...options, bits: [3] }), first);
  assertEquals(checkpoint.tensors, before);
});

Deno.test("measureSensitivity() stops at a signal between two tensors", async () => {
  const checkpoint = await shapesNetwork();
  const controller = new AbortController();
  const seen: number[] = [];
  await assertRejects(
    () =>
      measureSensitivity(checkpoint, {
        ...options,
        signal: controller.signal,
        onProgress(done) {
          seen.push(done);
          if (done === 2) controller.abort(new Error("enough"));
        },
      }),
    Error,
    "enough",
  );
  assertEquals(seen, [1, 2]);
});

Deno.test("measureSensitivity() refuses no widths, one twice, no images and images of another size", async () => {
  const checkpoint = await shapesNetwork();
  const refusals: [Partial<MeasureSensitivityOptions>, string][] = [
    [{ bits: [] }, "Cannot measure sensitivity as bits must hold a width: their number is 0"],
    [{ bits: [3, 2, 3] }, "bits must be different: one that comes twice is 3"],
    [{ bits: [17] }, "current value is 17"],
    [{ dataset: { ...dataset, size: 0 } }, "dataset must hold at least one image"],
  ];
  for (const [change, message] of refusals) {
    await assertRejects(
      () => measureSensitivity(checkpoint, { ...options, ...change }),
      RangeError,
      message,
    );
  }
  await assertRejects(
    () => measureSensitivity(checkpoint, { ...options, dataset: { ...dataset, width: 31 } }),
    TypeError,
    "Cannot measure sensitivity as",
  );
});
