import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { codeVersion } from "./code_version.ts";
import { toJson } from "./json.ts";
import type { BenchHeader, CellKey } from "./results.ts";
import { imagesOf, networkOf, type Scene } from "./scene.ts";
import type { BenchTable } from "./tables/table.ts";

const root = join(import.meta.dirname!, "..");
const modules = {
  weights: [join(root, "lib/checkpoints/load.ts")],
  quantization: [join(root, "lib/compression/quantize_checkpoint.ts")],
  accuracy: [join(root, "bench/measure_cell.ts")],
} as const;

/**
 * Everything that a cell's result depends on: two cells with equal inputs have equal results, and what isn't among them, such as the
 * number of workers or another network's weights, changes none.
 */
export function cellInputs(
  table: BenchTable,
  key: CellKey,
  scene: Scene,
  { deno, v8, onnxruntime }: BenchHeader["versions"],
): { readonly digest: string; readonly text: string } {
  const { record, network } = networkOf(scene, key.network);
  const readsImages = table.dataset !== undefined || table.anyDataset === true;
  const images = readsImages ? imagesOf(scene, key.network) : undefined;
  const code = codeVersion([
    fileURLToPath(table.module),
    ...modules.weights,
    ...modules.quantization,
    ...(images === undefined ? [] : modules.accuracy),
  ], key.setting?.method);
  const { backend, seed } = scene.selection;
  const text = toJson({
    key,
    code,
    runtime: { deno, v8 },
    weights: record.sha256,
    ...(network === undefined ? {} : { network }),
    ...(images === undefined ? {} : {
      images: images.record.sha256,
      seed,
      // Other packages are part of the code; this one is in no lock file.
      backend: onnxruntime === undefined ? backend : `${backend} of ${onnxruntime}`,
    }),
  });
  return { digest: createHash("sha256").update(text).digest("hex"), text };
}
