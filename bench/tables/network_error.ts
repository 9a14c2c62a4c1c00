import type { LayerReport } from "../../lib/compression/layer_report.ts";
import { quantizableTensors } from "../../lib/compression/select_tensors.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";

/** What quantization costs a whole network, before any image is looked at. */
export interface NetworkError {
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

/** Sums up the reports of a network's layers. */
export function networkError(checkpoint: Checkpoint, layers: readonly LayerReport[]): NetworkError {
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

/** The sum of what each item has. */
export function sum<Item>(items: Iterable<Item>, value: (item: Item) => number): number {
  let total = 0;
  for (const item of items) total += value(item);
  return total;
}
