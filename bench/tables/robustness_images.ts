import { balancedSubset } from "../../datasets/balanced_subset.ts";
import { type ImageSource, sourceOf } from "../../datasets/image_set.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { batchSize } from "../../lib/evaluation/image_batches.ts";
import { useBackend } from "../../lib/networks/backend.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { fgsm, pgd } from "../../lib/robustness/attacks.ts";
import { compressJpeg } from "../../lib/robustness/compress_jpeg.ts";
import { openInputGradient } from "../../lib/robustness/input_gradient.ts";
import { attackSource, perturbSource } from "../../lib/robustness/perturb_source.ts";
import { addGaussianNoise, changeContrast } from "../../lib/robustness/perturbations.ts";
import {
  attackedImages,
  type HardCondition,
  pgdSteps,
  pgdStepShare,
} from "./robustness_conditions.ts";

/** Images with something taken from them that follows from themselves. */
export function corrupted(
  source: ImageSource,
  { kind, amount }: Extract<HardCondition, { amount: number }>,
  seed: number,
): ImageSource {
  const { height, width } = source;
  switch (kind) {
    case "noise":
      return perturbSource(
        source,
        (pixels, image) => addGaussianNoise(pixels, { standardDeviation: amount, seed, image }),
      );
    case "contrast":
      return perturbSource(source, (pixels) => changeContrast(pixels, amount));
    case "jpeg":
      return perturbSource(
        source,
        (pixels) => compressJpeg(pixels, { height, width, quality: amount }),
      );
  }
}

/** The images that are attacked: the first balanced ones, or all where there are no more. */
export function imagesOfAttacks(source: ImageSource): ImageSource {
  const most = attackedImages(source.height);
  if (source.size <= most) return source;
  const indices = balancedSubset(source.labels, source.classes, most);
  const length = source.height * source.width * 3;
  return {
    ...source,
    size: indices.length,
    labels: Uint16Array.from(indices, (index) => source.labels[index]!),
    async read(from, to) {
      const pixels = new Uint8Array((to - from) * length);
      for (let i = from; i < to; i++) {
        pixels.set(await source.read(indices[i]!, indices[i]! + 1), (i - from) * length);
      }
      return pixels;
    },
  };
}

/** All images of a source as a network's own gradient attacks them, on TensorFlow.js's wasm whatever computes the accuracy. */
export async function attacked(
  source: ImageSource,
  { kind, epsilon }: Extract<HardCondition, { epsilon: number }>,
  { checkpoint, network: architecture, seed, progress }: {
    readonly checkpoint: Checkpoint;
    readonly network?: string;
    readonly seed: number;
    readonly progress: (fraction: number) => void;
  },
): Promise<ImageSource> {
  await useBackend("wasm");
  const description = describeNetwork(checkpoint, { network: architecture });
  const network = openInputGradient(description, checkpoint.tensors);
  const attack = attackSource(
    source,
    (pixels, labels, first) =>
      kind === "fgsm" ? fgsm(network, pixels, labels, { epsilon }) : pgd(network, pixels, labels, {
        epsilon,
        steps: pgdSteps,
        stepSize: pgdStepShare * epsilon,
        seed,
        first,
      }),
  );
  try {
    return await inMemory(attack, progress);
  } finally {
    network.dispose();
  }
}

/** Reads all images of a source. */
async function inMemory(
  source: ImageSource,
  progress: (fraction: number) => void,
): Promise<ImageSource> {
  const { size, height, width } = source;
  const length = height * width * 3, batch = batchSize(source);
  const pixels = new Uint8Array(size * length);
  for (let from = 0; from < size; from += batch) {
    const to = Math.min(size, from + batch);
    pixels.set(await source.read(from, to), from * length);
    progress(to / size);
  }
  return sourceOf({ ...source, pixels });
}
