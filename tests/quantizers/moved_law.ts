import type { DistributionData } from "../../lib/distributions/distribution.ts";

/** What a parameter of this name is to the law: a place on the line, a width, or neither. */
const places = ["mean", "location", "lower", "upper"];
const widths = ["scale", "standardDeviation"];

/** The data of the law of `location + scale * z`, with z from the given law; `scale` is positive. */
export function movedLaw(
  { family, parameters, components }: DistributionData,
  location: number,
  scale: number,
): DistributionData {
  const moved = Object.entries(parameters).map(([name, value]) => [
    name,
    places.includes(name)
      ? location + scale * value
      : widths.includes(name)
      ? scale * value
      : value,
  ]);
  return {
    family,
    parameters: Object.fromEntries(moved),
    ...(components && {
      components: components.map((component) => movedLaw(component, location, scale)),
    }),
  };
}
