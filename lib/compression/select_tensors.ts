import { type Checkpoint, isFloating, type Tensor } from "../checkpoints/checkpoint.ts";
import { describeNetwork, type DescribeOptions } from "../networks/registry.ts";
import type { NetworkDescription } from "../networks/description.ts";

/** Options that say which tensors are quantized. */
export interface SelectTensorsOptions extends DescribeOptions {
  /**
   * Whether the weights of the first layer are quantized. The layers' order is the network's where its architecture is known, else the file's.
   *
   * @default {true}
   */
  readonly first?: boolean;
  /**
   * Whether the weights of the last layer are quantized.
   *
   * @default {true}
   */
  readonly last?: boolean;
  /**
   * Whether the biases of quantized layers are quantized too, each with one book for the whole tensor.
   *
   * @default {false}
   */
  readonly biases?: boolean;
}

/** A tensor that is quantized, by name. */
export type NamedTensor = readonly [name: string, tensor: Tensor<Float32Array>];

/**
 * The tensors that are quantized by default: every floating one of rank 2 or 4 (weights of linear layers and convolutions, first and last
 * included), in the order of the file. Biases, batch-norm vectors and buffers are not among them.
 *
 * @example
 * ```ts
 * import { quantizableTensors } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const tensors = new Map([
 *   ["fc.weight", { shape: [1, 2], data: Float32Array.of(0.1, 0.2) }],
 *   ["fc.bias", { shape: [1], data: Float32Array.of(0.3) }],
 * ]);
 * assertEquals(quantizableTensors({ tensors, metadata: {} }).map(([name]) => name), ["fc.weight"]);
 * ```
 */
export function quantizableTensors({ tensors }: Checkpoint): readonly NamedTensor[] {
  const found: NamedTensor[] = [];
  for (const [name, tensor] of tensors) {
    const { length: rank } = tensor.shape;
    if (isFloating(tensor) && (rank === 2 || rank === 4)) found.push([name, tensor]);
  }
  return found;
}

/** The tensors that the options ask for, in the order of the file. */
export function selectTensors(
  checkpoint: Checkpoint,
  options: SelectTensorsOptions,
): readonly NamedTensor[] {
  const { first = true, last = true, biases = false } = options;
  const weights = quantizableTensors(checkpoint);
  // A network that is named must be that one, whatever is left out.
  if (first && last && !biases && options.network === undefined) return weights;
  const layers = layersOf(checkpoint, weights, options);
  const chosen = layers.slice(first ? 0 : 1, last ? layers.length : -1);
  const names = new Set(
    chosen.flatMap(({ weight, bias }) => biases && bias !== undefined ? [weight, bias] : [weight]),
  );
  return [...checkpoint.tensors].filter((entry): entry is [string, Tensor<Float32Array>] =>
    names.has(entry[0]) && isFloating(entry[1])
  );
}

/** A convolution or a linear layer, by the names of its tensors. */
interface Layer {
  readonly weight: string;
  readonly bias?: string | undefined;
}

function layersOf(
  checkpoint: Checkpoint,
  weights: readonly NamedTensor[],
  options: DescribeOptions,
): readonly Layer[] {
  const description = describeIfKnown(checkpoint, options);
  if (description !== undefined) {
    return description.nodes.flatMap((node) =>
      node.kind === "convolution" || node.kind === "linear"
        ? [{ weight: node.weight, bias: node.bias }]
        : []
    );
  }
  return weights.map(([weight]) => {
    const bias = weight.replace(/(weight|kernel)s?$/, "bias");
    return { weight, bias: bias !== weight && checkpoint.tensors.has(bias) ? bias : undefined };
  });
}

/** What the network is, where the option names it or the tensors' names tell; undefined for an unknown architecture. */
export function describeIfKnown(
  checkpoint: Checkpoint,
  options: DescribeOptions,
): NetworkDescription | undefined {
  try {
    return describeNetwork(checkpoint, options);
  } catch (error) {
    // Asked for by name, what doesn't fit is an error.
    if (options.network !== undefined) throw error;
    return undefined;
  }
}
