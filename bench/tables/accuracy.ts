import type { LayerReport } from "../../lib/compression/layer_report.ts";
import { storedBytes } from "../../lib/compression/stored_bytes.ts";
import type { AccuracyReport } from "../../lib/evaluation/accuracy_report.ts";
import { accuracyPage } from "./accuracy_page.ts";
import { sum } from "./network_error.ts";
import { settingsOf } from "./settings.ts";
import type { BenchTable } from "./table.ts";

/** How often a network is right; fractions. */
export interface Accuracy extends Omit<AccuracyReport, "correct"> {
  /** One bit for each image in the order of the set, the first in the lowest bit, as base64: 1 for a top-1 hit. What a paired test needs. */
  readonly correct: string;
}

/** How often a network is right, and what its weights take. */
export interface AccuracyResult extends Accuracy {
  /** Bits per quantized weight, stored levels, scales and offsets included; 32 for the float32 network. */
  readonly effectiveBits: number;
  /** What all its tensors take: see `storedBytes`. */
  readonly bytes: number;
}

/** Makes the table of what quantization costs on the images of one data set. */
export function accuracyTable(
  { name, title, dataset }: Pick<BenchTable, "name" | "title"> & { readonly dataset: string },
): BenchTable {
  return {
    name,
    title,
    dataset,
    module: import.meta.url,
    plan: ({ networks, selection }) =>
      networks.filter((network) => network.evaluable && network.record.dataset === dataset)
        .flatMap(({ record }) =>
          [undefined, ...settingsOf(selection)].map((setting) => ({
            table: name,
            network: record.label,
            ...(setting === undefined ? {} : { setting }),
          }))
        ),
    estimate: ({ network, setting }, speed) =>
      speed.evaluate(network) + (setting === undefined ? 0 : speed.quantize(network, setting)),

    async run({ network, setting }, context): Promise<AccuracyResult> {
      const original = await context.checkpoint(network);
      const { checkpoint, layers } = setting === undefined
        ? { checkpoint: original, layers: [] }
        : await context.quantize(network, setting);
      const accuracy = await context.accuracy(network, checkpoint);
      const effectiveBits = effectiveBitsOf(layers);
      return { ...accuracy, effectiveBits, bytes: storedBytes(original, { layers }).total };
    },

    page: (results) => accuracyPage(name, title, dataset, results),
  };
}

/** Bits per quantized weight; 32 where none is. */
function effectiveBitsOf(layers: readonly LayerReport[]): number {
  const weights = sum(layers, ({ size }) => size);
  if (weights === 0) return 32;
  return sum(layers, ({ effectiveBits, size }) => effectiveBits * size) / weights;
}
