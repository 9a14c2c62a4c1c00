import { describeMethod } from "../../lib/quantizers/methods.ts";
import type { Granularity } from "../../lib/compression/granularity.ts";
import type { Selection } from "../options.ts";
import { type Setting, variantName } from "../results.ts";
import { settingsOf } from "./settings.ts";

/** What the data say of a claim at one width. */
export type Verdict = "holds" | "fails" | "undecided" | "not measured";

/** The chance of a wrong rejection that is taken in each family of tests. */
export const level = 0.05;

/** The methods that claims are put to the test for: the one that they are about, and our own. */
const claimants: readonly string[] = ["ks-lloyd-max", "auto", "auto, output"];

/** The two methods between which ks-lloyd-max chooses. */
const parts: readonly string[] = ["lloyd-max-gaussian", "lloyd-max-laplace"];

/** Whose result stands where in the selection. */
export interface Contest {
  readonly claimant: string;
  readonly granularity: Granularity;
  readonly widths: readonly number[];
}

/** Every claimant at every granularity, with the widths that were asked for. */
export function contestsOf(selection: Selection): readonly Contest[] {
  const settings = settingsOf(selection);
  return claimants.flatMap((claimant) =>
    selection.granularities.flatMap((granularity) => {
      const own = settings.filter((setting) =>
        variantName(setting) === claimant && setting.granularity === granularity
      );
      const widths = own.map(({ bits }) => bits).toSorted((a, b) => a - b);
      return widths.length === 0 ? [] : [{ claimant, granularity, widths }];
    })
  );
}

/** The methods that a claimant is compared with at one width, in the order of the selection: all that aren't our own. */
export function competitorsOf(
  selection: Selection,
  { claimant, granularity }: Pick<Contest, "claimant" | "granularity">,
  bits: number,
): readonly string[] {
  const settings = settingsOf({ ...selection, bits: [bits], granularities: [granularity] });
  return settings.filter(({ method }) => method !== "auto").map(variantName)
    .filter((variant) => variant !== claimant);
}

/** Whether a book is a function of a few stored numbers, as the claimants' are, and its method isn't part of ks-lloyd-max. */
export function isRival(competitor: string): boolean {
  return describeMethod(competitor).analytic && !parts.includes(competitor);
}

/** Whether a setting is a variant's at a place. */
export function isAt(
  setting: Setting | undefined,
  { variant, granularity, bits }: {
    readonly variant: string;
    readonly granularity: Granularity;
    readonly bits: number;
  },
): boolean {
  return setting !== undefined && variantName(setting) === variant &&
    setting.granularity === granularity && setting.bits === bits;
}
