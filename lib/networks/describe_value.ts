import type { NetworkDescription } from "./description.ts";
import { parametersOf } from "./fold_batch_norm.ts";

/**
 * The part of a network that computes one of its values: the nodes that the value depends on and their parameters. The last
 * node's value is no longer the logits but that one, `[size, height, width, channels]` or `[size, features]` where the network is
 * built.
 *
 * @throws {RangeError} If no node has this name.
 *
 * @example What the linear layer of a ResNet reads
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint } from "@bitbell/bitbell/datasets";
 * import { describeNetwork, describeValue } from "@bitbell/bitbell/networks";
 * import { assertEquals } from "@std/assert";
 *
 * const description = describeNetwork(await loadCheckpoint(embeddedCheckpoint("resnet20-cifar10")));
 * const features = describeValue(description, description.nodes.at(-1)!.inputs[0]!);
 * assertEquals(features.nodes.at(-1)!.shape, [64]);
 * ```
 */
export function describeValue(description: NetworkDescription, value: string): NetworkDescription {
  if (!description.nodes.some(({ name }) => name === value)) {
    throw new RangeError(
      `Cannot describe a value of ${description.title} as no node has its name: current value is ${value}`,
    );
  }
  const needed = new Set([value]);
  for (const { name, inputs } of description.nodes.toReversed()) {
    if (needed.has(name)) inputs.forEach((input) => needed.add(input));
  }
  const nodes = description.nodes.filter(({ name }) => needed.has(name));
  const used = new Set(nodes.flatMap(parametersOf));
  const parameters = description.parameters.filter(({ name }) => used.has(name));
  return { ...description, nodes, parameters };
}
