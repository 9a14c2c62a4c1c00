import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import {
  cifarResNetShapes,
  randomCheckpoint,
  randomPixels,
} from "../../tests/networks/random_networks.ts";

/** A ResNet-20 for CIFAR with random weights: time doesn't depend on them. */
export function randomResNet20(): Checkpoint {
  return randomCheckpoint(cifarResNetShapes({ blocks: 3, widths: [16, 32, 64], classes: 10 }), 1);
}

/** Random images for it, bytes `[size, 32, 32, 3]`. */
export function randomImages(size: number): Uint8Array {
  return randomPixels(size, 32, 2);
}
