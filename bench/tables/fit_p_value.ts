import { fittedNullLaw, hasFittedNullLaw } from "../../lib/goodness/fitted_null.ts";
import { kolmogorovLaw } from "../../lib/goodness/kolmogorov_law.ts";
import { type KsTestFitted, ksTestFitted } from "../../lib/goodness/ks_test_fitted.ts";

/** Samples or draws that a simulated p-value is from. */
export const replicates = 499;

/** The least that they can give. */
export const leastSimulated = 1 / (replicates + 1);

/** How surprising D is for a law that was fitted to the same weights. */
export interface FitPValue {
  /** The probability of a D at least as large if the weights came from the family. */
  readonly pValue: number;
  /** How it was found: `ksTestFitted`'s ways; or an upper bound, from the law of D for a law known beforehand. */
  readonly pValueFrom: KsTestFitted["method"] | "bound";
}

/** The p-value of a D of the weights; where a bound of it is below what a simulation can tell, the bound. */
export async function fitPValue(
  data: Float32Array,
  family: string,
  d: number,
): Promise<FitPValue> {
  if (hasFittedNullLaw(family, data.length)) {
    return { pValue: fittedNullLaw(family, data.length).sf(d), pValueFrom: "table" };
  }
  const bound = kolmogorovLaw(data.length).sf(d);
  if (bound <= leastSimulated) return { pValue: bound, pValueFrom: "bound" };
  const { pValue, method } = await ksTestFitted(data, family, { replicates });
  return { pValue, pValueFrom: method };
}
