import type { DistributionData } from "../distributions/distribution.ts";

/** How many numbers a law is stored as: its parameters, and those of its components. */
export function parameterCount({ parameters, components = [] }: DistributionData): number {
  return components.reduce(
    (count, component) => count + parameterCount(component),
    Object.keys(parameters).length,
  );
}
