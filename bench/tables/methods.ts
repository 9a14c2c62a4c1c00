import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { quantizableTensors } from "../../lib/compression/select_tensors.ts";
import { distribution } from "../../lib/distributions/families.ts";
import { selectDistribution } from "../../lib/goodness/select_distribution.ts";
import { populationVariance } from "../../lib/numerics/moments.ts";
import { shannonLowerBound } from "../../lib/quantizers/bounds.ts";
import { type Cell, type CellKey, cellsOf, type Setting, variantName } from "../results.ts";
import { imagesOf, type Scene } from "../scene.ts";
import {
  accuracyBits,
  bestVariants,
  boundFamilies,
  exactBound,
  likelyVariants,
  type MethodResult,
  methodSettings,
  shannonBound,
} from "./method_cells.ts";
import { methodsPage } from "./methods_page.ts";
import { networkError, sum } from "./network_error.ts";
import type { BenchTable, CellContext } from "./table.ts";

const name = "methods";

/** How many times longer it takes to fit all families of the bound than the two of the table of fits. */
const boundFits = 3;

/** Every method at every width, in squared error and in accuracy: on all networks, but only the best ones on those besides the usual. */
export const methodsTable: BenchTable = {
  name,
  title: "Methods: what each one costs in squared error and in accuracy",
  anyDataset: true,
  onRequest: true,
  module: import.meta.url,

  plan: (scene, done) => planOf(scene, bestOf(scene, done) ?? []),
  tentative: (scene, done) =>
    bestOf(scene, done) === undefined
      ? planOf(scene, likelyVariants(scene.selection)).filter(({ network }) =>
        !usualLabels(scene).includes(network)
      )
      : [],

  estimate({ network, setting, variant }, speed) {
    if (variant !== undefined) return boundFits * speed.fit(network);
    if (setting === undefined) return speed.evaluate(network);
    return speed.quantize(network, setting) +
      (accuracyBits.includes(setting.bits) ? speed.evaluate(network) : 0);
  },

  async run({ network, setting, variant }, context): Promise<MethodResult> {
    const checkpoint = await context.checkpoint(network);
    if (variant !== undefined) return shannonBoundOf(checkpoint);
    if (setting === undefined) return await accuracyOf(network, checkpoint, context);
    try {
      const { checkpoint: quantized, layers } = await context.quantize(network, setting);
      const { relativeMse, effectiveBits } = networkError(checkpoint, layers);
      const accuracy = accuracyBits.includes(setting.bits) &&
        await accuracyOf(network, quantized, context);
      return { relativeMse, effectiveBits, ...accuracy };
    } catch (error) {
      // A method that refuses one of a network's channels is a finding; the hundreds of other cells are still wanted.
      if (error instanceof RangeError) return { failure: error.message };
      throw error;
    }
  },

  page: (results) => methodsPage(methodsTable.title, results, cellsOf<MethodResult>(results, name)),
};

function usualLabels({ networks }: Scene): readonly string[] {
  return networks.filter(({ record }) => record.usual).map(({ record }) => record.label);
}

function bestOf(scene: Scene, done: readonly Cell[]): readonly string[] | undefined {
  const cells = cellsOf<MethodResult>({ cells: done }, name);
  return bestVariants(scene.selection, usualLabels(scene), cells);
}

/** All settings on the usual networks; on others those of the best variants, none as long as these aren't known. */
function planOf(scene: Scene, best: readonly string[]): readonly CellKey[] {
  const settings = methodSettings(scene.selection);
  const ofBest = settings.filter((setting) =>
    setting.method === exactBound || best.includes(variantName(setting))
  );
  const usual = usualLabels(scene);
  const others = scene.networks.map(({ record }) => record.label)
    .filter((label) => !usual.includes(label));
  return [
    ...usual.flatMap((network) => keysOf(network, settings)),
    ...(best.length === 0 ? [] : others.flatMap((network) => keysOf(network, ofBest))),
  ];
}

function keysOf(network: string, settings: readonly Setting[]): readonly CellKey[] {
  return [
    { table: name, network },
    { table: name, network, variant: shannonBound },
    ...settings.map((setting) => ({ table: name, network, setting })),
  ];
}

/** Top-1 on the images of the network's data set, where there are some. */
async function accuracyOf(
  network: string,
  checkpoint: Checkpoint,
  context: CellContext,
): Promise<MethodResult> {
  if (imagesOf(context.scene, network) === undefined) return {};
  const { top1 } = await context.accuracy(network, checkpoint);
  return { top1 };
}

/** The mean over tensors of Shannon's lower bound at rate zero, in shares of the variance; tensors of one value are left out. */
function shannonBoundOf(checkpoint: Checkpoint): MethodResult {
  const laws: Record<string, number> = {};
  const bounds = quantizableTensors(checkpoint).flatMap(([, { data }]) => {
    const variance = populationVariance(data);
    const best = variance === 0 ? undefined : boundOfBestLaw(data);
    if (best === undefined) return [];
    laws[best.family] = (laws[best.family] ?? 0) + 1;
    return [best.bound / variance];
  });
  return bounds.length === 0 ? {} : {
    relativeMse: sum(bounds, (bound) => bound) / bounds.length,
    laws,
  };
}

/** The bound of the law that follows the weights best by BIC, of those whose entropy can be integrated. */
function boundOfBestLaw(data: Float32Array): { family: string; bound: number } | undefined {
  const { ranking } = selectDistribution(data, { families: boundFamilies, criterion: "bic" });
  for (const law of ranking) {
    try {
      return { family: law.family, bound: shannonLowerBound(distribution(law), 0) };
    } catch (error) {
      // Tails so heavy that the integral doesn't settle.
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return undefined;
}
