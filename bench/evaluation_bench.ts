/**
 * Times the networks on generated weights and images: one batch in this thread, and many on one worker and on one for each core, from
 * memory and, read batch by batch, from a source. `deno task bench:evaluation` runs it. Images a second are the iterations a second times
 * the number of images in the name.
 */
import { type ImageSet, sourceOf } from "../datasets/image_set.ts";
import { openEvaluator } from "../lib/evaluation/evaluate_accuracy.ts";
import { useBackend } from "../lib/networks/backend.ts";
import { buildNetwork } from "../lib/networks/build.ts";
import {
  cifarResNetShapes,
  convolutionShortcutShapes,
  fullSqueezeNetFires,
  mobileNetShapes,
  randomCheckpoint,
  randomPixels,
  squeezeNetShapes,
  wideResNetShapes,
} from "../tests/networks/random_networks.ts";

const stages = [16, 32, 64] as const;
const networks = {
  "ResNet-20": cifarResNetShapes({ blocks: 3, widths: stages, classes: 10 }),
  "ResNet-56": cifarResNetShapes({ blocks: 9, widths: stages, classes: 10 }),
  "ResNet-20 with convolution shortcuts": convolutionShortcutShapes({
    blocks: 3,
    widths: stages,
    classes: 10,
    first: 64,
  }),
  "WRN-10-1": wideResNetShapes({ blocks: 1, widths: stages, classes: 10, first: 16 }),
  "MobileNet v1 0.25": mobileNetShapes(8, 1000),
  "SqueezeNet 1.1": squeezeNetShapes({
    kernel: 3,
    first: 64,
    fires: fullSqueezeNetFires,
    classes: 1000,
    names: "numbered",
  }),
};

await useBackend("wasm");

for (const [title, shapes] of Object.entries(networks)) {
  const checkpoint = randomCheckpoint(shapes, 1);
  const network = buildNetwork(checkpoint);
  const { input: { height, width }, classes } = network.description;
  const batch = height === 32 ? 16 : 4;
  const pixels = randomPixels(batch, height, 2);

  Deno.bench({
    name: `predict, one core: ${title}, ${batch} images`,
    fn: () => void network.predict(pixels, batch),
  });

  const size = 20 * batch;
  const dataset: ImageSet = {
    name: "noise",
    classes,
    size,
    height,
    width,
    pixels: randomPixels(size, height, 3),
    labels: new Uint16Array(size),
    caveats: [],
  };
  const cores = navigator.hardwareConcurrency;
  const ways = [
    { workers: 1, images: dataset, where: "one worker" },
    { workers: cores, images: dataset, where: `${cores} workers` },
    { workers: cores, images: sourceOf(dataset), where: `${cores} workers, from a source` },
  ];
  for (const { workers, images, where } of ways) {
    Deno.bench({
      name: `evaluate, ${where}: ${title}, ${size} images`,
      group: `evaluate: ${title}`,
      n: 5,
      warmup: 0,
      fn: async (timer) => {
        const evaluator = await openEvaluator({ dataset: images, workers });
        await evaluator.evaluate(checkpoint);
        timer.start();
        await evaluator.evaluate(checkpoint);
        timer.end();
        evaluator.close();
      },
    });
  }
}
