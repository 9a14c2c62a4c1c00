import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { Architecture } from "./architecture.ts";
import { buildDescription, countBlocks, hasTensor } from "./builder.ts";

const name = "mlp";
const side = 32;

/**
 * A multilayer perceptron on images of 32x32 pixels: linear layers with ReLU between them, of any number and widths. Where the first
 * one has fewer inputs than the image has values, it reads means of squares of 2x2, 4x4, ... pixels instead, channel by channel.
 *
 * Tensors: `layers.{i}.weight`, `layers.{i}.bias`.
 */
export const mlp: Architecture = {
  name,

  matches(checkpoint) {
    return hasTensor(checkpoint, /^layers\.\d+\.weight$/);
  },

  describe(checkpoint) {
    const depth = countBlocks(checkpoint, /^layers\.(\d+)\./);
    const net = buildDescription(name, checkpoint, { height: side, width: side });

    const window = pooledBy(checkpoint);
    const pooled = window === 1
      ? net.input
      : net.averagePool("pool", net.input, { window, stride: window });
    let x = net.flatten(pooled);
    const widths: number[] = [];
    for (let i = 0; i < depth; i++) {
      const layer = `layers.${i}`;
      if (i > 0) x = net.relu(x);
      widths.push(net.shapeOf(x)[0]!);
      x = net.linear(layer, x, { weight: `${layer}.weight`, bias: `${layer}.bias` });
    }
    return net.finish(`MLP ${[...widths, net.shapeOf(x)[0]!].join("-")}`);
  },

  // There are no published ones: the checkpoint's own note must tell, or the option.
  normalization: () => undefined,
};

/** The side of the squares that the first layer reads; 1 where its inputs fit none. */
function pooledBy({ tensors }: Checkpoint): number {
  const inputs = tensors.get("layers.0.weight")?.shape[1];
  return [1, 2, 4, 8, 16, 32].find((window) => inputs === 3 * (side / window) ** 2) ?? 1;
}
