import { holm } from "../../lib/metrics/holm.ts";
import { signTest } from "../../lib/metrics/paired_test.ts";
import type { Selection } from "../options.ts";
import type { Cell } from "../results.ts";
import { competitorsOf, type Contest, isAt, level, type Verdict } from "./claim_verdicts.ts";
import type { LayerError, NetworkError } from "./network_error.ts";

/** Errors whose ratio is so near to 1 are of the same book, up to rounding. */
const tieTolerance = 1e-9;

/** For how many tensors one method's squared error is below another's. */
interface Tally {
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
}

/** A claimant against one competitor at one width, over the tensors of all networks. */
export interface MseComparison extends Tally {
  readonly competitor: string;
  readonly bits: number;
  /** The sign test's, as Holm adjusts it over the competitors and widths of the contest; undefined where nothing was measured. */
  readonly pValue?: number;
  readonly verdict: Verdict;
  /** The networks most of whose tensors speak against the majority of all. */
  readonly dissenters: readonly (Tally & { readonly network: string })[];
  /** The networks without cells of both. */
  readonly missing: readonly string[];
}

/** Puts the claim of lower squared errors to the test, for one claimant at one granularity. */
export function compareErrors(
  { cells, networks, selection }: {
    readonly cells: readonly Cell<NetworkError>[];
    readonly networks: readonly string[];
    readonly selection: Selection;
  },
  contest: Contest,
): readonly MseComparison[] {
  const { claimant, granularity, widths } = contest;
  const layersOf = (network: string, variant: string, bits: number) =>
    cells.find(({ key }) =>
      key.network === network && isAt(key.setting, { variant, granularity, bits })
    )?.result.layers;
  const counted = widths.flatMap((bits) =>
    competitorsOf(selection, contest, bits).map((competitor) => {
      const tallies = networks.flatMap((network) => {
        const own = layersOf(network, claimant, bits);
        const theirs = layersOf(network, competitor, bits);
        return own === undefined || theirs === undefined
          ? []
          : [{ network, ...tallyOf(own, theirs) }];
      });
      const total = (count: keyof Tally) => tallies.reduce((sum, tally) => sum + tally[count], 0);
      return {
        competitor,
        bits,
        wins: total("wins"),
        losses: total("losses"),
        ties: total("ties"),
        tallies,
        missing: networks.filter((label) => tallies.every(({ network }) => network !== label)),
      };
    })
  );
  const measured = counted.filter(({ tallies }) => tallies.length > 0);
  const adjusted = holm(measured.map(({ wins, losses }) => signTest(wins, losses).pValue));
  return counted.map(({ tallies, ...comparison }) => {
    const { wins, losses } = comparison;
    const pValue = adjusted[measured.findIndex((other) => other.tallies === tallies)];
    const verdict = pValue === undefined
      ? "not measured"
      : pValue > level
      ? "undecided"
      : wins > losses
      ? "holds"
      : "fails";
    const dissenters = tallies.filter((tally) => (tally.wins - tally.losses) * (wins - losses) < 0);
    return { ...comparison, ...(pValue !== undefined && { pValue }), verdict, dissenters };
  });
}

/** Compares tensors of the same name. */
function tallyOf(own: readonly LayerError[], theirs: readonly LayerError[]): Tally {
  const errors = new Map(theirs.map(({ name, mse }) => [name, mse]));
  let wins = 0, losses = 0, ties = 0;
  for (const { name, mse } of own) {
    const other = errors.get(name);
    if (other === undefined) continue;
    if (Math.abs(mse - other) <= tieTolerance * Math.max(mse, other)) ties++;
    else if (mse < other) wins++;
    else losses++;
  }
  return { wins, losses, ties };
}
