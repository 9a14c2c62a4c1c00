import type { ImageSet, ImageSource } from "../../datasets/image_set.ts";
import { sourceOf } from "../../datasets/image_set.ts";

/** A source, and what was read of it. */
export interface CountingSource extends ImageSource {
  readonly reads: [from: number, to: number][];
  /** The most reads that were under way at once. */
  readonly mostAtOnce: () => number;
}

/** A set as a source that counts. Reading takes a turn of the event loop; every read gives memory of its own. */
export function countingSource(set: ImageSet): CountingSource {
  const reads: [number, number][] = [];
  let underway = 0, most = 0;
  const source = sourceOf(set);
  return {
    ...source,
    reads,
    mostAtOnce: () => most,
    async read(from, to) {
      reads.push([from, to]);
      most = Math.max(most, ++underway);
      await new Promise((resolve) => setTimeout(resolve));
      underway--;
      return (await source.read(from, to)).slice();
    },
  };
}
