import type { Tensor } from "../checkpoints/checkpoint.ts";

/** Which weights share a codebook: all of a tensor, or those of one output channel (axis 0). */
export type Granularity = "tensor" | "channel";

/** Every granularity. */
export const granularities: readonly Granularity[] = ["tensor", "channel"];

/** Views of the tensor's values, one for each group of weights that shares a codebook, in the order of storage. */
export function groupsOf(
  { data, shape }: Tensor<Float32Array>,
  granularity: Granularity,
): readonly Float32Array[] {
  if (granularity === "tensor") return [data];
  const channels = shape[0]!;
  const length = data.length / channels;
  return Array.from(
    { length: channels },
    (_, i) => data.subarray(i * length, (i + 1) * length),
  );
}
