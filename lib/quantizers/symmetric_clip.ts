import { type Codebook, createCodebook, type DesignRecord } from "../codebooks/codebook.ts";
import { midRiseLevels } from "./uniform.ts";

/**
 * The book of a symmetric integer quantizer with a clip: `2^bits - 1` levels around zero, `clip / (2^(bits - 1) - 1)` apart, the
 * outer ones at the clip. One level, zero, where the clip is 0 or there is one bit.
 */
export function symmetricBook(
  clip: number,
  bits: number,
  design: Omit<DesignRecord, "storedValues" | "step">,
): Codebook {
  const half = 2 ** (bits - 1) - 1;
  const step = clip / half;
  if (half === 0 || step === 0) return createCodebook([0], { ...design, storedValues: 1 });
  const levels = midRiseLevels(0, step, 2 * half + 1);
  return createCodebook(levels, { ...design, storedValues: 1, step });
}
