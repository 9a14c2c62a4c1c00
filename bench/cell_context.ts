import { createHash } from "node:crypto";
import type { ImageSource } from "../datasets/image_set.ts";
import type { Checkpoint } from "../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../lib/checkpoints/load.ts";
import {
  quantizeCheckpoint,
  type QuantizedCheckpoint,
} from "../lib/compression/quantize_checkpoint.ts";
import { openImages } from "./image_files.ts";
import { digestPath, type SceneNetwork } from "./network_sources.ts";
import { settingName } from "./results.ts";
import { imagesOf, networkOf, type Scene } from "./scene.ts";
import type { Accuracy } from "./tables/accuracy.ts";
import type { CellContext } from "./tables/table.ts";

/** Makes the context of one cell after the other; what several of them need is loaded once. */
export function contextOf(
  scene: Scene,
): (listeners: Pick<CellContext, "progress" | "time">) => CellContext {
  const checkpoints = new Map<string, Promise<Checkpoint>>();
  const images = new Map<string, ImageSource>();
  // Two methods may well give the same weights.
  const accuracies = new Map<string, Accuracy>();
  let quantized: { readonly name: string; readonly made: Promise<QuantizedCheckpoint> } | undefined;

  const checkpoint = (network: string) => {
    const loaded = checkpoints.get(network) ?? loadUnchanged(networkOf(scene, network));
    checkpoints.set(network, loaded);
    return loaded;
  };
  const imagesNamed = (dataset: string) => {
    const file = scene.sets.find(({ record }) => record.name === dataset);
    if (file === undefined) throw new RangeError(`Cannot find images of ${dataset} in the scene`);
    const source = images.get(dataset) ?? openImages(file);
    images.set(dataset, source);
    return source;
  };

  return ({ progress, time }) => ({
    scene,
    checkpoint,
    images: (dataset) => Promise.resolve(imagesNamed(dataset)),
    progress,
    time,

    async quantize(network, setting) {
      const name = `${network}: ${settingName(setting)}`;
      if (quantized?.name !== name) {
        const made = checkpoint(network).then((weights) =>
          quantizeCheckpoint(weights, {
            ...setting,
            onProgress: (done, total) => progress(done / total),
          })
        );
        quantized = { name, made };
      }
      return await quantized.made;
    },

    async accuracy(label, weights) {
      const { network } = networkOf(scene, label);
      const set = imagesOf(scene, label);
      if (set === undefined) throw new RangeError(`Cannot find images for ${label} in the scene`);
      const digest = `${label}\n${digestOf(weights)}`;
      const known = accuracies.get(digest);
      if (known !== undefined) return known;
      // Loaded here, as cells without images need not wait for TensorFlow.js.
      const { measureCell } = await import("./measure_cell.ts");
      const { backend } = scene.selection;
      const source = imagesNamed(set.record.name);
      const measured = await measureCell(weights, source, { network, backend, progress });
      accuracies.set(digest, measured);
      return measured;
    },
  });
}

/** Reads weights that must still be those that the run is about: their cells are kept under that digest. */
async function loadUnchanged({ path, record }: SceneNetwork): Promise<Checkpoint> {
  const checkpoint = await loadCheckpoint(path);
  if (digestPath(path) !== record.sha256) {
    throw new Error(`Cannot use ${path} as it was changed since this run began`);
  }
  return checkpoint;
}

function digestOf({ tensors, metadata }: Checkpoint): string {
  const hash = createHash("sha256").update(JSON.stringify(metadata));
  for (const [name, { data: { buffer, byteOffset, byteLength } }] of tensors) {
    hash.update(`\n${name}\n`).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}
