import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import type { NetworkDescription } from "../../lib/networks/description.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { openInputGradient } from "../../lib/robustness/input_gradient.ts";
import { slowTest } from "../needs_data.ts";
import {
  cifarResNetShapes,
  convolutionShortcutShapes,
  mobileNetShapes,
  randomCheckpoint,
  randomPixels,
  type Shapes,
  squeezeNetShapes,
} from "../networks/random_networks.ts";
import { interpret } from "../networks/reference.ts";
import { assertRelative } from "../tolerance.ts";
import { robustnessFixture, tinyNetwork } from "./tiny_network.ts";

Deno.test("openInputGradient() has PyTorch's losses and derivatives", async () => {
  await useBackend("wasm");
  const { description, tensors, pixels, labels } = tinyNetwork();
  const network = openInputGradient(description, tensors);
  const { losses, gradients } = network.at(pixels, labels);
  network.dispose();
  const { losses: expected, gradients: slopes } = robustnessFixture.attack;
  expected.forEach((loss, i) => assertRelative(losses[i]!, loss, 1e-5, `loss ${i}`, 1 + loss));
  const length = pixels.length / labels.length;
  slopes.forEach((slope, i) => {
    const image = Math.floor(i / length);
    const scale = Math.max(...slopes.slice(image * length, (image + 1) * length).map(Math.abs));
    assertRelative(gradients[i]!, slope, 2e-6, `image ${image}, value ${i % length}`, scale);
  });
});

Deno.test("openInputGradient() differentiates single images as it does several", async () => {
  await useBackend("wasm");
  const { description, tensors, pixels, labels } = tinyNetwork();
  const network = openInputGradient(description, tensors);
  const all = network.at(pixels, labels);
  const length = pixels.length / labels.length;
  const third = network.at(pixels.subarray(2 * length, 3 * length), [labels[2]!]);
  network.dispose();
  assertEquals(third.losses[0], all.losses[2]);
  assertEquals(third.gradients, all.gradients.slice(2 * length, 3 * length));
});

/** The cross-entropy by the interpreter, in double precision, of one image of the order NHWC. */
function lossOf(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
  pixels: ArrayLike<number>,
  label: number,
): number {
  const { normalization: { mean, standardDeviation }, input: { height, width } } = description;
  const area = height * width;
  const planes = Float64Array.from({ length: 3 * area }, (_, i) => {
    const channel = Math.floor(i / area);
    return (pixels[(i % area) * 3 + channel]! / 255 - mean[channel]!) / standardDeviation[channel]!;
  });
  const logits = interpret(description, tensors, planes);
  const most = Math.max(...logits);
  return most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0)) -
    logits[label]!;
}

const small = { blocks: 1, widths: [4, 6, 8], classes: 10 } as const;
const squeezeNet = squeezeNetShapes({
  kernel: 3,
  first: 4,
  fires: Array.from({ length: 8 }, () => [2, 4] as const),
  classes: 5,
  names: "torchvision",
});
const architectures: readonly [name: string, shapes: Shapes][] = [
  ["a CIFAR ResNet", cifarResNetShapes(small)],
  ["a ResNet with convolution shortcuts", convolutionShortcutShapes({ ...small, first: 4 })],
];
const largeArchitectures: readonly [name: string, shapes: Shapes][] = [
  ["MobileNet v1", mobileNetShapes(2, 3)],
  ["SqueezeNet", squeezeNet],
];

for (const [name, shapes] of [...architectures, ...largeArchitectures]) {
  const test = largeArchitectures.some(([large]) => large === name) ? slowTest : Deno.test;
  test(`openInputGradient() of ${name} agrees with finite differences in double precision`, async () => {
    await useBackend("wasm");
    const checkpoint = randomCheckpoint(shapes, 3);
    const description = describeNetwork(checkpoint);
    const pixels = randomPixels(1, description.input.height, 2);
    const label = 1;
    const network = openInputGradient(description, checkpoint.tensors);
    const { losses, gradients } = network.at(pixels, [label]);
    network.dispose();
    const loss = (step: number, direction: ArrayLike<number>) =>
      lossOf(
        description,
        checkpoint.tensors,
        Float64Array.from(pixels, (pixel, i) => pixel + step * direction[i]!),
        label,
      );
    assertRelative(losses[0]!, loss(0, pixels), 1e-4, "loss", 1 + losses[0]!);
    // Along the gradient itself, and from one corner of the image to the other.
    const norm = Math.sqrt(gradients.reduce((sum, slope) => sum + slope * slope, 0));
    assertGreater(norm, 0);
    const ramp = Float64Array.from(pixels, (_, i) => i / pixels.length - 0.3);
    for (const direction of [gradients.map((slope) => slope / norm), ramp]) {
      const step = 1e-3;
      const difference = (loss(step, direction) - loss(-step, direction)) / (2 * step);
      const slope = direction.reduce((sum, part, i) => sum + part * gradients[i]!, 0);
      assertRelative(slope, difference, 2e-3, name, norm);
    }
  });
}

Deno.test("openInputGradient() keeps derivatives where the network is sure beyond single precision", async () => {
  await useBackend("wasm");
  // Another class is 60 nats behind, so p rounds to 1 even in double precision.
  const bias = [60, 0, -500, -500];
  const linear = robustnessFixture.attack.tensors["linear"]!.map((weight) => weight / 1000);
  const { description, tensors, pixels } = tinyNetwork({ bias, linear });
  const network = openInputGradient(description, tensors);
  const length = description.input.height * description.input.width * 3;
  const image = pixels.subarray(0, length);
  const sure = network.at(image, [0]), wrong = network.at(image, [1]);
  network.dispose();
  // With two classes in question p is a function of one difference, and both gradients have its direction.
  assertRelative(sure.losses[0]!, Math.exp(-wrong.losses[0]!), 1e-6, "loss");
  const ratio = Math.exp(-wrong.losses[0]!);
  wrong.gradients.forEach((slope, i) =>
    assertRelative(sure.gradients[i]!, -slope * ratio, 1e-5, `value ${i}`, Math.abs(slope * ratio))
  );
  assertGreater(sure.gradients.filter((slope) => slope !== 0).length, length / 2);
});

Deno.test("openInputGradient() refuses labels and pixels that don't fit, and tensors that aren't finite", async () => {
  await useBackend("wasm");
  const { description, tensors, pixels, labels } = tinyNetwork();
  const network = openInputGradient(description, tensors);
  assertThrows(
    () => network.at(pixels.subarray(1), labels),
    RangeError,
    "Cannot differentiate a loss as a tiny network takes 108 pixels for each label: current values are 647 pixels and 6 labels",
  );
  assertThrows(
    () => network.at(pixels, [0, 1, 2, 3, 4, 0]),
    RangeError,
    "Cannot differentiate a loss as labels must be integers in [0, 3]: that of image 4 is 4",
  );
  assertThrows(() => network.at(new Uint8Array(0), []), RangeError, "0 pixels and 0 labels");
  network.dispose();
  const broken = new Map(tensors).set("bias", { shape: [4], data: new Float32Array(4).fill(NaN) });
  assertThrows(() => openInputGradient(description, broken), RangeError, "tensor bias has NaN");
});
