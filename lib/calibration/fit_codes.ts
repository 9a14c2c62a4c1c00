import type { QuantizedTensor } from "../compression/quantized_tensor.ts";
import { adaRound } from "./ada_round.ts";
import { coordinateDescent } from "./coordinate_descent.ts";
import { gptq, type GptqOrder } from "./gptq.ts";
import { refitBooks, type RefitKind, refitKinds } from "./refit_books.ts";
import { roundingError, type RoundingProblem } from "./rounding_problem.ts";

/** How codes are chosen: each weight's nearest level, or by one of the methods that look at the layer's output. */
export type RoundingMethod = "nearest" | "gptq" | "adaround" | "coordinate-descent";

/** Every way to choose codes. */
export const roundingMethods: readonly RoundingMethod[] = [
  "nearest",
  "gptq",
  "adaround",
  "coordinate-descent",
];

/** Options that say how codes and books are fitted to a layer's output. */
export interface FitCodesOptions {
  /**
   * How codes are chosen: by `gptq`, by `adaRound`, by `coordinateDescent` from the nearest levels; or just those.
   *
   * @default {"gptq"}
   */
  readonly rounding?: RoundingMethod;
  /**
   * Whether coordinate descent goes on from the codes that rounding chose.
   *
   * @default {true}
   */
  readonly polish?: boolean;
  /**
   * Whether books are fitted to the layer's output, in turns with coordinate descent: `"levels"`, each level by itself,
   * `"scale-and-offset"`, or `"none"`.
   *
   * @default {"none"}
   */
  readonly refit?: RefitKind | "none";
  /**
   * In which order GPTQ rounds the weights of a channel.
   *
   * @default {"activation"}
   */
  readonly order?: GptqOrder;
}

/** Fits of books and codes take turns until one gains less than this share of the error, or so often. */
const refitTolerance = 0.01, refitLimit = 20;

/** @throws {RangeError} If an option is none of its kind. */
export function assertFitCodes(
  { rounding = "gptq", refit = "none" }: FitCodesOptions,
  action: string,
): void {
  const choices = [
    ["rounding", rounding, roundingMethods],
    ["refit", refit, ["none", ...refitKinds]],
  ] as const;
  for (const [name, value, known] of choices) {
    if ((known as readonly string[]).includes(value)) continue;
    throw new RangeError(
      `Cannot ${action} as ${name} must be one of ${known.join(", ")}: current value is ${value}`,
    );
  }
}

/**
 * Codes and books for a layer whose books were designed; its codes are those of the nearest levels. The error never rises behind
 * the first rounding.
 */
export function fitCodes(
  designed: QuantizedTensor,
  problem: RoundingProblem,
  { rounding = "gptq", polish = true, refit = "none", order = "activation" }: FitCodesOptions,
): QuantizedTensor {
  let best = roundBy(rounding, designed, problem, order);
  if (polish && rounding !== "coordinate-descent") {
    best = coordinateDescent(best, problem).quantized;
  }
  if (refit === "none") return best;
  let error = roundingError(best, problem);
  for (let round = 0; round < refitLimit; round++) {
    const next = coordinateDescent(refitBooks(best, problem, refit, designed), problem)
      .quantized;
    const left = roundingError(next, problem);
    // Not at once where nothing is gained: rounding may make it a little worse.
    if (!(left < error)) break;
    const gain = error - left;
    best = next;
    error = left;
    if (gain <= refitTolerance * error) break;
  }
  return best;
}

function roundBy(
  rounding: RoundingMethod,
  designed: QuantizedTensor,
  problem: RoundingProblem,
  order: GptqOrder,
): QuantizedTensor {
  switch (rounding) {
    case "nearest":
      return designed;
    case "gptq":
      // The problem is damped already.
      return gptq(designed, problem, { order, damping: 0 });
    case "adaround":
      return adaRound(designed, problem);
    case "coordinate-descent":
      return coordinateDescent(designed, problem).quantized;
  }
}
