import { quantizeTensor } from "../lib/compression/quantize_tensor.ts";
import { laplace } from "../lib/distributions/laplace.ts";
import { selectDistribution } from "../lib/goodness/select_distribution.ts";
import { createPrng } from "../lib/numerics/prng.ts";
import type { MeasuredSpeed } from "./protocol.ts";
import { type Setting, settingName } from "./results.ts";
import { imagesOf, networkOf, type Scene } from "./scene.ts";
import type { CellContext, Speed } from "./tables/table.ts";

/** How many images tell how fast a network is. */
const trialImages = 16;
/** How many weights tell how fast the designs are: of a tensor, and of a group of its weights. */
const trialWeights = 10_000;
const trialGroup = 300;

/** Measures, in a moment, how fast this machine fits, quantizes and evaluates on one core. */
export async function measureSpeed(
  context: CellContext,
  { settings, networks }: {
    readonly settings: readonly Setting[];
    readonly networks: readonly string[];
  },
): Promise<MeasuredSpeed> {
  const sample = trialSample();
  const evaluate: Record<string, number> = {};
  for (const label of networks) evaluate[label] = await secondsPerImage(context, label);
  return {
    fit: secondsOf(() => void selectDistribution(sample)) / sample.length,
    quantize: Object.fromEntries(
      settings.map((setting) => [settingName(setting), secondsPerWeight(setting, sample)]),
    ),
    evaluate,
  };
}

/** What that comes to for the networks of a scene. */
export function speedOf(scene: Scene, { fit, quantize, evaluate }: MeasuredSpeed): Speed {
  const trials = Object.values(quantize);
  const mean = trials.reduce((sum, time) => sum + time, 0) / (trials.length || 1);
  const weightsOf = (network: string) => networkOf(scene, network).record.weights;
  return {
    fit: (network) => fit * weightsOf(network),
    quantize: (network, setting) => (quantize[settingName(setting)] ?? mean) * weightsOf(network),
    evaluate: (network) =>
      (evaluate[network] ?? 0) * (imagesOf(scene, network)?.record.images ?? 0),
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
  return Math.min(secondsOf(work), secondsOf(work)) / group.length;
}

/** How long a core takes to classify an image. */
async function secondsPerImage(context: CellContext, label: string): Promise<number> {
  // Loaded here, as tables without images need not wait for TensorFlow.js.
  const { openPredictor } = await import("../lib/networks/predictor.ts");
  const { describeNetwork } = await import("../lib/networks/registry.ts");
  const { network } = networkOf(context.scene, label);
  const { record: { name } } = imagesOf(context.scene, label)!;
  const source = await context.images(name);
  const size = Math.min(trialImages, source.size);
  const pixels = await source.read(0, size);
  const checkpoint = await context.checkpoint(label);
  const { backend } = context.scene.selection;
  const description = describeNetwork(checkpoint, { network });
  const predictor = await openPredictor(description, checkpoint.tensors, { backend });
  // The first prediction compiles the kernels.
  await predictor.predict(pixels, size);
  const start = performance.now();
  await predictor.predict(pixels, size);
  const seconds = (performance.now() - start) / 1000;
  predictor.close();
  return seconds / size;
}

/** Weights of no network, so that none can be unfit for a trial. */
function trialSample(): Float32Array {
  const draws = laplace({ location: 0, scale: 0.05 }).sample(trialWeights, { prng: createPrng(1) });
  return Float32Array.from(draws);
}

function secondsOf(body: () => unknown): number {
  const start = performance.now();
  body();
  return (performance.now() - start) / 1000;
}
