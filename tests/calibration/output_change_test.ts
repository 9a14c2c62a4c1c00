import { assertEquals, assertRejects } from "@std/assert";
import { outputChange, outputsOf } from "../../lib/calibration/output_change.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { interpret } from "../networks/reference.ts";
import { planes } from "../networks/planes.ts";
import { assertRelative } from "../tolerance.ts";
import { sensitivityFixture, tinyConvolutions, tinyRegression } from "./tiny_networks.ts";

Deno.test("outputChange() has SciPy's relative entropy and share of changed classes", () => {
  for (
    const { classes, reference, outputs, divergence, changed } of sensitivityFixture.divergences
  ) {
    const change = outputChange(
      Float32Array.from(reference),
      Float32Array.from(outputs),
      classes,
    );
    assertRelative(change.divergence, divergence, 1e-10, `divergence of ${classes} classes`);
    assertEquals(change.changed, changed);
  }
});

Deno.test("outputChange() keeps its digits where the divergence is tiny, and is exactly 0 without a change", () => {
  const reference = Float32Array.of(0, 0), step = 2 ** -30;
  // Of probabilities 1/2 each, ln cosh(step / 2).
  const { divergence } = outputChange(reference, Float32Array.of(step, 0), 2);
  assertRelative(divergence, step ** 2 / 8, 1e-9, "divergence");
  assertEquals(outputChange(reference, reference, 2), { divergence: 0, changed: 0 });
});

Deno.test("outputChange() stays finite where probabilities underflow, in both directions", () => {
  const sure = Float32Array.of(3e38, -3e38), opposite = Float32Array.of(-3e38, 3e38);
  const { divergence, changed } = outputChange(sure, opposite, 2);
  assertRelative(divergence, 2 * sure[0]!, 1e-12, "divergence");
  assertEquals(changed, 1);
  assertEquals(outputChange(sure, Float32Array.of(3e38, 0), 2).divergence, 0);
});

Deno.test("outputChange() takes the first of equal outputs for the largest", () => {
  const reference = Float32Array.of(1, 1, 0);
  assertEquals(outputChange(reference, Float32Array.of(2, 1, 0), 3).changed, 0);
  assertEquals(outputChange(reference, Float32Array.of(1, 2, 0), 3).changed, 1);
});

Deno.test("outputsOf() are the interpreter's logits, image by image", async () => {
  await useBackend("wasm");
  for (const { description, tensors, dataset } of [tinyRegression(), tinyConvolutions()]) {
    const outputs = await outputsOf(description, tensors, { dataset });
    const { classes } = description;
    const stride = dataset.pixels.length / dataset.size;
    for (let image = 0; image < dataset.size; image++) {
      const pixels = dataset.pixels.subarray(image * stride, (image + 1) * stride);
      const expected = interpret(description, tensors, planes(pixels, description));
      expected.forEach((logit, k) =>
        assertRelative(outputs[image * classes + k]!, logit, 1e-5, "logit", 1 + Math.abs(logit))
      );
    }
  }
});

Deno.test("outputsOf() refuses logits that overflow, and stops at a signal", async () => {
  await useBackend("wasm");
  const { description, tensors, dataset } = tinyRegression();
  const { shape, data } = tensors.get("linear")!;
  const huge = new Map(tensors).set("linear", { shape, data: data.map((w) => w * 3e38) });
  await assertRejects(
    () => outputsOf(description, huge, { dataset }),
    RangeError,
    "Cannot compare outputs as logits must be finite: one of image",
  );
  await assertRejects(
    () =>
      outputsOf(description, tensors, { dataset, signal: AbortSignal.abort(new Error("enough")) }),
    Error,
    "enough",
  );
});
