import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { fixed, significant } from "../../lib/report/format.ts";
import { type Column, markdownTable } from "../../lib/report/table.ts";
import { type Cell, cellsOf, variantName } from "../results.ts";
import { type NetworkError, networkError } from "./network_error.ts";
import { batchNormNote, caveatsOf, drawPage, notesOnMethods } from "./page.ts";
import { byNetwork, methodsOf, settingsOf } from "./settings.ts";
import type { BenchTable } from "./table.ts";

const columns: readonly Column<Cell<NetworkError>>[] = [
  { title: "bits", value: ({ key }) => key.setting!.bits },
  { title: "method", value: ({ key }) => variantName(key.setting!) },
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
  estimate: ({ network, setting }, speed) => speed.quantize(network, setting!),

  async run({ network, setting }, scene, onProgress): Promise<NetworkError> {
    const { checkpoint } = scene.network(network);
    const { layers } = await quantizeCheckpoint(checkpoint, {
      ...setting!,
      onProgress: (done, total) => onProgress(done / total),
    });
    return networkError(checkpoint, layers);
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
