import type { Codebook } from "../codebooks/codebook.ts";
import type { Sample } from "../numerics/sample.ts";

/** What a method is asked for. */
export interface MethodOptions {
  /** Code width, in the method's range. */
  readonly bits: number;
  /** How much each value's squared error counts. */
  readonly importance?: Sample;
  /** Seeds the random numbers of a method that draws some. */
  readonly seed?: number;
}

/**
 * Where a method's levels come from: a grid of equal steps, a number format, a fixed pattern that is scaled, a fitted law, or the sample
 * itself; or whichever of them is best.
 */
export type MethodKind = "uniform" | "format" | "pattern" | "law" | "sample" | "auto";

/** What there is to know of a method: plain data. */
export interface MethodDescription {
  /** Its name in `quantizerMethods`. */
  readonly name: string;
  /** Where its levels come from. */
  readonly kind: MethodKind;
  /** The least and the largest code width that it exists for. */
  readonly bits: readonly [least: number, most: number];
  /** Whether a book is a function of at most four stored numbers, so that its size doesn't grow with its levels. */
  readonly analytic: boolean;
  /** Whether it takes the importance of each value into account. */
  readonly importance: boolean;
  /** One sentence for the foot of a table. */
  readonly summary: string;
  /** The paper, or the definition, that it follows. */
  readonly source: string;
}

/** A method of the registry. */
export interface QuantizerMethod extends Omit<MethodDescription, "name" | "importance"> {
  readonly importance?: true;
  /** Designs a book for a finite sample of at least two different values. */
  design(sample: Sample, options: MethodOptions): Codebook;
}
