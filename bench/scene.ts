import type { ImageFile } from "./image_files.ts";
import type { SceneNetwork } from "./network_sources.ts";
import type { Selection } from "./options.ts";

/** What the tables of a run are computed from: plain data, which is sent to the workers as it is. */
export interface Scene {
  readonly selection: Selection;
  readonly networks: readonly SceneNetwork[];
  readonly sets: readonly ImageFile[];
}

/** The network of that label. */
export function networkOf({ networks }: Scene, label: string): SceneNetwork {
  const found = networks.find(({ record }) => record.label === label);
  if (found === undefined) throw new RangeError(`Cannot find the network ${label} in the scene`);
  return found;
}

/** The images on which a network's accuracy can be measured; undefined where there are none. */
export function imagesOf(scene: Scene, label: string): ImageFile | undefined {
  const { record: { dataset }, evaluable } = networkOf(scene, label);
  return evaluable ? scene.sets.find(({ record }) => record.name === dataset) : undefined;
}
