import type { LayerReport } from "../../lib/compression/layer_report.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { quantizableTensors } from "../../lib/compression/select_tensors.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { fixed, significant } from "../../lib/report/format.ts";
import { type Column, markdownTable } from "../../lib/report/table.ts";
import { type Cell, cellsOf } from "../results.ts";
import { batchNormNote, caveatsOf, drawPage, notesOnMethods } from "./page.ts";
import { byNetwork, methodsOf, settingsOf } from "./settings.ts";
import type { BenchTable } from "./table.ts";

/** What quantization costs a whole network, before any image is looked at. */
interface NetworkError {
  /** Unweighted mean over tensors of MSE / population variance. */
  readonly relativeMse: number;
  /** The same mean, each tensor weighted by its size. */
  readonly weightedRelativeMse: number;
  /** 10 log10 of the sum of squares of all weights over that of all errors. */
  readonly sqnrDb: number;
  /** Bits per weight, stored levels, scales and offsets included. */
  readonly effectiveBits: number;
  /** For how many groups of weights each law was chosen. */
  readonly families: Readonly<Record<string, number>>;
}

const columns: readonly Column<Cell<NetworkError>>[] = [
  { title: "bits", value: ({ key }) => key.setting!.bits },
  { title: "method", value: ({ key }) => key.setting!.method },
  { title: "MSE / variance", value: ({ result }) => result.relativeMse, format: significant(3) },
  { title: "weighted", value: ({ result }) => result.weightedRelativeMse, format: significant(3) },
  { title: "SQNR", unit: "dB", value: ({ result }) => result.sqnrDb, format: fixed(2) },
  { title: "effective bits", value: ({ result }) => result.effectiveBits, format: fixed(3) },
];

const granularityColumn: Column<Cell> = {
  title: "per",
  value: ({ key }) => key.setting!.granularity,
};

/** What each method costs in squared error. */
export const mseTable: BenchTable = {
  name: "mse",
  title: "MSE: what each method costs in squared error",
  plan: ({ networks, selection }) =>
    networks.flatMap(({ record }) =>
      settingsOf(selection).map((setting) => ({ table: "mse", network: record.label, setting }))
    ),
  estimate: ({ network }, speed) => speed.quantize(network),

  async run({ network, setting }, scene, onProgress): Promise<NetworkError> {
    const { checkpoint } = scene.network(network);
    const { layers } = await quantizeCheckpoint(checkpoint, {
      ...setting!,
      onProgress: (done, total) => onProgress(done / total),
    });
    return summarize(checkpoint, layers);
  },

  draw(results) {
    const cells = cellsOf<NetworkError>(results, "mse");
    const several = new Set(cells.map(({ key }) => key.setting!.granularity)).size > 1;
    const groups = [...byNetwork(cells)];
    const networks = groups.map(([label]) =>
      results.header.networks.find((network) => network.label === label)!
    );
    const sections = groups.map(([label, rows]) => ({
      heading: several ? label : `${label}, one codebook per ${rows[0]!.key.setting!.granularity}`,
      table: markdownTable(rows, { columns: several ? [granularityColumn, ...columns] : columns }),
    }));
    return drawPage(mseTable.title, sections, [
      "MSE / variance: mean over the quantized tensors of each one's MSE over its population variance, whatever the granularity; " +
      "weighted: the same mean weighted by the tensors' sizes.",
      "SQNR: 10 log10 of the sum of all squared weights over the sum of all squared errors.",
      "Effective bits: bits per weight with 32 bits for every stored level, scale, offset or parameter of a law.",
      ...notesOnMethods(methodsOf(cells)),
      batchNormNote,
      ...caveatsOf(results, networks),
    ]);
  },
};

function summarize(checkpoint: Checkpoint, layers: readonly LayerReport[]): NetworkError {
  const weights = sum(layers, ({ size }) => size);
  const weighted = (value: (layer: LayerReport) => number) =>
    sum(layers, (layer) => value(layer) * layer.size) / weights;
  const signal = sum(quantizableTensors(checkpoint), ([, { data }]) => sum(data, (w) => w * w));
  const noise = sum(layers, ({ mse, size }) => mse * size);
  const families: Record<string, number> = {};
  for (const layer of layers) {
    for (const [family, groups] of Object.entries(layer.families)) {
      families[family] = (families[family] ?? 0) + groups;
    }
  }
  return {
    relativeMse: sum(layers, ({ relativeMse }) => relativeMse) / layers.length,
    weightedRelativeMse: weighted(({ relativeMse }) => relativeMse),
    sqnrDb: noise === 0 ? Infinity : 10 * Math.log10(signal / noise),
    effectiveBits: weighted(({ effectiveBits }) => effectiveBits),
    families,
  };
}

function sum<Item>(items: Iterable<Item>, value: (item: Item) => number): number {
  let total = 0;
  for (const item of items) total += value(item);
  return total;
}
