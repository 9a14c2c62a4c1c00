import type { CodebookDesign } from "../codebooks/codebook.ts";
import { entropyOfCodes } from "../coding/entropy.ts";
import type { Selection } from "../goodness/select_distribution.ts";
import { createErrorState, finishError, updateError } from "../metrics/error.ts";
import { effectiveBits } from "../metrics/storage.ts";
import { populationVariance } from "../numerics/moments.ts";
import { extent } from "../numerics/sample.ts";
import type { Granularity } from "./granularity.ts";
import { bitsPerWidth, payloadOf } from "./payload.ts";
import { rankLaws } from "./ranked_laws.ts";
import { type QuantizedTensor, reconstruct, stretchesOf } from "./quantized_tensor.ts";

/** A codebook as plain data that JSON keeps. */
export interface CodebookRecord {
  readonly bits: number;
  readonly levels: readonly number[];
  readonly thresholds: readonly number[];
  readonly design: CodebookDesign;
}

/** What quantization did to one tensor: plain data. */
export interface LayerReport {
  /** The tensor's name in the checkpoint. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Number of weights. */
  readonly size: number;
  readonly method: string;
  /** The code width that was asked for; the mean of them where channels have one each. */
  readonly bits: number;
  readonly granularity: Granularity;
  /** Population variance of the weights before. */
  readonly variance: number;
  /** Mean of `(w - q)^2`. */
  readonly mse: number;
  /** `mse / variance`, whatever the granularity; 0 for a constant tensor that lost nothing. */
  readonly relativeMse: number;
  /** `10 log10(sum w^2 / sum (w - q)^2)`; Infinity when nothing is lost. */
  readonly sqnrDb: number;
  /** Largest `|w - q|`. */
  readonly maxAbsoluteError: number;
  /** The share of weights outside the range of their levels, in `[0, 1]`. */
  readonly saturation: number;
  /** Number of groups of weights that share a codebook. */
  readonly groups: number;
  /** The Gaussian and the Laplace law by their KS distance to all weights of the tensor; left out where the weights are all the same. */
  readonly selection?: Selection;
  /** How many groups were designed for which family of laws: none by methods without a law, nor constant groups. */
  readonly families: Readonly<Record<string, number>>;
  /** A book for each group, or one for all. */
  readonly codebooks: readonly CodebookRecord[];
  /** How many 32-bit numbers the tensor's books, scales and offsets take. */
  readonly storedValues: number;
  /** Bits that the codes take, with the tables of their code where they are not of fixed length, and 4 for each channel's own width. */
  readonly payloadBits: number;
  /** `(payloadBits + 32 storedValues) / size`, in bits per weight. */
  readonly effectiveBits: number;
  /** The entropy of the tensor's codes taken together, in bits per weight: what an ideal code for them would come near. */
  readonly codeEntropy: number;
}

/** What the report says besides what can be measured. */
export interface LayerSettings {
  readonly name: string;
  readonly method: string;
  /** The code width, or that of each channel. */
  readonly widths: readonly number[];
  readonly granularity: Granularity;
}

/** Measures what quantization did to a tensor, in double precision: the levels are not rounded to float32 before. O(n). */
export function reportLayer(
  { widths, ...settings }: LayerSettings,
  original: Float32Array,
  quantized: QuantizedTensor,
): LayerReport {
  const { shape, books, groups, storedValues } = quantized;
  const size = original.length;
  const [lower, upper] = extent(original);
  const variance = populationVariance(original);
  const errors = updateError(createErrorState(), original, reconstruct(quantized));
  const { mse, sqnrDb, maxAbsolute } = finishError(errors);
  const payloadBits = payloadOf(quantized) +
    (widths.length > 1 ? bitsPerWidth * widths.length : 0);
  return {
    ...settings,
    bits: widths.reduce((sum, width) => sum + width, 0) / widths.length,
    shape,
    size,
    variance,
    mse,
    relativeMse: mse === 0 ? 0 : mse / variance,
    sqnrDb,
    maxAbsoluteError: maxAbsolute,
    saturation: countSaturated(original, quantized) / size,
    groups: groups.length - 1,
    ...(lower < upper && { selection: rankLaws(original) }),
    families: countFamilies(quantized),
    codebooks: books.map(({ bits, levels, thresholds, design }) => ({
      bits,
      levels: Array.from(levels),
      thresholds: Array.from(thresholds),
      design,
    })),
    storedValues,
    payloadBits,
    effectiveBits: effectiveBits({ payloadBits, storedValues, weights: size }),
    codeEntropy: entropyOfCodes(quantized.codes),
  };
}

/** How many weights lie outside the range of their levels. */
function countSaturated(original: Float32Array, quantized: QuantizedTensor): number {
  const { affine } = quantized;
  let saturated = 0;
  for (const { start, end, book: { levels }, run } of stretchesOf(quantized)) {
    const scale = affine?.scales[run] ?? 1, offset = affine?.offsets[run] ?? 0;
    const first = offset + scale * levels[0]!, last = offset + scale * levels.at(-1)!;
    // A scale below 0 turns the order round.
    const lower = Math.min(first, last), upper = Math.max(first, last);
    for (let i = start; i < end; i++) {
      saturated += Number(original[i]! < lower) + Number(original[i]! > upper);
    }
  }
  return saturated;
}

/** How many groups have a book for which family. */
function countFamilies({ books, groups }: QuantizedTensor): Record<string, number> {
  const families: Record<string, number> = {};
  const groupsPerBook = books.length === 1 ? groups.length - 1 : 1;
  for (const { design: { law } } of books) {
    if (law === undefined) continue;
    families[law.family] = (families[law.family] ?? 0) + groupsPerBook;
  }
  return families;
}
