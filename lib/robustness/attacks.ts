import { imagePrng } from "./image_prng.ts";
import type { InputGradient } from "./input_gradient.ts";

/** Options of {@linkcode fgsm}. */
export interface FgsmOptions {
  /** How far a pixel may move, of its 255 steps; in (0, 255]. */
  readonly epsilon: number;
}

/** Options of {@linkcode pgd}. */
export interface PgdOptions extends FgsmOptions {
  /** How many gradients are followed; an integer above 0. */
  readonly steps: number;
  /** How far a step moves each pixel, of its 255 steps; in (0, 255]. */
  readonly stepSize: number;
  /** Seeds the random start; an integer. */
  readonly seed: number;
  /** The index of the first image in its set: the start of image i depends on the seed and i alone. @default {0} */
  readonly first?: number;
}

/**
 * The fast gradient sign method (Goodfellow, Shlens and Szegedy, "Explaining and harnessing adversarial examples", ICLR 2015,
 * section 4): each pixel moves by epsilon in the direction in which the cross-entropy of the image's own label grows, `x +
 * epsilon sign(dL/dx)`, kept within [0, 255]. Where the derivative is 0 a pixel stays.
 *
 * The network whose gradient is followed need not be the one that is attacked: an attack by another's gradient is a transfer
 * attack.
 *
 * @param pixels Bytes R G B, `[size, height, width, 3]`.
 * @param labels One class for each image.
 * @returns Bytes, at most epsilon away; with an epsilon that isn't whole rounded towards the original.
 *
 * @throws {RangeError} If epsilon is out of its range, or pixels and labels don't fit the network.
 *
 * @example
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { describeNetwork, useBackend } from "@bitbell/bitbell/networks";
 * import { fgsm, openInputGradient } from "@bitbell/bitbell/robustness";
 * import { assert } from "@std/assert";
 *
 * await useBackend("wasm");
 * const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const network = openInputGradient(describeNetwork(checkpoint), checkpoint.tensors);
 * const { pixels, labels } = generateShapes({ size: 4, seed: 1 });
 * const attacked = fgsm(network, pixels, labels, { epsilon: 2 });
 * network.dispose();
 * assert(attacked.every((pixel, i) => Math.abs(pixel - pixels[i]!) <= 2));
 * ```
 */
export function fgsm(
  network: InputGradient,
  pixels: Uint8Array,
  labels: ArrayLike<number>,
  { epsilon }: FgsmOptions,
): Uint8Array {
  assertDistance("epsilon", epsilon);
  const { gradients } = network.at(pixels, labels);
  return towards(pixels, (i) => pixels[i]! + epsilon * Math.sign(gradients[i]!));
}

/**
 * Projected gradient descent on the negative cross-entropy in the maximum norm (Madry et al., "Towards deep learning models
 * resistant to adversarial attacks", ICLR 2018, section 2.1): from a random start within epsilon, each step moves every pixel
 * by the step size in the direction in which the loss grows, and back to within epsilon of the original and [0, 255]. Between
 * the steps pixels are not whole; the result is, rounded towards the original.
 *
 * Madry et al. attack CIFAR-10 at epsilon 8 with 7 or 20 steps of 2.
 *
 * @param pixels Bytes R G B, `[size, height, width, 3]`.
 * @param labels One class for each image.
 * @returns Bytes, at most epsilon away.
 *
 * @throws {RangeError} If an option is out of its range, or pixels and labels don't fit the network.
 *
 * @example
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { describeNetwork, useBackend } from "@bitbell/bitbell/networks";
 * import { openInputGradient, pgd } from "@bitbell/bitbell/robustness";
 * import { assertGreater } from "@std/assert";
 *
 * await useBackend("wasm");
 * const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const network = openInputGradient(describeNetwork(checkpoint), checkpoint.tensors);
 * const { pixels, labels } = generateShapes({ size: 4, seed: 1 });
 * const attacked = pgd(network, pixels, labels, { epsilon: 2, steps: 5, stepSize: 0.5, seed: 1 });
 * const loss = (images: Uint8Array) => network.at(images, labels).losses.reduce((a, b) => a + b);
 * assertGreater(loss(attacked), loss(pixels));
 * network.dispose();
 * ```
 */
export function pgd(
  network: InputGradient,
  pixels: Uint8Array,
  labels: ArrayLike<number>,
  { epsilon, steps, stepSize, seed, first = 0 }: PgdOptions,
): Uint8Array {
  assertDistance("epsilon", epsilon);
  assertDistance("stepSize", stepSize);
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new RangeError(
      `Cannot attack images as steps must be an integer above 0: current value is ${steps}`,
    );
  }
  const within = (value: number, i: number) =>
    clamp(value, Math.max(0, pixels[i]! - epsilon), Math.min(255, pixels[i]! + epsilon));
  const imageLength = pixels.length / labels.length;
  let current = new Float64Array(pixels.length);
  for (let image = 0; image < labels.length; image++) {
    const prng = imagePrng(seed, first + image);
    const end = (image + 1) * imageLength;
    for (let i = image * imageLength; i < end; i++) {
      current[i] = within(pixels[i]! + epsilon * (2 * prng() - 1), i);
    }
  }
  for (let step = 0; step < steps; step++) {
    const { gradients } = network.at(current, labels);
    current = current.map((pixel, i) => within(pixel + stepSize * Math.sign(gradients[i]!), i));
  }
  return towards(pixels, (i) => current[i]!);
}

/** The bytes nearest to the wanted values on the way from the original ones. */
function towards(pixels: Uint8Array, wanted: (i: number) => number): Uint8Array {
  return pixels.map((pixel, i) => pixel + Math.trunc(clamp(wanted(i), 0, 255) - pixel));
}

function clamp(value: number, lower: number, upper: number): number {
  return Math.min(upper, Math.max(lower, value));
}

function assertDistance(name: string, value: number): void {
  if (!(value > 0 && value <= 255)) {
    throw new RangeError(
      `Cannot attack images as ${name} must be in (0, 255]: current value is ${value}`,
    );
  }
}
