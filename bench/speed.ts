import { selectImages } from "../datasets/balanced_subset.ts";
import { quantizeTensor } from "../lib/compression/quantize_tensor.ts";
import { laplace } from "../lib/distributions/laplace.ts";
import { selectDistribution } from "../lib/goodness/select_distribution.ts";
import { createPrng } from "../lib/numerics/prng.ts";
import { type Setting, settingName } from "./results.ts";
import type { Scene } from "./scene.ts";
import type { Speed } from "./tables/table.ts";

/** How many images tell how fast a network is. */
const trialImages = 8;
/** How many weights tell how fast the designs are: of a tensor, and of a group of its weights. */
const trialWeights = 10_000;
const trialGroup = 300;

/** Measures, in a moment, how fast this machine fits, quantizes and evaluates what the scene holds. */
export async function measureSpeed(
  scene: Scene,
  { workers, settings, evaluates }: {
    readonly workers: number;
    readonly settings: readonly Setting[];
    readonly evaluates: boolean;
  },
): Promise<Speed> {
  const sample = trialSample();
  const fitSeconds = seconds(() => void selectDistribution(sample)) / sample.length;
  const trials = new Map<string, number>();
  for (const setting of settings) {
    const name = settingName(setting);
    if (!trials.has(name)) trials.set(name, secondsPerWeight(setting, sample));
  }
  const mean = [...trials.values()].reduce((sum, time) => sum + time, 0) / (trials.size || 1);

  const perImage = evaluates ? await secondsPerImage(scene) : new Map<string, number>();
  const weightsOf = (network: string) => scene.network(network).record.weights;
  return {
    fit: (network) => fitSeconds * weightsOf(network),
    quantize: (network, setting) => (trials.get(settingName(setting)) ?? mean) * weightsOf(network),
    evaluate: (network) => (perImage.get(network) ?? 0) * imagesFor(scene, network) / workers,
  };
}

function secondsPerWeight(
  { method, bits, granularity, objective }: Setting,
  sample: Float32Array,
): number {
  const group = granularity === "tensor" ? sample : sample.subarray(0, trialGroup);
  const tensor = { shape: [group.length / 100, 100], data: group };
  const work = () => void quantizeTensor(tensor, { method, bits, objective });
  // The first call may compile the kernels.
  return Math.min(seconds(work), seconds(work)) / group.length;
}

/** How long one core takes to classify an image, for each network whose images are there. */
async function secondsPerImage(scene: Scene): Promise<ReadonlyMap<string, number>> {
  // Loaded here, as tables without images need not wait for TensorFlow.js.
  const { useBackend } = await import("../lib/networks/backend.ts");
  const { buildNetwork } = await import("../lib/networks/build.ts");
  await useBackend("wasm");
  const found = new Map<string, number>();
  for (const { record, checkpoint, evaluable } of scene.networks) {
    const set = scene.sets.find(({ record: { name } }) => name === record.dataset);
    if (!evaluable || set === undefined) continue;
    const size = Math.min(trialImages, set.images.size);
    const { pixels } = selectImages(set.images, Array.from({ length: size }, (_, i) => i));
    const network = buildNetwork(checkpoint);
    // The first prediction compiles the kernels.
    network.predict(pixels, size);
    found.set(record.label, seconds(() => void network.predict(pixels, size)) / size);
    network.dispose();
  }
  return found;
}

function imagesFor(scene: Scene, network: string): number {
  const { dataset } = scene.network(network).record;
  return scene.sets.find(({ record }) => record.name === dataset)?.images.size ?? 0;
}

/** Weights of no network, so that none can be unfit for a trial. */
function trialSample(): Float32Array {
  const draws = laplace({ location: 0, scale: 0.05 }).sample(trialWeights, { prng: createPrng(1) });
  return Float32Array.from(draws);
}

function seconds(body: () => unknown): number {
  const start = performance.now();
  body();
  return (performance.now() - start) / 1000;
}
