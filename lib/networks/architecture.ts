import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { NetworkStructure } from "./builder.ts";
import type { Normalization } from "./description.ts";

/** A family of networks that differ in depth, width and classes. */
export interface Architecture {
  /** Its name in the registry. */
  readonly name: string;
  /** What people call its members. */
  readonly members?: MemberNames;
  /** Whether the tensors' names are those of this family; shapes and completeness are up to `describe`. */
  matches(checkpoint: Checkpoint): boolean;
  /** @throws {TypeError} On the first tensor that doesn't fit, with its name and both shapes. */
  describe(checkpoint: Checkpoint): NetworkStructure;
  /** What its published checkpoints were trained with; undefined if there are none, or the number of classes doesn't tell. */
  normalization(classes: number): Normalization | undefined;
}

/** Names that tell depth or width too, such as `resnet20-cifar`. */
export interface MemberNames {
  /** How they are written, for people: `resnet{6n+2}-cifar`. */
  readonly form: string;
  /** The same for matching, a group for each part that differs. */
  readonly pattern: RegExp;
  /** The title that the network must have, by what the groups captured. */
  title(...parts: readonly string[]): string;
}
