import { maxBits } from "../codebooks/codebook.ts";
import { blockwiseSum } from "../numerics/blockwise_sum.ts";
import { cheapestChoice, type Choice } from "./multiple_choice.ts";
import type { Width } from "./quantize_tensor.ts";

/** What each code width makes of a tensor, or of one of its output channels. */
export interface BitCurve {
  /** The tensor's name. */
  readonly name: string;
  /** The output channel, from 0 on, where channels have widths of their own: then every channel of the tensor has a curve. */
  readonly channel?: number;
  /** Number of weights. */
  readonly size: number;
  /** The error at each width, in any unit, the same for all curves: finite, not negative, as what all tensors lose is added up. */
  readonly distortion: Readonly<Record<number, number>>;
  /** Bits that the curve's weights take in all besides `width * size` (books, scales), by width; 0 where there is none. */
  readonly overhead?: Readonly<Record<number, number>>;
}

/** Options for {@linkcode allocateBits}. */
export interface AllocateBitsOptions {
  /** How many bits a weight may take in the mean over all weights, overheads included. */
  readonly averageBits: number;
  /**
   * The least and the largest width that any curve may get.
   *
   * @default {1}
   */
  readonly least?: number;
  /** @default {16} */
  readonly most?: number;
}

/** Widths under a budget. */
export interface BitAllocation {
  /** The width of each tensor by its name, or a list of those of its channels: `quantizeCheckpoint` takes them as `bits`. */
  readonly bits: Readonly<Record<string, Width>>;
  /** Bits per weight, overheads included: at most what was asked for. */
  readonly averageBits: number;
  /** The sum of the errors. */
  readonly distortion: number;
  /** No other choice has less than `1 - gap` times this distortion: 0 where the optimum is proven, up to rounding. */
  readonly gap: number;
}

/**
 * Shares out bits: one width for each tensor (or channel), so that the sum of their errors is least while their weights take no more than
 * `averageBits` in the mean. Odd widths are as good as others; widths at which a curve isn't given are not for it.
 *
 * It is a multiple-choice knapsack. All curves' convex hulls are descended together, steepest slope first, which minimises error plus weight times bits
 * (Shoham and Gersho, "Efficient bit allocation for an arbitrary set of quantizers", IEEE Trans. ASSP 36, 1988), until a step no longer fits;
 * smaller steps fill up the rest. What the Lagrangian at that slope proves to be out of reach is then left out, and dynamic programming over what remains is
 * exact where it is small, as for tensors of a network; elsewhere it keeps the most promising states, and `gap` says what could be missing: with many
 * curves next to nothing. Of equal choices the first found is taken, the same each time. O(curves widths log) and the dynamic programme.
 *
 * @param curves One for each tensor, or one for each channel of it.
 *
 * @throws {RangeError} If there is no curve, a name comes twice, channels are missing, a size, an error, an overhead or an option is out of its range, a
 * curve has no width in `[least, most]`, or the budget is below what the least widths take.
 *
 * @example A tensor of small errors gives its bits to the other
 * ```ts
 * import { allocateBits } from "@bitbell/bitbell";
 * import { assertEquals } from "@std/assert";
 *
 * const { bits, averageBits, distortion } = allocateBits([
 *   { name: "conv.weight", size: 100, distortion: { 2: 8, 4: 2, 6: 0.5 } },
 *   { name: "fc.weight", size: 100, distortion: { 2: 0.8, 4: 0.2, 6: 0.05 } },
 * ], { averageBits: 4 });
 * assertEquals(bits, { "conv.weight": 6, "fc.weight": 2 });
 * assertEquals([averageBits, distortion], [4, 1.3]);
 * ```
 */
export function allocateBits(
  curves: readonly BitCurve[],
  { averageBits, least = 1, most = maxBits }: AllocateBitsOptions,
): BitAllocation {
  assertOptions({ averageBits, least, most });
  if (curves.length === 0) refuse("there must be a curve", "their number is 0");
  const widths = curves.map((curve) => widthsOf(curve, least, most));
  const choices = curves.map((curve, i) => widths[i]!.map((width) => choiceOf(curve, width)));
  const weights = blockwiseSum(curves.length, (i) => curves[i]!.size);
  const leastCost = blockwiseSum(
    choices.length,
    (i) => choices[i]!.reduce((cheapest, { cost }) => Math.min(cheapest, cost), Infinity),
  );
  const budget = averageBits * weights;
  if (leastCost > budget) {
    refuse(
      `averageBits must be at least ${leastCost / weights}, what the cheapest widths take`,
      `current value is ${averageBits}`,
    );
  }
  const { chosen, gap } = cheapestChoice(choices, budget);
  const taken = chosen.map((choice, i) => choices[i]![choice]!);
  return {
    bits: byName(curves, chosen.map((choice, i) => widths[i]![choice]!)),
    averageBits: blockwiseSum(taken.length, (i) => taken[i]!.cost) / weights,
    distortion: blockwiseSum(taken.length, (i) => taken[i]!.distortion),
    gap,
  };
}

function refuse(condition: string, value: string): never {
  throw new RangeError(`Cannot allocate bits as ${condition}: ${value}`);
}

function assertOptions({ averageBits, least, most }: Required<AllocateBitsOptions>): void {
  if (!(averageBits > 0 && averageBits < Infinity)) {
    refuse("averageBits must be finite and above 0", `current value is ${averageBits}`);
  }
  for (const [name, value] of Object.entries({ least, most })) {
    if (Number.isInteger(value) && value >= 1 && value <= maxBits) continue;
    refuse(`${name} must be an integer in [1, ${maxBits}]`, `current value is ${value}`);
  }
  if (least > most) refuse("least must be at most most", `they are ${least} and ${most}`);
}

/** The widths of a curve that are allowed, ascending. */
function widthsOf({ name, size, distortion }: BitCurve, least: number, most: number): number[] {
  if (!Number.isSafeInteger(size) || size < 1) {
    refuse(`the size of ${name} must be an integer above 0`, `current value is ${size}`);
  }
  const widths = Object.keys(distortion).map(Number).sort((a, b) => a - b);
  const wrong = widths.find((width) => !Number.isInteger(width) || width < 1 || width > maxBits);
  if (wrong !== undefined) {
    refuse(`widths of ${name} must be integers in [1, ${maxBits}]`, `one is ${wrong}`);
  }
  const allowed = widths.filter((width) => width >= least && width <= most);
  if (allowed.length === 0) {
    refuse(`${name} must have a width in [${least}, ${most}]`, `its widths are [${widths}]`);
  }
  return allowed;
}

function choiceOf({ name, size, distortion, overhead }: BitCurve, width: number): Choice {
  const error = distortion[width]!, extra = overhead?.[width] ?? 0;
  if (!(error >= 0 && error < Infinity)) {
    refuse(
      `the distortion of ${name} at ${width} bits must be finite and not negative`,
      `current value is ${error}`,
    );
  }
  const cost = width * size + extra;
  if (!(cost >= 0 && cost < Infinity)) {
    refuse(
      `what ${name} takes at ${width} bits must be finite and not negative`,
      `its overhead is ${extra}`,
    );
  }
  return { cost, distortion: error };
}

/** The widths by the names of tensors, in lists where channels have their own. */
function byName(curves: readonly BitCurve[], widths: readonly number[]): Record<string, Width> {
  const lists = new Map<string, number[]>();
  const bits: [string, Width][] = [];
  curves.forEach(({ name, channel }, i) => {
    const list = lists.get(name) ?? [];
    if (!lists.has(name)) bits.push([name, channel === undefined ? widths[i]! : list]);
    lists.set(name, list);
    const position = channel ?? 0;
    if (list[position] !== undefined || (channel === undefined && list.length > 0)) {
      refuse("a tensor or channel must have one curve", `${name} has another`);
    }
    list[position] = widths[i]!;
  });
  for (const [name, list] of lists) {
    const missing = Array.from(list).indexOf(undefined!);
    if (missing >= 0) {
      refuse("every channel of a tensor must have a curve", `${name} has none for ${missing}`);
    }
  }
  return Object.fromEntries(bits);
}
