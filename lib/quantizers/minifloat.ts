import { type Codebook, createCodebook } from "../codebooks/codebook.ts";
import { assertFiniteSample, extent, type Sample } from "../numerics/sample.ts";
import { finiteMagnitudes, finiteValues, type FloatFormat } from "./float_format.ts";
import { condenseMagnitudes, searchScale } from "./scale_search.ts";

/** The names of the formats of at most 8 bits. */
export type MinifloatFormat = "fp4-e2m1" | "fp6-e2m3" | "fp6-e3m2" | "fp8-e4m3" | "fp8-e5m2";

const formats: Readonly<Record<MinifloatFormat, FloatFormat>> = {
  "fp4-e2m1": { exponentBits: 2, fractionBits: 1, bias: 1, largest: 6 },
  "fp6-e2m3": { exponentBits: 2, fractionBits: 3, bias: 1, largest: 7.5 },
  "fp6-e3m2": { exponentBits: 3, fractionBits: 2, bias: 3, largest: 28 },
  "fp8-e4m3": { exponentBits: 4, fractionBits: 3, bias: 7, largest: 448 },
  "fp8-e5m2": { exponentBits: 5, fractionBits: 2, bias: 15, largest: 57344 },
};

/** Options for {@linkcode minifloat}. */
export interface MinifloatOptions {
  /**
   * The bits of exponent and fraction beside the sign: `"fp4-e2m1"`, `"fp6-e2m3"` and `"fp6-e3m2"` have finite values only;
   * `"fp8-e4m3"` has no infinities, and its largest value is 448; that of `"fp8-e5m2"` is 57,344.
   */
  readonly format: MinifloatFormat;
  /**
   * - `"absmax"`: the format's largest value is put at the largest magnitude, which clips nothing.
   * - `"mse"`: the scale of least squared error on the sample, of a search that doesn't prove it.
   *
   * @default {"absmax"}
   */
  readonly scale?: "absmax" | "mse";
}

/** Samples of more values are taken in so many bins by the search for a scale. */
const scaleBins = 2 ** 12;

/**
 * A floating-point format of 4, 6 or 8 bits with a scale: its finite values times one stored number. FP4 and FP6 are those of the
 * OCP Microscaling Formats (MX) Specification 1.0, 2023, section 5.3, without their block scales in powers of two; FP8 those of
 * Micikevicius et al., "FP8 Formats for Deep Learning", arXiv:2209.05433, table 1, of which E4M3 is also known as "fn". The default
 * scale is that paper's: the largest magnitude becomes the format's largest value.
 *
 * 15, 63, 63, 253 and 247 different levels, as both zeros are one. A value halfway between two levels takes the upper one, where
 * hardware takes the one with an even code. O(n), and for the scale "mse" some hundred evaluations of at most 4,096 bins.
 *
 * @throws {RangeError} If the sample is empty or not finite, or format or scale are unknown.
 *
 * @example
 * ```ts
 * import { minifloat } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { levels } = minifloat([-12, 0.1, 5], { format: "fp4-e2m1" });
 * assertEquals([...levels.slice(8)], [1, 2, 3, 4, 6, 8, 12]);
 * ```
 */
export function minifloat(
  sample: Sample,
  { format, scale = "absmax" }: MinifloatOptions,
): Codebook {
  assertOneOf("format", format, Object.keys(formats));
  assertOneOf("scale", scale, ["absmax", "mse"]);
  assertFiniteSample(sample, "design a codebook");
  const [lower, upper] = extent(sample);
  if (lower === upper) return createCodebook([lower], { method: format, storedValues: 1 });
  const values = finiteValues(formats[format]);
  const { largest } = formats[format];
  const clip = scale === "absmax" ? Math.max(-lower, upper) : bestClip(sample, formats[format]);
  const levels = values.map((value) => (value / largest) * clip);
  return createCodebook(levels, { method: format, storedValues: 1 });
}

/** The outer level of the scale of least squared error. */
function bestClip(sample: Sample, format: FloatFormat): number {
  const magnitudes = condenseMagnitudes(sample, 0, scaleBins);
  const { scale } = searchScale(magnitudes, finiteMagnitudes(format), 2);
  return scale * format.largest * magnitudes.largest;
}

function assertOneOf(name: string, value: string, names: readonly string[]): void {
  if (names.includes(value)) return;
  throw new RangeError(
    `Cannot design a codebook as ${name} must be one of ${
      names.join(", ")
    }: current value is ${value}`,
  );
}
