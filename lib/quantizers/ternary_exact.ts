import { type Codebook, createCodebook } from "../codebooks/codebook.ts";
import { assertFiniteSample, extent, type Sample, sortedCopy } from "../numerics/sample.ts";
import { magnitudeCopy, unitOf } from "./pattern_error.ts";

/**
 * The ternary quantizer `{-a, 0, a}` of least squared error: the minimum over a > 0 and all t in {-1, 0, 1}^n of `|w - a t|^2` (the problem that Li,
 * Zhang and Liu state in "Ternary Weight Networks", arXiv:1605.04711, 2016, section 2.1, and solve approximately). If t takes k weights, the best of them
 * are the k largest in magnitude and a is their mean, which leaves `|w|^2 - sum^2 / k`: sorting gives all k, so the optimum is exact up to rounding.
 * Thresholds lie halfway between the levels. O(n log n); one number is stored.
 *
 * @throws {TypeError} If the sample is no array of numbers.
 * @throws {RangeError} If the sample is empty or not finite.
 *
 * @example
 * ```ts
 * import { ternaryExact } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...ternaryExact([-6, -1, 0, 1, 2, 8]).levels], [-7, 0, 7]);
 * ```
 */
export function ternaryExact(sample: Sample): Codebook {
  assertFiniteSample(sample, "design a codebook");
  const record = { method: "ternary-exact", storedValues: 1 };
  const [lower, upper] = extent(sample);
  if (lower === upper) return createCodebook([lower], record);
  const magnitudes = sortedCopy(magnitudeCopy(sample));
  const unit = unitOf(magnitudes[magnitudes.length - 1]!);
  let sum = 0, carry = 0;
  let best = 0, level = 0;
  for (let count = 1; count <= magnitudes.length; count++) {
    // Kahan's compensation.
    const addend = magnitudes[magnitudes.length - count]! * unit - carry;
    const next = sum + addend;
    carry = (next - sum) - addend;
    sum = next;
    const gain = sum * (sum / count);
    if (gain > best) [best, level] = [gain, sum / count / unit];
  }
  return createCodebook([-level, 0, level], record);
}
