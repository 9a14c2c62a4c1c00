import { holm } from "../../lib/metrics/holm.ts";
import { unpackHits } from "../hits.ts";
import { type Cell, type Setting, settingName } from "../results.ts";
import type { Accuracy } from "./accuracy.ts";
import { comparePaired } from "./paired.ts";
import { cleanOf, conditionNamed, type HardCondition } from "./robustness_conditions.ts";

/** The chance of a wrong rejection that is taken in each family of tests. */
export const level = 0.05;

/**
 * What the images say of "quantization improves robustness". It `fails` where the quantized network loses significantly more than the
 * float32 one. Where it loses significantly less, it `holds` if it had as much to lose, its top-1 before not significantly below
 * float's, or if its top-1 under the condition is significantly above float's; otherwise it had `less to lose`.
 */
export type RobustnessVerdict = "holds" | "less to lose" | "fails" | "undecided";

/** What a condition takes from a quantized network and from the float32 one, on the same images. */
export interface RobustnessComparison {
  readonly setting: Setting;
  readonly condition: HardCondition;
  readonly top1: number;
  /** Top-1 less that of the float32 network: on the same images as they were, and under the condition; in points. */
  readonly cleanPoints: number;
  /** McNemar's exact p of that, as it is. */
  readonly cleanPValue: number;
  readonly points: number;
  /** McNemar's exact p of the latter, as Holm adjusts it. */
  readonly pValue: number;
  /** By how many points less the quantized network loses: `points - cleanPoints`. */
  readonly gain: number;
  /** The 95 % interval of the gain: see `adjustedInterval`. */
  readonly gainInterval95: readonly [lower: number, upper: number];
  /** Of the gain, by {@linkcode signFlipTest}, as Holm adjusts it. */
  readonly gainPValue: number;
  readonly verdict: RobustnessVerdict;
}

/** Conditions among which no difference but of severity is made: each is a family of tests. */
export function kindName(condition: HardCondition): string {
  switch (condition.kind) {
    case "noise":
      return "Gaussian noise";
    case "contrast":
      return "contrast";
    case "jpeg":
      return "JPEG";
    default:
      return `${condition.kind.toUpperCase()}, ${
        condition.gradient === "own" ? "own gradient" : "float's gradient"
      }`;
  }
}

/**
 * Compares each quantized network with the float32 one under each condition; those whose cells aren't all there are left out.
 * Holm's correction is over the methods and severities of one kind of condition, number of bits and granularity.
 *
 * @param cells Of one network.
 */
export function compareRobustness(
  cells: readonly Cell<Accuracy>[],
): readonly RobustnessComparison[] {
  const names = (setting: Setting | undefined, variant: string | undefined) =>
    `${setting === undefined ? "float32" : settingName(setting)}: ${variant}`;
  const results = new Map(
    cells.map(({ key, result }) => [names(key.setting, key.variant), result]),
  );
  const all = cells.flatMap(({ key: { setting, variant }, result }) => {
    const condition = conditionNamed(variant);
    if (setting === undefined || condition.kind === "clean") return [];
    const reference = cleanOf(condition).variant;
    const floatVariant = "gradient" in condition
      ? variant!.replace("float's gradient", "own gradient")
      : variant;
    const float = results.get(names(undefined, floatVariant));
    const cleanFloat = results.get(names(undefined, reference));
    const cleanOwn = results.get(names(setting, reference));
    if (!float || !cleanFloat || !cleanOwn) return [];
    const hard = comparePaired(result, float), before = comparePaired(cleanOwn, cleanFloat);
    if (!hard || !before || result.size !== cleanOwn.size) return [];
    const gains = gainsOf([result, float], [cleanOwn, cleanFloat]);
    return [{
      setting,
      condition,
      top1: result.top1,
      cleanPoints: before.points,
      cleanPValue: before.pValue,
      points: hard.points,
      pValue: hard.pValue,
      gain: hard.points - before.points,
      gainInterval95: adjustedInterval(gains),
      gainPValue: signFlipTest(gains),
    }];
  });
  const families = Map.groupBy(
    all,
    ({ setting, condition }) => `${setting.granularity} ${setting.bits} ${kindName(condition)}`,
  );
  const adjusted = [...families.values()].flatMap((family) => {
    const pValues = holm(family.map(({ pValue }) => pValue));
    const gainPValues = holm(family.map(({ gainPValue }) => gainPValue));
    return family.map((comparison, i) => ({
      ...comparison,
      pValue: pValues[i]!,
      gainPValue: gainPValues[i]!,
    }));
  });
  return adjusted.map((comparison) => ({ ...comparison, verdict: verdictOf(comparison) }));
}

function verdictOf(comparison: Omit<RobustnessComparison, "verdict">): RobustnessVerdict {
  const { gain, gainPValue, points, pValue, cleanPoints, cleanPValue } = comparison;
  if (gainPValue > level) return "undecided";
  if (gain < 0) return "fails";
  const isAbove = points > 0 && pValue <= level;
  const wasBelow = cleanPoints < 0 && cleanPValue <= level;
  return isAbove || !wasBelow ? "holds" : "less to lose";
}

type Pair = readonly [own: Accuracy, float: Accuracy];

/**
 * For each image how much more often, -2 to 2, the quantized network is right than the float32 one under the condition than
 * without.
 */
function gainsOf(hard: Pair, clean: Pair): Int8Array {
  const size = hard[0].size;
  const [own, float, cleanOwn, cleanFloat] = [...hard, ...clean].map(({ correct }) =>
    unpackHits(correct, size)
  );
  return Int8Array.from(
    { length: size },
    (_, i) => own![i]! - float![i]! - cleanOwn![i]! + cleanFloat![i]!,
  );
}

/**
 * The 95 % interval of the mean gain by the Gaussian approximation, in points, after Bonett and Price (Journal of Educational and Behavioral
 * Statistics 37, 2012): as if there were one more image with a gain of 1, and one of -1. So it has a width where no image differs.
 */
function adjustedInterval(gains: Int8Array): readonly [lower: number, upper: number] {
  const n = gains.length + 2;
  let sum = 0, squares = 2;
  for (const gain of gains) {
    sum += gain;
    squares += gain * gain;
  }
  const average = sum / n;
  const spread = 1.959963984540054 * Math.sqrt((squares / n - average * average) / n);
  return [100 * (average - spread), 100 * (average + spread)];
}

/**
 * The two-sided exact test of Fisher's (The Design of Experiments, 1935, section 21) that differences of pairs of -2 to 2 are
 * as likely as their opposites: the chance of a sum at least as far from 0 when each sign is thrown anew. Where none is 2 it is
 * McNemar's. O(n).
 */
export function signFlipTest(differences: ArrayLike<number>): number {
  let ones = 0, twos = 0, sum = 0;
  for (let i = 0; i < differences.length; i++) {
    const difference = differences[i]!;
    sum += difference;
    if (Math.abs(difference) === 1) ones++;
    else if (Math.abs(difference) === 2) twos++;
  }
  const far = Math.abs(sum);
  if (far === 0) return 1;
  const upper = upperTails(fairCoins(ones));
  let chance = 0;
  fairCoins(twos).forEach((probability, heads) => {
    // The ones' sum, 2 k - ones, must make up for what the twos lack; its parity is that of the whole sum.
    const least = (far - 2 * (2 * heads - twos) + ones) / 2;
    chance += probability * (least > ones ? 0 : upper[Math.max(0, least)]!);
  });
  return Math.min(1, 2 * chance);
}

/** The chances of 0 to n heads of n fair coins, from the likeliest number outwards, so that none is lost to rounding. */
function fairCoins(n: number): Float64Array {
  const chances = new Float64Array(n + 1);
  const middle = Math.floor(n / 2);
  chances[middle] = 1;
  for (let k = middle; k < n; k++) chances[k + 1] = chances[k]! * (n - k) / (k + 1);
  for (let k = middle; k > 0; k--) chances[k - 1] = chances[k]! * k / (n - k + 1);
  const total = chances.toSorted().reduce((sum, chance) => sum + chance, 0);
  return chances.map((chance) => chance / total);
}

/** The chances of at least 0 to n. */
function upperTails(chances: Float64Array): Float64Array {
  const tails = chances.slice();
  for (let k = tails.length - 2; k >= 0; k--) tails[k]! += tails[k + 1]!;
  return tails;
}
