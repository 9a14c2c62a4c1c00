import { assertLess } from "@std/assert";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import { buildNetwork } from "../../lib/networks/build.ts";
import {
  cifarResNetShapes,
  convolutionShortcutShapes,
  fullSqueezeNetFires,
  mobileNetShapes,
  randomCheckpoint,
  randomPixels,
  squeezeNetShapes,
  wideResNetShapes,
} from "../networks/random_networks.ts";

const options = { blocks: 1, widths: [4, 6, 8], classes: 10 } as const;

/** Small random networks of each architecture: textbook, convolution shortcuts, wide, MobileNet, SqueezeNet. */
export const everyArchitecture: readonly Checkpoint[] = [
  cifarResNetShapes(options),
  convolutionShortcutShapes({ ...options, first: 5 }),
  wideResNetShapes({ ...options, first: 4 }),
  mobileNetShapes(8, 10),
  squeezeNetShapes({
    kernel: 3,
    first: 8,
    fires: fullSqueezeNetFires.map(() => [4, 6] as const),
    classes: 10,
    names: "torchvision",
  }),
].map((shapes, i) =>
  randomCheckpoint(shapes, i + 1, { normalization: "mean .485 .456 .406 std .229 .224 .225" })
);

/** Fails unless both networks give random images the same logits, within `tolerance` of the largest; a backend is in use. */
export function assertSameLogits(actual: Checkpoint, expected: Checkpoint, tolerance: number) {
  const logits = (checkpoint: Checkpoint) => {
    const network = buildNetwork(checkpoint);
    const { input: { height }, title } = network.description;
    const values = network.predict(randomPixels(2, height, 7), 2);
    network.dispose();
    return { values, title };
  };
  const { values, title } = logits(expected);
  const scale = Math.max(...values.map(Math.abs));
  const error = Math.max(...logits(actual).values.map((value, i) => Math.abs(value - values[i]!)));
  assertLess(error, tolerance * scale, title);
}
