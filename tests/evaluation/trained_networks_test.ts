import { assertAlmostEquals } from "@std/assert";
import { weightsCatalog } from "../../datasets/catalog.ts";
import { loadCifar10, loadCifar100 } from "../../datasets/cifar.ts";
import { loadImageFolder } from "../../datasets/image_folder.ts";
import type { ImageSet } from "../../datasets/image_set.ts";
import { loadCheckpoint } from "../../lib/checkpoints/load.ts";
import { evaluateAccuracy } from "../../lib/evaluation/evaluate_accuracy.ts";
import { dataFolder, dataTest, slowTest } from "../needs_data.ts";

/** Where the images are, and by how many points the accuracy may differ from what the catalog says. */
const sets: Record<string, { load: (folder: string) => Promise<ImageSet>; tolerance: number }> = {
  "cifar-10": {
    load: (folder) => loadCifar10(`${folder}/cifar-10/test_batch.bin`),
    tolerance: 0.05,
  },
  "cifar-100": {
    load: (folder) => loadCifar100(`${folder}/cifar-100/test.bin`),
    tolerance: 0.05,
  },
  // Decoding and resizing differ between libraries.
  imagenet: { load: (folder) => loadImageFolder(`${folder}/imagenet`), tolerance: 0.3 },
};

const loaded = new Map<string, Promise<ImageSet>>();

/** These differ from others here in depth alone and take minutes: tests/bench/reference_test.ts holds the reference run's figures of them. */
const deeper = new Set(["resnet32", "resnet56", "resnet32-variant"]);

for (const { name: network, path, dataset, top1 } of weightsCatalog) {
  if (top1 === undefined || deeper.has(network)) continue;
  const name =
    `evaluateAccuracy() of ${path} on all images is the ${top1} % that its framework measured`;
  const body = async (folder: string) => {
    const { load, tolerance } = sets[dataset]!;
    if (!loaded.has(dataset)) loaded.set(dataset, load(folder));
    const images = await loaded.get(dataset)!;
    const checkpoint = await loadCheckpoint(`${folder}/${path}`);
    const accuracy = await evaluateAccuracy(checkpoint, { dataset: images });
    // SqueezeNet lies at the very end of its tolerance: 636 images of 1,000 where the figure is 633.
    assertAlmostEquals(100 * accuracy.top1, top1, tolerance + 1e-9);
  };
  if (dataFolder === undefined) dataTest(name, body);
  else slowTest(name, () => body(dataFolder!));
}
