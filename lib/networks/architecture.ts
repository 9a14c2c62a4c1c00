import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { NetworkStructure } from "./builder.ts";
import type { Normalization } from "./description.ts";

/** A family of networks that differ in depth, width and classes. */
export interface Architecture {
  /** Its name in the registry. */
  readonly name: string;
  /** Whether the tensors' names are those of this family; shapes and completeness are up to `describe`. */
  matches(checkpoint: Checkpoint): boolean;
  /** @throws {TypeError} On the first tensor that doesn't fit, with its name and both shapes. */
  describe(checkpoint: Checkpoint): NetworkStructure;
  /** What its published checkpoints were trained with; undefined if the number of classes doesn't tell. */
  normalization(classes: number): Normalization | undefined;
}
