import type { Checkpoint, Tensor } from "./checkpoint.ts";
import { explain, explainAsync } from "./explain.ts";
import { withFormat } from "./format.ts";
import type { ParseOptions } from "./parse_options.ts";
import { decodeValues, itemSizes, type StoredType } from "./stored_values.ts";
import { elementCount, gatherStrided, parseShape, rowMajorStrides } from "./strided.ts";

const storedTypes: Readonly<Record<string, StoredType>> = {
  float32: "float32",
  int32: "int32",
  bool: "bool",
};

interface WeightEntry {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
}

interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightEntry[];
}

/**
 * Reads a TensorFlow.js layers model: the text of its model.json, of which only `weightsManifest` counts, and the shards
 * through `readShard`, which gets a path relative to model.json. Kernels are turned into PyTorch's layout: `kernel` and
 * `pointwise_kernel` from `[..., in, out]` to `[out, in, ...]`, `depthwise_kernel` from `[height, width, channels,
 * multiplier]` to `[channels * multiplier, 1, height, width]`. Names stay as they are ("conv1/kernel"). O(n).
 *
 * @throws {SyntaxError} If the manifest is malformed, or a group's shards are shorter or longer than it says.
 * @throws {TypeError} If a tensor is quantized or its type is not float32, int32 or bool.
 */
export async function parseTfjsLayers(
  modelJson: string,
  readShard: (path: string) => Promise<Uint8Array>,
  { source = "the model.json" }: ParseOptions = {},
): Promise<Checkpoint> {
  return await explainAsync(`Cannot read ${source} as a tfjs layers model`, async () => {
    const tensors = new Map<string, Tensor>();
    for (const group of readManifest(modelJson)) {
      const shards = [];
      for (const path of group.paths) shards.push(await readShard(path));
      const files = group.paths.join(", ");
      for (const [name, tensor] of readGroup(group, concatenated(shards), files)) {
        if (tensors.has(name)) throw new SyntaxError(`tensor ${name} stands there twice`);
        tensors.set(name, tensor);
      }
    }
    if (tensors.size === 0) throw new TypeError("its weightsManifest has no tensors");
    return { tensors, metadata: withFormat("tfjs-layers") };
  });
}

/** Whether the text is that of a model.json. */
export function looksLikeModelJson(text: string): boolean {
  return /^\s*\{/.test(text) && text.includes('"weightsManifest"');
}

function readManifest(modelJson: string): readonly WeightGroup[] {
  const model: unknown = JSON.parse(modelJson);
  if (!isRecord(model) || !Array.isArray(model.weightsManifest)) {
    throw new SyntaxError("it has no weightsManifest");
  }
  if (model.format === "graph-model") {
    throw new TypeError("it is a graph model, whose names do not tell the layout of its kernels");
  }
  return model.weightsManifest.map((group: unknown, i) => {
    if (!isRecord(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights)) {
      throw new SyntaxError(`group ${i} of its weightsManifest lacks paths or weights`);
    }
    return { paths: group.paths.map(readPath), weights: group.weights.map(readEntry) };
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A manifest must not reach for files elsewhere. */
function readPath(path: unknown): string {
  if (typeof path !== "string" || /^$|^[/\\]|:|(^|[/\\])\.\.([/\\]|$)/.test(path)) {
    throw new SyntaxError(`a shard's path leads out of the folder: ${String(path)}`);
  }
  return path;
}

function readEntry(entry: unknown): WeightEntry {
  if (!isRecord(entry) || typeof entry.name !== "string") {
    throw new SyntaxError("a tensor has no name");
  }
  const { name, dtype, shape, quantization } = entry;
  return explain(`tensor ${name}`, () => {
    if (quantization !== undefined) throw new TypeError("quantized values are not supported");
    const type = typeof dtype === "string" && Object.hasOwn(storedTypes, dtype)
      ? storedTypes[dtype]
      : undefined;
    if (!type) throw new TypeError(`values of type ${String(dtype)} are not supported`);
    return { name, type, shape: parseShape(shape) };
  });
}

function* readGroup(
  { weights }: WeightGroup,
  bytes: Uint8Array,
  files: string,
): Generator<readonly [string, Tensor]> {
  let position = 0;
  for (const { name, type, shape } of weights) {
    const end = position + explain(`tensor ${name}`, () => elementCount(shape)) * itemSizes[type];
    if (end > bytes.length) {
      throw new SyntaxError(
        `tensor ${name}: ${files} end at byte ${bytes.length}, before its last value at byte ${end}`,
      );
    }
    const stored = bytes.subarray(position, end);
    yield [name, explain(`tensor ${name}`, () => toPyTorchLayout(name, type, shape, stored))];
    position = end;
  }
  if (position !== bytes.length) {
    throw new SyntaxError(
      `${
        bytes.length - position
      } bytes that belong to no tensor follow at byte ${position} of ${files}`,
    );
  }
}

function toPyTorchLayout(
  name: string,
  type: StoredType,
  shape: readonly number[],
  stored: Uint8Array,
): Tensor {
  const kind = name.split("/").at(-1);
  const rank = shape.length;
  if (kind === "depthwise_kernel" && rank === 4) {
    const [height, width, channels, multiplier] = shape as [number, number, number, number];
    const packed = permuted(stored, type, shape, [2, 3, 0, 1]);
    return {
      shape: [channels * multiplier, 1, height, width],
      data: decodeValues(packed, type),
    };
  }
  if ((kind === "kernel" || kind === "pointwise_kernel") && rank >= 2) {
    const axes = [rank - 1, rank - 2, ...shape.keys().take(rank - 2)];
    const packed = permuted(stored, type, shape, axes);
    return { shape: axes.map((axis) => shape[axis]!), data: decodeValues(packed, type) };
  }
  return { shape, data: decodeValues(stored, type) };
}

/** The values in the order that they have once axis `axes[i]` has become axis i. */
function permuted(
  stored: Uint8Array,
  type: StoredType,
  shape: readonly number[],
  axes: readonly number[],
): Uint8Array {
  const strides = rowMajorStrides(shape);
  return gatherStrided(stored, itemSizes[type], {
    offset: 0,
    shape: axes.map((axis) => shape[axis]!),
    strides: axes.map((axis) => strides[axis]!),
  });
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
