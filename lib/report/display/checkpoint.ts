import type { Checkpoint, Tensor } from "../../checkpoints/checkpoint.ts";
import { count, significant } from "../format.ts";
import { tabulate } from "../page.ts";
import { hasFields } from "./fields.ts";
import { counted, shapeText } from "./numbers.ts";
import type { View } from "./view.ts";

export function isCheckpoint(value: unknown): value is Checkpoint {
  return hasFields(value, "tensors", "metadata") &&
    (value as Checkpoint).tensors instanceof Map;
}

/** Every tensor of a network with its moments and range. */
export function checkpointView({ tensors, metadata }: Checkpoint): View {
  const rows = [...tensors].map(([name, tensor]) => ({ name, ...summaryOf(tensor) }));
  const size = rows.reduce((sum, { size }) => sum + size, 0);
  const broken = rows.filter(({ isFinite }) => !isFinite);
  return {
    title: `${counted(rows.length, "tensor")}, ${counted(size, "value")}`,
    tables: [tabulate(rows, [
      { title: "tensor", value: ({ name }) => name },
      { title: "shape", value: ({ shape }) => shapeText(shape) },
      { title: "type", value: ({ type }) => type },
      { title: "values", value: ({ size }) => size, format: count },
      { title: "mean", value: ({ mean }) => mean, format: significant(3) },
      {
        title: "standard deviation",
        value: ({ standardDeviation }) => standardDeviation,
        format: significant(3),
      },
      { title: "lowest", value: ({ lower }) => lower, format: significant(3) },
      { title: "highest", value: ({ upper }) => upper, format: significant(3) },
    ])],
    notes: [
      ...broken.map(({ name }) => `${name} holds a value that isn't finite.`),
      ...Object.entries(metadata).map(([name, text]) => `${name}: ${text}`),
    ],
  };
}

/** What a tensor's row shows; a tensor without values has no moments. */
interface TensorSummary {
  readonly shape: readonly number[];
  readonly type: string;
  readonly size: number;
  readonly isFinite: boolean;
  readonly mean?: number;
  readonly standardDeviation?: number;
  readonly lower?: number;
  readonly upper?: number;
}

/** Rounding errors of a sum of blocks grow with a block's length and with their number, not with the product of the two. */
const blockLength = 1024;

function summaryOf({ shape, data }: Tensor): TensorSummary {
  const size = data.length;
  const type = typeOf(data);
  if (size === 0) return { shape, type, size, isFinite: true };
  let sum = 0, lower = Infinity, upper = -Infinity;
  for (const block of blocksOf(data)) {
    let part = 0;
    for (let i = 0; i < block.length; i++) {
      const value = block[i]!;
      part += value;
      lower = Math.min(lower, value);
      upper = Math.max(upper, value);
    }
    sum += part;
  }
  const mean = sum / size;
  let squares = 0;
  for (const block of blocksOf(data)) {
    let part = 0;
    for (let i = 0; i < block.length; i++) part += (block[i]! - mean) ** 2;
    squares += part;
  }
  const variance = squares / size;
  return {
    shape,
    type,
    size,
    isFinite: Number.isFinite(variance),
    mean,
    standardDeviation: Math.sqrt(variance),
    lower,
    upper,
  };
}

/** The values as numbers, some at a time. */
function* blocksOf(
  data: Tensor["data"],
): Generator<Exclude<Tensor["data"], BigInt64Array> | Float64Array> {
  for (let start = 0; start < data.length; start += blockLength) {
    const end = start + blockLength;
    yield data instanceof BigInt64Array
      ? Float64Array.from(data.subarray(start, end), Number)
      : data.subarray(start, end);
  }
}

/** "float32" for a Float32Array. */
function typeOf(data: Tensor["data"]): string {
  return data.constructor.name.replace(/^Big|Array$/g, "").toLowerCase();
}
