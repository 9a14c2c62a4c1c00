import { packHits } from "../../bench/hits.ts";
import type { Selection } from "../../bench/options.ts";
import {
  type BenchResults,
  type Cell,
  cellName,
  type ImageSetRecord,
  type NetworkRecord,
} from "../../bench/results.ts";
import type { Scene } from "../../bench/scene.ts";
import type { CellContext } from "../../bench/tables/table.ts";
import { embeddedCheckpoint } from "../../datasets/embedded.ts";
import { sourceOf } from "../../datasets/image_set.ts";
import { generateShapes } from "../../datasets/shapes.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { measureAccuracy } from "../../lib/evaluation/measure_accuracy.ts";
import { openPredictor } from "../../lib/networks/predictor.ts";
import { describeNetwork } from "../../lib/networks/registry.ts";

/** The embedded network's label. */
export const shapesLabel = "shapes-resnet8 (shapes)";

/** What a run selects where the command line says nothing, but for a few fields. */
export function selectionWith(changes: Partial<Selection>): Selection {
  return {
    methods: ["ks-lloyd-max"],
    bits: [4],
    granularities: ["tensor"],
    allNetworks: false,
    allTables: false,
    seed: 1,
    backend: "wasm",
    ...changes,
  };
}

const record: NetworkRecord = {
  label: shapesLabel,
  name: "shapes-resnet8",
  dataset: "shapes",
  file: "shapes-resnet8.safetensors",
  sha256: "0",
  tensors: 10,
  weights: 12_000,
  caveats: ["trained for this project"],
};

const setOf = (size: number): ImageSetRecord => ({
  name: "shapes",
  images: size,
  classes: 10,
  sha256: "0",
  caveats: [],
});

/** A scene of the embedded network, with its images where it is evaluable. */
export function shapesScene(
  { selection = selectionWith({}), usual = false, evaluable = true, size = 40 }: {
    readonly selection?: Selection;
    readonly usual?: boolean;
    readonly evaluable?: boolean;
    readonly size?: number;
  } = {},
): Scene {
  return {
    selection,
    networks: [{ record: { ...record, usual }, path: "", evaluable }],
    sets: evaluable ? [{ record: setOf(size), path: "", height: 32, width: 32 }] : [],
  };
}

/** Results of a run about the embedded network: cells, and the parts of their times by the cells' names. */
export function shapesResults(
  cells: readonly Cell[],
  parts: readonly (Readonly<Record<string, number>> | undefined)[] = [],
): BenchResults {
  return {
    header: {
      format: "bitbell-bench-2",
      versions: {},
      selection: selectionWith({}),
      networks: [record],
      sets: [setOf(40)],
    },
    complete: true,
    tables: [...new Set(cells.map(({ key }) => key.table))],
    notes: [],
    failures: [],
    cells,
    timing: {
      started: "2026-01-01T00:00:00.000Z",
      cores: 2,
      workers: 2,
      seconds: 1,
      computed: cells.length,
      cells: Object.fromEntries(
        cells.map(({ key }, i) => [cellName(key), { seconds: 1, parts: parts[i] ?? {} }]),
      ),
    },
  };
}

/** A context of cells about the embedded network, and the times that cells note. */
export async function shapesContext(scene: Scene = shapesScene()): Promise<
  { readonly context: CellContext; readonly times: ReadonlyMap<string, number> }
> {
  const checkpoint = await loadCheckpoint(embeddedCheckpoint("shapes-resnet8"));
  const times = new Map<string, number>();
  const source = sourceOf(generateShapes({ size: scene.sets[0]?.record.images ?? 1, seed: 1 }));
  const context: CellContext = {
    scene,
    checkpoint: () => Promise.resolve(checkpoint),
    quantize: (_, setting) => quantizeCheckpoint(checkpoint, setting),
    images: () => Promise.resolve(source),
    accuracy: async (_, weights) => {
      const predictor = await openPredictor(describeNetwork(weights), weights.tensors);
      const { correct, ...report } = await measureAccuracy(predictor, source);
      predictor.close();
      return { ...report, correct: packHits(correct) };
    },
    progress: () => {},
    time: (part, seconds) => times.set(part, seconds),
  };
  return { context, times };
}
