import type { CellContext } from "../../bench/tables/table.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { quantizeCheckpoint } from "../../lib/compression/quantize_checkpoint.ts";
import { exampleResults } from "./example_results.ts";

/** A context in which every network has these weights, and none has images; parts of it may be given. */
export function fakeContext(
  checkpoint: Checkpoint,
  given: Partial<CellContext> = {},
): CellContext {
  const noImages = () => Promise.reject(new Error("there are no images"));
  return {
    scene: {
      selection: exampleResults.header.selection,
      networks: ["a", "a (cifar-10)"].map((label) => ({
        record: { ...exampleResults.header.networks[0]!, label },
        path: "weights/a.th",
        evaluable: false,
      })),
      sets: [],
    },
    checkpoint: () => Promise.resolve(checkpoint),
    quantize: (_, setting) => quantizeCheckpoint(checkpoint, setting),
    images: noImages,
    accuracy: noImages,
    progress: () => {},
    time: () => {},
    ...given,
  };
}
