import type { ImageSource } from "../datasets/image_set.ts";
import type { Checkpoint } from "../lib/checkpoints/checkpoint.ts";
import { measureAccuracy } from "../lib/evaluation/measure_accuracy.ts";
import { type EvaluationBackend, openPredictor } from "../lib/networks/predictor.ts";
import { describeNetwork } from "../lib/networks/registry.ts";
import { packHits } from "./hits.ts";
import type { Accuracy } from "./tables/accuracy.ts";

/** Measures a checkpoint on images, in this thread, on one core. */
export async function measureCell(
  checkpoint: Checkpoint,
  images: ImageSource,
  { network, backend, progress }: {
    readonly network?: string;
    readonly backend: EvaluationBackend;
    readonly progress: (fraction: number) => void;
  },
): Promise<Accuracy> {
  const description = describeNetwork(checkpoint, { network });
  const predictor = await openPredictor(description, checkpoint.tensors, { backend });
  try {
    const { correct, ...report } = await measureAccuracy(predictor, images, {
      onProgress: (done, total) => progress(done / total),
    });
    return { ...report, correct: packHits(correct) };
  } finally {
    predictor.close();
  }
}
