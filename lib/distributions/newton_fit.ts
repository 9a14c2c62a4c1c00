import { chunksOf } from "../numerics/chunks.ts";
import { addTo } from "../numerics/compensated_sum.ts";
import {
  maximize,
  type MaximizeOptions,
  type Maximum,
  type SecondOrder,
} from "../numerics/newton_maximum.ts";
import { medianOf } from "../numerics/order_statistics.ts";
import type { Sample } from "../numerics/sample.ts";
import type { Distribution } from "./distribution.ts";

/** Where a fit begins, and the unit that it counts in: then it is the same for a sample that was moved or stretched. */
export interface Frame {
  /** The median. */
  readonly centre: number;
  /** A typical distance from it. */
  readonly width: number;
}

/** The median of a sample that isn't constant, and the median distance from it of the values that differ from it. O(n). */
export function frameOf(sample: Sample): Frame {
  const centre = medianOf(sample);
  const distances = new Float64Array(sample.length);
  let count = 0;
  for (const chunk of chunksOf(sample)) {
    for (let i = 0; i < chunk.length; i++) {
      const distance = Math.abs(chunk[i]! - centre);
      if (distance > 0) distances[count++] = distance;
    }
  }
  return { centre, width: medianOf(distances.subarray(0, count)) };
}

/**
 * The means over a sample of `count` quantities, whose sums over a chunk `addChunk` writes to `sums`: plain sums within a chunk,
 * compensated ones of the chunks.
 */
export function meansOver(
  sample: Sample,
  count: number,
  addChunk: (chunk: Float64Array, sums: Float64Array) => void,
): number[] {
  const sums = new Float64Array(count);
  const totals = Array.from({ length: count }, () => ({ sum: 0, correction: 0 }));
  for (const chunk of chunksOf(sample)) {
    addChunk(chunk, sums);
    totals.forEach((total, k) => addTo(total, sums[k]!));
  }
  return totals.map(({ sum, correction }) => (sum + correction) / sample.length);
}

/** Mean log-likelihoods are climbed until no derivative is larger: well below what a relative score of 1e-9 takes. */
export const scoreTolerance = 1e-12;
/** A fit has converged when no derivative of the mean log-likelihood is larger. */
export const scoreLimit = 1e-9;

/** So many values, spread over a sample, are climbed first. */
const startSize = 20_000;

/** Every k-th value of a large sample, some 20,000 in all; the sample itself where it is smaller, or those are all equal. */
export function thinned(sample: Sample): Sample {
  const stride = Math.floor(sample.length / startSize);
  if (stride < 2) return sample;
  const part = Float64Array.from(
    { length: Math.floor(sample.length / stride) },
    (_, i) => sample[i * stride]!,
  );
  return part.every((value) => value === part[0]) ? sample : part;
}

/**
 * The highest maximum of a sample's mean log-likelihood that Newton's method reaches from several starts. A large sample is thinned
 * first, so that only the last steps pass over all of it.
 */
export function climb(
  sample: Sample,
  evaluate: (sample: Sample, point: readonly number[]) => SecondOrder,
  { starts, lower, upper }: Omit<MaximizeOptions, "start" | "tolerance"> & {
    readonly starts: readonly (readonly number[])[];
  },
): Maximum {
  const climbOn = (part: Sample, start: readonly number[]) =>
    maximize((point) => evaluate(part, point), {
      start,
      ...(lower && { lower }),
      ...(upper && { upper }),
      tolerance: scoreTolerance,
    });
  const part = thinned(sample);
  const highest = <Point extends { readonly value: number }>(points: readonly Point[]) =>
    points.reduce((a, b) => b.value > a.value ? b : a);
  const best = highest(starts.map((start) => climbOn(part, start)));
  if (part === sample) return best;
  // What was left out, such as an outlier, may make another start the better one.
  const heights = [best.point, ...starts].map((point) => ({
    point,
    value: evaluate(sample, point).value,
  }));
  return climbOn(sample, highest(heights).point);
}

/** The sum of the logarithm of a law's density over a sample. */
export function logLikelihoodOf({ logPdf }: Pick<Distribution, "logPdf">, sample: Sample): number {
  const [mean] = meansOver(sample, 1, (chunk, sums) => {
    let sum = 0;
    for (let i = 0; i < chunk.length; i++) sum += logPdf(chunk[i]!);
    sums[0] = sum;
  });
  return sample.length * mean!;
}
