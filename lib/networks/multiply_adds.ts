import type { NetworkDescription } from "./description.ts";

/**
 * Counts the multiply-adds of the convolutions and linear layers for one image: what its time is about proportional to. Products with
 * the zeros of padding count too, as is usual.
 *
 * @example
 * ```ts
 * import { loadCheckpoint } from "@bitbell/bitbell/checkpoints";
 * import { embeddedCheckpoint } from "@bitbell/bitbell/datasets";
 * import { describeNetwork, multiplyAdds } from "@bitbell/bitbell/networks";
 * import { assertEquals } from "@std/assert";
 *
 * const checkpoint = await loadCheckpoint(embeddedCheckpoint("resnet20-cifar10"));
 * assertEquals(multiplyAdds(describeNetwork(checkpoint)), 40_551_040);
 * ```
 */
export function multiplyAdds({ nodes, parameters }: NetworkDescription): number {
  const sizes = new Map(
    parameters.map(({ name, shape }) => [name, shape.reduce((product, n) => product * n, 1)]),
  );
  let sum = 0;
  for (const node of nodes) {
    if (node.kind !== "convolution" && node.kind !== "linear") continue;
    const [, height = 1, width = 1] = node.shape;
    sum += sizes.get(node.weight)! * height * width;
  }
  return sum;
}
