import type { Bounds } from "./quantized_tensor.ts";

/** Which weights share a codebook: all of a tensor, those of one output channel (axis 0), or runs of some of them within a channel. */
export type Granularity = "tensor" | "channel" | "group";

/** Every granularity. */
export const granularities: readonly Granularity[] = ["tensor", "channel", "group"];

/** Options that say which weights share a codebook. */
export interface GranularityOptions {
  /**
   * - `"tensor"`: all weights of a tensor;
   * - `"channel"`: those of an output channel, axis 0;
   * - `"group"`: `groupSize` consecutive weights of an output channel, along its flattened other axes.
   *
   * @default {"tensor"}
   */
  readonly granularity?: Granularity;
  /** Number of weights in a group, an integer above 0; needed for granularity "group", and for no other. */
  readonly groupSize?: number;
  /**
   * Whether the last group of a channel may be smaller where `groupSize` doesn't divide the channel's weights.
   *
   * @default {false}
   */
  readonly partial?: boolean;
}

/**
 * Throws unless the options fit each other.
 *
 * @throws {RangeError} If there is no such granularity, or the size of groups is missing, out of its range or given without need.
 */
export function assertGranularity(
  { granularity = "tensor", groupSize }: GranularityOptions,
  action: string,
): void {
  if (!granularities.includes(granularity)) {
    throw new RangeError(
      `Cannot ${action} as granularity must be one of ${
        granularities.join(", ")
      }: current value is ${granularity}`,
    );
  }
  if (granularity !== "group" && groupSize === undefined) return;
  if (granularity !== "group") {
    throw new RangeError(
      `Cannot ${action} as groupSize is for granularity "group" alone: current values are ${groupSize} and ${granularity}`,
    );
  }
  if (!Number.isSafeInteger(groupSize) || groupSize! < 1) {
    throw new RangeError(
      `Cannot ${action} as groupSize must be an integer above 0: current value is ${groupSize}`,
    );
  }
}

/**
 * Where the groups of weights that share a codebook begin and end, in the order of storage. A tensor of rank 0 or 1 is one channel.
 *
 * @throws {RangeError} If groups don't divide a channel and `partial` isn't set.
 */
export function groupBounds(
  shape: readonly number[],
  { granularity = "tensor", groupSize = 1, partial = false }: GranularityOptions,
): Bounds {
  const channels = channelBounds(shape);
  const size = channels.at(-1)!;
  if (granularity === "tensor") return Uint32Array.of(0, size);
  if (granularity === "channel") return channels;
  const perChannel = channels[1]!;
  if (perChannel % groupSize !== 0 && !partial) {
    throw new RangeError(
      `Cannot cut ${perChannel} weights of a channel into groups as groupSize must divide them, or partial be true: current value is ${groupSize}`,
    );
  }
  const bounds = [0];
  for (let start = 0; start < size; start += perChannel) {
    for (let i = groupSize; i < perChannel; i += groupSize) bounds.push(start + i);
    bounds.push(start + perChannel);
  }
  return Uint32Array.from(bounds);
}

/** Where the output channels of a tensor begin and end. A tensor of rank 0 or 1 is one channel. */
export function channelBounds(shape: readonly number[]): Bounds {
  const size = shape.reduce((product, length) => product * length, 1);
  const channels = shape.length < 2 ? 1 : shape[0]!;
  return Uint32Array.from({ length: channels + 1 }, (_, i) => (i * size) / channels);
}
