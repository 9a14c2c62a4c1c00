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
/** How long the designs may be tried. */
const trialSeconds = 5;

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
  for (const label of networks) {
    try {
      evaluate[label] = await secondsPerImage(context, label);
    } catch {
      // The network's own cells say what is wrong; the others are measured all the same.
    }
  }
  return {
    fit: secondsOf(() => void selectDistribution(sample)) / sample.length,
    quantize: measureQuantization(settings, sample),
    evaluate,
  };
}

/** What that comes to for the networks of a scene. */
export function speedOf(scene: Scene, { fit, quantize, evaluate }: MeasuredSpeed): Speed {
  const mean = meanOf(Object.values(quantize));
  const weightsOf = (network: string) => networkOf(scene, network).record.weights;
  return {
    fit: (network) => fit * weightsOf(network),
    quantize: (network, setting) => (quantize[settingName(setting)] ?? mean) * weightsOf(network),
    evaluate: (network) =>
      (evaluate[network] ?? 0) * (imagesOf(scene, network)?.record.images ?? 0),
  };
}

/** Every method at one width first, then at others, as long as there is time; a width that isn't tried takes as long as its method's nearest. */
function measureQuantization(
  settings: readonly Setting[],
  sample: Float32Array,
): Readonly<Record<string, number>> {
  const unique = [...new Map(settings.map((setting) => [settingName(setting), setting])).values()];
  const byMethod = [
    ...Map.groupBy(unique, (setting) => settingName({ ...setting, bits: 0 })).values(),
  ];
  const rounds = Math.max(0, ...byMethod.map(({ length }) => length));
  const order = Array.from(
    { length: rounds },
    (_, i) => byMethod.flatMap((group) => group[i] ?? []),
  );
  const end = performance.now() + 1000 * trialSeconds;
  const measured: Record<string, number> = {};
  for (const setting of order.flat()) {
    if (performance.now() > end) break;
    measured[settingName(setting)] = secondsPerWeight(setting, sample);
  }
  const nearest = (setting: Setting) =>
    byMethod.find((group) => group.includes(setting))!
      .toSorted((a, b) => Math.abs(a.bits - setting.bits) - Math.abs(b.bits - setting.bits))
      .map((other) => measured[settingName(other)]).find((seconds) => seconds !== undefined);
  const mean = meanOf(Object.values(measured));
  return Object.fromEntries(
    unique.map((setting) => [settingName(setting), nearest(setting) ?? mean]),
  );
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
  try {
    // The first prediction compiles the kernels.
    await predictor.predict(pixels, size);
    const start = performance.now();
    await predictor.predict(pixels, size);
    return (performance.now() - start) / 1000 / size;
  } finally {
    predictor.close();
  }
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

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
}
