import { type Codebook, createCodebook, levelCount } from "../codebooks/codebook.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";

/**
 * The levels of a mid-rise uniform quantizer: `count` levels, `step` apart, symmetric about `centre`, which for an even
 * count is a threshold and no level.
 */
export function midRiseLevels(centre: number, step: number, count: number): Float64Array {
  const levels = new Float64Array(count);
  for (let i = 0; i < count; i++) levels[i] = centre + (i - (count - 1) / 2) * step;
  return levels;
}

/** Which of the usual meanings of "uniform, from the smallest to the largest weight". */
export type UniformVariant = "asymmetric" | "symmetric" | "zero-point" | "mid-rise";

/** Options for {@linkcode uniformMinMax}. */
export interface UniformMinMaxOptions {
  /** Code width, an integer in [1, 16]. */
  readonly bits: number;
  /**
   * - `"asymmetric"`: both ends of the sample are levels, `min + i (max - min) / (2^bits - 1)`; zero is not exact.
   * - `"zero-point"`: affine integers, `(i - z) (max - min) / (2^bits - 1)` with the range widened to hold zero and the integer z
   *   such that zero is exact.
   * - `"symmetric"`: `2^bits - 1` levels around zero, step `max|x| / (2^(bits - 1) - 1)`; zero is exact.
   * - `"mid-rise"`: `2^bits` levels around zero, step `2 max|x| / 2^bits`; zero is a threshold.
   *
   * @default {"asymmetric"}
   */
  readonly variant?: UniformVariant;
}

/** The name under which the registry of methods lists each variant. */
const methodNames: Readonly<Record<UniformVariant, string>> = {
  "asymmetric": "min-max",
  "symmetric": "min-max-symmetric",
  "zero-point": "min-max-zero-point",
  "mid-rise": "min-max-mid-rise",
};

/**
 * Designs a uniform quantizer whose range is that of the sample. O(n). A sample of one value only gets the one level it needs.
 *
 * @throws {RangeError} If the sample is empty or not finite, or bits or variant are out of their ranges.
 *
 * @example
 * ```ts
 * import { uniformMinMax } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...uniformMinMax([-1, 0.2, 2], { bits: 2 }).levels], [-1, 0, 1, 2]);
 * assertEquals([...uniformMinMax([-1, 2], { bits: 2, variant: "symmetric" }).levels], [-2, 0, 2]);
 * ```
 */
export function uniformMinMax(
  sample: Sample,
  { bits, variant = "asymmetric" }: UniformMinMaxOptions,
): Codebook {
  const count = levelCount({ bits });
  if (!Object.hasOwn(methodNames, variant)) {
    throw new RangeError(
      `Cannot design a codebook as variant must be one of ${
        Object.keys(methodNames).join(", ")
      }: current value is ${variant}`,
    );
  }
  const method = methodNames[variant];
  assertFiniteSample(sample, "design a codebook");
  const [lower, upper] = extent(sample);
  if (lower === upper) return createCodebook([lower], { method, storedValues: 1 });
  const largest = Math.max(-lower, upper);
  switch (variant) {
    case "asymmetric": {
      const step = (upper - lower) / (count - 1);
      const levels = Float64Array.from({ length: count }, (_, i) => lower + i * step);
      levels[count - 1] = upper;
      return createCodebook(levels, { method, storedValues: 2, step });
    }
    case "zero-point": {
      const bottom = Math.min(lower, 0);
      const step = (Math.max(upper, 0) - bottom) / (count - 1);
      // A range so narrow that the step underflows holds no level but zero.
      const zeroPoint = step > 0 ? Math.round(-bottom / step) : 0;
      const levels = Float64Array.from({ length: count }, (_, i) => (i - zeroPoint) * step);
      return createCodebook(levels, { method, storedValues: 2, step });
    }
    case "symmetric": {
      // One bit leaves one level, zero, and no step.
      if (bits === 1) return createCodebook([0], { method, storedValues: 1 });
      const step = largest / (count / 2 - 1);
      return createCodebook(midRiseLevels(0, step, count - 1), { method, storedValues: 1, step });
    }
    case "mid-rise": {
      const step = (2 * largest) / count;
      return createCodebook(midRiseLevels(0, step, count), { method, storedValues: 1, step });
    }
  }
}
