import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { chunksOf } from "../numerics/chunks.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { symmetricBook } from "./symmetric_clip.ts";

/** The histogram of magnitudes, from 0 to the largest one. */
const binCount = 2048;
/** As many bits as make the positive levels as many as the bins, which leaves one clip: the largest magnitude. */
const mostBits = Math.log2(binCount) + 1;

/**
 * Designs the uniform quantizer whose clip TensorRT's entropy calibration picks: of all clips at the end of one of 2,048 bins of the
 * magnitudes, the one that loses the least information, the divergence of Kullback and Leibler from the clipped histogram to its
 * quantized self (Migacz, "8-bit Inference with TensorRT", GPU Technology Conference 2017). With a clip behind i bins, i from
 * `2^(bits - 1)` on:
 *
 * - P is the first i bins, the last of which takes the count of all that are clipped;
 * - Q is the first i bins without those, merged into `2^(bits - 1)` equal parts, each spread evenly over its bins that aren't empty;
 * - both are normalised, and the sum of `P ln(P / Q)` is infinite where a bin of Q is empty and that of P is not.
 *
 * As in NVIDIA's own code for PyTorch (TensorRT Model Optimizer), the bin next to zero is given the count of the second one, and of
 * equal clips the largest one is taken. The grid is that of the variant "symmetric" of {@linkcode uniformMinMax}: `2^bits - 1`
 * levels around zero, `clip / (2^(bits - 1) - 1)` apart. The rule was made for the activations of 8-bit networks: it doesn't
 * minimise an error, and with few bits, or values so few that bins are empty, its clips may be far from the best. O(n + 2048 *
 * 2^bits), without a sort; one stored number. `design.iterations` counts the clips compared.
 *
 * @param options `bits`: code width, an integer in [2, 12].
 *
 * @throws {RangeError} If the sample is empty or not finite, or bits is out of [2, 12].
 *
 * @example
 * ```ts
 * import { gaussian, createPrng, uniformKl } from "@bitbell/bitbell";
 * import { assert } from "@std/assert";
 *
 * const sample = gaussian({ mean: 0, standardDeviation: 1 }).sample(20000, { prng: createPrng(1) });
 * const [lower, upper] = uniformKl(sample, { bits: 8 }).design.clipping;
 * assert(-lower === upper && upper > 2 && upper < 5);
 * ```
 */
export function uniformKl(sample: Sample, { bits }: { readonly bits: number }): Codebook {
  levelCount({ bits });
  if (bits < 2 || bits > mostBits) {
    throw new RangeError(
      `Cannot design a codebook as the entropy calibration needs bits in [2, ${mostBits}]: current value is ${bits}`,
    );
  }
  assertFiniteSample(sample, "design a codebook");
  const [lower, upper] = extent(sample);
  const method = "kl";
  if (lower === upper) return createCodebook([lower], { method, storedValues: 1 });
  const largest = Math.max(-lower, upper);
  const parts = 2 ** (bits - 1);
  const kept = leastDivergence(countMagnitudes(sample, largest), parts);
  return symmetricBook(largest * (kept / binCount), bits, {
    method,
    iterations: binCount - parts + 1,
  });
}

function countMagnitudes(sample: Sample, largest: number): Float64Array {
  const counts = new Float64Array(binCount);
  for (const chunk of chunksOf(sample)) {
    for (let i = 0; i < chunk.length; i++) {
      const bin = Math.floor((Math.abs(chunk[i]!) / largest) * binCount);
      counts[Math.min(bin, binCount - 1)]! += 1;
    }
  }
  counts[0] = counts[1]!;
  return counts;
}

/** The number of bins to keep. */
function leastDivergence(counts: Float64Array, parts: number): number {
  // Running sums: of the counts, of the bins that aren't empty, and of count ln count.
  const sums = new Float64Array(binCount + 1);
  const occupied = new Float64Array(binCount + 1);
  const entropies = new Float64Array(binCount + 1);
  counts.forEach((count, bin) => {
    sums[bin + 1] = sums[bin]! + count;
    occupied[bin + 1] = occupied[bin]! + (count > 0 ? 1 : 0);
    entropies[bin + 1] = entropies[bin]! + timesLog(count);
  });
  const total = sums[binCount]!;
  const divergence = (kept: number) => {
    const clipped = total - sums[kept]!;
    const last = counts[kept - 1]!;
    if (sums[kept] === 0 || (clipped > 0 && last === 0)) return Infinity;
    // The sum of P ln P less that of P ln Q, before they are normalised.
    let sum = entropies[kept]! - timesLog(last) + timesLog(last + clipped);
    let start = 0, lastDensity = 0;
    for (let part = 1; part <= parts; part++) {
      const end = Math.ceil((part * kept) / parts);
      const mass = sums[end]! - sums[start]!;
      lastDensity = mass / (occupied[end]! - occupied[start]!);
      if (mass > 0) sum -= mass * Math.log(lastDensity);
      start = end;
    }
    if (clipped > 0) sum -= clipped * Math.log(lastDensity);
    return sum / total + Math.log(sums[kept]! / total);
  };
  let best = binCount, least = divergence(binCount);
  for (let kept = binCount - 1; kept >= parts; kept--) {
    const current = divergence(kept);
    if (current < least) [best, least] = [kept, current];
  }
  return best;
}

const timesLog = (count: number) => count > 0 ? count * Math.log(count) : 0;
