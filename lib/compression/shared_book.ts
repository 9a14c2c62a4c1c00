import { meanSquare } from "../numerics/moments.ts";
import type { Affine, Bounds } from "./quantized_tensor.ts";

/** Weights brought to one scale, and the scales that lead back. */
export interface NormalizedGroups {
  /** As many as there were weights: each over its group's scale. */
  readonly values: Float64Array;
  readonly affine: Affine;
}

/**
 * Divides the weights of each group by their root mean square, so that one codebook serves all groups. A group of zeros keeps scale 0,
 * which takes every level back to zero. O(n).
 */
export function normalizeGroups(weights: Float32Array, bounds: Bounds): NormalizedGroups {
  const values = new Float64Array(weights.length);
  const groups = bounds.length - 1;
  const scales = new Float64Array(groups);
  for (let group = 0; group < groups; group++) {
    const [start, end] = [bounds[group]!, bounds[group + 1]!];
    const scale = Math.sqrt(meanSquare(weights.subarray(start, end)));
    scales[group] = scale;
    if (scale === 0) continue;
    for (let i = start; i < end; i++) values[i] = weights[i]! / scale;
  }
  return { values, affine: { bounds, scales, offsets: new Float64Array(groups) } };
}
