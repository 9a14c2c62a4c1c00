import type { DistributionData } from "./distribution.ts";

/** What of a law is plain data: for a result that is stored, or for the law that is made of this one. */
export const dataOf = ({ family, parameters, components }: DistributionData): DistributionData => ({
  family,
  parameters,
  ...(components && { components }),
});
