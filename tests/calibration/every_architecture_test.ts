import { assert, assertEquals } from "@std/assert";
import { quantizeWithImages } from "../../lib/calibration/quantize_with_images.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { slowTest } from "../needs_data.ts";
import { architectures } from "../networks/every_architecture.ts";
import { randomImages } from "./reference_values.ts";

const shapesOf = ({ tensors }: Checkpoint) =>
  [...tensors].map(([name, { shape }]) => [name, shape]);

function assertFinite({ tensors }: Checkpoint, title: string) {
  for (const [name, { data }] of tensors) {
    assert((data as Float32Array).every(Number.isFinite), `${title}: ${name}`);
  }
}

for (const name of ["imagenet", "bottlenecks", "mobileV2", "mlp"] as const) {
  const original = architectures[name];
  const description = describeNetwork(original);
  const layers = original.tensors.values().filter(({ shape }) => shape.length > 1).toArray();

  const test = name === "mlp" ? Deno.test : slowTest;

  test(`quantizeCheckpoint() folds, equalizes, corrects and chooses for the output in ${description.title}`, async () => {
    const { checkpoint, layers: reports, transforms } = await quantizeCheckpoint(original, {
      method: "auto",
      objective: "output",
      bits: 4,
      granularity: "channel",
      foldBatchNorm: true,
      equalize: true,
      // Without norms there are no means to correct by.
      biasCorrection: name !== "mlp",
    });
    const norms = description.nodes.filter(({ kind }) => kind === "batch-normalization");
    assertEquals([transforms.foldedNorms.length, reports.length], [norms.length, layers.length]);
    assert(transforms.equalizedPairs.length > 0);
    assertEquals(shapesOf(checkpoint), shapesOf(original));
    assertFinite(checkpoint, name);
  });

  test(`quantizeWithImages() lowers the output error of ${description.title}`, async () => {
    await useBackend("wasm");
    const { checkpoint, layers: reports } = await quantizeWithImages(original, {
      dataset: randomImages(description, 2, 1),
      method: "k-means",
      bits: 2,
      positions: 16,
    });
    assertEquals([reports.length, shapesOf(checkpoint)], [layers.length, shapesOf(original)]);
    assertFinite(checkpoint, name);
    const mean = (part: "outputError" | "nearestOutputError") =>
      reports.reduce((sum, report) => sum + report[part], 0) / reports.length;
    assert(mean("outputError") < mean("nearestOutputError"));
  });
}
