import type { LayerReport } from "../../lib/compression/layer_report.ts";
import { quantizableTensors } from "../../lib/compression/select_tensors.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import type { KMeansDesign } from "../../lib/quantizers/k_means.ts";

/** What quantization costs one tensor. */
export interface LayerError {
  readonly name: string;
  readonly size: number;
  readonly mse: number;
  /** MSE / population variance. */
  readonly relativeMse: number;
  /** Bits per weight, stored levels, scales and offsets included. */
  readonly effectiveBits: number;
  /** The law, Gaussian or Laplace, that the KS statistic picks for all weights of the tensor, whatever the method; undefined where they are all the same. */
  readonly law?: string;
  /** Of k-means: whether every book is the optimum, and no book of as many levels has less error. */
  readonly exact?: boolean;
}

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
  /** In the order of the file. */
  readonly layers: readonly LayerError[];
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
    relativeMse: meanOf(layers, ({ relativeMse }) => relativeMse),
    weightedRelativeMse: weighted(({ relativeMse }) => relativeMse),
    sqnrDb: noise === 0 ? Infinity : 10 * Math.log10(signal / noise),
    effectiveBits: weighted(({ effectiveBits }) => effectiveBits),
    families,
    layers: layers.map(layerError),
  };
}

function layerError(layer: LayerReport): LayerError {
  const { name, size, mse, relativeMse, effectiveBits, selection, codebooks } = layer;
  const optima = codebooks.flatMap(({ design }) => (design as Partial<KMeansDesign>).optimum ?? []);
  return {
    name,
    size,
    mse,
    relativeMse,
    effectiveBits,
    ...(selection && { law: selection.chosen.family }),
    ...(optima.length > 0 && { exact: optima.every((optimum) => optimum === "exact") }),
  };
}

/** The sum of what each item has. */
export function sum<Item>(items: Iterable<Item>, value: (item: Item) => number): number {
  let total = 0;
  for (const item of items) total += value(item);
  return total;
}

/** The mean of what each item has; NaN of none. */
export function meanOf<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return sum(items, value) / items.length;
}
