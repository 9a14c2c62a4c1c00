import type { ImageSet } from "../../datasets/image_set.ts";
import type { Checkpoint, Tensor } from "../checkpoints/checkpoint.ts";
import {
  type NamedTensor,
  selectTensors,
  type SelectTensorsOptions,
} from "../compression/select_tensors.ts";
import type { NetworkDescription } from "../networks/description.ts";
import { describeNetwork } from "../networks/registry.ts";
import { mean, meanSquare, populationVariance } from "../numerics/moments.ts";
import { createPrng } from "../numerics/prng.ts";
import { assertImages } from "./image_batches.ts";
import { outputChange, outputsOf } from "./output_change.ts";

/** Options for {@linkcode fisherWeights}. */
export interface FisherWeightsOptions extends SelectTensorsOptions {
  /** The images; their labels aren't used. */
  readonly dataset: ImageSet;
  /** Seeds the signs; an integer. @default {0} */
  readonly seed?: number;
  /**
   * How far each weight is moved: a share of the root mean square of the tensor's weights, in [1e-4, 1].
   *
   * @default {0.01}
   */
  readonly perturbation?: number;
  /**
   * In how many random directions, at least 2.
   *
   * @default {4}
   */
  readonly samples?: number;
  /** Stops between two batches of images; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each direction, with the number of those done and of all tensors together. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a unit of squared error in each tensor costs, by the tensor's name. */
export interface FisherWeights {
  /** The mean of the diagonal of the Fisher information of the tensor's weights: what `distortionCurves` takes as `weighting`. */
  readonly weights: Readonly<Record<string, number>>;
  /** The standard error of each, of the choice of directions: the images are taken as given. */
  readonly standardErrors: Readonly<Record<string, number>>;
}

/** Moved by less, weights in single precision would hardly move. */
const leastPerturbation = 1e-4;

const action = "measure Fisher information";

/**
 * The mean diagonal of the Fisher information of each tensor's weights, by the network's outputs alone: no gradients, no labels.
 *
 * Where a tensor is moved by errors e, the divergence of the outputs is `e^T F e / 2` nats per image to second order, F the Fisher information of the classes that the
 * network itself expects. So errors that are independent and of mean 0 cost half this weight times the sum of their squares. Here e has random signs and one magnitude, for which
 * that is the expectation (Hutchinson, "A stochastic estimator of the trace of the influence matrix for Laplacian smoothing splines", Communications in Statistics 18, 1989).
 * Each direction is taken forwards and backwards, which cancels what is of third order.
 *
 * Accuracy: the choice of directions gives a relative standard deviation of `sqrt(2 / samples) |F - diag F| / trace F` in Frobenius norm, which `standardErrors` measures; few
 * images may dominate F, so it is seldom small, and a factor of 2 is half a bit. What remains of fourth order grows with the square of the perturbation; rounding in
 * single precision is of relative size `1e-7 logits / (change of the logits)` and falls with it. In between the result hardly depends on the perturbation: compare two
 * where in doubt. A tensor of zeros, which quantization leaves alone, gets weight 0.
 *
 * The network computes all images `2 samples` times for each tensor. The same seed and images give the same result. Call `useBackend` first.
 *
 * @throws {RangeError} If there are no images, an option is out of its range, there is no tensor to measure, or a value or a logit isn't finite.
 * @throws {TypeError} If the checkpoint doesn't fit its network, or the images are of another size than it takes.
 * @throws {Error} If no backend is in use.
 *
 * @example Bits where the outputs need them
 * ```ts
 * import { allocateBits, distortionCurves } from "@bitbell/bitbell";
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint, generateShapes } from "@bitbell/bitbell/datasets";
 * import { useBackend } from "@bitbell/bitbell/networks";
 * import { fisherWeights } from "@bitbell/bitbell/calibration";
 * import { assertGreater, assertLess } from "@std/assert";
 *
 * await useBackend("wasm");
 * const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
 * const { weights } = await fisherWeights(checkpoint, { dataset: generateShapes({ size: 20, seed: 1 }), samples: 2 });
 * assertGreater(weights["conv1.weight"]!, weights["layer3.0.conv2.weight"]!);
 * const curves = await distortionCurves(checkpoint, { method: "lloyd-max-laplace", bits: [2, 3, 4, 5], weighting: weights });
 * assertLess(allocateBits(curves, { averageBits: 4 }).averageBits, 4.001);
 * ```
 */
export async function fisherWeights(
  checkpoint: Checkpoint,
  options: FisherWeightsOptions,
): Promise<FisherWeights> {
  const description = describeNetwork(checkpoint, options);
  const selected = selectTensors(checkpoint, options);
  if (selected.length === 0) {
    throw new RangeError(
      `Cannot ${action} as there must be a tensor to measure: the first and the last layer are left out`,
    );
  }
  return await measureFisher(description, checkpoint.tensors, selected, options);
}

/** {@linkcode fisherWeights} of some tensors of a network that was described by hand. */
export async function measureFisher(
  description: NetworkDescription,
  tensors: Checkpoint["tensors"],
  selected: readonly NamedTensor[],
  { dataset, seed = 0, perturbation = 0.01, samples = 4, signal, onProgress }: FisherWeightsOptions,
): Promise<FisherWeights> {
  assertOptions({ perturbation, samples });
  assertImages(dataset, description, action);
  const prng = createPrng(seed);
  const reference = await outputsOf(description, tensors, { dataset, signal });
  const divergenceOf = async (name: string, tensor: Tensor<Float32Array>) => {
    const changed = new Map(tensors).set(name, tensor);
    const outputs = await outputsOf(description, changed, { dataset, signal });
    return outputChange(reference, outputs, description.classes).divergence;
  };
  const weights: Record<string, number> = {}, standardErrors: Record<string, number> = {};
  let done = 0;
  for (const [name, { shape, data }] of selected) {
    const step = perturbation * Math.sqrt(meanSquare(data));
    // For the sum of both ways, each half the mean times the squared error.
    const scale = step > 0 ? 1 / (step * step * data.length) : 0;
    const estimates = new Float64Array(samples);
    for (let sample = 0; sample < samples; sample++) {
      const errors = Float64Array.from(data, () => prng() < 0.5 ? -step : step);
      const forwards = data.map((weight, i) => weight + errors[i]!);
      const backwards = data.map((weight, i) => weight - errors[i]!);
      estimates[sample] = scale * (await divergenceOf(name, { shape, data: forwards }) +
        await divergenceOf(name, { shape, data: backwards }));
      onProgress?.(++done, selected.length * samples);
    }
    weights[name] = mean(estimates);
    standardErrors[name] = Math.sqrt(populationVariance(estimates) / (samples - 1));
  }
  return { weights, standardErrors };
}

function assertOptions(
  { perturbation, samples }: Required<Pick<FisherWeightsOptions, "perturbation" | "samples">>,
): void {
  if (!(perturbation >= leastPerturbation && perturbation <= 1)) {
    throw new RangeError(
      `Cannot ${action} as perturbation must be in [${leastPerturbation}, 1]: current value is ${perturbation}`,
    );
  }
  if (!Number.isSafeInteger(samples) || samples < 2) {
    throw new RangeError(
      `Cannot ${action} as samples must be an integer of at least 2: current value is ${samples}`,
    );
  }
}
