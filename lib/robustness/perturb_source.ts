import type { ImageSource } from "../../datasets/image_set.ts";

/** Makes another image of one: bytes R G B, `[height, width, 3]`, and its index in its source. */
export type Perturbation = (image: Uint8Array, index: number) => Uint8Array | Promise<Uint8Array>;

/**
 * Makes other images of several: bytes R G B, `[size, height, width, 3]`, their labels, and the index of the first one in its
 * source.
 */
export type Attack = (pixels: Uint8Array, labels: Uint16Array, first: number) => Uint8Array;

/**
 * A source of perturbed images: each is perturbed when it is read, so memory doesn't grow with their number. It has the
 * original's name and labels.
 *
 * @example
 * ```ts
 * import { generateShapes, sourceOf } from "@bitbell/bitbell/datasets";
 * import { addGaussianNoise, perturbSource } from "@bitbell/bitbell/robustness";
 * import { assertEquals } from "@std/assert";
 *
 * const noisy = perturbSource(
 *   sourceOf(generateShapes({ size: 10, seed: 1 })),
 *   (pixels, image) => addGaussianNoise(pixels, { standardDeviation: 0.04, seed: 1, image }),
 * );
 * const [both, second] = [await noisy.read(0, 2), await noisy.read(1, 2)];
 * assertEquals(both.subarray(both.length / 2), second);
 * ```
 */
export function perturbSource(source: ImageSource, perturb: Perturbation): ImageSource {
  const length = source.height * source.width * 3;
  return {
    ...source,
    async read(from, to) {
      const pixels = await source.read(from, to);
      const perturbed = new Uint8Array(pixels.length);
      for (let i = 0; i < to - from; i++) {
        const image = pixels.subarray(i * length, (i + 1) * length);
        perturbed.set(await perturb(image, from + i), i * length);
      }
      return perturbed;
    },
  };
}

/**
 * A source of attacked images: those of each batch are attacked together when it is read.
 *
 * @example
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes, sourceOf } from "@bitbell/bitbell/datasets";
 * import { measureAccuracy } from "@bitbell/bitbell/evaluation";
 * import { describeNetwork, openPredictor } from "@bitbell/bitbell/networks";
 * import { attackSource, fgsm, openInputGradient } from "@bitbell/bitbell/robustness";
 * import { assertLess } from "@std/assert";
 *
 * const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const description = describeNetwork(checkpoint);
 * const predictor = await openPredictor(description, checkpoint.tensors);
 * const network = openInputGradient(description, checkpoint.tensors);
 * const images = sourceOf(generateShapes({ size: 32, seed: 1 }));
 * const attacked = attackSource(images, (pixels, labels) => fgsm(network, pixels, labels, { epsilon: 4 }));
 * const { top1 } = await measureAccuracy(predictor, attacked);
 * assertLess(top1, (await measureAccuracy(predictor, images)).top1);
 * predictor.close();
 * network.dispose();
 * ```
 */
export function attackSource(source: ImageSource, attack: Attack): ImageSource {
  return {
    ...source,
    read: async (from, to) =>
      attack(await source.read(from, to), source.labels.subarray(from, to), from),
  };
}
