import type { CellKey } from "../results.ts";
import type { Accuracy } from "./accuracy.ts";

/** Whose sum over tensors is to be least: the squared errors of weights, or what part of each layer's outputs is error. */
export type Criterion = "squared error" | "output error";

/** How widths are shared out. */
export interface Budget {
  /** Bits per weight in the mean over all weights, books included. */
  readonly averageBits: number;
  readonly criterion: Criterion;
}

/** What a network takes and gives at some widths. */
export interface MixedResult {
  /** All tensors, as `storedBytes` counts them; undefined where the budget is below what the least widths take. */
  readonly bytes?: number;
  /** Bits per quantized weight, books included. */
  readonly effectiveBits: number;
  /** The width of each tensor, where they differ; undefined where all have one. */
  readonly widths?: Readonly<Record<string, number>>;
  readonly accuracy?: Accuracy;
}

const averages = [2.5, 3, 3.5, 4, 5, 6];
const criteria: readonly Criterion[] = ["squared error", "output error"];

/** Every budget, by the variant of its cells. */
export const budgets: ReadonlyMap<string, Budget> = new Map(
  averages.flatMap((averageBits) =>
    criteria.map((criterion) => [
      `${averageBits} bits on average, least ${criterion}`,
      { averageBits, criterion },
    ])
  ),
);

/** The budget of a cell; undefined where all tensors have one width, or none. */
export function budgetOf({ variant }: CellKey): Budget | undefined {
  return variant === undefined ? undefined : budgets.get(variant);
}
