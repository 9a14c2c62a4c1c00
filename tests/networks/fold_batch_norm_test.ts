import { assertEquals, assertLess, assertThrows } from "@std/assert";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { foldBatchNorm } from "../../lib/networks/fold_batch_norm.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { convolutionAndNorm, describeNodes } from "./described_nodes.ts";
import {
  cifarResNetShapes,
  convolutionShortcutShapes,
  randomCheckpoint,
  randomPixels,
  wideResNetShapes,
} from "./random_networks.ts";
import { interpret } from "./reference.ts";

const options = { blocks: 1, widths: [4, 6, 8], classes: 10 } as const;
const textbook = randomCheckpoint(cifarResNetShapes(options), 1);
const variant = randomCheckpoint(convolutionShortcutShapes({ ...options, first: 5 }), 2);
const wide = randomCheckpoint(wideResNetShapes({ ...options, first: 4 }), 3);

function normCount(description: { nodes: readonly { kind: string }[] }): number {
  return description.nodes.filter(({ kind }) => kind === "batch-normalization").length;
}

Deno.test("foldBatchNorm() leaves the function as it is, but for one rounding of the filters", () => {
  const image = Float64Array.from(randomPixels(1, 32, 4), (byte) => byte / 128 - 1);
  for (const checkpoint of [textbook, variant, wide]) {
    const description = describeNetwork(checkpoint);
    const folded = foldBatchNorm(description, checkpoint.tensors);
    const before = interpret(description, checkpoint.tensors, image);
    const after = interpret(folded.description, folded.tensors, image);
    const scale = Math.max(...before.map(Math.abs));
    const error = Math.max(...after.map((value, i) => Math.abs(value - before[i]!)));
    assertLess(error, 1e-6 * scale, description.title);
  }
});

Deno.test("foldBatchNorm() folds every norm after a convolution, and no other", () => {
  const fold = (checkpoint: Checkpoint) =>
    foldBatchNorm(describeNetwork(checkpoint), checkpoint.tensors).description;
  assertEquals(normCount(describeNetwork(textbook)), 7);
  assertEquals(normCount(fold(textbook)), 0);
  assertEquals(normCount(fold(variant)), 0);
  // Each block's first norm reads a sum, or a convolution that the sum reads too; so does the last.
  assertEquals(normCount(describeNetwork(wide)), 7);
  assertEquals(normCount(fold(wide)), 4);
});

Deno.test("foldBatchNorm() describes the tensors that it returns, and those only", () => {
  for (const checkpoint of [textbook, variant, wide]) {
    const { description, tensors } = foldBatchNorm(
      describeNetwork(checkpoint),
      checkpoint.tensors,
    );
    assertEquals(
      description.parameters.map(({ name, shape }) => [name, shape]).sort(),
      [...tensors].map(([name, { shape }]) => [name, shape]).sort(),
    );
  }
});

Deno.test("foldBatchNorm() changes nothing that was passed in", () => {
  const description = describeNetwork(textbook);
  const before = structuredClone({ description, tensors: textbook.tensors });
  foldBatchNorm(description, textbook.tensors);
  assertEquals({ description, tensors: textbook.tensors }, before);
});

Deno.test("foldBatchNorm() scales a convolution's own bias", () => {
  const [convolution, norm] = convolutionAndNorm("input", [1, 1, 1], 1);
  const { description, tensors } = foldBatchNorm(
    describeNodes([3, 1, 1], [{ ...convolution, bias: "b" }, norm]),
    new Map(Object.entries({
      w: { shape: [1, 3, 1, 1], data: Float32Array.of(1, 2, 3) },
      b: { shape: [1], data: Float32Array.of(5) },
      scale: { shape: [1], data: Float32Array.of(4) },
      offset: { shape: [1], data: Float32Array.of(7) },
      mean: { shape: [1], data: Float32Array.of(2) },
      variance: { shape: [1], data: Float32Array.of(3) },
    })),
  );
  assertEquals(description.nodes.map(({ name }) => name), ["input", "norm"]);
  assertEquals([...tensors.get("w")!.data], [2, 4, 6]);
  assertEquals([...tensors.get("offset")!.data], [13]);
});

Deno.test("foldBatchNorm() refuses a negative variance, naming tensor and channel", () => {
  const tensors = new Map(textbook.tensors);
  tensors.set("bn1.running_var", { shape: [4], data: Float32Array.of(1, 1, -0.5, 1) });
  assertThrows(
    () => foldBatchNorm(describeNetwork(textbook), tensors),
    RangeError,
    "Cannot normalize by tensor bn1.running_var as variances must be 0 or more: that of channel 2 is -0.5",
  );
});
