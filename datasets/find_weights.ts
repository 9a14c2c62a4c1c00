import { weightsCatalog } from "./catalog.ts";
import {
  embeddedCheckpoint,
  type EmbeddedName,
  embeddedNames,
  embeddedSha256,
} from "./embedded.ts";
import { type DataLocation, findPath } from "./find_data.ts";

/** Weights that are at hand. */
export interface FoundWeights {
  /** The name in tables: the catalog's, or that of the embedded file. */
  readonly name: string;
  /** The data set that they were trained on. */
  readonly dataset: string;
  /** Place in the data folder, or for embedded ones in the repository, with forward slashes. */
  readonly file: string;
  /** For `loadCheckpoint`: a path in the data folder, or the address of an embedded file. */
  readonly path: string | URL;
  /** As the catalog knows it; what lies there may be another file. */
  readonly sha256: string;
  readonly caveats: readonly string[];
}

/** Which networks stand for a data set, the one to take first in front. */
export const usualNetworks: Readonly<Record<string, readonly string[]>> = {
  "cifar-10": ["resnet20", "resnet20-own"],
  "cifar-100": ["resnet20-variant", "resnet20-own"],
  "imagenet": ["mobilenet-v1-0.25", "squeezenet-1.1"],
  "shapes": ["shapes-resnet8"],
};

/**
 * All weights that are at hand: those of the catalog that lie in the data folder, and those that the repository brings along. Looks
 * only whether a file is there, not what is in it.
 *
 * @example Networks for the generated images are always there
 * ```ts
 * import { findData, findWeights } from "@bitbell/bitbell/datasets";
 * import { assertEquals } from "@std/assert";
 *
 * const weights = findWeights(findData());
 * const forShapes = weights.filter(({ dataset }) => dataset === "shapes");
 * assertEquals(forShapes.map(({ name }) => name), ["shapes-resnet8", "shapes-mlp"]);
 * ```
 */
export function findWeights(location: DataLocation): readonly FoundWeights[] {
  const embedded = new Map(embeddedNames.map((name) => [`${name}.safetensors`, name]));
  const found: FoundWeights[] = [];
  for (const { name, dataset, path, sha256, caveats } of weightsCatalog) {
    const own = path.startsWith("weights/own/")
      ? embedded.get(path.slice("weights/own/".length))
      : undefined;
    if (own !== undefined) {
      embedded.delete(`${own}.safetensors`);
      found.push({ name, dataset, caveats, ...embeddedFile(own) });
      continue;
    }
    const full = findPath(location, path);
    if (full !== undefined) found.push({ name, dataset, caveats, sha256, file: path, path: full });
  }
  for (const name of embedded.values()) {
    found.push({ name, dataset: "shapes", caveats: [], ...embeddedFile(name) });
  }
  return found;
}

function embeddedFile(name: EmbeddedName): Pick<FoundWeights, "file" | "path" | "sha256"> {
  const path = embeddedCheckpoint(name);
  const file = `datasets/embedded/${path.pathname.slice(path.pathname.lastIndexOf("/") + 1)}`;
  return { path, file, sha256: embeddedSha256[name] };
}
