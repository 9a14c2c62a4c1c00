import type { Checkpoint } from "../lib/checkpoints/checkpoint.ts";
import { loadCheckpoint } from "../lib/checkpoints/load.ts";
import { quantizableTensors } from "../lib/compression/select_tensors.ts";

/** The embedded ResNet-20 for CIFAR-10, trained for this project. */
export function embeddedResNet20(): Promise<Checkpoint> {
  return loadCheckpoint(
    new URL("../datasets/embedded/resnet20-cifar10.safetensors", import.meta.url),
  );
}

/** The textbook ResNet-20 of the data folder. */
export function sharedResNet20(folder: string): Promise<Checkpoint> {
  return loadCheckpoint(`${folder}/weights/cifar10/resnet20-12fca82f.th`);
}

function weightsOf(checkpoint: Checkpoint): ReadonlyMap<string, Float32Array> {
  return new Map(quantizableTensors(checkpoint).map(([name, { data }]) => [name, data]));
}

/** The 20 quantizable tensors of the embedded ResNet-20, by name. */
export async function embeddedTensors(): Promise<ReadonlyMap<string, Float32Array>> {
  return weightsOf(await embeddedResNet20());
}

/** The 20 quantizable tensors of the data folder's textbook ResNet-20, by name. */
export async function sharedResNet20Tensors(
  folder: string,
): Promise<ReadonlyMap<string, Float32Array>> {
  return weightsOf(await sharedResNet20(folder));
}
