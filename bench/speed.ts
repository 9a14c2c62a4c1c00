import { selectImages } from "../datasets/balanced_subset.ts";
import { laplace } from "../lib/distributions/laplace.ts";
import { selectDistribution } from "../lib/goodness/select_distribution.ts";
import { createPrng } from "../lib/numerics/prng.ts";
import { designCodebook } from "../lib/quantizers/methods.ts";
import { quantize } from "../lib/codebooks/quantize.ts";
import type { Scene } from "./scene.ts";
import type { Speed } from "./tables/table.ts";

/** How many images tell how fast a network is. */
const trialImages = 8;
/** How many weights tell how fast the designs are. */
const trialWeights = 10_000;

/** Measures, in a moment, how fast this machine fits, quantizes and evaluates what the scene holds. */
export async function measureSpeed(
  scene: Scene,
  { workers, evaluates }: { workers: number; evaluates: boolean },
): Promise<Speed> {
  const { methods, bits } = scene.selection;
  const sample = trialSample();
  const fitSeconds = seconds(() => void selectDistribution(sample)) / sample.length;
  const quantizeSeconds = seconds(() => {
    for (const method of methods) {
      for (const width of bits) {
        quantize(sample, designCodebook(sample, { method, bits: width }));
      }
    }
  }) / (methods.length * bits.length * sample.length);

  const perImage = evaluates ? await secondsPerImage(scene) : new Map<string, number>();
  const weightsOf = (network: string) => scene.network(network).record.weights;
  return {
    fit: (network) => fitSeconds * weightsOf(network),
    quantize: (network) => quantizeSeconds * weightsOf(network),
    evaluate: (network) => (perImage.get(network) ?? 0) * imagesFor(scene, network) / workers,
  };
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

function seconds(body: () => void): number {
  const start = performance.now();
  body();
  return (performance.now() - start) / 1000;
}
