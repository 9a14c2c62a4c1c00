/** The array types that a tensor's values can have. Floating types are always widened or narrowed to float32 on load. */
export type TensorData =
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Int32Array
  | BigInt64Array;

/**
 * A named array of a trained network, in PyTorch's layout whatever the file had: convolution
 * `[out, in / groups, height, width]`, depthwise `[channels * multiplier, 1, height, width]`,
 * linear `[out, in]`. Axis 0 is always the output channel. Values are stored row-major.
 */
export interface Tensor<Data extends TensorData = TensorData> {
  /** The length of each axis; `[]` is that of a single value. */
  readonly shape: readonly number[];
  /** As many values as the lengths' product says, row-major. */
  readonly data: Data;
}

/** The weights of one network: its tensors by name, in the order of the file, and the file's own notes. */
export interface Checkpoint {
  /** The tensors by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Short texts by name; loaders add `format`, see `loadCheckpoint`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Whether the tensor holds floating-point values: only those are ever fitted or quantized.
 *
 * @example
 * ```ts
 * import { isFloating } from "@bitbell/bitbell/checkpoints";
 * import { assert } from "@std/assert";
 *
 * assert(isFloating({ shape: [2], data: new Float32Array(2) }));
 * assert(!isFloating({ shape: [], data: new BigInt64Array([7n]) }));
 * ```
 */
export function isFloating(tensor: Tensor): tensor is Tensor<Float32Array> {
  return tensor.data instanceof Float32Array;
}
