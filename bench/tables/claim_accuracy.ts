import { holm } from "../../lib/metrics/holm.ts";
import type { Selection } from "../options.ts";
import type { Cell } from "../results.ts";
import type { AccuracyResult } from "./accuracy.ts";
import { competitorsOf, type Contest, isAt, level, type Verdict } from "./claim_verdicts.ts";
import { comparePaired, type PairedAccuracy, pairedInterval } from "./paired.ts";

/** "About equal": the 95 % interval of the difference lies within so many points of zero. */
export const equivalenceMargin = 1;

/** The width at which the claim about CIFAR-10 says that the methods differ. */
export const exceptedWidth = 4;

/** A claimant against one competitor, on the same images. */
export interface AccuracyComparison extends PairedAccuracy {
  readonly competitor: string;
  /** McNemar's `pValue`, as Holm adjusts it over the competitors. */
  readonly adjusted: number;
  /** The interval of the difference in points that is so wide that those of all competitors together hold with 95 % (Bonferroni). */
  readonly jointInterval: readonly [lower: number, upper: number];
}

/** A claimant against all its competitors, for one network at one width. */
export interface AccuracyContest {
  readonly network: string;
  readonly bits: number;
  /** Undefined where the claimant itself was not measured. */
  readonly top1?: number;
  readonly comparisons: readonly AccuracyComparison[];
  /** The competitors without a cell. */
  readonly missing: readonly string[];
}

/** How a claimant stands with a competitor. */
export type Standing = "better" | "worse" | "undecided";

/** Compares a claimant at one granularity with all others, image by image, for each network and width. */
export function compareAccuracies(
  { cells, selection }: {
    readonly cells: readonly Cell<AccuracyResult>[];
    readonly selection: Selection;
  },
  contest: Contest,
): readonly AccuracyContest[] {
  const { claimant, granularity, widths } = contest;
  const networks = [...new Set(cells.map(({ key }) => key.network))];
  return networks.flatMap((network) =>
    widths.map((bits): AccuracyContest => {
      const resultOf = (variant: string) =>
        cells.find(({ key }) =>
          key.network === network && isAt(key.setting, { variant, granularity, bits })
        )?.result;
      const own = resultOf(claimant);
      const competitors = competitorsOf(selection, contest, bits);
      const pairs = competitors.flatMap((competitor) => {
        const theirs = resultOf(competitor);
        const paired = own && theirs && comparePaired(own, theirs);
        return paired === undefined ? [] : [{ competitor, theirs: theirs!, ...paired }];
      });
      const confidence = 1 - level / pairs.length;
      const adjusted = holm(pairs.map(({ pValue }) => pValue));
      return {
        network,
        bits,
        ...(own && { top1: own.top1 }),
        comparisons: pairs.map(({ theirs, ...pair }, i) => ({
          ...pair,
          adjusted: adjusted[i]!,
          jointInterval: pairedInterval(own!, theirs, confidence)!,
        })),
        missing: competitors.filter((name) => pairs.every(({ competitor }) => competitor !== name)),
      };
    })
  );
}

/** Whether McNemar's test, adjusted, tells the two apart, and in whose favour. */
export function standingOf({ points, adjusted }: AccuracyComparison): Standing {
  if (adjusted > level) return "undecided";
  return points > 0 ? "better" : "worse";
}

/** Whether the two are about equal. */
export function isAboutEqual({ interval95: [lower, upper] }: AccuracyComparison): boolean {
  return lower >= -equivalenceMargin && upper <= equivalenceMargin;
}

/** Whether the two differ by more than what is about equal: a claim that any of several competitors may settle, hence the joint interval. */
export function isApart(comparison: AccuracyComparison): boolean {
  const { jointInterval: [lower, upper] } = comparison;
  return standingOf(comparison) !== "undecided" &&
    (lower > equivalenceMargin || upper < -equivalenceMargin);
}

/** "Better than the others": than every one of them; it fails where one is better. */
export function verdictOfBetter(comparisons: readonly AccuracyComparison[]): Verdict {
  if (comparisons.length === 0) return "not measured";
  const standings = comparisons.map(standingOf);
  if (standings.includes("worse")) return "fails";
  return standings.includes("undecided") ? "undecided" : "holds";
}

/** "About equal to the others, but not at 4 bits": to every one of them; at 4 bits, apart from at least one. */
export function verdictOfEqual(
  comparisons: readonly AccuracyComparison[],
  bits: number,
): Verdict {
  if (comparisons.length === 0) return "not measured";
  const isExcepted = bits === exceptedWidth;
  if (comparisons.some(isApart)) return isExcepted ? "holds" : "fails";
  if (comparisons.every(isAboutEqual)) return isExcepted ? "fails" : "holds";
  return "undecided";
}
