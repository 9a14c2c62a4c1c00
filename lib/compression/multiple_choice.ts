import { blockwiseSum } from "../numerics/blockwise_sum.ts";

/** One of the choices for an item. */
export interface Choice {
  readonly cost: number;
  readonly distortion: number;
}

/** One choice for each item. */
export interface ChosenSet {
  /** For each item the index of its choice. */
  readonly chosen: readonly number[];
  /** No set within the budget has less than `1 - gap` times the distortion: 0 where that is proven, up to rounding. */
  readonly gap: number;
}

/** States of the dynamic programme after an item, and of all items together. */
const stateLimit = 2 ** 14;
const totalStateLimit = 2 ** 22;
/** What rounding may add to a sum of distortions, relative to the best known. */
const rounding = 1e-12;

/** Part of an item's convex hull: from one choice to the next better one. */
interface Step {
  readonly item: number;
  /** The choice that it leads to. */
  readonly choice: number;
  readonly cost: number;
  /** By how much the distortion falls for a unit of cost. */
  readonly slope: number;
}

/**
 * Takes one choice for each item, of the least total distortion whose total cost is within a budget: a multiple-choice knapsack (Kellerer, Pferschy and
 * Pisinger, "Knapsack Problems", 2004, chapter 11).
 *
 * @param items For each item its choices, one at least.
 * @param budget At least the sum of the items' least costs.
 */
export function cheapestChoice(
  items: readonly (readonly Choice[])[],
  budget: number,
): ChosenSet {
  const useful = items.map(withoutDominated);
  const { chosen, slope } = steepestSteps(items, useful, budget);
  if (slope === 0) return { chosen, gap: 0 };
  return improved(items, useful, { chosen, slope, budget });
}

/** The choices that none other beats in both cost and distortion, by rising cost: their indices. */
function withoutDominated(choices: readonly Choice[]): number[] {
  const order = choices.map((_, i) => i).sort((a, b) =>
    choices[a]!.cost - choices[b]!.cost || choices[a]!.distortion - choices[b]!.distortion || a - b
  );
  const kept: number[] = [];
  for (const i of order) {
    const last = kept.at(-1);
    if (last === undefined || choices[i]!.distortion < choices[last]!.distortion) kept.push(i);
  }
  return kept;
}

/** The steps along the lower convex hull of an item's useful choices: their slopes fall. */
function hullSteps(choices: readonly Choice[], useful: readonly number[], item: number): Step[] {
  const steps: Step[] = [];
  const vertices = [useful[0]!];
  for (const choice of useful.slice(1)) {
    for (;;) {
      const from = choices[vertices.at(-1)!]!, to = choices[choice]!;
      const cost = to.cost - from.cost, slope = (from.distortion - to.distortion) / cost;
      if (steps.length > 0 && steps.at(-1)!.slope <= slope) {
        steps.pop();
        vertices.pop();
        continue;
      }
      steps.push({ item, choice, cost, slope });
      vertices.push(choice);
      break;
    }
  }
  return steps;
}

/** Steps of all items, the steepest first, for as long as they fit; and the slope of the first that doesn't, 0 where all do. */
function steepestSteps(
  items: readonly (readonly Choice[])[],
  useful: readonly (readonly number[])[],
  budget: number,
): { chosen: number[]; slope: number } {
  const chosen = useful.map(([first]) => first!);
  const steps = items.flatMap((choices, item) => hullSteps(choices, useful[item]!, item))
    .sort((a, b) => b.slope - a.slope || a.item - b.item);
  let spent = chosen.reduce((sum, choice, item) => sum + items[item]![choice]!.cost, 0);
  let slope = 0;
  const left = new Set<number>();
  for (const step of steps) {
    // Further steps of an item begin where one ended that was left out.
    if (left.has(step.item)) continue;
    if (spent + step.cost <= budget) {
      spent += step.cost;
      chosen[step.item] = step.choice;
      continue;
    }
    left.add(step.item);
    if (slope === 0) slope = step.slope;
  }
  return { chosen, slope };
}

/** What is taken of the items so far. */
interface State {
  readonly cost: number;
  /** By how much it exceeds the least distortion plus slope times cost of these items. */
  readonly excess: number;
  /** The state before, and the choice that led from it. */
  readonly before?: State;
  readonly choice: number;
}

/**
 * The best set of all: with the Lagrangian's slope, every set costs at least the bound `sum min(distortion + slope * cost) - slope * budget`, and what it costs
 * more is the excess of its choices and slope times what it leaves of the budget. Only states whose excess is less than that of the set
 * known can lead to a better one.
 */
function improved(
  items: readonly (readonly Choice[])[],
  useful: readonly (readonly number[])[],
  { chosen, slope, budget }: { chosen: readonly number[]; slope: number; budget: number },
): ChosenSet {
  const costOf = ({ cost, distortion }: Choice) => distortion + slope * cost;
  const leastOf = useful.map((indices, item) =>
    indices.reduce((least, i) => Math.min(least, costOf(items[item]![i]!)), Infinity)
  );
  const excessOf = (item: number, i: number) => costOf(items[item]![i]!) - leastOf[item]!;
  const sumOver = (set: readonly number[], term: (choice: Choice) => number) =>
    blockwiseSum(set.length, (item) => term(items[item]![set[item]!]!));
  const distortionOf = (set: readonly number[]) => sumOver(set, ({ distortion }) => distortion);
  const known = distortionOf(chosen);
  const knownExcess = blockwiseSum(chosen.length, (item) => excessOf(item, chosen[item]!)) +
    slope * (budget - sumOver(chosen, ({ cost }) => cost));
  const limit = knownExcess + rounding * known;
  const candidates = useful.map((indices, item) =>
    indices.filter((i) => excessOf(item, i) <= limit)
  );
  // What the items from each one on cost at least and at most.
  const leastCosts = new Float64Array(items.length + 1), mostCosts = leastCosts.slice();
  for (let item = items.length - 1; item >= 0; item--) {
    const indices = candidates[item]!;
    leastCosts[item] = leastCosts[item + 1]! + items[item]![indices[0]!]!.cost;
    mostCosts[item] = mostCosts[item + 1]! + items[item]![indices.at(-1)!]!.cost;
  }
  const open = candidates.filter((indices) => indices.length > 1).length;
  const most = Math.min(stateLimit, Math.max(64, Math.floor(totalStateLimit / Math.max(1, open))));
  let states: State[] = [{ cost: 0, excess: 0, choice: -1 }];
  let isComplete = true;
  candidates.forEach((indices, item) => {
    const next: State[] = [];
    for (const before of states) {
      for (const choice of indices) {
        const cost = before.cost + items[item]![choice]!.cost;
        const excess = before.excess + excessOf(item, choice);
        // The least that will be left of the budget.
        const unused = Math.max(0, budget - cost - mostCosts[item + 1]!);
        if (cost + leastCosts[item + 1]! > budget || excess + slope * unused > limit) continue;
        next.push({ cost, excess, before, choice });
      }
    }
    states = undominated(next, slope);
    if (states.length <= most) return;
    isComplete = false;
    states = states.sort((a, b) => a.excess - b.excess || a.cost - b.cost).slice(0, most);
  });
  const excessInAll = ({ excess, cost }: State) => excess + slope * (budget - cost);
  const last = states.toSorted((a, b) => excessInAll(a) - excessInAll(b))[0];
  const found = last === undefined ? chosen : choicesOf(last);
  const best = distortionOf(found) < known * (1 - rounding) ? found : chosen;
  const bound = known - knownExcess, distortion = distortionOf(best);
  const isOptimum = isComplete || distortion === 0;
  return { chosen: best, gap: isOptimum ? 0 : Math.max(0, 1 - bound / distortion) };
}

/** The states that none other beats in both cost and distortion, by rising cost. */
function undominated(states: State[], slope: number): State[] {
  const distortion = ({ excess, cost }: State) => excess - slope * cost;
  states.sort((a, b) => a.cost - b.cost || a.excess - b.excess);
  let least = Infinity;
  return states.filter((state) => {
    if (!(distortion(state) < least)) return false;
    least = distortion(state);
    return true;
  });
}

function choicesOf(state: State): number[] {
  const choices: number[] = [];
  for (let { before, choice } = state; before !== undefined; { before, choice } = before) {
    choices.push(choice);
  }
  return choices.reverse();
}
