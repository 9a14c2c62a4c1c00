import { describeMethod } from "../../lib/quantizers/methods.ts";
import type { Selection } from "../options.ts";
import { type Cell, type Setting, variantName } from "../results.ts";
import { existsAt, settingsOf } from "./settings.ts";

/** What one way to quantize costs a network; or what its float32 weights do, or a bound. */
export interface MethodResult {
  /** Unweighted mean over tensors of MSE / population variance; of Shannon's bound: at rate zero. */
  readonly relativeMse?: number;
  /** Bits per weight, stored levels, scales and offsets included. */
  readonly effectiveBits?: number;
  /** Share of the images; undefined where there are none, or the width isn't one of `accuracyBits`. */
  readonly top1?: number;
  /** Of a bound: how many tensors follow which law best. */
  readonly laws?: Readonly<Record<string, number>>;
  /** Why there is no result. */
  readonly failure?: string;
}

/** A cell of the table of methods. */
export type MethodCell = Cell<MethodResult>;

/** The method whose squared error no book with as many levels is below. */
export const exactBound = "k-means-exact";

/** Shannon's lower bound, which goes with 4^-bits. */
export const shannonBound = "Shannon lower bound";

/** The laws among which Shannon's bound takes the one that follows a tensor best. */
export const boundFamilies = [
  "gaussian",
  "laplace",
  "logistic",
  "student-t",
  "generalized-gaussian",
] as const;

/** The widths at which images are classified. */
export const accuracyBits: readonly number[] = [1, 2, 3, 4, 8, 16];

/** Whether methods of this width are shown in rows of their own: those made for it alone. */
export function isRowWidth(bits: number): boolean {
  return bits === 1 || bits === 16;
}

/** Every way to quantize that is compared: methods of one width only in rows of their own. */
export function methodSettings(selection: Selection): readonly Setting[] {
  return settingsOf(selection, isShownAt);
}

function isShownAt(method: string, bits: number): boolean {
  const [least, most] = describeMethod(method).bits;
  return existsAt(method, bits) && (!isRowWidth(bits) || least === most);
}

/** The width and granularity by which methods are ranked: 4 bits per tensor, or what comes nearest in the selection. */
export function rankedAt({ granularities, bits }: Selection): Omit<Setting, "method"> {
  const widths = bits.filter((width) => !isRowWidth(width));
  const [first] = granularities;
  return {
    bits: widths.toSorted((a, b) => Math.abs(a - 4) - Math.abs(b - 4) || a - b)[0] ?? bits[0]!,
    granularity: granularities.includes("tensor") ? "tensor" : first!,
  };
}

/** How many methods are compared on networks that don't stand for their data set. */
const bestCount = 10;

/**
 * The methods, and variants of `auto`, that are compared on every network: `auto` in any case, then those of least mean MSE over the
 * networks that stand for their data set, the bound not among them.
 *
 * @returns Their names in the order of the selection; undefined until all are measured.
 */
export function bestVariants(
  selection: Selection,
  networks: readonly string[],
  cells: readonly MethodCell[],
): readonly string[] | undefined {
  const variants = rankedVariants(selection);
  const errors = variants.map((variant) => meanError(variant, selection, networks, cells));
  if (errors.some((error) => error === undefined)) return undefined;
  const isAuto = (variant: string) => Number(!variant.startsWith("auto"));
  const ranked = variants.map((variant, i) => ({ variant, error: errors[i]! }))
    .toSorted((a, b) => isAuto(a.variant) - isAuto(b.variant) || (a.error < b.error ? -1 : 1));
  const best = new Set(ranked.slice(0, bestCount).map(({ variant }) => variant));
  return variants.filter((variant) => best.has(variant));
}

/** As many variants as are ranked best, before the ranking is known. */
export function likelyVariants(selection: Selection): readonly string[] {
  const variants = rankedVariants(selection);
  return variants.slice(-bestCount);
}

/** The names of the variants that can be ranked. */
function rankedVariants(selection: Selection): readonly string[] {
  const { bits, granularity } = rankedAt(selection);
  return methodSettings(selection)
    .filter((setting) => setting.bits === bits && setting.granularity === granularity)
    .filter(({ method }) => method !== exactBound)
    .map(variantName);
}

/** The mean over networks of a variant's MSE; infinite where it failed, undefined until all are measured. */
function meanError(
  variant: string,
  selection: Selection,
  networks: readonly string[],
  cells: readonly MethodCell[],
): number | undefined {
  const { bits, granularity } = rankedAt(selection);
  const measured = cells.filter(({ key: { network, setting } }) =>
    setting !== undefined && variantName(setting) === variant && setting.bits === bits &&
    setting.granularity === granularity && networks.includes(network)
  );
  if (measured.length < networks.length) return undefined;
  const sum = measured.reduce((sum, { result }) => sum + (result.relativeMse ?? Infinity), 0);
  return sum / networks.length;
}
